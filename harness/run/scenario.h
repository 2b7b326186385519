/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The scenario: a plan made into runs, each a list of steps. It decides what is to be done and in what
 * order; carrying it out is run's business. Faults and recovery are further kinds of step.
 */
#ifndef BLACKOUT_RUN_SCENARIO_H
#define BLACKOUT_RUN_SCENARIO_H

#include "harness/facts/vocabulary.h"
#include "harness/plan/plan.h"

struct step {
	enum step_kind kind;
	int64_t limit_ns; /* how long it lasts, or may last */
};

/* One move of one VM: the unit that is run, resumed and judged. */
struct scenario_run {
	const struct plan_case *plan_case;
	bool unmoved; /* its work alone is timed: no move */
	size_t run;  /* from 1 */
	size_t move; /* from 1: which of the plan's VMs */
	const struct plan_section *vm;
	struct step steps[STEP_KINDS];
	size_t step_count;
};

struct scenario {
	struct scenario_run *runs;
	size_t count, room;
};

/*
 * All runs of a plan in order: cases in the plan's order, each `repeat` times, every VM in turn;
 * before them, the unmoved ones of the case's workloads.
 * `only` is NULL, "CASE" or "CASE/RUN". Errors: no such case or run (the known ones are named).
 */
int scenario_make(struct scenario *scenario, const struct plan *plan, const char *only, struct err *e);
/* The workload of a run's VM; NULL: none. */
const struct plan_section *scenario_workload(const struct scenario_run *run);
/* How long all its works are at it before the move; NS_NONE: it does nothing. */
int64_t scenario_lead(const struct scenario_run *run);
void scenario_free(struct scenario *scenario);

#endif

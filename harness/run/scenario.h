/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The scenario: the runs of a plan in order, each with its list of steps. It only describes them;
 * run.h executes them. A new kind of action (injecting a fault, say) becomes a new kind of step.
 */
#ifndef BLACKOUT_RUN_SCENARIO_H
#define BLACKOUT_RUN_SCENARIO_H

#include "harness/facts/vocabulary.h"
#include "harness/plan/plan.h"

struct step {
	enum step_kind kind;
	int64_t limit_ns; /* its duration, or its time limit if it ends by itself */
};

/* One move of one VM, or an unmoved run: the unit that is executed, resumed and judged. */
struct scenario_run {
	const struct plan_case *plan_case;
	bool unmoved; /* measures the duration of the VM's workload without a move */
	size_t run;   /* number within the case, from 1 */
	size_t move;  /* the VM's number in the plan, from 1, as in the column `move` */
	const struct plan_section *vm;
	struct step steps[STEP_KINDS];
	size_t step_count;
};

struct scenario {
	struct scenario_run *runs;
	size_t count, capacity;
};

/*
 * Makes all runs of a plan: cases in the plan's order, each `repeat` times, every VM in turn. A
 * case begins with its unmoved runs. `only` is NULL (all), "CASE" or "CASE/RUN" (without unmoved
 * runs). -1 with an error: no such case or run (the message names those that exist), or out of
 * memory.
 */
int scenario_make(
	struct scenario *scenario, const struct plan *plan, const char *only, struct err *e);
/* The workload of a run's VM; NULL: none. */
const struct plan_section *scenario_workload(const struct scenario_run *run);
/* How long the run's workloads are active before the move; NS_NONE: it has none. */
int64_t scenario_lead(const struct scenario_run *run);
void scenario_release(struct scenario *scenario);

#endif

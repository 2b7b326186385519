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

/*
 * One execution of a case, or an unmoved run: the unit that is executed and resumed. It moves one
 * VM or, with [move] together, all VMs of the plan, each of which is judged.
 */
struct scenario_run {
	const struct plan_case *plan_case;
	bool unmoved; /* measures the duration of the VM's workload without a move */
	size_t run;   /* number within the case, from 1 */
	size_t move;  /* its first VM's number in the plan, from 1, as in the column `move` */
	size_t vm_count;
	size_t together; /* at most so many moves at a time; 0: the run has one VM */
	struct step steps[STEP_KINDS];
	size_t step_count;
};

struct scenario {
	struct scenario_run *runs;
	size_t count, capacity;
};

/*
 * Makes all runs of a plan: cases in the plan's order, each `repeat` times, every VM in turn, or
 * all together. A case begins with its unmoved runs. `only` is NULL (all), "CASE" or "CASE/RUN"
 * (without unmoved runs). -1 with an error: no such case or run (the message names those that
 * exist), or out of memory.
 */
int scenario_make(
	struct scenario *scenario, const struct plan *plan, const char *only, struct err *e);
/* The i-th VM of a run. */
const struct plan_section *scenario_vm(const struct scenario_run *run, size_t i);
/* The workload of a run's first VM; NULL: none. */
const struct plan_section *scenario_workload(const struct scenario_run *run);
/* How long the workloads of the run's VMs are active before the event; NS_NONE: there are none. */
int64_t scenario_lead(const struct scenario_run *run);
void scenario_release(struct scenario *scenario);

#endif

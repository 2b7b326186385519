/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole runs in the simulated world, for tests: a plan's text carried out, and its folder judged.
 */
#ifndef BLACKOUT_TESTS_UNIT_SIM_JUDGED_H
#define BLACKOUT_TESTS_UNIT_SIM_JUDGED_H

#include "harness/plan/plan.h"
#include "harness/sim/world.h"
#include "harness/timeline/timeline.h"
#include "harness/verdict/verdict.h"

/* What most of these plans have. */
#define PLAN_PROBES                                                                    \
	"[probe classic]\nkind = ping\n[probe fine]\nkind = burst\ninterval = 10 ms\n" \
	"[judge]\nprobe = fine\n[control switch]\ntarget = lab-switch\n"
#define PLAN_VM "[vm desk]\nmemory = 256 MB\n"

/* A folder that was run and judged. */
struct judged {
	char dir[128];
	enum status status;
	char error[1024]; /* the run's own */
	struct plan *plan;
	struct timeline *timeline;
	struct results *results;
};

/* What becomes of the guests' agents while it is set: 0 answered, 1 they answer by themselves, -1
 * an error, after the time-out. */
typedef int sim_agent_fault(const char *request, char *answer, size_t size, struct err *e);

/* Whether an operation of the platform or of a session fails: 0: no; -1: yes, and `e` says why. */
typedef int sim_fault(const char *operation, struct err *e);
/* From now on, until NULL is given, it is asked before each "start" of a VM, "trigger" of a move and
 * "open" of a session. */
void judged_fail(sim_fault *fault);

/* Carries the plan's text out in a scratch folder and judges it. `before` (or NULL) does something
 * to the world first, `fault` (or NULL) to its agents. */
void judged_run(struct judged *j, const char *ini, void (*before)(struct sim_world *),
	sim_agent_fault *fault);
/* Carries out what is left of it, and judges it again. */
void judged_resume(struct judged *j);
/* The folder goes, too. */
void judged_free(struct judged *j);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Executes a plan in the simulated world and judges its folder, for tests. */
#ifndef BLACKOUT_TESTS_UNIT_SIM_JUDGED_H
#define BLACKOUT_TESTS_UNIT_SIM_JUDGED_H

#include "harness/plan/plan.h"
#include "harness/sim/world.h"
#include "harness/timeline/timeline.h"
#include "harness/verdict/verdict.h"

/* Sections that most of the plans share. */
#define PLAN_PROBES                                                                    \
	"[probe classic]\nkind = ping\n[probe fine]\nkind = burst\ninterval = 10 ms\n" \
	"[judge]\nprobe = fine\n[control switch]\ntarget = lab-switch\n"
#define PLAN_VM "[vm desk]\nmemory = 256 MB\n"

/* The folder of an executed plan, and its results. */
struct judged {
	char dir[128];
	enum status status;
	char error[1024]; /* the run's own */
	struct plan *plan;
	struct timeline *timeline;
	struct results *results;
};

/* Replaces the guests' agents: 0: `response` is set; 1: the simulated agent responds; -1: an error,
 * after the time-out. */
typedef int sim_agent_fault(const char *request, char *response, size_t size, struct err *e);

/* Whether an operation of the platform or of a session fails: -1, with the reason in `e`; 0. */
typedef int sim_fault(const char *operation, struct err *e);
/* Calls `fault` before each "start" of a VM, "trigger" of a move and "open" of a session, until the
 * next call; NULL: no fault. */
void judged_fail(sim_fault *fault);

/* The faults of a test: `operation` succeeds `skip` times, then fails `times` times. */
struct fault_script {
	const char *operation, *reason;
	size_t skip, times, called, failed;
};
extern struct fault_script judged_script;
/* Writes the script; its counts begin at 0. */
void judged_script_faults(const char *operation, size_t skip, size_t times, const char *reason);
/* The fault of the script, for judged_fail. */
int judged_scripted_fault(const char *operation, struct err *e);

/* Executes a plan in a temporary folder and judges it. `before` (or NULL) prepares the world;
 * `fault` (or NULL) replaces its agents. */
void judged_run(struct judged *j, const char *ini, void (*before)(struct sim_world *),
	sim_agent_fault *fault);
/* Resumes the plan and judges the folder again. */
void judged_resume(struct judged *j);
/* The scripted outage of a move: the longest wait that it causes, and its length. */
struct scripted_outage {
	int64_t longest_ns, length_ns;
};
/* The outage that the world caused to the move's VM from its trigger to the window's end. */
struct scripted_outage judged_outage(const struct judged *j, const struct move *move);
/* Frees everything and removes the folder. */
void judged_free(struct judged *j);

#endif

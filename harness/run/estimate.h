/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Estimates how long a plan takes: before it starts, from the plan and from rates measured in the
 * lab; while it runs, also from the runs that are done.
 */
#ifndef BLACKOUT_RUN_ESTIMATE_H
#define BLACKOUT_RUN_ESTIMATE_H

#include "harness/run/scenario.h"

/* From a VM's boot to its first answer, measured in the lab under emulation. */
#define ESTIMATE_BOOT_S 6.0
/* From the start of a warm-up move, which is cancelled, until the guest answers steadily again. */
#define ESTIMATE_WARM_UP_S 3.0
/* From the job's end until the guest answers steadily. */
#define ESTIMATE_STEADY_S 1.0

/* The duration of one run and of its stages, in seconds. A stage that the run lacks is 0. */
struct estimate {
	double prepare_s;  /* starting the VMs; lab only, 0 if they run already */
	double start_s;    /* boot and filling the memory of one of these VMs, on average */
	double session_s;  /* opening a remote-desktop session, or the last attempt to connect */
	double copy_s;     /* memory x fill / link */
	double workload_s; /* the workload, from start to end */
	double verify_s;   /* checking the memory */
	double run_s;      /* the whole run without prepare_s */
};

/* Estimates one run. `before` is the previous run that begins with the same VM; NULL: none. */
struct estimate estimate_run(const struct scenario_run *run, const struct scenario_run *before);
/*
 * Estimates all runs of a scenario, in its order. The caller frees the array. NULL: out of memory.
 */
struct estimate *estimate_scenario(const struct scenario *scenario);
/*
 * Returns the seconds left. The `done` runs took done_s; their estimates add up to done_estimate_s.
 * remaining_s is the estimate of all other runs, current_s that of the current run, which is one of
 * them and began elapsed_s ago. The ratio of measured to estimated time scales what is left. The
 * ratio includes one more run that took as long as estimated, so that few runs change it little.
 */
double estimate_left(size_t done, double done_estimate_s, double done_s, double remaining_s,
	double current_s, double elapsed_s);

#endif

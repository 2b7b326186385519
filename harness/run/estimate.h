/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * About how long a plan takes, before anything is measured: from the plan and a few rates that were
 * measured in the lab; and how long it still takes, from those and from the runs that are done.
 */
#ifndef BLACKOUT_RUN_ESTIMATE_H
#define BLACKOUT_RUN_ESTIMATE_H

#include "harness/run/scenario.h"

/* Measured in the lab under emulation: boot to first answer. */
#define ESTIMATE_BOOT_S 6.0
/* A move begun and called off, and the wait until the guest is calm again. */
#define ESTIMATE_WARM_UP_S 3.0
/* Until the answers are steady after the job's end. */
#define ESTIMATE_STEADY_S 1.0

/* What one run takes, in seconds. */
struct estimate {
	double prepare_s; /* lab: boot and filling the memory; 0 where the VM is as it was */
	double session_s; /* a remote-desktop session is opened, or tried once more at the end */
	double copy_s;    /* memory x fill / link */
	double work_s;    /* its work, from its beginning to its end; 0: it does nothing */
	double verify_s;  /* the memory is read again */
	double run_s;     /* all of it but the preparation */
};

/* One run. `before`: the run of the same VM before it, NULL: it has to be started. */
struct estimate estimate_run(const struct scenario_run *run, const struct scenario_run *before);
/* All runs of a scenario in its order; malloc'd, NULL: out of memory. */
struct estimate *estimate_scenario(const struct scenario *scenario);
/*
 * What is left. done_estimate_s is what the `done` runs were thought to take, done_s what they took;
 * ahead_s is what the others were thought to take, the present one included, of which present_s
 * (thought) began elapsed_s ago. The estimate counts as much as one run: it decides before the first run is over,
 * and little after some.
 */
double estimate_left(size_t done, double done_estimate_s, double done_s, double ahead_s,
	double present_s, double elapsed_s);

#endif

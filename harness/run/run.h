/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Carries out a plan: opens its site, stations and driver, executes the runs step by step and
 * writes facts. It judges nothing; the verdicts are made afterwards from the result folder.
 */
#ifndef BLACKOUT_RUN_RUN_H
#define BLACKOUT_RUN_RUN_H

#include "harness/ops/driver.h"
#include "harness/ops/probe.h"
#include "harness/ops/site.h"
#include "harness/ops/workload.h"
#include "harness/plan/plan.h"

/*
 * The operations of all components that are built in. Only tools/blackout.c fills it. Tables end
 * with NULL.
 */
struct components {
	const struct driver_ops *const *drivers;
	const struct probe_ops *const *probes;
	const struct probe_ops *const *simulated_probes;
	const struct workload_ops *const *workloads;
	const struct site_ops *lab, *cluster, *sim;
};

struct secrets;

struct run_options {
	const char *only;              /* NULL, "CASE" or "CASE/RUN" */
	bool resume;                   /* execute only the runs that the folder lacks */
	FILE *progress;                /* progress is printed here; NULL: nowhere */
	bool live;                     /* a live view shows the steps: print only events */
	const struct secrets *secrets; /* passed to the probes' programs only; may be NULL */
};

/* Makes the result folder `dir` for a plan. Returns and errors as folder_make. */
enum status run_folder_make(const struct plan *plan, const char *dir, struct err *e);
/*
 * Carries out a plan and writes facts into its existing folder. Returns PASS if no run is left:
 * each run was executed, or recorded as one that could not be set up. Otherwise, with the reason in
 * `e`: USAGE (the folder is in use or cannot be read, or `only` names no run), SETUP (nothing could
 * be set up, or three runs in a row could not), BROKE_OFF or INTERRUPTED. The facts written so far
 * are always readable.
 */
enum status run_plan(const struct components *components, const struct plan *plan, const char *dir,
	const struct run_options *options, struct err *e);

#endif

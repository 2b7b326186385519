/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Carrying out a scenario: site up, stations out, driver on, step by step, facts down. It judges
 * nothing; that is done afterwards from the folder it leaves.
 */
#ifndef BLACKOUT_RUN_RUN_H
#define BLACKOUT_RUN_RUN_H

#include "harness/ops/driver.h"
#include "harness/ops/probe.h"
#include "harness/ops/site.h"
#include "harness/ops/workload.h"
#include "harness/plan/plan.h"

/* The code of components, named by the main program only. Tables end with NULL. */
struct components {
	const struct driver_ops *const *drivers;
	const struct probe_ops *const *probes;
	const struct probe_ops *const *simulated_probes;
	const struct workload_ops *const *workloads;
	const struct site_ops *lab, *cluster, *sim;
};

struct secrets;

struct run_options {
	const char *only; /* NULL, "CASE" or "CASE/RUN" */
	bool resume;      /* the folder is there: do what is missing */
	FILE *say;        /* progress for a person */
	bool live;        /* somebody follows the folder: `say` need not have the steps */
	const struct secrets *secrets; /* what the probes' programs are told and nobody else, or NULL */
};

/* Makes the result folder DIR of a plan: see folder_make. */
enum status run_folder_make(const struct plan *plan, const char *dir, struct err *e);
/*
 * Runs a plan into its folder. The status is PASS when the plan came to its end: each run was carried
 * out, or recorded as one that could not be set up. Else it is SETUP (nothing could be set up at all,
 * or three runs in a row could not), BROKE_OFF or INTERRUPTED with the reason in `e`; the facts so far
 * are readable whatever happened.
 */
enum status run_plan(const struct components *components, const struct plan *plan, const char *dir,
	const struct run_options *options, struct err *e);

#endif

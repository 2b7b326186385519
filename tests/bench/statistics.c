/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Measures how often `blackout compare` errs: it compares pairs of simulated results of three cases
 * whose true difference is known, for several numbers of runs and of VMs a run. Prints the tables
 * of docs/statistics.md. The noise is worse than the lab's: see `noise`.
 */
#include "harness/compare/compare.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <stdlib.h>
#include <string.h>

#define CASES 3
#define RUNS_MAX 20
#define VMS_MAX 16

/*
 * Job times and blackouts are lognormal; some jobs are slower, some blackouts include a stall. The
 * VMs of a run share its job time, because they share the link, and differ by vm_spread; each has
 * its own blackout.
 */
static const struct {
	double job_s[CASES], job_spread, vm_spread, slow_chance, slow_share;
	double blackout_s, blackout_spread, stall_chance, stall_min_s, stall_max_s;
} noise = {
	.job_s = {17, 25, 33},
	.job_spread = 0.04,
	.vm_spread = 0.02,
	.slow_chance = 0.05,
	.slow_share = 0.25,
	.blackout_s = 0.35,
	.blackout_spread = 0.2,
	.stall_chance = 0.1,
	.stall_min_s = 0.2,
	.stall_max_s = 1.2,
};

/* The true difference between base and new runs: a share of the job time, and seconds. */
static const struct effect {
	const char *name;
	double job, blackout_s;
	bool one_case; /* in the second case only */
} effects[] = {
	{"none: false alarms", 0, 0, false},
	{"job time +10 %", 0.1, 0, false},
	{"job time +20 %", 0.2, 0, false},
	{"job time +50 %", 0.5, 0, false},
	{"blackout +0.2 s", 0, 0.2, false},
	{"blackout +0.5 s", 0, 0.5, false},
	{"blackout +1 s", 0, 1, false},
	{"job time +20 %, one case", 0.2, 0, true},
	{"blackout +0.5 s, one case", 0, 0.5, true},
	{"job time +50 %, one case", 0.5, 0, true},
	{"blackout +1 s, one case", 0, 1, true},
};

/* Runs on each side, and number of pairs. */
static const struct {
	size_t runs, pairs;
} rows[] = {{3, 2000}, {5, 2000}, {10, 200}, {20, 50}};

static char *const names[CASES] = {"a", "b", "c"};
static char empty[] = "", pass[] = "PASS", ok[] = "ok";

/* Adds the rows of a run. */
static void add_run(struct run_rows *plan, size_t c, size_t run, size_t vms,
	const struct effect *effect, gsl_rng *rng)
{
	bool here = !effect->one_case || c == 1;
	double run_s = noise.job_s[c] * gsl_ran_lognormal(rng, 0, noise.job_spread);

	if (gsl_rng_uniform(rng) < noise.slow_chance)
		run_s *= 1 + noise.slow_share;
	run_s *= here ? 1 + effect->job : 1;
	for (size_t vm = 1; vm <= vms; vm++) {
		double job_s = vms > 1 ? run_s * gsl_ran_lognormal(rng, 0, noise.vm_spread) : run_s;
		double blackout_s =
			noise.blackout_s * gsl_ran_lognormal(rng, 0, noise.blackout_spread);

		if (gsl_rng_uniform(rng) < noise.stall_chance)
			blackout_s += gsl_ran_flat(rng, noise.stall_min_s, noise.stall_max_s);
		blackout_s += here ? effect->blackout_s : 0;
		plan->row[plan->count++] = (struct run_row){.case_name = names[c],
			.run = run,
			.move = vm,
			.verdict = pass,
			.outcome = ok,
			.integrity = ok,
			.reason = empty,
			.job = {(int64_t)(job_s * 1e9), (int64_t)(job_s * 1e9)},
			.blackout = {(int64_t)(blackout_s * 1e9) - 10 * NS_PER_MS,
				(int64_t)(blackout_s * 1e9) + 10 * NS_PER_MS}};
	}
}

static void simulate(
	struct run_rows *plan, size_t runs, size_t vms, const struct effect *effect, gsl_rng *rng)
{
	plan->count = 0;
	for (size_t c = 0; c < CASES; c++)
		for (size_t i = 0; i < runs; i++)
			add_run(plan, c, i + 1, vms, effect, rng);
}

/* Measures the share of pairs that compare calls a regression (red), and undecided. 0 or -1. */
static int measure(const struct effect *effect, size_t runs, size_t vms, size_t pairs, double *red,
	double *undecided, struct err *e)
{
	static struct run_row base_row[CASES * RUNS_MAX * VMS_MAX],
		fresh_row[CASES * RUNS_MAX * VMS_MAX];
	static const struct effect none = {.name = ""};
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	struct run_rows base = {base_row, 0}, fresh = {fresh_row, 0};
	int rc = 0;

	gsl_rng_set(rng, 20120401);
	*red = *undecided = 0;
	for (size_t i = 0; i < pairs && !rc; i++) {
		struct compare_options options = compare_defaults;
		struct comparison *comparison;

		options.seed = i + 1;
		simulate(&base, runs, vms, &none, rng);
		simulate(&fresh, runs, vms, effect, rng);
		rc = comparison_new(&comparison, &base, &fresh, &options, e);
		if (rc)
			break;
		*red += comparison->status == STATUS_FAIL;
		*undecided += comparison->status == STATUS_UNDECIDED;
		comparison_free(comparison);
	}
	*red /= (double)pairs;
	*undecided /= (double)pairs;
	gsl_rng_free(rng);
	return rc;
}

static int print_table(size_t vms)
{
	struct err e = {0};

	printf("%zu VM%s a run:\n\n| true difference |", vms, vms == 1 ? "" : "s");
	for (size_t r = 0; r < ARRAY_SIZE(rows); r++)
		printf(" %zu runs (%zu pairs) |", rows[r].runs, rows[r].pairs);
	printf("\n|---|");
	for (size_t r = 0; r < ARRAY_SIZE(rows); r++)
		printf("---|");
	for (size_t i = 0; i < ARRAY_SIZE(effects); i++) {
		printf("\n| %s |", effects[i].name);
		for (size_t r = 0; r < ARRAY_SIZE(rows); r++) {
			double red, undecided;

			if (measure(&effects[i], rows[r].runs, vms, rows[r].pairs, &red, &undecided,
				    &e)) {
				fprintf(stderr, "statistics: %s\n", e.text);
				return -1;
			}
			printf(" %.1f %%", red * 100);
			if (undecided >= 0.0005)
				printf(" (cannot tell %.1f %%)", undecided * 100);
			printf(" |");
			fflush(stdout);
		}
	}
	printf("\n\n");
	return 0;
}

int main(void)
{
	static const size_t vms[] = {1, 4, VMS_MAX};

	for (size_t i = 0; i < ARRAY_SIZE(vms); i++)
		if (print_table(vms[i]))
			return STATUS_BROKE_OFF;
	return 0;
}

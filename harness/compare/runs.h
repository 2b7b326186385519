/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs from the rows of runs.csv. A run with several VMs has a row for each of them. They are not
 * independent, so what is compared is the run: its figures are those of its worst VM.
 */
#ifndef BLACKOUT_COMPARE_RUNS_H
#define BLACKOUT_COMPARE_RUNS_H

#include "harness/compare/compare.h"

#define BADNESS_MAX 4

struct compared_run {
	const char *case_name;
	/*
	 * The largest of the VMs' values: it lies between the largest lower and the largest upper
	 * end. lo_ns NS_NONE: no VM has one, or the run lacks one.
	 */
	struct interval value[MEASURES];
	/* The value of a VM is not known: it may be the largest, so the run has none. */
	bool lacks[MEASURES];
	/* The worst move; 0: none is bad. INVALID and INCONCLUSIVE are undecided, not bad. */
	int badness;
	const struct run_row *worst; /* the first row with that badness */
	bool undecided;
};

struct compared_runs {
	struct compared_run *run;
	size_t count;
};

/*
 * Groups rows by table, case and number of the run; a row without a number is a run of its own. The
 * rows must outlive the runs, which the caller releases.
 */
struct compared_runs runs_of(const struct run_rows *rows);
void runs_release(struct compared_runs *runs);
/* What moves of a badness are, as a message says it: "a verdict of FAIL". */
const char *badness_name(int badness);

#endif

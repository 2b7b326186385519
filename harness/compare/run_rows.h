/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads the rows of runs.csv and cases.csv, written by this program or another tool, into structs.
 */
#ifndef BLACKOUT_COMPARE_RUN_ROWS_H
#define BLACKOUT_COMPARE_RUN_ROWS_H

#include "harness/base/base.h"

struct axis_value {
	char *name;  /* "memory" */
	char *value; /* "2GB" */
};

/* A row of runs.csv: one move. Absent text is "", never NULL. */
struct run_row {
	char *case_name, *vm, *platform, *source, *destination, *job_state;
	size_t run, move; /* from 1; 0: not given */
	size_t table;     /* which of several joined tables it is from; runs are numbered in each */
	int64_t job_start_utc_ns; /* NS_NONE: not measured, as below */
	struct interval job;      /* lo_ns NS_NONE: not measured */
	int64_t downtime_ns;      /* as reported */
	int lost_1s;              /* maximum one-second pings lost in a row; -1: not measured */
	struct interval blackout;
	char *outcome, *integrity, *verdict, *reason;
	struct axis_value *axes;
	size_t axis_count;
};

struct run_rows {
	struct run_row *row;
	size_t count;
};

/*
 * Reads a runs.csv, from a file or from text; the caller releases the rows. The columns `case` and
 * `verdict` must be there; other absent columns give "not measured". Errors, with file, row and
 * column: a cell that is no number, lo above hi, a file that cannot be read.
 */
int run_rows_read(struct run_rows *rows, const char *path, struct err *e);
int run_rows_parse(
	struct run_rows *rows, const char *name, const char *text, size_t length, struct err *e);
void run_rows_release(struct run_rows *rows);

/* A row of cases.csv. */
struct case_row {
	char *case_name, *platform, *verdict;
	size_t runs;
	int64_t job_mean_ns, job_sd_ns, job_min_ns, job_max_ns; /* NS_NONE: not measured */
	int lost_1s_max;                                        /* -1: not measured */
	struct interval blackout;
	struct axis_value *axes;
	size_t axis_count;
};

struct case_rows {
	struct case_row *row;
	size_t count;
};

/* As run_rows_read and run_rows_parse, for cases.csv. */
int case_rows_read(struct case_rows *rows, const char *path, struct err *e);
int case_rows_parse(
	struct case_rows *rows, const char *name, const char *text, size_t length, struct err *e);
void case_rows_release(struct case_rows *rows);

#endif

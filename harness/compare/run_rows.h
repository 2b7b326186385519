/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads the rows of runs.csv, written by this program or another tool, into structs.
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
 * Reads a runs.csv, from a file or from text; the caller releases the rows. chosen: the user named
 * the file, which may be a pipe; else it is in a result folder, and must be a regular file. The
 * columns `case` and `verdict` must be there; other absent columns give "not measured". Errors,
 * with file, row and column: a cell that is no number, lo above hi, a file that cannot be read.
 */
int run_rows_read(struct run_rows *rows, const char *path, bool chosen, struct err *e);
int run_rows_parse(
	struct run_rows *rows, const char *name, const char *text, size_t length, struct err *e);
void run_rows_release(struct run_rows *rows);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads result tables back: RFC 4180 text into cells, and our own runs.csv and cases.csv into plain
 * structs. Columns are found by name, so that added columns, another order and tables brought in
 * from other tools do no harm. Judges nothing, compares nothing.
 */
#ifndef BLACKOUT_BASE_CSV_H
#define BLACKOUT_BASE_CSV_H

#include "harness/base/base.h"

/* A CSV text taken apart. Row 0 is the first row after the header. */
struct table {
	char **header;
	size_t column_count;
	char **cells; /* row_count rows of column_count cells each, one after another */
	size_t row_count;
	char *name; /* stands for the file in messages */
};

#define COLUMN_NONE SIZE_MAX

/*
 * Takes CSV text apart: quoted fields with doubled quotes and line breaks inside, CRLF or LF, a BOM
 * at the start. Blank lines are skipped. Errors (name:line: what): no header, a row with another
 * number of fields than the header has, a quote that is not closed, text after a closing quote, a
 * NUL byte.
 */
int table_parse(
	struct table *table, const char *name, const char *text, size_t length, struct err *e);
void table_free(struct table *table);
/* The column of that name, or COLUMN_NONE. */
size_t table_column(const struct table *table, const char *name);
/* A cell; "" for COLUMN_NONE. */
const char *table_cell(const struct table *table, size_t row, size_t column);

/*
 * "12.345678" seconds as nanoseconds whatever the locale; "" is NS_NONE, "inf" NS_INF. -1: neither.
 * More than 9 decimals are cut.
 */
int seconds_parse(const char *text, int64_t *ns);
/* "2026-11-21T05:29:00.123456Z" as nanoseconds since 1970; "" is NS_NONE. -1: neither. */
int utc_parse(const char *text, int64_t *utc_ns);

/*
 * CSV cells that spreadsheets would take for a formula are written with a ' before them.
 * cell_guarded: whether text needs it; cell_unguard: the text behind it. What cell_guarded says of
 * a text and what cell_unguard removes fit together: reading gives back what was written.
 */
bool cell_guarded(const char *text);
const char *cell_unguard(const char *cell);

struct axis_value {
	char *name;  /* "memory" */
	char *value; /* "2GB" */
};

/* A row of runs.csv: one move. Text that is absent is "", never NULL. */
struct run_row {
	char *case_name, *vm, *platform, *source, *destination, *job_state;
	size_t run, move;         /* from 1; 0: not given */
	int64_t job_start_utc_ns; /* NS_NONE: not measured, as below */
	struct interval job;      /* lo_ns NS_NONE: not measured */
	int64_t downtime_ns;      /* as reported */
	int lost_1s;              /* -1: no one-second ping */
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
 * Reads a runs.csv. Only `case` and `verdict` must be there; other absent columns read as not
 * measured. Errors name file, row and column: a number that is none, lo above hi, no such file.
 */
int runs_read(struct run_rows *rows, const char *path, struct err *e);
int runs_parse(
	struct run_rows *rows, const char *name, const char *text, size_t length, struct err *e);
void runs_free(struct run_rows *rows);

/* A row of cases.csv. */
struct case_row {
	char *case_name, *platform, *verdict;
	size_t runs;
	int64_t job_mean_ns, job_sd_ns, job_least_ns, job_most_ns; /* NS_NONE: not measured */
	int lost_1s_most;                                          /* -1: not measured */
	struct interval blackout;
	struct axis_value *axes;
	size_t axis_count;
};

struct case_rows {
	struct case_row *row;
	size_t count;
};

/* As runs_read, for cases.csv: `case` and `verdict` must be there. */
int cases_read(struct case_rows *rows, const char *path, struct err *e);
int cases_parse(
	struct case_rows *rows, const char *name, const char *text, size_t length, struct err *e);
void cases_free(struct case_rows *rows);

#endif

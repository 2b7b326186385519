/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads CSV text (RFC 4180) into cells, and cells into seconds and instants. Columns are found by name, so
 * that added columns and another order do no harm.
 */
#ifndef BLACKOUT_BASE_CSV_H
#define BLACKOUT_BASE_CSV_H

#include "harness/base/base.h"

/* A CSV text taken apart. Row 0 is the first row after the header. */
struct csv_table {
	char **header;
	size_t column_count;
	char **cells; /* row_count rows of column_count cells each, one after another */
	size_t row_count;
	char *name; /* stands for the file in messages */
};

#define CSV_COLUMN_NONE SIZE_MAX

/*
 * Takes CSV text apart: quoted fields with doubled quotes and line breaks inside, CRLF or LF, a BOM
 * at the start. Blank lines are skipped. Errors (name:line: what): no header, a row with another
 * number of fields than the header has, a quote that is not closed, text after a closing quote, a
 * NUL byte.
 */
int csv_parse(
	struct csv_table *table, const char *name, const char *text, size_t length, struct err *e);
void csv_release(struct csv_table *table);
/* The column of that name, or CSV_COLUMN_NONE. */
size_t csv_column(const struct csv_table *table, const char *name);
/* A cell; "" for CSV_COLUMN_NONE. */
const char *csv_cell(const struct csv_table *table, size_t row, size_t column);

/*
 * "12.345678" seconds as nanoseconds whatever the locale; "" is NS_NONE, "inf" NS_INF. -1: neither.
 * More than 9 decimals are cut.
 */
int seconds_parse(const char *text, int64_t *ns);
/* "2026-11-21T05:29:00.123456Z" as nanoseconds since 1970; "" is NS_NONE. -1: neither. */
int utc_parse(const char *text, int64_t *utc_ns);

/*
 * CSV cells that spreadsheets would take for a formula are written with a ' before them.
 * csv_needs_guard: whether text needs it; csv_unguard: the text behind it. What csv_needs_guard says of
 * a text and what csv_unguard removes fit together: reading gives back what was written.
 */
bool csv_needs_guard(const char *text);
const char *csv_unguard(const char *cell);

#endif

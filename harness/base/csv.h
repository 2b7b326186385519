/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads CSV text (RFC 4180) into cells, and cells into seconds and instants. Columns are found by
 * name, so added columns and another order do not matter.
 */
#ifndef BLACKOUT_BASE_CSV_H
#define BLACKOUT_BASE_CSV_H

#include "harness/base/base.h"

/* The cells of a CSV text. Row 0 is the first row after the header. */
struct csv_table {
	char **header;
	size_t column_count;
	char **cells; /* row_count rows of column_count cells each, one after another */
	size_t row_count;
	char *name; /* the file's, for messages */
};

#define CSV_COLUMN_NONE SIZE_MAX

/*
 * Reads CSV text into a table, which the caller releases. Accepts quoted fields (with doubled
 * quotes and line breaks inside), CRLF or LF, and a BOM at the start; skips blank lines. Errors
 * (name:line: what): no header, a row whose number of fields differs from the header's, a quote
 * that is not closed, text after a closing quote, a NUL byte, out of memory.
 */
int csv_parse(
	struct csv_table *table, const char *name, const char *text, size_t length, struct err *e);
void csv_release(struct csv_table *table);
/* The column of that name, or CSV_COLUMN_NONE. */
size_t csv_column(const struct csv_table *table, const char *name);
/* The text of a cell; "" for CSV_COLUMN_NONE or a row beyond the last. */
const char *csv_cell(const struct csv_table *table, size_t row, size_t column);

/*
 * Reads "12.345678" seconds as nanoseconds, in every locale; "" gives NS_NONE, "inf" gives NS_INF.
 * Cuts off what follows 9 decimals. Returns 0, or -1 for any other text.
 */
int seconds_parse(const char *text, int64_t *ns);
/*
 * Reads "2026-11-21T05:29:00.123456Z" as nanoseconds since 1970; "" gives NS_NONE. Returns 0, or -1
 * for any other text and for years that int64_t cannot hold (before 1678, after 2262).
 */
int utc_parse(const char *text, int64_t *utc_ns);

/*
 * Text that a spreadsheet would take for a formula is written to a cell with a ' in front (a
 * guard). csv_needs_guard is true if text needs a guard; csv_unguard returns a cell's text without
 * its guard. Text that already looks guarded gets a second guard, so that reading returns exactly
 * what was written.
 */
bool csv_needs_guard(const char *text);
const char *csv_unguard(const char *cell);

#endif

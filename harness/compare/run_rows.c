/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the rows of runs.csv: see run_rows.h. */
#include "harness/compare/run_rows.h"

#include "harness/base/memory.h"
#include "harness/base/csv.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define RESULTS_MAX ((size_t)256 << 20)
#define AXIS_PREFIX "axis:"

/* A row that is being read. Keeps the first error, so that `failed` is checked once per row. */
struct row_reader {
	const struct csv_table *table;
	size_t index;
	bool failed;
	struct err *e;
};

static const char *cell(const struct row_reader *r, const char *column)
{
	return csv_cell(r->table, r->index, csv_column(r->table, column));
}

static void fail(struct row_reader *r, const char *column, const char *right)
{
	if (!r->failed)
		err_set(r->e, "%s: row %zu: %s '%.60s' is not a %s", r->table->name, r->index + 1,
			column, cell(r, column), right);
	r->failed = true;
}

static char *text_of(struct row_reader *r, const char *column)
{
	return memory_text("a table", csv_unguard(cell(r, column)));
}

/* A whole number; `absent` for an empty field. */
static long whole_of(struct row_reader *r, const char *column, long absent)
{
	const char *text = cell(r, column);
	char *end;
	long value;

	if (!*text)
		return absent;
	value = strtol(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end || value > INT_MAX) {
		fail(r, column, "whole number");
		return absent;
	}
	return value;
}

static int64_t seconds_of(struct row_reader *r, const char *column)
{
	int64_t ns;

	if (seconds_parse(cell(r, column), &ns))
		fail(r, column, "number of seconds");
	return ns;
}

static struct interval interval_of(struct row_reader *r, const char *lo, const char *hi)
{
	struct interval i = {.lo_ns = seconds_of(r, lo), .hi_ns = seconds_of(r, hi)};

	if ((i.lo_ns == NS_NONE) != (i.hi_ns == NS_NONE) || i.lo_ns > i.hi_ns)
		fail(r, lo, "lower end that fits the upper end");
	return i;
}

static struct axis_value *axes_of(struct row_reader *r, size_t *count)
{
	struct axis_value *axes = NULL;
	size_t capacity = 0;

	*count = 0;
	for (size_t i = 0; i < r->table->column_count && !r->failed; i++) {
		const char *name = r->table->header[i];

		if (strncmp(name, AXIS_PREFIX, strlen(AXIS_PREFIX)) != 0)
			continue;
		MEMORY_GROW("axes", axes, *count, capacity);
		axes[*count] = (struct axis_value){
			.name = memory_text("axes", name + strlen(AXIS_PREFIX)),
			.value = text_of(r, name),
		};
		++*count;
	}
	return axes;
}

static void axes_free(struct axis_value *axes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(axes[i].name);
		free(axes[i].value);
	}
	free(axes);
}

static void run_row_read(struct row_reader *r, struct run_row *run)
{
	int64_t ms;

	run->case_name = text_of(r, "case");
	run->vm = text_of(r, "vm");
	run->platform = text_of(r, "platform");
	run->source = text_of(r, "source");
	run->destination = text_of(r, "destination");
	run->job_state = text_of(r, "job_state");
	run->outcome = text_of(r, "outcome");
	run->integrity = text_of(r, "integrity");
	run->verdict = text_of(r, "verdict");
	run->reason = text_of(r, "reason");
	run->run = (size_t)whole_of(r, "run", 0);
	run->move = (size_t)whole_of(r, "move", 0);
	run->lost_1s = (int)whole_of(r, "lost_1s", -1);
	if (utc_parse(cell(r, "job_start_utc"), &run->job_start_utc_ns))
		fail(r, "job_start_utc", "time such as 2026-11-21T05:29:00.123456Z");
	run->job = interval_of(r, "job_lo_s", "job_hi_s");
	run->blackout = interval_of(r, "blackout_lo_s", "blackout_hi_s");
	/* Reads milliseconds as seconds and divides, to use the exact decimal reader. */
	ms = NS_NONE;
	if (seconds_parse(cell(r, "downtime_reported_ms"), &ms) || ms == NS_INF || ms < NS_NONE)
		fail(r, "downtime_reported_ms", "number of milliseconds");
	run->downtime_ns = ms == NS_NONE ? NS_NONE : ms / 1000;
	run->axes = axes_of(r, &run->axis_count);
}

/* Checks that the columns exist without which no row can be compared. */
static int columns_needed(const struct csv_table *table, struct err *e)
{
	static const char *const needed[] = {"case", "verdict"};

	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		if (csv_column(table, needed[i]) == CSV_COLUMN_NONE)
			return err_set(
				e, "%s: no column '%s' in the header", table->name, needed[i]);
	return 0;
}

int run_rows_parse(
	struct run_rows *rows, const char *name, const char *text, size_t length, struct err *e)
{
	struct csv_table table;
	int result;

	*rows = (struct run_rows){0};
	if (csv_parse(&table, name, text, length, e))
		return -1;
	result = columns_needed(&table, e);
	if (!result)
		rows->row = memory_zeroed("a table", table.row_count + 1, sizeof(*rows->row));
	for (size_t i = 0; i < table.row_count && !result; i++) {
		struct row_reader r = {.table = &table, .index = i, .e = e};

		run_row_read(&r, &rows->row[rows->count++]);
		result = r.failed ? -1 : 0;
	}
	csv_release(&table);
	if (result)
		run_rows_release(rows);
	return result;
}

int run_rows_read(struct run_rows *rows, const char *path, bool chosen, struct err *e)
{
	size_t length;
	char *text;
	int result;

	if ((chosen ? file_read : file_read_regular)(path, RESULTS_MAX, &text, &length, e))
		return -1;
	result = run_rows_parse(rows, path, text, length, e);
	free(text);
	return result;
}

void run_rows_release(struct run_rows *rows)
{
	for (size_t i = 0; i < rows->count; i++) {
		struct run_row *r = &rows->row[i];

		free(r->case_name);
		free(r->vm);
		free(r->platform);
		free(r->source);
		free(r->destination);
		free(r->job_state);
		free(r->outcome);
		free(r->integrity);
		free(r->verdict);
		free(r->reason);
		axes_free(r->axes, r->axis_count);
	}
	free(rows->row);
	memset(rows, 0, sizeof(*rows));
}

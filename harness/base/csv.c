/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads CSV text and its cells: see csv.h. */
#include "harness/base/csv.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The position of the reader in the CSV text. */
struct scan {
	const char *at, *end;
	size_t line;
	char *cell; /* as large as the whole text, so that any cell fits */
	size_t cell_length;
};

enum after_cell { AFTER_COMMA, AFTER_ROW, AFTER_BROKEN };

/* Reads the rest of a quoted field after its opening quote. False: there is no closing quote. */
static bool scan_quoted(struct scan *s)
{
	for (; s->at < s->end; s->at++) {
		if (*s->at == '"') {
			s->at++;
			if (s->at == s->end || *s->at != '"')
				return true;
		}
		s->line += *s->at == '\n';
		s->cell[s->cell_length++] = *s->at;
	}
	return false;
}

/* Reads one field and the comma or line break after it. */
static enum after_cell scan_cell(struct scan *s, const char *name, struct err *e)
{
	s->cell_length = 0;
	if (s->at < s->end && *s->at == '"') {
		size_t opened = s->line;

		s->at++;
		if (!scan_quoted(s)) {
			err_set(e, "%s:%zu: the quote is not closed", name, opened);
			return AFTER_BROKEN;
		}
		if (s->at < s->end && !strchr(",\r\n", *s->at)) {
			err_set(e,
				"%s:%zu: text after a closing quote (write a quote in a field as \"\")",
				name, s->line);
			return AFTER_BROKEN;
		}
	}
	while (s->at < s->end && *s->at != ',' && *s->at != '\n' &&
		!(*s->at == '\r' && (s->at + 1 == s->end || s->at[1] == '\n')))
		s->cell[s->cell_length++] = *s->at++;
	s->cell[s->cell_length] = '\0';
	if (s->at < s->end && *s->at == ',') {
		s->at++;
		return AFTER_COMMA;
	}
	if (s->at < s->end && *s->at == '\r')
		s->at++;
	if (s->at < s->end && *s->at == '\n')
		s->at++;
	return AFTER_ROW;
}

/* The fields of all rows, header included, one after another. */
struct cells {
	char **cell;
	size_t count, capacity;
};

static bool blank_line(const struct scan *s)
{
	return *s->at == '\n' || (*s->at == '\r' && s->at + 1 < s->end && s->at[1] == '\n');
}

static int scan_row(struct scan *s, const char *name, struct cells *cells, struct err *e)
{
	for (;;) {
		enum after_cell after = scan_cell(s, name, e);
		char *copy;

		if (after == AFTER_BROKEN)
			return -1;
		copy = strdup(s->cell);
		if (!copy || ARRAY_GROW(cells->cell, cells->count, cells->capacity)) {
			free(copy);
			return err_set(e, "%s: out of memory", name);
		}
		cells->cell[cells->count++] = copy;
		if (after == AFTER_ROW)
			return 0;
	}
}

static int scan_rows(
	struct scan *s, const char *name, struct cells *cells, size_t *columns, struct err *e)
{
	while (s->at < s->end) {
		size_t before = cells->count, line = s->line;

		if (blank_line(s)) {
			s->at += *s->at == '\r' ? 2 : 1;
			s->line++;
			continue;
		}
		if (scan_row(s, name, cells, e))
			return -1;
		s->line++;
		if (!*columns)
			*columns = cells->count;
		if (cells->count - before != *columns)
			return err_set(e, "%s:%zu: %zu fields where the header has %zu", name, line,
				cells->count - before, *columns);
	}
	return *columns ? 0 : err_set(e, "%s: empty (a header line is needed)", name);
}

int csv_parse(
	struct csv_table *table, const char *name, const char *text, size_t length, struct err *e)
{
	struct scan s = {.at = text, .end = text + length, .line = 1};
	struct cells cells = {0};
	size_t columns = 0;
	int result = -1;

	memset(table, 0, sizeof(*table));
	if (memchr(text, '\0', length))
		return err_set(e, "%s: contains a NUL byte, so it is not CSV in UTF-8", name);
	if (length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
		s.at += 3;
	s.cell = malloc(length + 1);
	table->name = strdup(name);
	if (!s.cell || !table->name) {
		err_set(e, "%s: out of memory", name);
		goto out;
	}
	result = scan_rows(&s, name, &cells, &columns, e);
out:
	free(s.cell);
	/* Header and cells share one array, which starts at the header: free(header) frees both. */
	table->header = cells.cell;
	table->column_count = result ? cells.count : columns;
	if (!result) {
		table->cells = cells.cell + columns;
		table->row_count = cells.count / columns - 1;
	} else {
		csv_release(table);
	}
	return result;
}

void csv_release(struct csv_table *table)
{
	for (size_t i = 0; i < table->column_count * (table->row_count + 1); i++)
		free(table->header[i]);
	free(table->header);
	free(table->name);
	memset(table, 0, sizeof(*table));
}

size_t csv_column(const struct csv_table *table, const char *name)
{
	for (size_t i = 0; i < table->column_count; i++)
		if (strcmp(table->header[i], name) == 0)
			return i;
	return CSV_COLUMN_NONE;
}

const char *csv_cell(const struct csv_table *table, size_t row, size_t column)
{
	if (column == CSV_COLUMN_NONE || row >= table->row_count)
		return "";
	return table->cells[row * table->column_count + column];
}

int seconds_parse(const char *text, int64_t *ns)
{
	bool negative = *text == '-';
	int64_t value = 0;
	int decimals = -1;

	*ns = NS_NONE;
	if (!*text)
		return 0;
	if (strcmp(text, "inf") == 0) {
		*ns = NS_INF;
		return 0;
	}
	text += negative;
	if (!isdigit((unsigned char)*text))
		return -1;
	for (; *text; text++) {
		if (*text == '.' && decimals < 0 && isdigit((unsigned char)text[1])) {
			decimals = 0;
			continue;
		}
		if (!isdigit((unsigned char)*text))
			return -1;
		if (decimals == 9)
			continue;
		if (value > INT64_C(900000000000000000))
			return -1;
		value = value * 10 + (*text - '0');
		decimals += decimals >= 0;
	}
	for (int i = decimals < 0 ? 0 : decimals; i < 9; i++)
		if (__builtin_mul_overflow(value, 10, &value))
			return -1;
	*ns = negative ? -value : value;
	return 0;
}

int utc_parse(const char *text, int64_t *utc_ns)
{
	struct tm tm = {0};
	int64_t fraction = 0, ns;
	const char *p;

	*utc_ns = NS_NONE;
	if (!*text)
		return 0;
	p = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	if (!p)
		return -1;
	if (*p == '.') {
		int digits = 0;

		for (p++; isdigit((unsigned char)*p); p++)
			if (digits < 9) {
				fraction = fraction * 10 + (*p - '0');
				digits++;
			}
		for (; digits < 9; digits++)
			fraction *= 10;
	}
	if (strcmp(p, "Z") != 0 || __builtin_mul_overflow((int64_t)timegm(&tm), NS_PER_S, &ns) ||
		__builtin_add_overflow(ns, fraction, &ns))
		return -1;
	*utc_ns = ns;
	return 0;
}

/* Characters that start a formula. TAB and CR are among them: some spreadsheets skip them first. */
static bool formula_start(char c)
{
	return c && strchr("=+-@\t\r", c);
}

static bool looks_guarded(const char *text)
{
	return text[0] == '\'' && (text[1] == '\'' || formula_start(text[1]));
}

bool csv_needs_guard(const char *text)
{
	return formula_start(text[0]) || looks_guarded(text);
}

const char *csv_unguard(const char *cell)
{
	return looks_guarded(cell) ? cell + 1 : cell;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A trend over folders, as text and CSV: see trend.h. */
#include "reports/compare/trend.h"

#include "harness/base/memory.h"
#include "reports/common/document.h"

#include <stdlib.h>
#include <string.h>

/* From the best to the worst. Unknown ones count as the best. */
static const char *const verdicts[] = {"", "NOT JUDGED", "PASS", "INCONCLUSIVE", "INVALID", "FAIL"};

static size_t rank(const char *verdict)
{
	for (size_t i = ARRAY_SIZE(verdicts); i-- > 1;)
		if (strcmp(verdict, verdicts[i]) == 0)
			return i;
	return 0;
}

static int by_date(const void *a, const void *b)
{
	const struct trend_folder *x = a, *y = b;

	if ((x->date_ns == NS_NONE) != (y->date_ns == NS_NONE))
		return x->date_ns == NS_NONE ? 1 : -1;
	return (x->date_ns > y->date_ns) - (x->date_ns < y->date_ns);
}

/* Sum and number of values, for a mean. */
struct mean {
	double sum_s;
	size_t count;
	bool endless;
};

static void mean_add(struct mean *m, int64_t ns)
{
	m->endless |= ns == NS_INF;
	m->sum_s += (double)ns / (double)NS_PER_S;
	m->count++;
}

static int64_t mean_ns(const struct mean *m)
{
	if (!m->count)
		return NS_NONE;
	return m->endless ? NS_INF
			  : (int64_t)(m->sum_s / (double)m->count * (double)NS_PER_S + 0.5);
}

static void make_row(struct trend_row *row, const struct trend_folder *folder, const char *name)
{
	struct mean lo = {0}, hi = {0};

	*row = (struct trend_row){.folder = folder,
		.case_name = name,
		.verdict = verdicts[0],
		.blackout = {NS_NONE, NS_NONE}};
	for (size_t i = 0; i < folder->rows.count; i++) {
		const struct run_row *run = &folder->rows.row[i];

		if (strcmp(run->case_name, name) != 0)
			continue;
		row->runs++;
		if (rank(run->verdict) > rank(row->verdict))
			row->verdict = run->verdict;
		if (strcmp(run->verdict, "INVALID") == 0)
			continue;
		/* A job that never ended has no job time. */
		if (run->job.lo_ns != NS_NONE && run->job.lo_ns != NS_INF &&
			run->job.hi_ns != NS_NONE &&
			(!*run->outcome || strcmp(run->outcome, "ok") == 0)) {
			mean_add(&lo, run->job.lo_ns);
			mean_add(&hi, run->job.hi_ns);
		}
		if (run->blackout.lo_ns != NS_NONE && run->blackout.hi_ns != NS_NONE &&
			(row->blackout.hi_ns == NS_NONE ||
				run->blackout.hi_ns > row->blackout.hi_ns))
			row->blackout = run->blackout;
	}
	row->job = (struct interval){mean_ns(&lo), mean_ns(&hi)};
}

static bool has_rows(const struct trend *t, const char *name)
{
	for (size_t i = 0; i < t->row_count; i++)
		if (strcmp(t->row[i].case_name, name) == 0)
			return true;
	return false;
}

/* Adds the rows of a case: one for each folder that has it. */
static void add_case(struct trend *t, size_t *capacity, const char *name)
{
	for (size_t i = 0; i < t->folder_count; i++) {
		struct trend_row row;

		make_row(&row, &t->folder[i], name);
		if (!row.runs)
			continue;
		MEMORY_GROW("rows", t->row, t->row_count, *capacity);
		t->row[t->row_count++] = row;
	}
}

void trend_init(struct trend *t, struct trend_folder *folder, size_t count)
{
	size_t capacity = 0;

	*t = (struct trend){.folder = folder, .folder_count = count};
	for (size_t i = 0; i < count; i++) {
		folder[i].date_ns = NS_NONE;
		for (size_t k = 0; k < folder[i].rows.count; k++) {
			int64_t start_ns = folder[i].rows.row[k].job_start_utc_ns;

			if (start_ns != NS_NONE &&
				(folder[i].date_ns == NS_NONE || start_ns < folder[i].date_ns))
				folder[i].date_ns = start_ns;
		}
	}
	qsort(folder, count, sizeof(*folder), by_date);
	for (size_t i = 1; i < count; i++)
		differences_find(
			&folder[i].changes, folder[i - 1].environment, folder[i].environment);
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < folder[i].rows.count; k++)
			if (!has_rows(t, folder[i].rows.row[k].case_name))
				add_case(t, &capacity, folder[i].rows.row[k].case_name);
}

void trend_release(struct trend *t)
{
	for (size_t i = 0; i < t->folder_count; i++)
		differences_release(&t->folder[i].changes);
	free(t->row);
	*t = (struct trend){0};
}

/* "2026-11-21 05:29", or "-". */
static const char *date_text(int64_t utc_ns, char buf[static UTC_TEXT_MAX])
{
	utc_text(utc_ns, buf);
	if (!*buf)
		return strcpy(buf, "-");
	buf[10] = ' ';
	buf[16] = '\0';
	return buf;
}

static void put_row(FILE *f, const struct trend_row *row)
{
	char date[UTC_TEXT_MAX], job[NUMBER_TEXT_MAX], blackout[NUMBER_TEXT_MAX], safe[512];

	fprintf(f, "%-16s %c %4zu  %-22s %-22s %-13s %s\n", date_text(row->folder->date_ns, date),
		row->folder->changes.count ? '*' : ' ', row->runs, interval_text(row->job, 3, job),
		interval_text(row->blackout, 3, blackout), row->verdict,
		text_safe(row->folder->name, safe, sizeof(safe)));
}

static bool has_changes(const struct trend_folder *folder)
{
	return folder->changes.count || folder->changes.unknown;
}

static void put_changes(FILE *f, const struct trend_folder *folder)
{
	char date[UTC_TEXT_MAX], safe[512];

	fprintf(f, "\n%s  %s\n", date_text(folder->date_ns, date),
		text_safe(folder->name, safe, sizeof(safe)));
	if (folder->changes.unknown)
		fputs("  this folder or the one before has no environment.json: what changed is "
		      "not known\n",
			f);
	for (size_t i = 0; i < folder->changes.count; i++) {
		const struct difference *d = &folder->changes.difference[i];

		fprintf(f, "  %s: %s -> %s%s\n", d->what, d->base, d->fresh,
			d->meaningless ? " (figures before and after cannot be compared)" : "");
	}
}

void trend_text(FILE *f, const struct trend *t)
{
	const char *before = NULL;
	bool changed = false;
	char safe[512];

	fprintf(f, "Trend of %zu folders\n", t->folder_count);
	for (size_t i = 0; i < t->row_count; i++) {
		const struct trend_row *row = &t->row[i];

		if (!before || strcmp(before, row->case_name) != 0)
			fprintf(f, "\n%s\n%-16s   %4s  %-22s %-22s %-13s %s\n",
				text_safe(row->case_name, safe, sizeof(safe)), "date, UTC", "runs",
				"job time, mean, s", "worst blackout, s", "verdict", "folder");
		before = row->case_name;
		put_row(f, row);
	}
	for (size_t i = 1; i < t->folder_count; i++)
		changed |= has_changes(&t->folder[i]);
	fputs(changed ? "\n* What changed since the folder before\n"
		      : "\nNo value of environment.json changed between the folders.\n",
		f);
	for (size_t i = 1; i < t->folder_count; i++)
		if (has_changes(&t->folder[i]))
			put_changes(f, &t->folder[i]);
}

/* All changes of a folder as one cell. */
static void put_changes_cell(FILE *f, const struct differences *changes)
{
	char *text = NULL;
	size_t length = 0;
	FILE *cell = open_memstream(&text, &length);

	if (!cell)
		return;
	for (size_t i = 0; i < changes->count; i++)
		fprintf(cell, "%s%s: %s -> %s", i ? "; " : "", changes->difference[i].what,
			changes->difference[i].base, changes->difference[i].fresh);
	if (fclose(cell) == 0)
		csv_text(f, text);
	free(text);
}

void trend_csv(FILE *f, const struct trend *t)
{
	char text[SECONDS_TEXT_MAX], date[UTC_TEXT_MAX];

	fputs("date,case,runs,job_mean_lo_s,job_mean_hi_s,blackout_lo_s,blackout_hi_s,verdict,folder,"
	      "changed\r\n",
		f);
	for (size_t i = 0; i < t->row_count; i++) {
		const struct trend_row *row = &t->row[i];
		const int64_t figures[] = {
			row->job.lo_ns, row->job.hi_ns, row->blackout.lo_ns, row->blackout.hi_ns};

		fprintf(f, "%s,", utc_text(row->folder->date_ns, date));
		csv_text(f, row->case_name);
		fprintf(f, ",%zu,", row->runs);
		for (size_t k = 0; k < ARRAY_SIZE(figures); k++)
			fprintf(f, "%s,", seconds_text(figures[k], text));
		csv_text(f, row->verdict);
		fputc(',', f);
		csv_text(f, row->folder->name);
		fputc(',', f);
		put_changes_cell(f, &row->folder->changes);
		fputs("\r\n", f);
	}
}

int trend_write(const struct trend *t, const struct directory *out,
	char note[static REPORT_NOTE_MAX], struct err *e)
{
	struct doc doc;

	note[0] = '\0';
	if (doc_open(&doc, e))
		return -1;
	trend_text(doc.f, t);
	if (doc_close(&doc, out, "trend.txt", e) || doc_open(&doc, e))
		return -1;
	trend_csv(doc.f, t);
	if (doc_close(&doc, out, "trend.csv", e))
		return -1;
	return trend_charts(t, out, note, e);
}

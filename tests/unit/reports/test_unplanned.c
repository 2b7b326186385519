/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reports of a standalone folder: what they print and leave out; reproducible bytes. */
#include "reports/report.h"
#include "tests/unit/out_folder.h"
#include "tests/unit/test.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct folder {
	struct timeline *timeline;
	struct results *results;
	char out[64];
};

static void folder_open(struct folder *f, const char *golden)
{
	struct err e = {0};

	CU_ASSERT_FATAL(timeline_read(&f->timeline, golden, &e) == 0);
	CU_ASSERT_FATAL(results_new(&f->results, f->timeline, NULL, &e) == 0);
	snprintf(f->out, sizeof(f->out), "/tmp/blackout-watch-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(f->out));
}

static void folder_close(struct folder *f)
{
	file_remove_tree(f->out, true);
	results_free(f->results);
	timeline_free(f->timeline);
}

static char *text_of(const struct folder *f, const char *name)
{
	char path[PATH_MAX], *text = NULL;
	struct err e = {0};

	CU_ASSERT_FATAL(path_join(path, sizeof(path), f->out, name) == 0);
	return file_read(path, 1 << 20, &text, NULL, &e) ? NULL : text;
}

static void write_all(const struct folder *f)
{
	char note[REPORT_NOTE_MAX];
	const struct move_charts none = {0};
	struct directory out = out_folder(f->out);
	struct err e = {0};

	if (report_all(f->results, NULL, &none, &out, note, &e)) {
		fprintf(stderr, "\n  %s\n", e.text);
		CU_FAIL_FATAL("no report");
	}
	directory_close(&out);
}

static void holds(const char *text, const char *what)
{
	bool there = text && strstr(text, what);

	if (!there)
		fprintf(stderr, "\n  '%s' is not in:\n%s\n", what, text ? text : "(nothing)");
	CU_ASSERT(there);
}

static void test_text(void)
{
	static const char *const lines[] = {"Observed by blackout probe",
		"Verdict: NOT JUDGED, no bound was given",
		"10 targets observed for 8.3 s: 9 were silent at some time, 2 still at the end.",
		"The longest silence: never, [7.650, inf] s.",
		"router-error              3.130 06:16:43.130 [1.400, 1.600]          15     0",
		"out since before the first probe", "still out when the observation ended",
		"15 probes met an error", "10 duplicate answers were not counted",
		"every 100ms, time-out 250ms, 800 probes", "Nothing disturbed the harness."};
	struct folder f;
	char *text;

	folder_open(&f, "tests/golden/watch");
	write_all(&f);
	text = text_of(&f, "report.txt");
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		holds(text, lines[i]);
	CU_ASSERT_PTR_NULL(strstr(text, "Cases"));
	CU_ASSERT_PTR_NULL(strstr(text, "Settings of the balancer"));
	CU_ASSERT(strstr(text, "open-begin") < strstr(text, "open-end"));
	free(text);
	text = text_of(&f, "gaps.csv");
	holds(text, "\r\n,,,local,fine,open-begin,,,,2.000000,inf,21,0,\r\n");
	holds(text, "\r\n,,,local,fine,router-error,,2026-11-21T06:16:43.130000Z,3.130000,"
		    "1.400000,1.600000,15,0,\r\n");
	free(text);
	CU_ASSERT_PTR_NULL(text_of(&f, "runs.csv"));
	CU_ASSERT_PTR_NULL(text_of(&f, "cases.csv"));
	folder_close(&f);
	folder_open(&f, "tests/golden/watch-control");
	write_all(&f);
	text = text_of(&f, "report.txt");
	holds(text, "Verdict: INVALID, bound 1s (1 INVALID)");
	holds(text, "disturbed (control): local-fine switch had no answer from 2.030 s to 4.330 s");
	free(text);
	folder_close(&f);
}

static void test_same_bytes(void)
{
	static const char *const names[] = {"report.txt", "gaps.csv", "charts/watch.svg"};
	char *before[ARRAY_SIZE(names)];
	struct folder f;

	folder_open(&f, "tests/golden/watch");
	write_all(&f);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		before[i] = text_of(&f, names[i]);
	write_all(&f);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char *after = text_of(&f, names[i]);

		CU_ASSERT(before[i] && after && strcmp(before[i], after) == 0);
		free(before[i]);
		free(after);
	}
	folder_close(&f);
}

/* A hostile name is shown, but does not control the terminal, a spreadsheet or gnuplot. */
static void test_hostile_name(void)
{
	struct folder f;
	char *text;

	folder_open(&f, "tests/golden/watch-bound");
	free(f.timeline->series[0].target);
	f.timeline->series[0].target = strdup("=x\033[2J'`id`\",");
	write_all(&f);
	text = text_of(&f, "report.txt");
	holds(text, "The longest silence: =x\\x1B[2J'`id`\",");
	free(text);
	text = text_of(&f, "gaps.csv");
	holds(text, "\r\n,,,local,fine,\"'=x\033[2J'`id`\"\",\",");
	free(text);
	text = text_of(&f, "charts/watch.gp");
	CU_ASSERT_PTR_NULL(strpbrk(text, "\033`"));
	free(text);
	text = text_of(&f, "charts/watch.svg");
	CU_ASSERT_PTR_NOT_NULL(text);
	free(text);
	folder_close(&f);
}

/* With more targets than the chart has rows, it shows the number of silent targets. */
static void test_fleet(void)
{
	struct folder f;
	struct timeline *t;
	char *text;

	folder_open(&f, "tests/golden/watch");
	results_free(f.results);
	t = f.timeline;
	t->series[10].control = false; /* becomes the eleventh target */
	f.results = NULL;
	for (int i = 0; i < 2; i++) {
		struct series *s;

		CU_ASSERT_FATAL(!ARRAY_GROW(t->series, t->series_count, t->series_capacity));
		s = &t->series[t->series_count++];
		*s = t->series[9];
		s->station = strdup("local");
		s->probe = strdup("fine");
		s->target = strdup("more");
		s->address = strdup("192.0.2.99");
		s->summaries = NULL;
		s->records = calloc(s->count, sizeof(*s->records));
		CU_ASSERT_PTR_NOT_NULL_FATAL(s->records);
		memcpy(s->records, t->series[9].records, s->count * sizeof(*s->records));
	}
	CU_ASSERT_FATAL(results_new(&f.results, t, NULL, &(struct err){0}) == 0);
	write_all(&f);
	text = text_of(&f, "charts/watch.gp");
	holds(text, "set ylabel 'silent targets, of 13'");
	free(text);
	text = text_of(&f, "charts/watch.dat");
	/*
	 * From 0.03 s two are silent, one of them until R at 2.13 s; at 3.03 s two more become
	 * silent.
	 */
	holds(text, "\n0.031050 2\n");
	holds(text, "\n2.130031 1\n");
	holds(text, "\n3.030481 3\n");
	free(text);
	folder_close(&f);
}

TEST_SUITE(watch_report, {"text and tables", test_text}, {"same bytes", test_same_bytes},
	{"hostile name", test_hostile_name}, {"fleet", test_fleet})

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Verdicts of the golden folders: facts whose truth is known, and what has to come of them (each
 * folder's `expected`; tests/golden/README.md has the format).
 */
#include "harness/verdict.h"
#include "tests/unit/test.h"

#include <dirent.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GOLDEN "tests/golden"

struct golden {
	char name[64];
	struct plan *plan;
	struct timeline *timeline;
	struct results *results;
	char *expected;
};

static void golden_open(struct golden *g, const char *name)
{
	struct plan_errors errors = {0};
	char dir[PATH_MAX / 2], path[PATH_MAX];
	struct err e = {0};
	size_t length;

	*g = (struct golden){0};
	snprintf(g->name, sizeof(g->name), "%.60s", name);
	snprintf(dir, sizeof(dir), GOLDEN "/%.200s", name);
	snprintf(path, sizeof(path), "%s/facts/plan.ini", dir);
	if (plan_read(&g->plan, path, &errors)) {
		for (size_t i = 0; i < errors.count; i++)
			fprintf(stderr, "\n  %s", errors.text[i]);
		CU_FAIL_FATAL("a golden plan is wrong");
	}
	plan_errors_free(&errors);
	if (timeline_read(&g->timeline, dir, &e) ||
		results_make(&g->results, g->timeline, g->plan, &e)) {
		fprintf(stderr, "\n  %s\n", e.text);
		CU_FAIL_FATAL("a golden folder cannot be judged");
	}
	snprintf(path, sizeof(path), "%s/expected", dir);
	CU_ASSERT_FATAL(file_read(path, 65536, &g->expected, &length, &e) == 0);
}

static void golden_close(struct golden *g)
{
	free(g->expected);
	results_free(g->results);
	timeline_free(g->timeline);
	plan_free(g->plan);
}

static bool same(const struct golden *g, const char *what, const char *expected, const char *is)
{
	bool equal = strcmp(expected, is) == 0;

	if (!equal)
		fprintf(stderr, "\n  %s: %s is '%s', not '%s'\n", g->name, what, is, expected);
	CU_ASSERT(equal);
	return equal;
}

static void same_number(const struct golden *g, const char *what, const char *expected, long is)
{
	char text[32];

	snprintf(text, sizeof(text), "%ld", is);
	same(g, what, expected, text);
}

static double seconds_of(const char *text)
{
	return strcmp(text, "inf") == 0 ? 1e99 : strtod(text, NULL);
}

/* move CASE RUN VERDICT REASON OUTCOME INTEGRITY LOST_1S LO HI TRUTH JOB, between tabs */
static void check_move(const struct golden *g, const struct move_result *m, char *line)
{
	char lo[SECONDS_TEXT_MAX], hi[SECONDS_TEXT_MAX], job[SECONDS_TEXT_MAX], run[24], lost[24];
	const char *is[11] = {m->move->case_name, run, verdict_name(m->verdict), m->reason,
		m->outcome, m->integrity, lost, lo, hi, NULL, job};
	static const char *const names[11] = {"case", "run", "verdict", "reason", "outcome",
		"integrity", "lost_1s", "lo", "hi", "truth", "job"};

	snprintf(run, sizeof(run), "%zu", m->move->run);
	snprintf(lost, sizeof(lost), "%d", m->lost_1s);
	if (m->lost_1s < 0)
		lost[0] = '\0';
	seconds_text(m->blackout.lo_ns, lo);
	seconds_text(m->blackout.lo_ns == NS_NONE ? NS_NONE : m->blackout.hi_ns, hi);
	seconds_text(m->job.lo_ns, job);
	strsep(&line, "\t");
	for (size_t i = 0; i < ARRAY_SIZE(is); i++) {
		const char *expected = line ? strsep(&line, "\t") : "";

		if (is[i])
			same(g, names[i], expected, is[i]);
		else if (*expected)
			CU_ASSERT(seconds_of(lo) <= seconds_of(expected) &&
				seconds_of(expected) <= seconds_of(hi));
	}
}

static void check(const struct golden *g)
{
	size_t moves = 0;
	char *rest = g->expected, *line;

	while ((line = strsep(&rest, "\n"))) {
		if (strncmp(line, "status ", 7) == 0)
			same_number(g, "status", line + 7, results_status(g->results));
		else if (strncmp(line, "notes ", 6) == 0)
			same_number(g, "notes", line + 6, (long)g->timeline->note_count);
		else if (strncmp(line, "disagreements ", 14) == 0)
			same_number(g, "disagreements", line + 14,
				(long)g->results->disagreement_count);
		else if (strncmp(line, "move\t", 5) == 0 && moves < g->results->move_count)
			check_move(g, &g->results->moves[moves++], line);
		else if (strncmp(line, "move\t", 5) == 0)
			moves++;
	}
	if (moves != g->results->move_count)
		fprintf(stderr, "\n  %s: %zu moves, not %zu\n", g->name,
			g->results->move_count, moves);
	CU_ASSERT_EQUAL(moves, g->results->move_count);
}

static void test_golden(void)
{
	struct dirent **entries;
	int n = scandir(GOLDEN, &entries, NULL, alphasort), checked = 0;

	CU_ASSERT_FATAL(n > 0);
	for (int i = 0; i < n; i++) {
		char path[PATH_MAX];
		struct golden g;

		snprintf(path, sizeof(path), GOLDEN "/%.200s/expected", entries[i]->d_name);
		if (entries[i]->d_name[0] != '.' && access(path, R_OK) == 0) {
			golden_open(&g, entries[i]->d_name);
			check(&g);
			golden_close(&g);
			checked++;
		}
		free(entries[i]);
	}
	free(entries);
	CU_ASSERT(checked >= 20);
}

static void test_case(void)
{
	const struct case_result *c;
	struct golden g;

	golden_open(&g, "three-runs");
	CU_ASSERT_EQUAL_FATAL(g.results->case_count, 1);
	c = &g.results->cases[0];
	CU_ASSERT_EQUAL(c->runs, 3);
	CU_ASSERT_DOUBLE_EQUAL(c->job_mean_s, 10, 1e-9);
	CU_ASSERT_DOUBLE_EQUAL(c->job_sd_s, 1, 1e-9);
	CU_ASSERT_DOUBLE_EQUAL(c->job_least_s, 9, 1e-9);
	CU_ASSERT_DOUBLE_EQUAL(c->job_most_s, 11, 1e-9);
	CU_ASSERT_EQUAL(c->lost_1s_most, -1);
	CU_ASSERT_EQUAL(c->blackout.lo_ns, g.results->moves[1].blackout.lo_ns);
	CU_ASSERT_EQUAL(c->blackout.hi_ns, g.results->moves[1].blackout.hi_ns);
	CU_ASSERT_EQUAL(c->verdict, VERDICT_FAIL);
	golden_close(&g);
	/* A run that broke off is shown, and counts nowhere but in the status. */
	golden_open(&g, "cut");
	CU_ASSERT_EQUAL(g.results->case_count, 1);
	CU_ASSERT_EQUAL(g.results->cases[0].runs, 1);
	CU_ASSERT_EQUAL(g.results->cases[0].verdict, VERDICT_PASS);
	CU_ASSERT(isnan(g.results->cases[0].job_sd_s));
	CU_ASSERT_EQUAL(g.results->moves_missing, 1);
	golden_close(&g);
}

static void test_observations(void)
{
	const struct move_result *m;
	size_t judged = 0, controls = 0;
	struct golden g;

	golden_open(&g, "pass");
	m = &g.results->moves[0];
	CU_ASSERT_EQUAL_FATAL(m->observation_count, 4);
	for (size_t i = 0; i < m->observation_count; i++) {
		const struct observation *o = &m->observations[i];

		judged += o->judged;
		controls += o->series->control;
		CU_ASSERT_EQUAL(o->median_before_ns, NS_PER_MS);
		CU_ASSERT_EQUAL(o->p99_during_ns, NS_PER_MS);
		CU_ASSERT_EQUAL(o->median_after_ns, NS_PER_MS);
		CU_ASSERT_EQUAL(o->gaps.count, o->series->control ? 0 : 1);
		if (o->judged) {
			CU_ASSERT_STRING_EQUAL(o->series->probe, "fine");
			CU_ASSERT_EQUAL(o->gaps.gap[0].phase, PHASE_SWITCH);
		}
	}
	CU_ASSERT_EQUAL(judged, 1);
	CU_ASSERT_EQUAL(controls, 2);
	golden_close(&g);
}

TEST_SUITE(verdict, {"golden folders", test_golden}, {"cases", test_case},
	{"observations", test_observations})

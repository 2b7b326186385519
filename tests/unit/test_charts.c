/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Charts over a small world made by hand: the same bytes twice, names that try to break out of
 * gnuplot, worlds with little in them, thinning and the fit.
 */
#include "reports/charts.h"
#include "reports/fit.h"
#include "reports/report.h"
#include "reports/thin.h"

#include "tests/unit/report_world.h"
#include "tests/unit/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void draw(const struct world *w, char *note)
{
	struct err e = {0};

	if (report_charts(&w->results, world_environment, w->dir, note, &e)) {
		fprintf(stderr, "\n%s\n", e.text);
		CU_FAIL_FATAL("charts");
	}
}

static void test_charts(void)
{
	static const char *const names[] = {"charts/blackout.svg", "charts/job-time.svg",
		"charts/job-states.svg", "charts/move-memory-2GB-session-attached-1.svg"};
	char note[REPORT_NOTE_MAX];
	struct world w;

	world_make(&w, 12);
	draw(&w, note);
	CU_ASSERT_STRING_EQUAL(note, "");
	/* ".", ".." and three files a chart; and nothing but the folder of charts in OUT. */
	CU_ASSERT_EQUAL(world_entries(&w, "charts"), 2 + 3 * (3 + 12));
	CU_ASSERT_EQUAL(world_entries(&w, "."), 3);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char *before = world_read(&w, names[i]), *after;

		CU_ASSERT_PTR_NOT_NULL(strstr(before, "</svg>"));
		CU_ASSERT_PTR_NULL(strstr(before, "SIMULATED"));
		/* Our own words hold nothing that had to be made harmless. */
		CU_ASSERT_PTR_NULL(strstr(before, "\\x"));
		draw(&w, note);
		after = world_read(&w, names[i]);
		CU_ASSERT_STRING_EQUAL(before, after);
		free(before);
		free(after);
	}
	w.timeline.simulated = true;
	draw(&w, note);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		CU_ASSERT(holds(&w, names[i], "SIMULATED"));
	world_free(&w);
}

/* Names that would run commands, end strings or mark up text in gnuplot, or leave the folder. */
static void test_charts_hostile(void)
{
	static const char evil[] = "../x'; system('touch owned') #`touch owned` {/*9 big} <b>&\n\\ "
				   "@x \x1b";
	char note[REPORT_NOTE_MAX];
	struct world w;

	world_make(&w, 6);
	for (size_t i = 0; i < 2; i++) {
		w.scenes[i].move.case_name = (char *)evil;
		w.scenes[i].move.run = 1;
		w.scenes[i].move.vm = (char *)evil;
		snprintf(w.scenes[i].job.state, sizeof(w.scenes[i].job.state), "'`id`");
	}
	draw(&w, note);
	/* gnuplot runs in a folder that is removed only if nothing strange is in it. */
	CU_ASSERT_EQUAL(world_entries(&w, "."), 3);
	CU_ASSERT_EQUAL(world_entries(&w, "charts"), 2 + 3 * (3 + 6));
	world_free(&w);
}

static void test_charts_without_gnuplot(void)
{
	char *path = strdup(getenv("PATH"));
	char note[REPORT_NOTE_MAX];
	struct world w;

	world_make(&w, 1);
	setenv("PATH", "/nonexistent", 1);
	draw(&w, note);
	setenv("PATH", path, 1);
	free(path);
	CU_ASSERT_PTR_NOT_NULL(strstr(note, "gnuplot is not installed"));
	CU_ASSERT_EQUAL(world_entries(&w, "charts"), 2 + 2 * 4);
	CU_ASSERT(holds(&w, "charts/blackout.gp", "set output 'blackout.svg'"));
	world_free(&w);
}

/* Moves without jobs, gaps, answers or ends; and no move at all. */
static void test_charts_bare(void)
{
	char note[REPORT_NOTE_MAX];
	struct world w;

	world_make(&w, 3);
	world_strip(&w);
	draw(&w, note);
	CU_ASSERT_EQUAL(world_entries(&w, "charts"), 2 + 3 * (3 + 3));
	w.results.move_count = w.results.case_count = 0;
	draw(&w, note);
	CU_ASSERT(holds(&w, "charts/blackout.svg", "</svg>"));
	w.results.move_count = 3;
	world_free(&w);
}

static void test_thin(void)
{
	struct thin_points points = {0};
	struct series s;
	struct err e = {0};
	size_t lost = 0;
	bool slowest = false;

	world_series(&s, "fine", PROBE_BURST, 10 * MS, 10 * S, 20 * S, 25 * S);
	s.records[1234].arrival_ns = s.records[1234].sent_ns + 777 * MS;
	s.records[s.count - 1].arrival_ns = NS_NONE;
	s.end_ns = s.records[s.count - 1].sent_ns + 20 * MS;
	CU_ASSERT_EQUAL_FATAL(thin_series(&s, 5 * S, 45 * S, 100, &points, &e), 0);
	for (size_t i = 0; i < points.count; i++) {
		lost += points.point[i].round_trip_ns == NS_NONE;
		slowest |= points.point[i].round_trip_ns == 777 * MS;
		CU_ASSERT(i == 0 || points.point[i].sent_ns > points.point[i - 1].sent_ns);
	}
	CU_ASSERT_EQUAL(lost, 500);
	CU_ASSERT(slowest);
	CU_ASSERT(points.count <= 700 && points.count > 600);
	thin_free(&points);
	free(s.records);
}

static void test_fit(void)
{
	/* Worked by hand: slope 1.99, residual sum 0.107, Sxx 10, t(0.975, 3) = 3.18245. */
	static const double x[] = {1, 2, 3, 4, 5}, y[] = {2.1, 3.9, 6.2, 7.8, 10.1};
	struct line_fit fit;

	CU_ASSERT_FATAL(line_fit(x, y, 5, &fit));
	CU_ASSERT_DOUBLE_EQUAL(fit.slope, 1.99, 1e-12);
	CU_ASSERT_DOUBLE_EQUAL(fit.intercept, 0.05, 1e-12);
	CU_ASSERT_DOUBLE_EQUAL(fit.slope_hi - fit.slope, 3.182446 * sqrt(0.107 / 3 / 10), 1e-6);
	CU_ASSERT_DOUBLE_EQUAL(fit.slope - fit.slope_lo, fit.slope_hi - fit.slope, 1e-12);
	CU_ASSERT(line_fit(x, y, 2, &fit));
	CU_ASSERT(isnan(fit.slope_lo));
	CU_ASSERT(!line_fit(x, y, 1, &fit));
	CU_ASSERT(!line_fit(y, x, 0, &fit));
	CU_ASSERT(!line_fit((const double[]){2, 2, 2}, y, 3, &fit));
	CU_ASSERT_DOUBLE_EQUAL(copy_seconds_per_gb(1, 1e9), 8.589934592, 1e-9);
	CU_ASSERT_DOUBLE_EQUAL(copy_seconds_per_gb(0.85, 1e9), 7.301444, 1e-6);
}

static void test_link(void)
{
	bool measured;

	CU_ASSERT_EQUAL(environment_link_bps(world_environment, &measured), 941000000);
	CU_ASSERT(measured);
	CU_ASSERT_EQUAL(environment_link_bps("{\"site\":{\"link_bps\":5}}", &measured), 5);
	CU_ASSERT(!measured);
	CU_ASSERT_EQUAL(environment_link_bps("{}", &measured), NS_NONE);
	CU_ASSERT_EQUAL(environment_link_bps("x", &measured), NS_NONE);
	CU_ASSERT_EQUAL(environment_link_bps(NULL, &measured), NS_NONE);
}

TEST_SUITE(charts, {"charts", test_charts}, {"hostile names", test_charts_hostile},
	{"without gnuplot", test_charts_without_gnuplot}, {"charts of little", test_charts_bare},
	{"thinning", test_thin}, {"fit", test_fit}, {"link rate", test_link});

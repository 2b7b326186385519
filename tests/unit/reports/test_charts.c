/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Charts of a small constructed world: reproducible bytes, names that try to break out of gnuplot,
 * worlds with few facts, thinning and the fit.
 */
#include "reports/common/fit.h"
#include "reports/common/job_time.h"
#include "reports/common/thin.h"
#include "reports/report.h"

#include "tests/unit/report_world.h"
#include "tests/unit/test.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void draw(const struct world *w, char *note)
{
	CU_ASSERT_EQUAL_FATAL(world_charts(w, note), 0);
}

/* A desktop's frames have a row of their own in the chart of their move. */
static void test_desktop_frames(void)
{
	static const char name[] = "charts/move-memory-2GB-session-attached-1.gp";
	char note[REPORT_NOTE_MAX];
	struct screen_update update;
	struct world w;

	world_make(&w, 1);
	draw(&w, note);
	CU_ASSERT(lacks(&w, name, "frame of the desktop"));
	w.timeline.series = &w.scenes[0].session;
	w.timeline.series_count = 1;
	w.scenes[0].session.kind = PROBE_RDP;
	update = (struct screen_update){0, w.scenes[0].move.trigger_ns + 123 * MS};
	w.timeline.updates = &update;
	w.timeline.update_count = 1;
	draw(&w, note);
	CU_ASSERT(holds(&w, name, "frame of the desktop"));
	CU_ASSERT(holds(&w, "charts/move-memory-2GB-session-attached-1.dat", "\n0.123000 "));
	world_free(&w);
}

/*
 * Progress of memory and workloads, in a panel above the pings. Memory that is copied twice gives
 * more than 100 %. Writing and reading again are two lines.
 */
static void test_progress(void)
{
	static const char name[] = "charts/move-memory-2GB-session-attached-1.gp";
	struct workload_progress steps[] = {{0, 40, false}, {0, 100, false}, {0, 7, true}};
	struct progress copied[] = {
		{0, 0, 0, 0, 0}, {0, 1000, 250, 750, 1}, {0, 1000, 1300, 10, 2}};
	char note[REPORT_NOTE_MAX], *dat;
	struct workload_record workloads[3];
	struct world w;

	world_make(&w, 1);
	draw(&w, note);
	CU_ASSERT(lacks(&w, name, "progress, %"));
	for (size_t i = 0; i < 3; i++) {
		steps[i].at_ns = w.scenes[0].move.trigger_ns + (int64_t)i * S + 500 * MS;
		copied[i].at_ns = steps[i].at_ns + 1;
		workloads[i] = (struct workload_record){.case_name = w.scenes[0].move.case_name,
			.vm = (char *)"desk",
			.name = (char *)"it's `suite`",
			.kind = "install",
			.run = 1,
			.moved = i > 0,
			.start_ns = w.scenes[0].move.trigger_ns,
			.progress = steps,
			.progress_count = 3};
	}
	/* Not drawn: the first, which is not this move's, and the last, which has no end. */
	snprintf(workloads[2].kind, sizeof(workloads[2].kind), "dirty");
	w.timeline.workloads = workloads;
	w.timeline.workload_count = 3;
	w.scenes[0].job.progress = copied;
	w.scenes[0].job.progress_count = 3;
	draw(&w, note);
	CU_ASSERT(holds(&w, name, "progress, %"));
	CU_ASSERT(holds(&w, name, "set yrange [0:135]"));
	CU_ASSERT(holds(&w, name, "title 'memory left to copy'"));
	CU_ASSERT(holds(&w, name, "title 'workload: it\\x27s \\x60suite\\x60'"));
	dat = world_read(&w, "charts/move-memory-2GB-session-attached-1.dat");
	CU_ASSERT_PTR_NOT_NULL(strstr(dat, "\n\n1.500000 25.00\n2.500000 130.00\n\n\n"
					   "1.500000 75.00\n2.500000 1.00\n\n\n"
					   "0.500000 40.00\n1.500000 100.00\n\n2.500000 7.00\n"));
	CU_ASSERT_PTR_NULL(strstr(strstr(dat, "\n0.500000 40.00") + 1, "\n0.500000 40.00"));
	free(dat);
	world_free(&w);
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
	/* ".", ".." and three files per chart; OUT has only the folder of charts. */
	CU_ASSERT_EQUAL(world_entries(&w, "charts"), 2 + 3 * (3 + 12));
	CU_ASSERT_EQUAL(world_entries(&w, "."), 3);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char *before = world_read(&w, names[i]), *after;

		CU_ASSERT_PTR_NOT_NULL(strstr(before, "</svg>"));
		CU_ASSERT_PTR_NULL(strstr(before, "SIMULATED"));
		/* None of our own texts needed escaping. */
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

/* Names that would run commands, end strings, mark up text in gnuplot, or leave the folder. */
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
	}
	draw(&w, note);
	/* Gnuplot runs in a folder that is removed only if it has no unexpected files. */
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

/* Moves without jobs, gaps, answers or ends; then no moves at all. */
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

/*
 * Marks of the last frame from the source, the first from the destination, and neighbour entries.
 */
static void test_charts_move_marks(void)
{
	static const char gp[] = "charts/move-memory-2GB-session-attached-1.gp";
	struct neighbour_change changes[] = {
		{.target = (char *)"desk", .station = (char *)"local", .state = NEIGHBOUR_FAILED},
		{.target = (char *)"desk",
			.station = (char *)"local",
			.state = NEIGHBOUR_REACHABLE},
		{.target = (char *)"other",
			.station = (char *)"local",
			.state = NEIGHBOUR_INCOMPLETE},
		{.target = (char *)"desk", .station = (char *)"local", .state = NEIGHBOUR_STALE},
	};
	char note[REPORT_NOTE_MAX];
	struct world w;

	world_make(&w, 1);
	changes[0].at_ns = w.scenes[0].job.paused.lo_ns + 50 * MS;
	changes[1].at_ns = w.scenes[0].job.paused.lo_ns + 200 * MS;
	changes[2].at_ns = w.scenes[0].job.paused.lo_ns + 120 * MS;
	changes[3].at_ns = w.scenes[0].move.window_end_ns + 60 * S;
	w.timeline.neighbours = changes;
	w.timeline.neighbour_count = ARRAY_SIZE(changes);
	draw(&w, note);
	CU_ASSERT(holds(&w, gp, "title 'last answer "));
	CU_ASSERT(holds(&w, gp, "title 'first answer "));
	CU_ASSERT(holds(&w, gp, "title 'last frame "));
	CU_ASSERT(holds(&w, gp, "title 'neighbour entry changed'"));
	CU_ASSERT(holds(&w, gp, "set label 'failed'"));
	CU_ASSERT(holds(&w, gp, "set label 'reachable'"));
	CU_ASSERT(lacks(&w, gp, "incomplete"));
	CU_ASSERT(lacks(&w, gp, "stale"));
	world_free(&w);
}

static void test_thin(void)
{
	struct thin_points points = {0};
	struct series s;
	size_t lost = 0;
	bool slowest = false;

	world_series(&s, "fine", PROBE_BURST, 10 * MS, 10 * S, 20 * S, 25 * S);
	s.records[1234].arrival_ns = s.records[1234].sent_ns + 777 * MS;
	s.records[s.count - 1].arrival_ns = NS_NONE;
	s.end_ns = s.records[s.count - 1].sent_ns + 20 * MS;
	thin_series(&s, 5 * S, 45 * S, 100, &points);
	for (size_t i = 0; i < points.count; i++) {
		lost += points.point[i].round_trip_ns == NS_NONE;
		slowest |= points.point[i].round_trip_ns == 777 * MS;
		CU_ASSERT(i == 0 || points.point[i].sent_ns > points.point[i - 1].sent_ns);
	}
	CU_ASSERT_EQUAL(lost, 500);
	CU_ASSERT(slowest);
	CU_ASSERT(points.count <= 700 && points.count > 600);
	thin_release(&points);
	free(s.records);
}

static void test_fit(void)
{
	/* Calculated by hand: slope 1.99, residual sum 0.107, Sxx 10, t(0.975, 3) = 3.18245. */
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
	static const char *const nothing[] = {"{}", "x", NULL};

	CU_ASSERT_EQUAL(environment_link(world_environment).measured_bps, 941000000);
	CU_ASSERT_EQUAL(environment_link(world_environment).nominal_bps, 1000000000);
	CU_ASSERT_EQUAL(environment_link("{\"site\":{\"link_bps\":5}}").nominal_bps, 5);
	CU_ASSERT_EQUAL(environment_link("{\"site\":{\"link_bps\":5}}").measured_bps, NS_NONE);
	CU_ASSERT_EQUAL(environment_link("{\"link_measured_bps\":7}").nominal_bps, NS_NONE);
	for (size_t i = 0; i < ARRAY_SIZE(nothing); i++) {
		CU_ASSERT_EQUAL(environment_link(nothing[i]).measured_bps, NS_NONE);
		CU_ASSERT_EQUAL(environment_link(nothing[i]).nominal_bps, NS_NONE);
	}
}

/* Sets a hypervisor's statistics: 0.9 bytes sent per byte of memory, at 800 Mbit/s. */
static void give_statistics(struct world *w)
{
	for (size_t i = 0; i < w->results.move_count; i++) {
		struct job *job = &w->scenes[i].job;
		int64_t gb = (int64_t)(i / 10) + 2;

		job->transferred_bytes = gb * 966367642 + 5000000;
		job->setup_ns = gb * 10 * MS;
		job->downtime_ns = 100 * MS;
		job->elapsed_ns = job->setup_ns + job->downtime_ns + job->transferred_bytes * 10 -
				  (i == 3 ? S : 0);
	}
}

/* Sent bytes by the hypervisor are preferred to the filled share that the plan gives. */
static void test_job_time(void)
{
	struct job_time t;
	struct world w;

	world_make(&w, 30);
	job_time_init(&t, &w.results, world_environment);
	CU_ASSERT_EQUAL(t.basis, BASIS_FILL);
	CU_ASSERT_EQUAL(t.rate.moves, 0);
	job_time_release(&t);
	give_statistics(&w);
	job_time_init(&t, &w.results, world_environment);
	CU_ASSERT_EQUAL(t.basis, BASIS_SENT);
	CU_ASSERT_DOUBLE_EQUAL(t.share, 0.9, 1e-6);
	/* 0.9 * 2^30 * 8 / 941e6 */
	CU_ASSERT_DOUBLE_EQUAL(t.predicted, 8.21567, 1e-4);
	CU_ASSERT_DOUBLE_EQUAL(t.setup_per_gb, 0.010, 1e-9);
	CU_ASSERT_EQUAL(t.rate.moves, 30);
	CU_ASSERT_DOUBLE_EQUAL(t.rate.min_bps, 8e8, 1);
	CU_ASSERT(t.rate.mean_bps > 8e8 && t.rate.mean_with_downtime_bps < t.rate.mean_bps);
	job_time_release(&t);
	w.results.move_count = 10;
	job_time_init(&t, &w.results, "{}");
	CU_ASSERT(!t.fitted);
	CU_ASSERT_NOT_EQUAL(t.basis, BASIS_SENT);
	job_time_release(&t);
	w.results.move_count = 30;
	world_free(&w);
}

static void test_job_time_words(void)
{
	struct job_time t = {.fitted = true,
		.fit = {.slope = 8.02, .slope_lo = 7.98, .slope_hi = 8.06},
		.link = {.measured_bps = 956000000, .nominal_bps = 1000000000},
		.basis = BASIS_SENT,
		.predicted = 7.87};
	char words[320];

	job_time_prediction(&t, words, sizeof(words));
	CU_ASSERT_STRING_EQUAL(words,
		"The bytes that were sent, over the measured 956 Mbit/s of the link, predict "
		"7.87 s/GB: "
		"outside the interval, by 0.15 s/GB (1.9 %).");
	t.predicted = 8.05;
	t.link.measured_bps = NS_NONE;
	t.basis = BASIS_FILL;
	t.share = 0.85;
	job_time_prediction(&t, words, sizeof(words));
	CU_ASSERT_STRING_EQUAL(words,
		"The filled 85 % of memory, sent once over the nominal 1000 Mbit/s of the link, "
		"predicts 8.05 s/GB: inside the interval.");
}

/* Charts of moves that are not in the results any more are removed; foreign files are kept. */
static void test_stale(void)
{
	static const char *const ours[] = {"move-old-1.svg", "move-old-1.gp", "move-old-1.dat"};
	static const char *const others[] = {"notes.svg", "move-old-1.txt"};
	char note[REPORT_NOTE_MAX], path[PATH_MAX];
	struct world w;
	struct err e = {0};

	world_make(&w, 2);
	draw(&w, note);
	w.results.move_count = 1;
	for (size_t i = 0; i < ARRAY_SIZE(ours) + ARRAY_SIZE(others); i++) {
		snprintf(path, sizeof(path), "%s/charts/%s", w.dir,
			i < ARRAY_SIZE(ours) ? ours[i] : others[i - ARRAY_SIZE(ours)]);
		CU_ASSERT_EQUAL_FATAL(file_write(path, "x", 1, &e), 0);
	}
	draw(&w, note);
	CU_ASSERT_EQUAL(world_entries(&w, "charts"), 2 + 3 * (3 + 1) + ARRAY_SIZE(others));
	w.results.move_count = 2;
	world_free(&w);
}

/* The names of axes are inside the picture, however long the numbers next to them are. */
static void test_labels_inside(void)
{
	char note[REPORT_NOTE_MAX];
	struct world w;
	char *svg;
	size_t turned = 0;

	world_make(&w, 1);
	w.scenes[0].fine.records[30].arrival_ns = w.scenes[0].fine.records[30].sent_ns + 15 * S;
	draw(&w, note);
	svg = world_read(&w, "charts/move-memory-2GB-session-attached-1.svg");
	for (char *p = svg; (p = strstr(p, "translate(")); p++) {
		char *end;
		double x = strtod(p + strlen("translate("), &end);

		if (strncmp(strchr(p, ')') + 1, " rotate(270)", strlen(" rotate(270)")) != 0)
			continue;
		turned++;
		CU_ASSERT(x > 14);
	}
	CU_ASSERT_EQUAL(turned, 1);
	/* A key that is too wide would begin left of the picture. */
	CU_ASSERT(lacks(&w, "charts/job-states.svg", "points = '-"));
	CU_ASSERT(lacks(&w, "charts/job-time.svg", "points = '-"));
	free(svg);
	world_free(&w);
}

/* The silence that gives the upper end is drawn, not a shorter gap. */
static void test_silence_drawn(void)
{
	char note[REPORT_NOTE_MAX];
	struct world w;

	world_make(&w, 1);
	w.scenes[0].observations[0].gaps.unseen_hi_ns = 300 * MS;
	w.scenes[0].observations[0].gaps.unseen_from_ns = w.scenes[0].move.trigger_ns + S;
	w.moves[0].blackout.hi_ns = 300 * MS;
	draw(&w, note);
	CU_ASSERT(holds(&w, "charts/move-memory-2GB-session-attached-1.gp",
		"object 1 rectangle from first 1.000000,graph 0 to first 1.300000,graph 1"));
	CU_ASSERT(lacks(&w, "charts/move-memory-2GB-session-attached-1.gp", "object 2"));
	CU_ASSERT(holds(&w, "charts/job-states.dat", "1.000000 0 0.300000 0\n"));
	world_free(&w);
}

TEST_SUITE(charts, {"desktop frames", test_desktop_frames}, {"progress", test_progress},
	{"charts", test_charts}, {"hostile names", test_charts_hostile},
	{"without gnuplot", test_charts_without_gnuplot}, {"charts of little", test_charts_bare},
	{"marks of a move", test_charts_move_marks}, {"thinning", test_thin}, {"fit", test_fit},
	{"link rate", test_link}, {"job time", test_job_time},
	{"job time in words", test_job_time_words}, {"charts that are no more", test_stale},
	{"labels inside", test_labels_inside}, {"silence drawn", test_silence_drawn});

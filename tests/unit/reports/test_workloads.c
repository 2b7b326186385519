/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Workloads in the reports of a small constructed world: test IV's difference with its interval,
 * how the move slowed the workload down, the name of a corrupted file; moves against the rate at
 * which memory is rewritten, in table and chart.
 */
#include "reports/common/csv.h"
#include "reports/report.h"
#include "reports/text/text.h"
#include "tests/unit/out_folder.h"
#include "tests/unit/report_world.h"
#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

#define MOVES 10
#define MB INT64_C(1048576)

static const char plan_ini[] =
	"[plan]\nrepeat = 5\n[lab]\n[vm desk]\nworkload = none, suite\n[move]\ntimeout = 20 s\n"
	"[workload suite]\nkind = install\n[probe fine]\nkind = burst\n[control switch]\n"
	"target = lab-switch\n";

/* Five moves of an idle VM and five of one with a workload. */
struct working_world {
	struct world w;
	struct plan *own, *plan;
	struct workload_record workloads[2 * MOVES];
};

static void working_make(struct working_world *ww)
{
	struct plan_errors errors = {0};

	world_make(&ww->w, MOVES);
	CU_ASSERT_EQUAL_FATAL(
		plan_parse(&ww->plan, "t.ini", plan_ini, strlen(plan_ini), &errors), 0);
	ww->w.results.plan = ww->plan;
	for (size_t i = 0; i < MOVES; i++) {
		const struct plan_case *c = plan_case_at(ww->plan, i / 5);

		ww->w.moves[i].plan_case = c;
		ww->w.scenes[i].move.case_name = c->name;
		ww->w.cases[i / 5].plan_case = c;
	}
	ww->w.timeline.workloads = ww->workloads;
}

static void working_free(struct working_world *ww)
{
	world_free(&ww->w);
	plan_free(ww->plan);
}

static struct workload_record *add_workload(
	struct working_world *ww, size_t move, bool moved, int64_t took_ns)
{
	const struct move *m = &ww->w.scenes[move].move;
	struct workload_record *w = &ww->workloads[ww->w.timeline.workload_count++];

	*w = (struct workload_record){.case_name = m->case_name,
		.vm = m->vm,
		.name = (char *)"suite",
		.kind = "install",
		.state = WORKLOAD_CORRECT,
		.file = (char *)"",
		.why = (char *)"",
		.run = m->run,
		.moved = moved,
		.asked_rate_bps = NS_NONE,
		.start_ns = m->begin_ns,
		.written_ns = m->begin_ns + took_ns,
		.end_ns = m->begin_ns + took_ns + 2 * S};
	return w;
}

static char *text_of(struct working_world *ww)
{
	const struct move_charts none = {0};
	struct directory out = out_folder(ww->w.dir);
	struct err e = {0};
	char *text, *to;

	CU_ASSERT_EQUAL_FATAL(
		report_text(&ww->w.results, world_environment, &none, &out, &text, &e), 0);
	directory_close(&out);
	/* Makes it one line, because line breaks do not matter here. */
	to = text;
	for (const char *p = text; *p; p++)
		if ((*p != ' ' && *p != '\n') || (to > text && to[-1] != ' '))
			*to++ = *p == '\n' ? ' ' : *p;
	*to = '\0';
	return text;
}

static bool says(const char *text, const char *what)
{
	if (!strstr(text, what))
		fprintf(stderr, "\n  the report lacks: %s\n", what);
	return strstr(text, what) != NULL;
}

static void test_installation(void)
{
	static const int64_t apart_ms[] = {-400, 100, 300, -200, 200};
	struct working_world ww = {0};
	struct workload_record *harmed;
	struct directory out;
	struct err e = {0};
	char *text;

	working_make(&ww);
	for (size_t i = 0; i < MOVES; i++) {
		/* 25 s without and 35 s with the workload, both with a deviation of 0.29 s. */
		int64_t job_ns = (i < 5 ? 25 : 35) * S + apart_ms[i % 5] * MS;

		ww.w.moves[i].job = (struct interval){job_ns, job_ns};
		ww.w.scenes[i].job.ended = (struct instant){ww.w.scenes[i].move.trigger_ns + job_ns,
			ww.w.scenes[i].move.trigger_ns + job_ns};
		ww.w.scenes[i].move.end_ns = ww.w.scenes[i].move.trigger_ns + 2 * job_ns;
		if (i >= 5)
			add_workload(&ww, i, true, 60 * S + apart_ms[i % 5] * MS);
	}
	add_workload(&ww, 5, false, 50 * S);
	/* A workload that ended by itself counts, although its files were not verified. */
	add_workload(&ww, 6, false, 50 * S + 200 * MS)->state = WORKLOAD_ENDED;
	harmed = add_workload(&ww, 7, true, 90 * S);
	harmed->state = WORKLOAD_INCORRECT;
	harmed->file = (char *)"part-003/file-000020.bin";
	harmed->why = (char *)"byte 7 is 0x1 instead of 0x2";
	text = text_of(&ww);
	/* Student's t for 8 degrees of freedom: 2.306 * sqrt(2 * 0.085 / 5) = 0.43. */
	CU_ASSERT(says(text,
		"the move's job takes 35.0 s (mean of 5) with the workload and 25.0 s (of 5) "
		"without: +10.0 s, 95 % interval [9.6, 10.4]"));
	/* A workload with an incorrect result does not count in the mean. */
	CU_ASSERT(says(text,
		"during a move suite took 60.0 s (mean of 5), unmoved 50.1 s (of 2): +9.9 s, 95 % "
		"interval ["));
	CU_ASSERT(says(text, "unmoved 2 suite 50.2 52.2 ended"));
	CU_ASSERT(says(text, "incorrect: part-003/file-000020.bin: byte 7 is 0x1 instead of 0x2"));
	free(text);
	/* Output of a user's command: bytes that are not UTF-8, and control codes of a terminal. */
	harmed->name = (char *)"s\xff";
	harmed->why = (char *)"gr\xf6\xdf"
			      "er, \x1b]0;t\x07 \xc3\xa9 \"x\"\nmore";
	out = out_folder(ww.w.dir);
	CU_ASSERT_EQUAL(report_csv(&ww.w.results, &out, &e), 0);
	directory_close(&out);
	CU_ASSERT(holds(&ww.w, "workloads.csv", ",s\\xFF,yes,"));
	CU_ASSERT(holds(&ww.w, "workloads.csv",
		",no,\"part-003/file-000020.bin: gr\\xF6\\xDFer, \\x1B]0;t\\x07 \xc3\xa9 \"\"x\"\"\\x0Amore\","));
	working_free(&ww);
}

/* Workloads at half the link's rate converge; those at the link's rate do not. */
static void test_dirty(void)
{
	static struct progress sent[] = {{.at_ns = FIRST, .processed_bytes = 100 * MB},
		{.at_ns = FIRST + 10 * S, .processed_bytes = 4100 * MB}};
	struct working_world ww = {0};
	char note[REPORT_NOTE_MAX], *text;

	working_make(&ww);
	CU_ASSERT_EQUAL(world_charts(&ww.w, note), 0);
	CU_ASSERT_EQUAL(world_entries(&ww.w, "charts"), 2 + 3 * (3 + MOVES));
	for (size_t i = 5; i < MOVES; i++) {
		struct workload_record *w = add_workload(&ww, i, true, 60 * S);
		struct job *job = &ww.w.scenes[i].job;

		snprintf(w->kind, sizeof(w->kind), "dirty");
		w->name = (char *)"dirty";
		w->asked_rate_bps = 56 * MB;
		w->rates = 2;
		w->rates_held = 2;
		w->rate_sum_bps = 2.0 * (i < 8 ? 56 : 112) * (double)MB;
		ww.w.moves[i].job = (struct interval){10 * S, 10 * S};
		if (i < 8)
			continue;
		job->state = JOB_CANCELLED;
		job->ended.hi_ns = ww.w.scenes[i].move.trigger_ns + 20 * S + MS;
		ww.w.moves[i].job = (struct interval){20 * S, 20 * S};
		ww.w.moves[i].integrity = i == 8 ? INTEGRITY_OK : INTEGRITY_CORRUPTED;
	}
	text = text_of(&ww);
	CU_ASSERT(says(text, "workload=suite 1 56 0.50 [10.0, 10.0]"));
	CU_ASSERT(says(text, "workload=suite 4 112 1.00 [20.0, 20.0]"));
	CU_ASSERT(says(text,
		"2 moves did not converge: the guest rewrote memory about as fast as the job sent "
		"it, or faster, and the job was cancelled after 20s. After 1 of them the VM's "
		"memory was verified unharmed."));
	free(text);
	CU_ASSERT_EQUAL(world_charts(&ww.w, note), 0);
	CU_ASSERT(holds(&ww.w, "charts/dirty-rate.gp", "2 of 10 did not converge"));
	CU_ASSERT(holds(&ww.w, "charts/dirty-rate.gp", "title 'did not converge, cancelled'"));
	CU_ASSERT(holds(&ww.w, "charts/dirty-rate.dat",
		"0.4992 10.000000 10.000000\n\n\n"
		"0.9984 20.000000 20.000000\n"));
	CU_ASSERT(holds(&ww.w, "charts/dirty-rate.svg", "</svg>"));
	/* The job sent over three times as fast: it converged, but was cancelled before its end. */
	ww.w.scenes[9].job.progress = sent;
	ww.w.scenes[9].job.progress_count = ARRAY_SIZE(sent);
	text = text_of(&ww);
	CU_ASSERT(says(text,
		"1 move did not converge: the guest rewrote memory about as fast as the job sent "
		"it, or faster, and the job was cancelled after 20s. The VM's memory was verified "
		"unharmed."));
	CU_ASSERT(says(text,
		"1 move was cancelled after 20s, before all was sent, although the rates do not "
		"show that the guest rewrote memory as fast as the job sent it. The VM's memory "
		"was not verified unharmed."));
	free(text);
	CU_ASSERT_EQUAL(world_charts(&ww.w, note), 0);
	CU_ASSERT(holds(&ww.w, "charts/dirty-rate.gp", "1 of 10 did not converge"));
	CU_ASSERT(holds(&ww.w, "charts/dirty-rate.gp", "title 'cancelled before it completed'"));
	working_free(&ww);
}

TEST_SUITE(workload_text, {"installation", test_installation}, {"dirty", test_dirty})

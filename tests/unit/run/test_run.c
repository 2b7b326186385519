/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whole runs in the simulated world, from plan to verdict: the truth lies in every interval that is
 * judged, each kind of harm gets its verdict, and a seed gives the same folder byte for byte.
 */
#include "harness/facts/facts.h"
#include "harness/sim/world.h"
#include "harness/timeline/timeline.h"
#include "harness/verdict/verdict.h"
#include "tests/unit/assert_interval.h"
#include "tests/unit/sim_judged.h"
#include "tests/unit/test.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define S NS_PER_S
#define MS NS_PER_MS

/* The silence that a probe sees: liboping drops late answers, so to ping a slow stretch is one. */
static int64_t true_silence_ns(const struct series *series, struct scripted_outage outage)
{
	return series->kind == PROBE_PING && outage.longest_ns > series->timeout_ns
		       ? outage.length_ns
		       : outage.longest_ns;
}

/* The bounds of every witness of every move, judged or not, must contain the truth. */
static void check_truth(const struct judged *j)
{
	for (size_t i = 0; i < j->results->move_count; i++) {
		const struct move_result *m = &j->results->moves[i];
		struct scripted_outage outage = judged_outage(j, m->move);

		for (size_t k = 0; k < m->observation_count; k++) {
			const struct observation *o = &m->observations[k];
			bool echo = o->series->kind == PROBE_PING || o->series->kind == PROBE_BURST;

			if (!o->series->control && echo)
				CU_ASSERT(interval_contains(
					o->blackout, true_silence_ns(o->series, outage)));
		}
		CU_ASSERT(interval_contains(m->blackout, outage.longest_ns));
	}
}

static void test_truth(void)
{
	static const char *const modes[] = {"drop", "answers-dropped", "hold", "slow"};

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		struct judged j;
		char ini[1024];

		snprintf(ini, sizeof(ini),
			"[plan]\nrepeat = 8\nbound = 3 s\n[platform sim]\nseed = %zu\nmode = %s\n"
			"outage = 0 s, 12 ms, 70 ms, 300 ms, 1 s, 1.999 s, 2.9 s, 7 s\n"
			"jitter = 2 ms\n" PLAN_VM PLAN_PROBES,
			i + 1, modes[i]);
		judged_run(&j, ini, NULL, NULL);
		CU_ASSERT_EQUAL(j.status, STATUS_PASS);
		CU_ASSERT_EQUAL_FATAL(j.results->move_count, 8);
		check_truth(&j);
		for (size_t m = 0; m < 8; m++)
			CU_ASSERT_EQUAL(
				j.results->moves[m].verdict, m == 7 ? VERDICT_FAIL : VERDICT_PASS);
		judged_free(&j);
	}
}

/* The job and the VM's place, move by move. */
static void test_outcomes(void)
{
	static const struct {
		enum verdict verdict;
		const char *outcome, *reason;
	} rows[] = {
		{VERDICT_PASS, "ok", "within-bound"},
		{VERDICT_FAIL, "failed", "outcome-failed"},
		{VERDICT_FAIL, "cancelled", "outcome-cancelled"},
		{VERDICT_FAIL, "completed-with-status", "outcome-completed-with-status"},
		{VERDICT_FAIL, NULL, "outcome-"},
		{VERDICT_FAIL, "ok", "corrupted"},
		{VERDICT_PASS, "ok", "within-bound"},
		{VERDICT_FAIL, NULL, "two-places"},
	};
	struct judged j;

	judged_run(&j,
		"[plan]\nrepeat = 8\n[platform sim]\n"
		"job = completed, failed, cancelled, completed-with-status, vanish, corrupted, "
		"completed, two-places\n" PLAN_VM PLAN_PROBES,
		NULL, NULL);
	CU_ASSERT_EQUAL(j.status, STATUS_PASS);
	CU_ASSERT_EQUAL_FATAL(j.results->move_count, ARRAY_SIZE(rows));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct move_result *m = &j.results->moves[i];

		CU_ASSERT_EQUAL(m->verdict, rows[i].verdict);
		if (rows[i].outcome)
			CU_ASSERT_STRING_EQUAL(outcome_name(m->outcome), rows[i].outcome);
		CU_ASSERT_EQUAL(strncmp(m->reason, rows[i].reason, strlen(rows[i].reason)), 0);
	}
	/* Only a restart of the VM ended that silence. */
	CU_ASSERT(j.results->moves[4].blackout.lo_ns > 60 * S);
	CU_ASSERT_PTR_NOT_NULL(strstr(j.results->moves[4].reason, "no-end"));
	CU_ASSERT_EQUAL(j.results->moves[4].blackout.hi_ns, NS_INF);
	CU_ASSERT_EQUAL(results_status(j.results), STATUS_FAIL);
	judged_free(&j);
}

/* Of several VMs the one that a move harmed is restarted, not the one that is moved next. */
static void test_restarted(void)
{
	static const enum verdict verdicts[] = {
		VERDICT_FAIL, VERDICT_PASS, VERDICT_PASS, VERDICT_PASS};
	struct judged j;

	judged_run(&j,
		"[plan]\nrepeat = 2\n[platform sim]\njob = corrupted, completed, completed, "
		"completed\n" PLAN_VM "[vm mail]\nmemory = 256 MB\n" PLAN_PROBES,
		NULL, NULL);
	CU_ASSERT_EQUAL(j.status, STATUS_PASS);
	CU_ASSERT_EQUAL_FATAL(j.results->move_count, ARRAY_SIZE(verdicts));
	for (size_t i = 0; i < ARRAY_SIZE(verdicts); i++) {
		CU_ASSERT_STRING_EQUAL(j.results->moves[i].move->vm, i % 2 ? "mail" : "desk");
		CU_ASSERT_EQUAL(j.results->moves[i].verdict, verdicts[i]);
	}
	judged_free(&j);
}

/* One undisturbed move of 256 MB: booted at 2 s, triggered about 8 s after the start. */
static void judge_one(struct judged *j, void (*before)(struct sim_world *))
{
	judged_run(j, "[plan]\n[platform sim]\noutage = 2.9 s\n" PLAN_VM PLAN_PROBES, before, NULL);
	CU_ASSERT_EQUAL(j->status, STATUS_PASS);
	CU_ASSERT_EQUAL_FATAL(j->results->move_count, 1);
}

/* In the outage, which begins 2.2 to 2.6 s after the trigger and lasts 2.9 s. */
#define SWITCH_NS (SIM_START_NS + 11 * S)

static void lose_control(struct sim_world *w)
{
	struct err e = {0};

	sim_outage(w, "switch", SIM_DROP, SIM_START_NS + 8 * S, 10 * S, 0, &e);
}

static void stall(struct sim_world *w)
{
	struct err e = {0};

	sim_stall(w, SWITCH_NS, 2 * S, &e);
}

static void overflow(struct sim_world *w)
{
	struct err e = {0};

	sim_overflow(w, SIM_START_NS + 8 * S, 10 * S, &e);
}

static void lose_before(struct sim_world *w)
{
	struct err e = {0};

	sim_outage(w, "desk", SIM_DROP, SIM_START_NS + 5 * S, 200 * MS, 0, &e);
}

static void step_clock(struct sim_world *w)
{
	struct err e = {0};

	sim_utc_step(w, SWITCH_NS, 3600 * S, &e);
}

static void set_clock_back(struct sim_world *w)
{
	struct err e = {0};

	sim_utc_step(w, SWITCH_NS, -3600 * S, &e);
}

static void harm(void *ctx)
{
	struct err e = {0};

	sim_vm_corrupt(ctx, "desk", &e);
}

static void harm_later(struct sim_world *w)
{
	sim_schedule(w, SWITCH_NS, harm, w);
}

static void run_twice(void *ctx)
{
	struct err e = {0};

	sim_vm_double(ctx, "desk", &e);
}

static void run_twice_later(struct sim_world *w)
{
	sim_schedule(w, SWITCH_NS, run_twice, w);
}

static void double_answers(struct sim_world *w)
{
	struct err e = {0};

	sim_duplicates(w, "desk", SIM_START_NS, 60 * S, &e);
}

static void test_harm(void)
{
	static const struct {
		void (*before)(struct sim_world *);
		enum verdict verdict;
		const char *reason;
	} rows[] = {
		{NULL, VERDICT_PASS, "within-bound"},
		{double_answers, VERDICT_PASS, "within-bound"},
		/* If the wall clock runs ahead, the prober and its clock may have been paused. */
		{step_clock, VERDICT_INVALID, "disturbed-clock"},
		{set_clock_back, VERDICT_PASS, "within-bound"},
		{lose_control, VERDICT_INVALID, "disturbed-control"},
		{stall, VERDICT_INVALID, "disturbed-late"},
		/* The same socket also loses the control target's answers. */
		{overflow, VERDICT_INVALID, "disturbed-"},
		{lose_before, VERDICT_INVALID, "baseline-lost"},
		{harm_later, VERDICT_FAIL, "corrupted"},
		{run_twice_later, VERDICT_FAIL, "two-places"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct move_result *m;
		struct judged j;

		judge_one(&j, rows[i].before);
		m = &j.results->moves[0];
		CU_ASSERT_EQUAL(m->verdict, rows[i].verdict);
		CU_ASSERT_EQUAL(strncmp(m->reason, rows[i].reason, strlen(rows[i].reason)), 0);
		judged_free(&j);
	}
}

/* Somebody else starts the moves; one case has open sessions, the other does not. */
static void test_external(void)
{
	struct judged j;

	judged_run(&j,
		"[plan]\n[platform sim]\n[move]\nstart = external\n"
		"[vm desk]\nmemory = 256 MB\nsession = attached, detached\n"
		"[probe session]\nkind = session\n[probe wire]\nkind = capture\n" PLAN_PROBES,
		NULL, NULL);
	CU_ASSERT_EQUAL(j.status, STATUS_PASS);
	CU_ASSERT_EQUAL_FATAL(j.results->move_count, 2);
	CU_ASSERT_EQUAL(j.results->moves[0].verdict, VERDICT_PASS);
	CU_ASSERT_EQUAL(j.results->moves[1].verdict, VERDICT_PASS);
	check_truth(&j);
	CU_ASSERT(j.timeline->session_event_count > 0);
	CU_ASSERT(j.timeline->sighting_count > 0);
	judged_free(&j);
}

/* A run finds the answers of each VM; once, those after the 64th VM seemed never to answer. */
static void test_many_vms(void)
{
	char ini[4096] = "[plan]\nbaseline = 1 s\nsettle = 1 s\n[platform sim]\n" PLAN_PROBES;
	size_t length = strlen(ini);
	struct judged j;

	for (int i = 1; i <= 66; i++)
		length += (size_t)snprintf(
			ini + length, sizeof(ini) - length, "[vm v%d]\nmemory = 128 MB\n", i);
	judged_run(&j, ini, NULL, NULL);
	CU_ASSERT_EQUAL(j.status, STATUS_PASS);
	CU_ASSERT_EQUAL_FATAL(j.results->move_count, 66);
	for (size_t i = 0; i < 66; i++)
		CU_ASSERT_EQUAL(j.results->moves[i].verdict, VERDICT_PASS);
	judged_free(&j);
}

static char *contents(const struct judged *j, const char *name)
{
	char path[PATH_MAX], *text = NULL;
	struct err e = {0};

	snprintf(path, sizeof(path), "%s/facts/%s", j->dir, name);
	CU_ASSERT_EQUAL_FATAL(file_read(path, 64 << 20, &text, NULL, &e), 0);
	return text;
}

static void test_same_bytes(void)
{
	static const char *const files[] = {"run.tsv", "driver.tsv", "local-fine.tsv",
		"local-classic.tsv", "plan.ini", "environment.json"};
	struct judged first, second;

	judge_one(&first, NULL);
	judge_one(&second, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		char *a = contents(&first, files[i]), *b = contents(&second, files[i]);

		CU_ASSERT_STRING_EQUAL(a, b);
		if (strcmp(files[i], "environment.json") == 0)
			CU_ASSERT_PTR_NOT_NULL(strstr(a, "\"simulated\": true"));
		if (strcmp(files[i], "run.tsv") == 0)
			CU_ASSERT_PTR_NOT_NULL(strstr(a, "pid=0\t"));
		free(a);
		free(b);
	}
	judged_free(&first);
	judged_free(&second);
}

TEST_SUITE(sim_run, {"truth in the interval", test_truth}, {"outcomes", test_outcomes},
	{"restarted", test_restarted}, {"harm", test_harm}, {"external", test_external},
	{"many VMs", test_many_vms}, {"same bytes", test_same_bytes})

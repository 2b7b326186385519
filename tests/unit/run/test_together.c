/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs that move several VMs together, in the simulated world. */
#include "tests/unit/assert_interval.h"
#include "tests/unit/sim_judged.h"
#include "tests/unit/test.h"

#include <string.h>

#define VMS 5
#define FIVE_VMS "[vm web]\ncount = 5\nmemory = 256 MB\n"

/* The largest number of the run's jobs that ran at the same time. */
static size_t most_at_a_time(const struct move *moves, size_t count)
{
	size_t most = 0;

	for (size_t i = 0; i < count; i++) {
		size_t n = 0;

		for (size_t k = 0; k < count; k++)
			n += moves[k].job->requested.lo_ns <= moves[i].job->requested.lo_ns &&
			     moves[k].job->ended.hi_ns > moves[i].job->requested.lo_ns;
		most = size_max(n, most);
	}
	return most;
}

static void check_run(const struct judged *j, size_t first, size_t together)
{
	const struct move *moves = &j->timeline->moves[first];

	CU_ASSERT_EQUAL(most_at_a_time(moves, VMS), together);
	for (size_t i = 0; i < VMS; i++) {
		const struct move_result *m = &j->results->moves[first + i];
		int64_t truth_ns = judged_outage(j, &moves[i]).longest_ns;

		CU_ASSERT_EQUAL(moves[i].move, i + 1);
		CU_ASSERT_EQUAL(moves[i].run, moves[0].run);
		/* One window, which begins with the first trigger and ends after the last job. */
		CU_ASSERT_EQUAL(moves[i].window_begin_ns, moves[0].trigger_ns);
		CU_ASSERT_EQUAL(moves[i].window_end_ns, moves[0].window_end_ns);
		CU_ASSERT(moves[i].trigger_ns >= moves[0].trigger_ns);
		CU_ASSERT(moves[i].job->ended.hi_ns < moves[0].window_end_ns);
		CU_ASSERT(moves[i].baseline_ns < moves[0].trigger_ns);
		CU_ASSERT_EQUAL(m->verdict, VERDICT_PASS);
		CU_ASSERT(interval_contains(m->blackout, truth_ns));
	}
}

static void test_queue(void)
{
	struct judged j;

	judged_run(&j,
		"[plan]\nrepeat = 2\nbound = 3 s\n[platform sim]\nmode = drop\n"
		"outage = 0 s, 12 ms, 300 ms, 1 s, 2.5 s\njitter = 2 ms\n"
		"[move]\ntogether = 1, 2, 5\n" FIVE_VMS PLAN_PROBES,
		NULL, NULL);
	CU_ASSERT_EQUAL(j.status, STATUS_PASS);
	CU_ASSERT_EQUAL_FATAL(j.results->move_count, 3 * 2 * VMS);
	CU_ASSERT_EQUAL_FATAL(j.timeline->move_count, 3 * 2 * VMS);
	for (size_t i = 0; i < 6; i++)
		check_run(&j, i * VMS, i < 2 ? 1 : i < 4 ? 2 : 5);
	judged_free(&j);
}

/* If the moves of some VMs fail, the others are moved and judged as usual. */
static void test_one_fails(void)
{
	struct judged j;

	judged_run(&j,
		"[plan]\nrepeat = 1\n[platform sim]\n"
		"job = completed, failed, completed, cancelled, completed\n"
		"[move]\ntogether = 5\n" FIVE_VMS PLAN_PROBES,
		NULL, NULL);
	CU_ASSERT_EQUAL(j.status, STATUS_PASS);
	CU_ASSERT_EQUAL_FATAL(j.results->move_count, VMS);
	for (size_t i = 0; i < VMS; i++)
		CU_ASSERT_EQUAL(j.results->moves[i].verdict,
			i == 1 || i == 3 ? VERDICT_FAIL : VERDICT_PASS);
	CU_ASSERT_EQUAL(strncmp(j.results->moves[1].reason, "outcome-failed", 14), 0);
	CU_ASSERT_EQUAL_FATAL(j.results->case_count, 1);
	CU_ASSERT_EQUAL(j.results->cases[0].verdict, VERDICT_FAIL);
	judged_free(&j);
}

/* As judged_run; after `skip` times, `operation` fails `times` times. */
static void run_with(struct judged *j, const char *ini, const char *operation, size_t skip,
	size_t times, const char *reason)
{
	judged_script_faults(operation, skip, times, reason);
	judged_fail(judged_scripted_fault);
	judged_run(j, ini, NULL, NULL);
	judged_fail(NULL);
}

/* A VM that cannot be started does not hold up the others. */
static void test_one_does_not_start(void)
{
	struct judged j;

	run_with(&j,
		"[plan]\nrepeat = 1\nanswer = 20 s\n[platform sim]\n[move]\ntogether = 3\n"
		"[vm web]\ncount = 3\nmemory = 256 MB\n" PLAN_PROBES,
		"start", 1, SIZE_MAX, "no host has room");
	CU_ASSERT_EQUAL(j.status, STATUS_PASS);
	CU_ASSERT_EQUAL_FATAL(j.results->move_count, 3);
	CU_ASSERT_EQUAL(j.results->moves[0].verdict, VERDICT_PASS);
	for (size_t i = 1; i < 3; i++) {
		CU_ASSERT_EQUAL(j.results->moves[i].verdict, VERDICT_INVALID);
		CU_ASSERT_STRING_EQUAL(j.results->moves[i].reason, "set-up-failed");
		CU_ASSERT_PTR_NOT_NULL(
			strstr(j.results->moves[i].move->broke_off, "no host has room"));
	}
	judged_free(&j);
}

static const char two_vms[] =
	"[plan]\nrepeat = 1\nanswer = 20 s\n[platform sim]\n"
	"[move]\ntogether = 1\n[vm web]\ncount = 2\nmemory = 256 MB\n" PLAN_PROBES;

/*
 * A VM whose move is refused after another VM's began is measured in the run's window, and its move
 * failed: it may be down because of the run's event.
 */
static void test_one_refused(void)
{
	struct judged j;
	const struct move_result *refused;

	run_with(&j, two_vms, "trigger", 1, SIZE_MAX, "the VM is not running");
	CU_ASSERT_EQUAL(j.status, STATUS_PASS);
	CU_ASSERT_EQUAL_FATAL(j.results->move_count, 2);
	CU_ASSERT_EQUAL(j.results->moves[0].verdict, VERDICT_PASS);
	refused = &j.results->moves[1];
	CU_ASSERT_EQUAL(refused->verdict, VERDICT_FAIL);
	CU_ASSERT_EQUAL(strncmp(refused->reason, "outcome-not-started", 19), 0);
	CU_ASSERT_PTR_NULL(refused->move->job);
	CU_ASSERT_PTR_NOT_NULL_FATAL(move_prevented_by(refused->move));
	CU_ASSERT_STRING_EQUAL(move_prevented_by(refused->move), "trigger: the VM is not running");
	CU_ASSERT_EQUAL(refused->move->window_begin_ns, j.timeline->moves[0].trigger_ns);
	CU_ASSERT_EQUAL(refused->move->window_end_ns, j.timeline->moves[0].window_end_ns);
	CU_ASSERT(interval_contains(refused->blackout, 0));
	/* The run is complete: it is not repeated. */
	judged_resume(&j);
	CU_ASSERT_EQUAL(j.timeline->move_count, 2);
	judged_free(&j);
}

static void test_one_not_set_up(void)
{
	struct judged j;

	run_with(&j, two_vms, "start", 1, SIZE_MAX, "the platform refuses");
	/* The run counts: one of its VMs was moved. */
	CU_ASSERT_EQUAL(j.status, STATUS_PASS);
	CU_ASSERT_EQUAL_FATAL(j.results->move_count, 2);
	CU_ASSERT_EQUAL(j.results->moves[0].verdict, VERDICT_PASS);
	CU_ASSERT_EQUAL(j.results->moves[1].verdict, VERDICT_INVALID);
	CU_ASSERT_STRING_EQUAL(j.results->moves[1].reason, "set-up-failed");
	/* A resume repeats the whole run. */
	judged_resume(&j);
	CU_ASSERT_EQUAL(j.status, STATUS_PASS);
	CU_ASSERT_EQUAL_FATAL(j.timeline->move_count, 4);
	CU_ASSERT_EQUAL_FATAL(j.results->move_count, 2);
	for (size_t i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(j.results->moves[i].move->attempt, 2);
		CU_ASSERT_EQUAL(j.results->moves[i].verdict, VERDICT_PASS);
	}
	/* A completed run is not repeated. */
	judged_resume(&j);
	CU_ASSERT_EQUAL(j.timeline->move_count, 4);
	judged_free(&j);
}

static void test_none_set_up(void)
{
	struct judged j;

	run_with(&j, two_vms, "trigger", 0, SIZE_MAX, "the platform refuses");
	CU_ASSERT_EQUAL(j.status, STATUS_SETUP);
	CU_ASSERT_PTR_NOT_NULL(strstr(j.error, "the platform refuses"));
	judged_free(&j);
}

/* The number of times that a trigger is tried within an `answer` of 20 s. */
#define TRIES 21

/* Each VM was moved in one of two attempts; the rows of a run are all of the same attempt. */
static void test_attempts_are_not_mixed(void)
{
	struct judged j;

	run_with(&j, two_vms, "start", 1, SIZE_MAX, "the platform refuses");
	/* In the second attempt the first VM's move cannot be started. */
	judged_script_faults("trigger", 0, TRIES, "the platform refuses");
	judged_fail(judged_scripted_fault);
	judged_resume(&j);
	judged_fail(NULL);
	CU_ASSERT_EQUAL_FATAL(j.timeline->move_count, 4);
	CU_ASSERT_PTR_NULL(j.timeline->moves[0].broke_off);
	CU_ASSERT_PTR_NOT_NULL(j.timeline->moves[1].broke_off);
	CU_ASSERT_PTR_NOT_NULL(j.timeline->moves[2].broke_off);
	CU_ASSERT_PTR_NULL(j.timeline->moves[3].broke_off);
	CU_ASSERT_EQUAL_FATAL(j.results->move_count, 2);
	for (size_t i = 0; i < 2; i++)
		CU_ASSERT_EQUAL(j.results->moves[i].move->attempt, 2);
	CU_ASSERT_EQUAL(j.results->moves[0].verdict, VERDICT_INVALID);
	CU_ASSERT_EQUAL(j.results->moves[1].verdict, VERDICT_PASS);
	/* A resume would repeat the run, so it is missing. */
	CU_ASSERT_EQUAL(j.results->moves_missing, 1);
	judged_free(&j);
}

TEST_SUITE(together, {"queue", test_queue}, {"one fails", test_one_fails},
	{"one is refused", test_one_refused}, {"one cannot be set up", test_one_not_set_up},
	{"none can be set up", test_none_set_up}, {"one does not start", test_one_does_not_start},
	{"attempts are not mixed", test_attempts_are_not_mixed});

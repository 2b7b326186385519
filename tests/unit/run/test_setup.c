/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs whose set-up fails, in the simulated world: steps are repeated, a run that still cannot be
 * set up is recorded and the plan goes on, and such a run does not affect the next one.
 */
#include "harness/facts/facts.h"
#include "harness/sim/world.h"
#include "harness/timeline/timeline.h"
#include "harness/verdict/verdict.h"
#include "tests/unit/sim_judged.h"
#include "tests/unit/test.h"

#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define S NS_PER_S
#define HEAD(repeat) "[plan]\nrepeat = " #repeat "\nanswer = 3 s\n[platform sim]\n"
#define ATTACHED PLAN_VM "session = attached\n[probe user]\nkind = session\n"

static void script_faults(const char *operation, size_t skip, size_t times)
{
	judged_script_faults(operation, skip, times, "No route to host");
}

/* A script for requests to the agent that begin with `operation`; injected errors come at once. */
static int scripted_agent_fault(const char *request, char *response, size_t size, struct err *e)
{
	if (strncmp(request, judged_script.operation, strlen(judged_script.operation)) != 0 ||
		judged_scripted_fault(judged_script.operation, e) == 0)
		return 1;
	snprintf(response, size, "error not now");
	return 0;
}

static void run_with(
	struct judged *j, const char *ini, const char *operation, size_t skip, size_t times)
{
	script_faults(operation, skip, times);
	judged_fail(judged_scripted_fault);
	judged_run(j, ini, NULL, NULL);
}

static size_t verdicts(const struct judged *j, enum verdict verdict)
{
	size_t n = 0;

	for (size_t i = 0; i < j->results->move_count; i++)
		n += j->results->moves[i].verdict == verdict;
	return n;
}

static size_t running_places(const struct move *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->place_count; i++)
		n += m->places[i].state == VM_RUNNING;
	return n;
}

/* After each move that was set up the VM is in exactly one place, with undamaged memory. */
static void check_places(const struct judged *j)
{
	for (size_t i = 0; i < j->results->move_count; i++) {
		const struct move *m = j->results->moves[i].move;

		CU_ASSERT_EQUAL(running_places(m), m->set_up_failed ? 0 : 1);
		CU_ASSERT(m->set_up_failed || m->integrity_ok);
	}
}

/* An operation that fails twice is repeated; announce.ini refuses a session for a second. */
static void test_retried(void)
{
	static const struct {
		const char *operation, *vm;
		bool agent;
	} rows[] = {
		{"start", PLAN_VM, false},
		{"trigger", PLAN_VM, false},
		{"open", ATTACHED, false},
		{"hello", PLAN_VM "dirty = 10 MB/s\n", true},
		{"work start", PLAN_VM "dirty = 10 MB/s\n", true},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct judged j;
		char ini[1024];

		snprintf(ini, sizeof(ini), HEAD(2) "%s" PLAN_PROBES, rows[i].vm);
		script_faults(rows[i].operation, 0, 2);
		judged_fail(rows[i].agent ? NULL : judged_scripted_fault);
		judged_run(&j, ini, NULL, rows[i].agent ? scripted_agent_fault : NULL);
		CU_ASSERT_EQUAL(judged_script.failed, 2);
		CU_ASSERT_EQUAL(j.status, STATUS_PASS);
		CU_ASSERT_EQUAL(j.results->move_count, 2);
		CU_ASSERT_EQUAL(verdicts(&j, VERDICT_PASS), 2);
		check_places(&j);
		judged_free(&j);
	}
	judged_fail(NULL);
}

/*
 * The guest started the workload, but its response was lost: it is stopped before the next start.
 */
static int lost_response(const char *request, char *response, size_t size, struct err *e)
{
	static bool started;

	if (strncmp(request, "work stop", 9) == 0)
		started = false;
	if (strncmp(request, "work start", 10) != 0)
		return 1;
	if (started) {
		snprintf(response, size, "error dirty is already at work");
		return 0;
	}
	started = true;
	return judged_script.failed++ == 0 ? err_set(e, "the response was lost") : 1;
}

static void test_workload_started_twice(void)
{
	struct judged j;

	script_faults("", 0, 0);
	judged_run(&j,
		"[plan]\nanswer = 20 s\n[platform sim]\n" PLAN_VM "dirty = 10 MB/s\n" PLAN_PROBES,
		NULL, lost_response);
	CU_ASSERT_EQUAL(j.status, STATUS_PASS);
	CU_ASSERT_EQUAL(verdicts(&j, VERDICT_PASS), 1);
	CU_ASSERT_EQUAL_FATAL(j.timeline->workload_count, 1);
	CU_ASSERT_STRING_EQUAL(workload_verified(&j.timeline->workloads[0]), "yes");
	judged_free(&j);
}

/* One run of three cannot be set up: it is INVALID without figures, and a resume tries it again. */
static void test_goes_on(void)
{
	static const enum verdict expected[] = {VERDICT_PASS, VERDICT_INVALID, VERDICT_PASS};
	const struct move_result *m;
	struct judged j;

	judged_run(&j, HEAD(3) "failed-starts = 0, 1000, 0\n" PLAN_VM PLAN_PROBES, NULL, NULL);
	CU_ASSERT_EQUAL(j.status, STATUS_PASS);
	CU_ASSERT(j.timeline->closed == FOLDER_COMPLETE);
	CU_ASSERT_EQUAL_FATAL(j.results->move_count, 3);
	for (size_t i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(j.results->moves[i].verdict, expected[i]);
	m = &j.results->moves[1];
	CU_ASSERT_STRING_EQUAL(m->reason, "set-up-failed");
	CU_ASSERT_STRING_EQUAL(m->move->broke_off, "VM desk cannot be started (simulated)");
	CU_ASSERT_STRING_EQUAL(outcome_name(m->outcome), "");
	CU_ASSERT_EQUAL(m->blackout.lo_ns, NS_NONE);
	CU_ASSERT_EQUAL(m->job.lo_ns, NS_NONE);
	CU_ASSERT_EQUAL(m->lost_1s, -1);
	/* The step was repeated for the plan's `answer` time. */
	CU_ASSERT(m->move->end_ns - m->move->begin_ns >= 3 * S);
	CU_ASSERT(m->move->end_ns - m->move->begin_ns < 5 * S);
	CU_ASSERT_EQUAL(j.results->cases[0].runs, 2);
	CU_ASSERT_EQUAL(j.results->cases[0].verdict, VERDICT_INVALID);
	CU_ASSERT_EQUAL(j.results->moves_missing, 1);
	CU_ASSERT_EQUAL(results_status(j.results), STATUS_UNDECIDED);
	check_places(&j);
	judged_resume(&j);
	CU_ASSERT_EQUAL(j.status, STATUS_PASS);
	CU_ASSERT_EQUAL(j.results->move_count, 3);
	CU_ASSERT_EQUAL(verdicts(&j, VERDICT_PASS), 3);
	CU_ASSERT_EQUAL(j.results->cases[0].runs, 3);
	CU_ASSERT_EQUAL(j.results->moves_missing, 0);
	CU_ASSERT_EQUAL(results_status(j.results), STATUS_PASS);
	judged_free(&j);
}

/* A case of which no run could be set up has a row without figures. */
static void test_case_without_runs(void)
{
	struct judged j;

	judged_run(&j,
		HEAD(1) "failed-starts = 0, 1000\n[vm desk]\nmemory = 256 MB, 512 MB\n" PLAN_PROBES,
		NULL, NULL);
	CU_ASSERT_EQUAL(j.status, STATUS_PASS);
	CU_ASSERT_EQUAL_FATAL(j.results->case_count, 2);
	CU_ASSERT_EQUAL(j.results->cases[0].verdict, VERDICT_PASS);
	CU_ASSERT_EQUAL(j.results->cases[1].runs, 0);
	CU_ASSERT_EQUAL(j.results->cases[1].verdict, VERDICT_INVALID);
	CU_ASSERT_EQUAL(j.results->cases[1].lost_1s_max, -1);
	CU_ASSERT_EQUAL(j.results->cases[1].blackout.lo_ns, NS_NONE);
	judged_free(&j);
}

static void test_three_in_a_row(void)
{
	struct judged j;

	run_with(&j, HEAD(6) "failed-starts = 0, 1000, 1000, 1000, 0, 0\n" PLAN_VM PLAN_PROBES, "",
		0, 0);
	CU_ASSERT_EQUAL(j.status, STATUS_SETUP);
	CU_ASSERT_EQUAL(j.timeline->closed, FOLDER_SET_UP_FAILED);
	CU_ASSERT_EQUAL(j.results->move_count, 4);
	CU_ASSERT_EQUAL(verdicts(&j, VERDICT_INVALID), 3);
	CU_ASSERT_EQUAL(results_status(j.results), STATUS_SETUP);
	CU_ASSERT_PTR_NOT_NULL(strstr(j.error, "three runs in a row could not be set up"));
	CU_ASSERT_PTR_NOT_NULL(strstr(j.error, "all run 2: VM desk cannot be started (simulated)"));
	CU_ASSERT_PTR_NOT_NULL(strstr(j.error, "all run 4: the same"));
	judged_resume(&j);
	CU_ASSERT_EQUAL(j.status, STATUS_SETUP); /* the script begins again: starts 2 to 4 fail */
	CU_ASSERT_EQUAL(verdicts(&j, VERDICT_PASS), 2);
	judged_free(&j);
	/* The failures are not in a row. */
	run_with(&j, HEAD(6) "failed-starts = 0, 1000, 1000, 0, 1000, 1000\n" PLAN_VM PLAN_PROBES,
		"", 0, 0);
	CU_ASSERT_EQUAL(j.status, STATUS_PASS);
	CU_ASSERT(j.timeline->closed == FOLDER_COMPLETE);
	CU_ASSERT_EQUAL(verdicts(&j, VERDICT_INVALID), 4);
	CU_ASSERT_EQUAL(results_status(j.results), STATUS_UNDECIDED);
	judged_fail(NULL);
	judged_free(&j);
}

/* Fewer than three runs, none of which could be set up: nothing was measured at all. */
static void test_nothing_set_up(void)
{
	struct judged j;

	run_with(&j, HEAD(2) "failed-starts = 1000\n" PLAN_VM PLAN_PROBES, "", 0, 0);
	CU_ASSERT_EQUAL(j.status, STATUS_SETUP);
	CU_ASSERT_EQUAL(j.timeline->closed, FOLDER_SET_UP_FAILED);
	CU_ASSERT_PTR_NOT_NULL(strstr(j.error, "no run of the plan could be set up"));
	CU_ASSERT_EQUAL(verdicts(&j, VERDICT_INVALID), 2);
	judged_fail(NULL);
	judged_free(&j);
}

static void lose_hosts(struct sim_world *w)
{
	struct err e = {0};

	sim_host_vanish(w, "a", SIM_START_NS + 60 * S, NS_INF, &e);
	sim_host_vanish(w, "b", SIM_START_NS + 60 * S, NS_INF, &e);
}

/* If no host can be reached, no further run begins. */
static void test_hosts_gone(void)
{
	struct judged j;

	script_faults("", 0, 0);
	judged_fail(judged_scripted_fault);
	judged_run(&j,
		"[plan]\nrepeat = 4\nanswer = 90 s\n[platform sim]\n"
		"failed-starts = 0, 1000\n" PLAN_VM PLAN_PROBES,
		lose_hosts, NULL);
	CU_ASSERT_EQUAL(j.status, STATUS_BROKE_OFF);
	CU_ASSERT_EQUAL(j.timeline->closed, FOLDER_BROKE_OFF);
	CU_ASSERT_PTR_NOT_NULL(strstr(j.error, "no host can be reached any more"));
	CU_ASSERT_EQUAL_FATAL(j.results->move_count, 2);
	CU_ASSERT_STRING_EQUAL(j.results->moves[1].reason, "set-up-failed");
	judged_fail(NULL);
	judged_free(&j);
}

static int disk_full(const char *operation, struct err *e)
{
	if (strcmp(operation, "start") != 0 || judged_script.called++ < 1)
		return 0;
	err_set(e, "disk: No space left on device");
	e->code = 28; /* ENOSPC */
	return -1;
}

static int interrupted(const char *operation, struct err *e)
{
	if (strcmp(operation, "start") != 0 || judged_script.called++ < 1)
		return 0;
	raise(SIGINT);
	return err_set(e, "not yet");
}

/* A full disk and a request to stop end the plan at once. */
static void test_ends(void)
{
	static const struct {
		sim_fault *fault;
		enum status status;
	} rows[] = {{disk_full, STATUS_BROKE_OFF}, {interrupted, STATUS_INTERRUPTED}};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct judged j;

		script_faults("", 0, 0);
		judged_fail(rows[i].fault);
		judged_run(&j, HEAD(4) PLAN_VM PLAN_PROBES, NULL, NULL);
		CU_ASSERT_EQUAL(j.status, rows[i].status);
		CU_ASSERT_EQUAL_FATAL(j.results->move_count, 2);
		CU_ASSERT_STRING_EQUAL(j.results->moves[1].reason, "broke-off");
		judged_free(&j);
	}
	judged_fail(NULL);
}

/* The move back to `from` fails once: it is requested again, and the VM is in one place. */
static void test_return(void)
{
	struct judged j;

	judged_run(&j,
		"[plan]\nrepeat = 2\nanswer = 20 s\n[platform sim]\n"
		"job = completed, failed, completed, completed\n"
		"[move]\nfrom = a\n" PLAN_VM PLAN_PROBES,
		NULL, NULL);
	CU_ASSERT_EQUAL(j.status, STATUS_PASS);
	CU_ASSERT_EQUAL(verdicts(&j, VERDICT_PASS), 2);
	CU_ASSERT_STRING_EQUAL(j.results->moves[1].move->source, "a");
	check_places(&j);
	judged_free(&j);
}

/* A VM that cannot be brought back is restarted on the host where its next run begins. */
static void test_not_returned(void)
{
	struct judged j;

	run_with(&j, HEAD(3) "[move]\nfrom = a\n" PLAN_VM PLAN_PROBES, "trigger", 1, 4);
	judged_fail(NULL);
	CU_ASSERT_EQUAL(j.status, STATUS_PASS);
	CU_ASSERT_EQUAL_FATAL(j.results->move_count, 3);
	CU_ASSERT_STRING_EQUAL(j.results->moves[1].reason, "set-up-failed");
	CU_ASSERT_EQUAL(j.results->moves[2].verdict, VERDICT_PASS);
	CU_ASSERT_STRING_EQUAL(j.results->moves[2].move->source, "a");
	check_places(&j);
	judged_free(&j);
}

/* If the second of two workloads cannot start, the first is stopped; the next run starts both. */
static void test_workload_left(void)
{
	const struct workload_record *left;
	struct judged j;

	script_faults("work start dirty", 0, 4);
	judged_run(&j,
		HEAD(2) PLAN_VM "dirty = 10 MB/s\n[workload setup]\nkind = install\nsize = 100 MB\n"
				"unmoved = 0\n" PLAN_PROBES,
		NULL, scripted_agent_fault);
	CU_ASSERT_EQUAL(j.status, STATUS_PASS);
	CU_ASSERT_EQUAL_FATAL(j.results->move_count, 2);
	CU_ASSERT_STRING_EQUAL(j.results->moves[0].reason, "set-up-failed");
	CU_ASSERT_EQUAL(j.results->moves[1].verdict, VERDICT_PASS);
	CU_ASSERT_EQUAL_FATAL(j.timeline->workload_count, 3);
	left = &j.timeline->workloads[0];
	CU_ASSERT_EQUAL(left->state, WORKLOAD_STOPPED);
	CU_ASSERT_STRING_EQUAL(left->why, "its run could not be set up");
	for (size_t i = 1; i < 3; i++)
		CU_ASSERT_STRING_EQUAL(workload_verified(&j.timeline->workloads[i]), "yes");
	check_places(&j);
	judged_free(&j);
}

/* An unmoved run that could not be set up is noted, and done by a resume. */
static void test_unmoved(void)
{
	struct judged j;
	bool noted = false;

	judged_run(&j,
		HEAD(1) "failed-starts = 1000, 0\n" PLAN_VM
			"[workload setup]\nkind = install\nsize = 100 MB\n" PLAN_PROBES,
		NULL, NULL);
	CU_ASSERT_EQUAL(j.status, STATUS_PASS);
	CU_ASSERT_EQUAL(verdicts(&j, VERDICT_PASS), 1);
	CU_ASSERT_EQUAL(j.timeline->workload_count, 1);
	for (size_t i = 0; i < j.timeline->note_count; i++)
		noted |= strstr(j.timeline->notes[i], "(run 1) could not be set up") &&
			 strstr(j.timeline->notes[i], "VM desk cannot be started (simulated)");
	CU_ASSERT(noted);
	judged_free(&j);
}

/* If a session never opens, the run ends, and no session stays open for the next run. */
static void test_session(void)
{
	bool closed = false;
	struct judged j;

	run_with(&j,
		HEAD(2) PLAN_VM "session = attached, detached\n"
				"[probe user]\nkind = session\n" PLAN_PROBES,
		"open", 1, 4);
	judged_fail(NULL);
	CU_ASSERT_EQUAL(j.status, STATUS_PASS);
	CU_ASSERT_EQUAL_FATAL(j.results->move_count, 4);
	CU_ASSERT_STRING_EQUAL(j.results->moves[1].reason, "set-up-failed");
	CU_ASSERT_STRING_EQUAL(j.results->moves[1].move->broke_off, "open: No route to host");
	CU_ASSERT_EQUAL(verdicts(&j, VERDICT_PASS), 3);
	for (size_t i = 0; i < j.timeline->session_event_count; i++) {
		const struct session_event *event = &j.timeline->session_events[i];

		closed |= event->what == SESSION_EVENT_CLOSE &&
			  event->at_ns <= j.results->moves[1].move->end_ns;
	}
	CU_ASSERT(closed);
	check_places(&j);
	judged_free(&j);
}

TEST_SUITE(sim_setup, {"retried", test_retried},
	{"workload started twice", test_workload_started_twice}, {"goes on", test_goes_on},
	{"case without runs", test_case_without_runs}, {"three in a row", test_three_in_a_row},
	{"nothing set up", test_nothing_set_up}, {"hosts gone", test_hosts_gone},
	{"ends", test_ends}, {"return", test_return}, {"not returned", test_not_returned},
	{"workload left", test_workload_left}, {"unmoved", test_unmoved}, {"session", test_session})

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Workloads in whole simulated runs: their faults, the agent's faults, and a resumed run. */
#include "harness/ops/guest_agent.h"
#include "harness/timeline/timeline.h"
#include "reports/common/csv.h"
#include "reports/html/html.h"
#include "reports/report.h"
#include "reports/text/text.h"
#include "tests/unit/out_folder.h"
#include "tests/unit/sim_judged.h"
#include "tests/unit/test.h"

#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* Executes one move of a [vm desk] with a [workload w]. */
static void run_workload(struct judged *j, const char *workload, sim_agent_fault *fault)
{
	char ini[1024];

	snprintf(ini, sizeof(ini),
		"[plan]\nbound = 3 s\n[platform sim]\nseed = 3\n" PLAN_VM PLAN_PROBES
		"[workload w]\nunmoved = 0\n%s",
		workload);
	judged_run(j, ini, NULL, fault);
}

static int silent_agent(const char *request, char *response, size_t size, struct err *e)
{
	(void)request;
	(void)response;
	(void)size;
	return err_set(e, "VM desk: its agent does not answer (see that the guest runs it)");
}

/* The agent dies once the workloads are started. */
static int agent_dies(const char *request, char *response, size_t size, struct err *e)
{
	return strncmp(request, "work status", 11) == 0 || strncmp(request, "work stop", 9) == 0 ||
			       strncmp(request, "verify", 6) == 0
		       ? silent_agent(request, response, size, e)
		       : 1;
}

static int old_agent(const char *request, char *response, size_t size, struct err *e)
{
	(void)e;
	if (strcmp(request, "hello") != 0)
		return 1;
	snprintf(response, size, "ok version=1 pages=7 fill_bytes=28672");
	return 0;
}

static int small_agent(const char *request, char *response, size_t size, struct err *e)
{
	(void)e;
	if (strcmp(request, "hello") != 0)
		return 1;
	snprintf(response, size, "ok version=%d pages=25600 fill_bytes=104857600 disk=yes rdp=no",
		AGENT_VERSION);
	return 0;
}

/* A fill that does not fit into the guest's memory is noted. */
static void test_small_fill(void)
{
	struct judged j;

	run_workload(&j, "kind = install\nsize = 20 MB\n", small_agent);
	CU_ASSERT_EQUAL_FATAL(j.timeline->note_count, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(j.timeline->notes[0],
		"desk has 100 MB of free memory to fill with random data, "
		"not the 217 MB of the plan's fill"));
	judged_free(&j);
	run_workload(&j, "kind = install\nsize = 20 MB\n", NULL);
	CU_ASSERT_EQUAL(j.timeline->note_count, 0);
	judged_free(&j);
}

/*
 * A workload that the guest cannot do is not started; the error comes at once, without a verdict.
 */
static void test_agent_unfit(void)
{
	struct judged j;

	run_workload(&j, "kind = install\nsize = 20 MB\n", old_agent);
	CU_ASSERT_EQUAL(j.status, STATUS_SETUP);
	CU_ASSERT_PTR_NOT_NULL(strstr(j.error, "its agent speaks version 1, this program version 2 "
					       "(`make guest`"));
	judged_free(&j);
	run_workload(&j, "kind = install\nsize = 20 MB\n", silent_agent);
	CU_ASSERT_EQUAL(j.status, STATUS_SETUP);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(j.error, "does not answer (see that the guest runs it); ping is answered"));
	judged_free(&j);
}

/* The workload of the only move; the move itself passed. */
static const struct workload_record *workload_of_good_move(const struct judged *j)
{
	CU_ASSERT_EQUAL(j->status, STATUS_PASS);
	CU_ASSERT_EQUAL_FATAL(j->results->move_count, 1);
	CU_ASSERT_EQUAL(j->results->moves[0].verdict, VERDICT_PASS);
	CU_ASSERT_EQUAL_FATAL(j->timeline->workload_count, 1);
	CU_ASSERT(workload_of_move(&j->timeline->workloads[0], j->results->moves[0].move));
	return &j->timeline->workloads[0];
}

/* The page has a row for the workload, with a link to its move. */
static void check_row(const struct judged *j, const struct move_charts *charts, const char *text)
{
	struct directory out = out_folder(j->dir);
	char path[PATH_MAX], *page;
	struct err e = {0};

	CU_ASSERT_EQUAL_FATAL(report_html(j->results, charts, text, &out, &e), 0);
	directory_close(&out);
	snprintf(path, sizeof(path), "%s/report.html", j->dir);
	CU_ASSERT_EQUAL_FATAL(file_read(path, 1 << 24, &page, NULL, &e), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(page, "<h2 id=\"workloads\">Workloads of the VMs</h2>"));
	CU_ASSERT_PTR_NOT_NULL(strstr(page, "<td class=\"why\"><span class=\"FAIL\">"));
	CU_ASSERT_PTR_NOT_NULL(strstr(page, "<a href=\"#m1\">move</a> <a href=\"facts/run.tsv\">"));
	free(page);
}

/* True if the report says that the workload ended before the move. */
static bool reported_early(const struct judged *j)
{
	struct directory out = out_folder(j->dir);
	struct move_charts charts;
	struct err e = {0};
	char *text;
	bool early;

	CU_ASSERT_EQUAL_FATAL(move_charts_init(&charts, j->results, NULL, &e), 0);
	CU_ASSERT_EQUAL_FATAL(report_text(j->results, NULL, &charts, &out, &text, &e), 0);
	directory_close(&out);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "1 workload did not finish."));
	early = strstr(text, "or may have, in 1 move:\n  all run 1\n") != NULL;
	check_row(j, &charts, text);
	free(text);
	move_charts_release(&charts);
	return early;
}

/* A failed workload does not fail the move; the report says if it ended before the move. */
static void test_workload_faults(void)
{
	const struct workload_record *w;
	struct judged j;

	run_workload(&j, "kind = install\nsize = 20 MB\n", agent_dies);
	w = workload_of_good_move(&j);
	CU_ASSERT_EQUAL(w->state, WORKLOAD_UNKNOWN);
	CU_ASSERT_PTR_NOT_NULL(strstr(w->why, "it stopped responding: VM desk: its agent"));
	CU_ASSERT(reported_early(&j));
	judged_free(&j);

	run_workload(&j, "kind = install\nsize = 2 GB\ntimeout = 12 s\n", NULL);
	w = workload_of_good_move(&j);
	CU_ASSERT_EQUAL(w->state, WORKLOAD_TIMED_OUT);
	CU_ASSERT_PTR_NOT_NULL(strstr(w->why, "(its limit is 12s), and was stopped"));
	CU_ASSERT(!reported_early(&j));
	judged_free(&j);

	/* The simulated disk has 8 GB and is full after 164 s, before the move. */
	run_workload(&j, "kind = install\nsize = 20 GB\nlead = 200 s\n", NULL);
	w = workload_of_good_move(&j);
	CU_ASSERT_EQUAL(w->state, WORKLOAD_FAILED);
	CU_ASSERT_PTR_NOT_NULL(strstr(w->why, "No space left on device"));
	CU_ASSERT(reported_early(&j));
	judged_free(&j);
}

static int no_verify(const char *request, char *response, size_t size, struct err *e)
{
	(void)e;
	if (strncmp(request, "work verify", 11) != 0)
		return 1;
	snprintf(response, size, "error no thread: out of memory");
	return 0;
}

static int no_response_to_verify(const char *request, char *response, size_t size, struct err *e)
{
	return strncmp(request, "work verify", 11) == 0 ? silent_agent(request, response, size, e)
							: 1;
}

/* The agent dies when it verifies; the reason is not taken from later requests. */
static int agent_dies_late(const char *request, char *response, size_t size, struct err *e)
{
	static bool dead;

	dead = strncmp(request, "hello", 5) != 0 &&
	       (dead || strncmp(request, "work verify", 11) == 0);
	if (!dead || strncmp(request, "work ", 5) != 0)
		return 1;
	(void)response;
	(void)size;
	return err_set(e, "VM desk: its agent said no more to '%s'", request);
}

/* A workload that could not be verified after the move is not correct, whatever it was before. */
static void test_not_verified(void)
{
	static const struct {
		const char *workload;
		sim_agent_fault *fault;
		const char *why;
	} cases[] = {
		{"kind = install\nsize = 1 MB\n", no_verify,
			"it could not be verified: VM desk: the agent refuses 'work verify install': no "
			"thread: out of memory"},
		{"kind = install\nsize = 1 MB\n", no_response_to_verify,
			"it could not be verified: VM desk: its agent does not answer"},
		{"kind = dirty\nrate = 10 MB/s\nset = 10 MB\n", no_verify,
			"it could not be verified: VM desk: the agent refuses 'work verify dirty': no "
			"thread: out of memory"},
		{"kind = dirty\nrate = 10 MB/s\nset = 10 MB\n", agent_dies_late,
			"it could not be verified: VM desk: its agent said no more to 'work verify"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct workload_record *w;
		struct judged j;

		run_workload(&j, cases[i].workload, cases[i].fault);
		w = workload_of_good_move(&j);
		CU_ASSERT_EQUAL(w->state, WORKLOAD_UNKNOWN);
		CU_ASSERT_STRING_EQUAL(workload_verified(w), "");
		CU_ASSERT_PTR_NOT_NULL(strstr(w->why, cases[i].why));
		judged_free(&j);
	}
}

static bool endless;

static int endless_verify(const char *request, char *response, size_t size, struct err *e)
{
	(void)e;
	endless |= strncmp(request, "work verify", 11) == 0;
	if (!endless || strncmp(request, "work status", 11) != 0)
		return 1;
	snprintf(response, size, "ok state=verifying percent=5");
	return 0;
}

/* The time of a verification does not count as the workload's time. */
static void test_verify_endless(void)
{
	const struct workload_record *w;
	struct judged j;

	endless = false;
	run_workload(&j, "kind = dirty\nrate = 10 MB/s\nset = 10 MB\n", endless_verify);
	w = workload_of_good_move(&j);
	CU_ASSERT_EQUAL(w->state, WORKLOAD_TIMED_OUT);
	CU_ASSERT_STRING_EQUAL(w->why, "its verification was not over after 300.0 s (its limit is "
				       "300s), and was stopped");
	judged_free(&j);
}

static size_t verify_requests;

/* Damage that the installation found while it wrote; a verification would name other files. */
static int damaged_in_flight(const char *request, char *response, size_t size, struct err *e)
{
	(void)e;
	verify_requests += strncmp(request, "work verify", 11) == 0;
	if (strncmp(request, "work status", 11) != 0)
		return 1;
	if (verify_requests)
		snprintf(response, size,
			"ok state=incorrect percent=100 bad=376 file=part-000/file-000024.bin why=is "
			"not there");
	else
		snprintf(response, size,
			"ok state=incorrect percent=9 bad=3 file=registry.dat why=slot 5 has "
			"generation 1 instead of 2: a commit was lost");
	return 0;
}

static void test_damaged_in_flight(void)
{
	struct judged j;
	struct directory out;
	char path[PATH_MAX], *csv;
	struct err e = {0};

	verify_requests = 0;
	run_workload(&j, "kind = install\nsize = 20 MB\n", damaged_in_flight);
	CU_ASSERT_EQUAL(verify_requests, 0);
	CU_ASSERT_EQUAL_FATAL(j.timeline->workload_count, 1);
	CU_ASSERT_STRING_EQUAL(j.timeline->workloads[0].file, "registry.dat");
	CU_ASSERT_EQUAL_FATAL(j.results->move_count, 1);
	CU_ASSERT_EQUAL(j.results->moves[0].verdict, VERDICT_FAIL);
	out = out_folder(j.dir);
	CU_ASSERT_EQUAL_FATAL(report_csv(j.results, &out, &e), 0);
	directory_close(&out);
	snprintf(path, sizeof(path), "%s/workloads.csv", j.dir);
	CU_ASSERT_EQUAL_FATAL(file_read(path, 1 << 20, &csv, NULL, &e), 0);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(csv, ",no,\"registry.dat: slot 5 has generation 1 instead of 2: a "
			    "commit was lost, 3 in all\",install,incorrect,"));
	free(csv);
	judged_free(&j);
}

/* A stop request while a workload runs and the VM moves. */
static int stopped_during_workload(const char *request, char *response, size_t size, struct err *e)
{
	static int polls;

	if (strncmp(request, "work status", 11) == 0 && ++polls == 15)
		raise(SIGINT);
	return response && size && e ? 1 : -1;
}

/* The run that was broken off is repeated and counts once; the VM is in one place, and its
 * workload ends correctly. */
static void test_resume_during_workload(void)
{
	size_t counted = 0, correct = 0;
	struct judged j;

	run_workload(&j, "kind = install\nsize = 500 MB\n", stopped_during_workload);
	CU_ASSERT_EQUAL(j.status, STATUS_INTERRUPTED);
	CU_ASSERT_EQUAL_FATAL(j.timeline->move_count, 1);
	CU_ASSERT_PTR_NOT_NULL(j.timeline->moves[0].broke_off);
	CU_ASSERT_EQUAL_FATAL(j.timeline->workload_count, 1);
	CU_ASSERT_STRING_NOT_EQUAL(workload_verified(&j.timeline->workloads[0]), "yes");
	judged_resume(&j);
	CU_ASSERT_EQUAL(j.status, STATUS_PASS);
	CU_ASSERT(j.timeline->closed == FOLDER_COMPLETE);
	for (size_t i = 0; i < j.results->move_count; i++) {
		const struct move *m = j.results->moves[i].move;
		size_t running = 0;

		if (!j.results->moves[i].counted)
			continue;
		counted++;
		CU_ASSERT_EQUAL(m->attempt, 2);
		for (size_t k = 0; k < m->place_count; k++)
			running += m->places[k].state == VM_RUNNING;
		CU_ASSERT_EQUAL(running, 1);
		for (size_t k = 0; k < j.timeline->workload_count; k++)
			correct += workload_of_move(&j.timeline->workloads[k], m) &&
				   strcmp(workload_verified(&j.timeline->workloads[k]), "yes") == 0;
	}
	CU_ASSERT(counted == 1 && correct == 1);
	CU_ASSERT_EQUAL(j.results->cases[0].runs, 1);
	judged_free(&j);
}

TEST_SUITE(sim_vm_workload, {"small fill", test_small_fill}, {"agent unfit", test_agent_unfit},
	{"workload faults", test_workload_faults}, {"not verified", test_not_verified},
	{"verified without end", test_verify_endless},
	{"damaged in flight", test_damaged_in_flight},
	{"resumed during workload", test_resume_during_workload})

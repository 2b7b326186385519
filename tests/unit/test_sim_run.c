/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whole runs in the simulated world, from plan to verdict: the truth lies in every interval that is
 * judged, each kind of harm gets its verdict, and a seed gives the same folder byte for byte.
 */
#include "harness/agent.h"
#include "harness/drivers/sim.h"
#include "harness/folder.h"
#include "harness/run.h"
#include "harness/sim.h"
#include "harness/timeline.h"
#include "harness/verdict.h"
#include "probes/sim.h"
#include "reports/report.h"
#include "tests/unit/test.h"
#include "tools/site_sim.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define S NS_PER_S
#define MS NS_PER_MS

/* What a test does to the world before the plan begins; site ops have no room for it. */
static void (*prepare)(struct sim_world *world);
/* The world's, for those who make it wait. */
static const struct clock *world_clock;

static int prepared_open(struct site **site, const struct plan *plan, FILE *say, struct err *e)
{
	int rc = site_sim.open(site, plan, say, e);

	if (rc == 0)
		world_clock = site_sim.clock(*site);
	if (rc == 0 && prepare)
		prepare(sim_world_of(site_sim.clock(*site)));
	return rc;
}

/* What becomes of the guests' agents; site and driver ops have no room for it. */
static int (*agent_fault)(const char *request, char *answer, size_t size, struct err *e);

/* 1: the agent is to answer by itself. */
static int faulty_agent(struct driver *d, const char *name, const char *request, char *answer,
	size_t size, int64_t timeout_ns, struct err *e)
{
	int rc = agent_fault ? agent_fault(request, answer, size, e) : 1;

	if (rc < 0)
		world_clock->sleep_until(world_clock, world_clock->mono_ns(world_clock) + timeout_ns);
	return rc <= 0 ? rc : driver_sim.agent(d, name, request, answer, size, timeout_ns, e);
}

/* A folder that was run and judged. */
struct judged {
	char dir[128];
	enum status status;
	struct plan *plan;
	struct timeline *timeline;
	struct results *results;
};

static char last_error[1024];

static enum status carry_out(const struct plan *plan, const char *dir)
{
	struct driver_ops driver = driver_sim;
	const struct driver_ops *const drivers[] = {&driver, NULL};
	static const struct probe_ops *const probes[] = {&probe_sim_ping, &probe_sim_burst,
		&probe_sim_session, &probe_sim_capture, NULL};
	struct site_ops site = site_sim;
	const struct parts parts = {
		.drivers = drivers, .probes = probes, .simulated_probes = probes, .sim = &site};
	const struct run_options options = {0};
	enum status status;
	struct err e = {0};

	site.open = prepared_open;
	driver.agent = faulty_agent;
	CU_ASSERT_EQUAL_FATAL(folder_make(plan, dir, &e), 0);
	status = run_plan(&parts, plan, dir, &options, &e);
	snprintf(last_error, sizeof(last_error), "%s", e.text);
	if (status != STATUS_PASS && !agent_fault)
		fprintf(stderr, "run: %s\n", e.text);
	return status;
}

static void run_and_judge(struct judged *j, const char *ini, void (*before)(struct sim_world *))
{
	const char *scratch = getenv("TMPDIR");
	struct plan_errors errors = {0};
	struct err e = {0};

	*j = (struct judged){0};
	snprintf(j->dir, sizeof(j->dir), "%.80s/test-run-XXXXXX", scratch ? scratch : P_tmpdir);
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(j->dir));
	if (plan_parse(&j->plan, "test.ini", ini, strlen(ini), &errors))
		fprintf(stderr, "%s\n", errors.text[0]);
	CU_ASSERT_PTR_NOT_NULL_FATAL(j->plan);
	plan_errors_free(&errors);
	prepare = before;
	j->status = carry_out(j->plan, j->dir);
	prepare = NULL;
	CU_ASSERT_EQUAL_FATAL(timeline_read(&j->timeline, j->dir, &e), 0);
	CU_ASSERT(j->timeline->simulated);
	CU_ASSERT_EQUAL_FATAL(results_make(&j->results, j->timeline, j->plan, &e), 0);
}

static void remove_files(const char *dir)
{
	const struct dirent *entry;
	DIR *d = opendir(dir);

	while (d && (entry = readdir(d))) {
		char file[PATH_MAX];

		snprintf(file, sizeof(file), "%s/%s", dir, entry->d_name);
		unlink(file);
	}
	if (d)
		closedir(d);
	rmdir(dir);
}

static void judged_free(struct judged *j)
{
	char facts[PATH_MAX];

	results_free(j->results);
	timeline_free(j->timeline);
	plan_free(j->plan);
	snprintf(facts, sizeof(facts), "%s/facts", j->dir);
	remove_files(facts);
	remove_files(j->dir);
}

/* The longest wait that the script caused in a move, and the whole stretch: the driver's
 * `truth`. */
struct cause {
	int64_t longest_ns, stretch_ns;
};

static struct cause truth_of(const struct judged *j, const struct move *move)
{
	char path[PATH_MAX], *text, *rest, *line;
	struct cause cause = {0};
	struct err e = {0};

	snprintf(path, sizeof(path), "%s/facts/driver.tsv", j->dir);
	CU_ASSERT_EQUAL_FATAL(file_read(path, 64 << 20, &text, NULL, &e), 0);
	rest = text;
	while ((line = strsep(&rest, "\n"))) {
		struct fact fact;

		if (fact_parse(line, &fact) || strcmp(fact.kind, "truth") != 0 ||
			fact.ns < move->trigger_ns || fact.ns > move->window_end_ns)
			continue;
		cause.longest_ns = fact_number(&fact, "longest", NS_INF);
		cause.stretch_ns = fact_number(&fact, "to", NS_INF) - fact.ns;
	}
	free(text);
	return cause;
}

static bool holds(struct interval bounds, int64_t ns)
{
	return bounds.lo_ns <= ns && ns <= bounds.hi_ns;
}

/* liboping gives up what comes late, so that to a ping a slow stretch is silent throughout. */
static int64_t felt_ns(const struct series *series, struct cause cause)
{
	return series->kind == PROBE_PING && cause.longest_ns > series->timeout_ns
		? cause.stretch_ns
		: cause.longest_ns;
}

/* Every witness of every move, judged or not, must leave room for the truth. */
static void check_truth(const struct judged *j)
{
	for (size_t i = 0; i < j->results->move_count; i++) {
		const struct move_result *m = &j->results->moves[i];
		struct cause cause = truth_of(j, m->move);

		for (size_t k = 0; k < m->observation_count; k++) {
			const struct observation *o = &m->observations[k];
			bool echo = o->series->kind == PROBE_PING || o->series->kind == PROBE_BURST;

			if (!o->series->control && echo)
				CU_ASSERT(holds(o->blackout, felt_ns(o->series, cause)));
		}
		CU_ASSERT(holds(m->blackout, cause.longest_ns));
	}
}

#define PLAN_PROBES                                                                                \
	"[probe classic]\nkind = ping\n[probe fine]\nkind = burst\ninterval = 10 ms\n"             \
	"[judge]\nprobe = fine\n[control switch]\ntarget = lab-switch\n"
#define PLAN_VM "[vm desk]\nmemory = 256 MB\n"

static void test_truth(void)
{
	static const char *const modes[] = {"drop", "answers-dropped", "hold", "slow"};

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		struct judged j;
		char ini[1024];

		snprintf(ini, sizeof(ini),
			"[plan]\nrepeat = 8\nbound = 3 s\n[platform sim]\nseed = %zu\nmode = %s\n"
			"outage = 0 s, 12 ms, 70 ms, 300 ms, 1 s, 1.999 s, 2.9 s, 7 s\n"
			"jitter = 2 ms\n" PLAN_VM PLAN_PROBES, i + 1, modes[i]);
		run_and_judge(&j, ini, NULL);
		CU_ASSERT_EQUAL(j.status, STATUS_PASS);
		CU_ASSERT_EQUAL_FATAL(j.results->move_count, 8);
		check_truth(&j);
		for (size_t m = 0; m < 8; m++)
			CU_ASSERT_EQUAL(j.results->moves[m].verdict,
				m == 7 ? VERDICT_FAIL : VERDICT_PASS);
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

	run_and_judge(&j,
		"[plan]\nrepeat = 8\n[platform sim]\n"
		"job = completed, failed, cancelled, completed-with-status, vanish, corrupted, "
		"completed, two-places\n"
		PLAN_VM PLAN_PROBES, NULL);
	CU_ASSERT_EQUAL(j.status, STATUS_PASS);
	CU_ASSERT_EQUAL_FATAL(j.results->move_count, ARRAY_SIZE(rows));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct move_result *m = &j.results->moves[i];

		CU_ASSERT_EQUAL(m->verdict, rows[i].verdict);
		if (rows[i].outcome)
			CU_ASSERT_STRING_EQUAL(m->outcome, rows[i].outcome);
		CU_ASSERT_EQUAL(strncmp(m->reason, rows[i].reason, strlen(rows[i].reason)), 0);
	}
	/* Nothing but a new start of the VM ended that silence. */
	CU_ASSERT(j.results->moves[4].blackout.lo_ns > 60 * S);
	CU_ASSERT_PTR_NOT_NULL(strstr(j.results->moves[4].reason, "no-end"));
	CU_ASSERT_EQUAL(j.results->moves[4].blackout.hi_ns, NS_INF);
	CU_ASSERT_EQUAL(results_status(j.results), STATUS_FAIL);
	judged_free(&j);
}

/* One undisturbed move of 256 MB: booted at 2 s, triggered about 8 s after the start. */
static void judge_one(struct judged *j, void (*before)(struct sim_world *))
{
	run_and_judge(j, "[plan]\n[platform sim]\noutage = 2.9 s\n" PLAN_VM PLAN_PROBES, before);
	CU_ASSERT_EQUAL(j->status, STATUS_PASS);
	CU_ASSERT_EQUAL_FATAL(j->results->move_count, 1);
}

/* Some 100 ms round the switch-over, which is 2.2 to 2.6 s after the trigger. */
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

static void harm(void *ctx)
{
	struct err e = {0};

	sim_vm_corrupt(ctx, "desk", &e);
}

static void harm_later(struct sim_world *w)
{
	sim_at(w, SWITCH_NS, harm, w);
}

static void twice(void *ctx)
{
	struct err e = {0};

	sim_vm_double(ctx, "desk", &e);
}

static void twice_later(struct sim_world *w)
{
	sim_at(w, SWITCH_NS, twice, w);
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
		{step_clock, VERDICT_PASS, "within-bound"},
		{lose_control, VERDICT_INVALID, "disturbed-control"},
		{stall, VERDICT_INVALID, "disturbed-late"},
		/* The control target's answers are lost in the same socket. */
		{overflow, VERDICT_INVALID, "disturbed-"},
		{lose_before, VERDICT_INVALID, "baseline-lost"},
		{harm_later, VERDICT_FAIL, "corrupted"},
		{twice_later, VERDICT_FAIL, "two-places"},
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

/* Somebody else starts the moves; sessions are open in one case and not in the other. */
static void test_external(void)
{
	struct judged j;

	run_and_judge(&j,
		"[plan]\n[platform sim]\n[move]\nstart = external\n"
		"[vm desk]\nmemory = 256 MB\nsession = attached, detached\n"
		"[probe session]\nkind = session\n[probe wire]\nkind = capture\n" PLAN_PROBES,
		NULL);
	CU_ASSERT_EQUAL(j.status, STATUS_PASS);
	CU_ASSERT_EQUAL_FATAL(j.results->move_count, 2);
	CU_ASSERT_EQUAL(j.results->moves[0].verdict, VERDICT_PASS);
	CU_ASSERT_EQUAL(j.results->moves[1].verdict, VERDICT_PASS);
	check_truth(&j);
	CU_ASSERT(j.timeline->session_event_count > 0);
	CU_ASSERT(j.timeline->sighting_count > 0);
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

/* One move of a [vm desk] that works at a [workload w]. */
static void work_through(struct judged *j, const char *workload)
{
	char ini[1024];

	snprintf(ini, sizeof(ini),
		"[plan]\nbound = 3 s\n[platform sim]\nseed = 3\n" PLAN_VM PLAN_PROBES
		"[workload w]\nunmoved = 0\n%s",
		workload);
	run_and_judge(j, ini, NULL);
}

static int silent_agent(const char *request, char *answer, size_t size, struct err *e)
{
	(void)request;
	(void)answer;
	(void)size;
	return err_set(e, "VM desk: its agent does not answer (see that the guest runs it)");
}

/* Well until the works were begun. */
static int agent_dies(const char *request, char *answer, size_t size, struct err *e)
{
	return strncmp(request, "work status", 11) == 0 || strncmp(request, "work stop", 9) == 0 ||
		       strncmp(request, "verify", 6) == 0
		? silent_agent(request, answer, size, e)
		: 1;
}

static int old_agent(const char *request, char *answer, size_t size, struct err *e)
{
	(void)e;
	if (strcmp(request, "hello") != 0)
		return 1;
	snprintf(answer, size, "ok version=1 pages=7 fill_bytes=28672");
	return 0;
}

static int small_agent(const char *request, char *answer, size_t size, struct err *e)
{
	(void)e;
	if (strcmp(request, "hello") != 0)
		return 1;
	snprintf(answer, size, "ok version=%d pages=25600 fill_bytes=104857600 disk=yes rdp=no",
		AGENT_VERSION);
	return 0;
}

/* A fill that did not fit is said, in the report too. */
static void test_small_fill(void)
{
	struct judged j;

	agent_fault = small_agent;
	work_through(&j, "kind = install\nsize = 20 MB\n");
	CU_ASSERT_EQUAL_FATAL(j.timeline->note_count, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(j.timeline->notes[0],
		"desk has room for 100 MB of random data, not for the 217 MB that its fill asks for"));
	judged_free(&j);
	agent_fault = NULL;
	work_through(&j, "kind = install\nsize = 20 MB\n");
	CU_ASSERT_EQUAL(j.timeline->note_count, 0);
	judged_free(&j);
}

/* What cannot work is not begun, and says so at once; nothing is judged by it. */
static void test_agent_unfit(void)
{
	struct judged j;

	agent_fault = old_agent;
	work_through(&j, "kind = install\nsize = 20 MB\n");
	CU_ASSERT_EQUAL(j.status, STATUS_SETUP);
	CU_ASSERT_PTR_NOT_NULL(strstr(last_error, "its agent speaks version 1, this program version 2 "
						  "(`make guest`"));
	judged_free(&j);
	agent_fault = silent_agent;
	work_through(&j, "kind = install\nsize = 20 MB\n");
	CU_ASSERT_EQUAL(j.status, STATUS_SETUP);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(last_error, "does not answer (see that the guest runs it); ping is answered"));
	judged_free(&j);
	agent_fault = NULL;
}

/* The work of the one move, which itself was well. */
static const struct work *work_of_good_move(const struct judged *j)
{
	CU_ASSERT_EQUAL(j->status, STATUS_PASS);
	CU_ASSERT_EQUAL_FATAL(j->results->move_count, 1);
	CU_ASSERT_EQUAL(j->results->moves[0].verdict, VERDICT_PASS);
	CU_ASSERT_EQUAL_FATAL(j->timeline->work_count, 1);
	CU_ASSERT(work_of_move(&j->timeline->works[0], j->results->moves[0].move));
	return &j->timeline->works[0];
}

/* The page has the work in a row of its own, with the way to its move. */
static void see_row(const struct judged *j, const struct move_charts *charts, const char *text)
{
	char path[PATH_MAX], *page;
	struct err e = {0};

	CU_ASSERT_EQUAL_FATAL(report_html(j->results, charts, text, j->dir, &e), 0);
	snprintf(path, sizeof(path), "%s/report.html", j->dir);
	CU_ASSERT_EQUAL_FATAL(file_read(path, 1 << 24, &page, NULL, &e), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(page, "<h2 id=\"works\">What the VMs worked at</h2>"));
	CU_ASSERT_PTR_NOT_NULL(strstr(page, "<td class=\"why\"><span class=\"FAIL\">"));
	CU_ASSERT_PTR_NOT_NULL(strstr(page, "<a href=\"#m1\">move</a> <a href=\"facts/run.tsv\">"));
	free(page);
}

/* Whether the report says that the move went on without its work. */
static bool told_early(const struct judged *j)
{
	struct move_charts charts;
	struct err e = {0};
	char *text;
	bool told;

	CU_ASSERT_EQUAL_FATAL(move_charts_make(&charts, j->results, NULL, &e), 0);
	CU_ASSERT_EQUAL_FATAL(report_text(j->results, NULL, &charts, j->dir, &text, &e), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "1 work came to no good end."));
	told = strstr(text, "or of which that is not known, in 1 move:\n  all run 1\n") != NULL;
	see_row(j, &charts, text);
	free(text);
	move_charts_free(&charts);
	return told;
}

/* A work that fails is no failure of the move; whether it lasted as long as that is known. */
static void test_work_faults(void)
{
	const struct work *w;
	struct judged j;

	agent_fault = agent_dies;
	work_through(&j, "kind = install\nsize = 20 MB\n");
	w = work_of_good_move(&j);
	CU_ASSERT_STRING_EQUAL(w->state, "unknown");
	CU_ASSERT_PTR_NOT_NULL(strstr(w->why, "nothing was heard of it any more: VM desk: its agent"));
	CU_ASSERT(told_early(&j));
	judged_free(&j);
	agent_fault = NULL;

	work_through(&j, "kind = install\nsize = 2 GB\ntimeout = 12 s\n");
	w = work_of_good_move(&j);
	CU_ASSERT_STRING_EQUAL(w->state, "timed-out");
	CU_ASSERT_PTR_NOT_NULL(strstr(w->why, "(its limit is 12s), and was stopped"));
	CU_ASSERT(!told_early(&j));
	judged_free(&j);

	/* The simulated disk has 8 GB, which are full after 164 s, before the move. */
	work_through(&j, "kind = install\nsize = 20 GB\nlead = 200 s\n");
	w = work_of_good_move(&j);
	CU_ASSERT_STRING_EQUAL(w->state, "failed");
	CU_ASSERT_PTR_NOT_NULL(strstr(w->why, "No space left on device"));
	CU_ASSERT(told_early(&j));
	judged_free(&j);
}

TEST_SUITE(sim_run, {"small fill", test_small_fill}, {"agent unfit", test_agent_unfit}, {"work faults", test_work_faults},
	 {"truth in the interval", test_truth}, {"outcomes", test_outcomes},
	{"harm", test_harm}, {"external", test_external}, {"same bytes", test_same_bytes})

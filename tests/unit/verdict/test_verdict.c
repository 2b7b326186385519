/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Verdicts of the golden folders, whose facts have a known truth. Each folder's `expected` lists
 * its results (format: tests/golden/README.md).
 */
#include "harness/verdict/verdict.h"
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
	char dir[PATH_MAX / 2], path[PATH_MAX];
	struct err e = {0};
	size_t length;
	bool standalone;

	*g = (struct golden){0};
	snprintf(g->name, sizeof(g->name), "%.60s", name);
	snprintf(dir, sizeof(dir), GOLDEN "/%.200s", name);
	snprintf(path, sizeof(path), "%s/facts/watch.tsv", dir);
	standalone = access(path, F_OK) == 0;
	if (!standalone && plan_read_folder(&g->plan, dir, &e)) {
		fprintf(stderr, "\n  %s", e.text);
		CU_FAIL_FATAL("a golden plan is wrong");
	}
	if (timeline_read(&g->timeline, dir, &e) ||
		results_new(&g->results, g->timeline, g->plan, &e)) {
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
		outcome_name(m->outcome), integrity_name(m->integrity), lost, lo, hi, NULL, job};
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

/* watch TARGET VERDICT REASON GAPS LO HI TRUTH, between tabs */
static void check_standalone(const struct golden *g, const struct standalone_result *w, char *line)
{
	const struct observation *o = &w->observation;
	char lo[SECONDS_TEXT_MAX], hi[SECONDS_TEXT_MAX], gaps[24];
	const char *is[] = {o->series->target, verdict_name(w->verdict), w->reason, gaps, lo, hi};
	static const char *const names[] = {"target", "verdict", "reason", "gaps", "lo", "hi"};
	const char *truth;

	snprintf(gaps, sizeof(gaps), "%zu", o->gaps.count);
	seconds_text(o->blackout.lo_ns, lo);
	seconds_text(o->blackout.hi_ns, hi);
	strsep(&line, "\t");
	for (size_t i = 0; i < ARRAY_SIZE(is); i++)
		same(g, names[i], line ? strsep(&line, "\t") : "", is[i]);
	truth = line ? strsep(&line, "\t") : "";
	if (*truth)
		CU_ASSERT(
			seconds_of(lo) <= seconds_of(truth) && seconds_of(truth) <= seconds_of(hi));
}

static void check(const struct golden *g)
{
	size_t moves = 0, standalone = 0;
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
		else if (strncmp(line, "watch\t", 6) == 0 &&
			 standalone < g->results->standalone_count)
			check_standalone(g, &g->results->standalone[standalone++], line);
		else if (strncmp(line, "watch\t", 6) == 0)
			standalone++;
	}
	CU_ASSERT_EQUAL(standalone, g->results->standalone_count);
	if (moves != g->results->move_count)
		fprintf(stderr, "\n  %s: %zu moves, not %zu\n", g->name, g->results->move_count,
			moves);
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
	CU_ASSERT_DOUBLE_EQUAL(c->job_min_s, 9, 1e-9);
	CU_ASSERT_DOUBLE_EQUAL(c->job_max_s, 11, 1e-9);
	CU_ASSERT_EQUAL(c->lost_1s_max, -1);
	CU_ASSERT_EQUAL(c->blackout.lo_ns, g.results->moves[1].blackout.lo_ns);
	CU_ASSERT_EQUAL(c->blackout.hi_ns, g.results->moves[1].blackout.hi_ns);
	CU_ASSERT_EQUAL(c->verdict, VERDICT_FAIL);
	golden_close(&g);
	/* A run that broke off is shown, but it only counts in the exit status. */
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

/* Judges the folder again after a change of its timeline. Returns the first move. */
static const struct move_result *rejudge(struct golden *g)
{
	struct err e = {0};

	results_free(g->results);
	g->results = NULL;
	CU_ASSERT_FATAL(results_new(&g->results, g->timeline, g->plan, &e) == 0);
	CU_ASSERT_FATAL(g->results->move_count > 0);
	return &g->results->moves[0];
}

static void judged_as(const struct golden *g, const struct move_result *m, enum verdict verdict,
	const char *reason)
{
	same(g, "verdict", verdict_name(verdict), verdict_name(m->verdict));
	same(g, "reason", reason, m->reason);
}

static struct series *series_of(struct golden *g, const char *probe, bool control)
{
	for (size_t i = 0; i < g->timeline->series_count; i++) {
		struct series *s = &g->timeline->series[i];

		if (strcmp(s->probe, probe) == 0 && s->control == control)
			return s;
	}
	CU_FAIL_FATAL("a golden folder lacks a series");
	return NULL;
}

static void lose(struct series *s, int64_t from_ns, int64_t to_ns)
{
	size_t lost = 0;

	for (size_t i = 0; i < s->count; i++) {
		if (s->records[i].sent_ns < from_ns || s->records[i].sent_ns > to_ns)
			continue;
		s->records[i].arrival_ns = NS_NONE;
		lost++;
	}
	CU_ASSERT(lost > 0);
}

static void disturb(struct golden *g, enum disturbance_kind kind, const char *source,
	int64_t from_ns, int64_t to_ns)
{
	struct timeline *t = g->timeline;
	struct disturbance *d;

	CU_ASSERT_FATAL(
		!ARRAY_GROW(t->disturbances, t->disturbance_count, t->disturbance_capacity));
	d = &t->disturbances[t->disturbance_count++];
	*d = (struct disturbance){.from_ns = from_ns, .to_ns = to_ns};
	d->kind = kind;
	snprintf(d->source, sizeof(d->source), "%s", source);
}

/* A later attempt does not replace one that harmed the VM. */
static void test_harm_is_never_replaced(void)
{
	struct place both[] = {{(char *)"a", VM_RUNNING}, {(char *)"b", VM_RUNNING}};
	struct place *none;
	struct golden g;
	struct move *first;
	const struct move_result *m;

	golden_open(&g, "resumed");
	first = &g.timeline->moves[0];
	CU_ASSERT_PTR_NOT_NULL(first->broke_off);
	CU_ASSERT_EQUAL(g.results->move_count, 1);
	first->integrity_checked = true;
	m = rejudge(&g);
	CU_ASSERT_EQUAL(g.results->move_count, 2);
	judged_as(&g, m, VERDICT_FAIL, "corrupted;broke-off");
	judged_as(&g, m + 1, VERDICT_PASS, "within-bound");
	CU_ASSERT_EQUAL(g.results->cases[0].runs, 2);
	CU_ASSERT_EQUAL(g.results->cases[0].verdict, VERDICT_FAIL);
	CU_ASSERT_EQUAL(g.results->moves_missing, 0);
	CU_ASSERT_EQUAL(results_status(g.results), STATUS_FAIL);
	/* Although the attempt counts, its run was not completed. */
	g.timeline->closed = FOLDER_NOT_CLOSED;
	g.timeline->moves[1].broke_off = first->broke_off;
	rejudge(&g);
	CU_ASSERT_EQUAL(g.results->moves_missing, 1);
	g.timeline->moves[1].broke_off = NULL;
	first->integrity_ok = true;
	none = first->places;
	first->places = both;
	first->place_count = 2;
	judged_as(&g, rejudge(&g), VERDICT_FAIL, "two-places;broke-off");
	CU_ASSERT_EQUAL(g.results->cases[0].verdict, VERDICT_FAIL);
	first->places = none;
	first->place_count = 0;
	golden_close(&g);
}

/* INVALID: undecided because of a disturbance. INCONCLUSIVE: undecided because of sampling. */
static void test_disturbed_or_undecided(void)
{
	const int64_t in_gap_ns = INT64_C(1010000000000);
	struct golden g;

	golden_open(&g, "inconclusive");
	disturb(&g, DISTURBED_LATE, "local-classic", in_gap_ns, in_gap_ns + 1300 * NS_PER_US);
	judged_as(&g, rejudge(&g), VERDICT_INCONCLUSIVE, "straddles-bound;disturbed-late");
	golden_close(&g);
	golden_open(&g, "fail");
	disturb(&g, DISTURBED_LATE, "local-fine", in_gap_ns, in_gap_ns + 1300 * NS_PER_US);
	judged_as(&g, rejudge(&g), VERDICT_FAIL, "above-bound");
	disturb(&g, DISTURBED_DROPS, "local-fine", in_gap_ns + 2 * NS_PER_MS,
		in_gap_ns + 2 * NS_PER_S);
	judged_as(&g, rejudge(&g), VERDICT_INVALID, "disturbed-drops;straddles-bound");
	golden_close(&g);
}

static void test_status_of_closed(void)
{
	static const struct {
		enum folder_state closed;
		enum status status;
	} table[] = {{FOLDER_COMPLETE, STATUS_FAIL}, {FOLDER_BROKE_OFF, STATUS_BROKE_OFF},
		{FOLDER_SET_UP_FAILED, STATUS_SETUP}, {FOLDER_NOT_CLOSED, STATUS_FAIL}};
	struct golden g;

	golden_open(&g, "fail");
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		g.timeline->closed = table[i].closed;
		CU_ASSERT_EQUAL(results_status(g.results), table[i].status);
	}
	g.timeline->closed = FOLDER_INTERRUPTED;
	CU_ASSERT_EQUAL(results_status(g.results), STATUS_INTERRUPTED);
	golden_close(&g);
}

/*
 * The VMs of a run share one window: a silence before a VM's own move counts, and belongs neither
 * to its baseline nor to its job.
 */
static void test_shared_window(void)
{
	const struct observation *judged;
	const struct move_result *m;
	int64_t trigger_ns;
	struct golden g;

	golden_open(&g, "pass");
	trigger_ns = g.timeline->moves[0].trigger_ns;
	lose(series_of(&g, "fine", false), trigger_ns + 200 * NS_PER_MS,
		trigger_ns + 3800 * NS_PER_MS);
	g.timeline->moves[0].trigger_ns = trigger_ns + 4 * NS_PER_S;
	m = rejudge(&g);
	judged_as(&g, m, VERDICT_FAIL, "above-bound");
	judged = move_judged(m);
	CU_ASSERT_PTR_NOT_NULL_FATAL(judged);
	CU_ASSERT_EQUAL_FATAL(judged->gaps.count, 2);
	CU_ASSERT_EQUAL(judged->gaps.gap[0].phase, PHASE_BEFORE);
	CU_ASSERT_EQUAL(judged->gaps.gap[1].phase, PHASE_SWITCH);
	CU_ASSERT_EQUAL(judged->baseline.timeout_ns, judged->series->timeout_ns);
	golden_close(&g);
}

/* Lost probes of the one-second ping's control target do not widen a series of 100 ms. */
static void test_own_controls(void)
{
	const int64_t from_ns = INT64_C(1010000000000), to_ns = INT64_C(1011500000000);
	const struct move_result *m;
	struct series *control;
	struct interval before;
	struct golden g;

	golden_open(&g, "fail");
	before = g.results->moves[0].blackout;
	lose(series_of(&g, "classic", true), from_ns, to_ns);
	m = rejudge(&g);
	judged_as(&g, m, VERDICT_FAIL, "above-bound");
	CU_ASSERT_EQUAL(m->blackout.lo_ns, before.lo_ns);
	CU_ASSERT_EQUAL(m->blackout.hi_ns, before.hi_ns);
	/* A probe without control targets gets those of its station. */
	control = series_of(&g, "fine", true);
	control->station[0] = 'x';
	m = rejudge(&g);
	CU_ASSERT(m->blackout.lo_ns < before.lo_ns);
	control->station[0] = 'l';
	/* Its own, silent from an unknown time until before the VM's A; then until after it. */
	lose(control, 0, INT64_C(1007000000000));
	m = rejudge(&g);
	CU_ASSERT_EQUAL(m->blackout.hi_ns, before.hi_ns);
	lose(control, 0, INT64_C(1009000000000));
	m = rejudge(&g);
	CU_ASSERT_EQUAL(m->blackout.hi_ns, NS_INF);
	golden_close(&g);
}

static void test_witnesses(void)
{
	struct golden g;
	struct series *classic;
	const struct move_result *m;

	golden_open(&g, "doubt");
	judged_as(&g, &g.results->moves[0], VERDICT_PASS, "within-bound");
	CU_ASSERT_PTR_NOT_NULL(
		strstr(g.results->disagreements[0], "their time-outs differ (950 ms, 100 ms)"));
	/* Another station has another path through the network. */
	classic = series_of(&g, "classic", false);
	classic->station[0] = 'x';
	judged_as(&g, rejudge(&g), VERDICT_PASS, "within-bound");
	CU_ASSERT_EQUAL(g.results->disagreement_count, 0);
	classic->station[0] = 'l';
	/* Different time-outs: different definitions. With the same one, a contradiction. */
	classic->kind = PROBE_BURST;
	judged_as(&g, rejudge(&g), VERDICT_PASS, "within-bound");
	classic->timeout_ns = 100 * NS_PER_MS;
	m = rejudge(&g);
	judged_as(&g, m, VERDICT_INVALID, "witnesses-disagree;within-bound");
	CU_ASSERT_EQUAL(g.results->disagreement_count, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(g.results->disagreements[0], "they cannot both be right"));
	CU_ASSERT_EQUAL(results_status(g.results), STATUS_UNDECIDED);
	golden_close(&g);
}

/*
 * The runner may wait long for a move that somebody else starts; only the end of that wait is the
 * baseline.
 */
static void test_baseline_before_trigger(void)
{
	struct golden g;
	struct series *fine;

	golden_open(&g, "pass"); /* baseline = 2 s */
	fine = series_of(&g, "fine", false);
	CU_ASSERT(fine->records[0].sent_ns < g.timeline->moves[0].trigger_ns - 2 * NS_PER_S);
	g.timeline->moves[0].baseline_ns = fine->records[0].sent_ns - 1;
	lose(fine, fine->records[0].sent_ns, fine->records[0].sent_ns);
	judged_as(&g, rejudge(&g), VERDICT_PASS, "within-bound");
	lose(fine, fine->records[1].sent_ns, fine->records[1].sent_ns);
	judged_as(&g, rejudge(&g), VERDICT_INVALID, "baseline-lost;within-bound");
	/* Time before the baseline's fact does not belong to the baseline either. */
	g.timeline->moves[0].baseline_ns = fine->records[1].sent_ns + 1;
	judged_as(&g, rejudge(&g), VERDICT_PASS, "within-bound");
	golden_close(&g);
}

static void test_places(void)
{
	static const struct {
		const char *a, *b, *outcome;
	} table[] = {
		{"none", "running", "ok"},
		{"unknown", "running", "unknown"},
		{"running", "unknown", "on-source"},
		{"unknown", "unknown", "ok"}, /* no host could be asked: the job's state counts */
		{"unknown", "paused", "paused"},
		{"none", "none", "nowhere"},
	};
	struct golden g;
	struct move *m;

	golden_open(&g, "pass");
	m = &g.timeline->moves[0];
	CU_ASSERT_EQUAL_FATAL(m->place_count, 2);
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		m->places[0].state = vm_state_of(table[i].a);
		m->places[1].state = vm_state_of(table[i].b);
		same(&g, "outcome", table[i].outcome, outcome_name(rejudge(&g)->outcome));
	}
	golden_close(&g);
}

/* The time that a failed or cancelled job took does not count as job time. */
static void test_job_times(void)
{
	struct golden g;
	struct job *job;

	golden_open(&g, "three-runs");
	job = g.timeline->moves[1].job;
	job->state = JOB_CANCELLED;
	rejudge(&g);
	CU_ASSERT_EQUAL(g.results->cases[0].runs, 3);
	CU_ASSERT_DOUBLE_EQUAL(g.results->cases[0].job_min_s, 9, 1e-9);
	CU_ASSERT_DOUBLE_EQUAL(g.results->cases[0].job_sd_s, sqrt(2), 1e-9);
	job = g.timeline->moves[2].job;
	job->state = JOB_FAILED;
	rejudge(&g);
	CU_ASSERT_DOUBLE_EQUAL(g.results->cases[0].job_mean_s, 9, 1e-9);
	CU_ASSERT(isnan(g.results->cases[0].job_sd_s));
	golden_close(&g);
}

TEST_SUITE(verdict, {"golden folders", test_golden}, {"cases", test_case},
	{"observations", test_observations},
	{"harm is never replaced", test_harm_is_never_replaced},
	{"disturbed or undecided", test_disturbed_or_undecided},
	{"status of a closed folder", test_status_of_closed}, {"shared window", test_shared_window},
	{"own control targets", test_own_controls}, {"witnesses", test_witnesses},
	{"baseline before the trigger", test_baseline_before_trigger}, {"places", test_places},
	{"job times", test_job_times})

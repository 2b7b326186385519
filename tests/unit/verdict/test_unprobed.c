/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Time in which a prober sent nothing: its machine was suspended, its engine stalled, its process
 * was killed, or another probe stopped. Such time is possible silence, not proven silence.
 */
#include "harness/analysis/intersection.h"
#include "harness/verdict/verdict.h"
#include "tests/unit/fact_folder.h"
#include "tests/unit/test.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MS NS_PER_MS
#define S NS_PER_S
#define PACE_NS (100 * MS)
#define NEAR_NS MS

/* Facts of a standalone folder, written line by line, and its results. */
struct standalone_world {
	struct fact_folder folder;
	char *text;
	size_t length;
	FILE *f; /* writes to `text`, which becomes facts/local-fine.tsv */
	unsigned seq;
	struct results *results;
};

static void world_begin(struct standalone_world *w)
{
	*w = (struct standalone_world){0};
	fact_folder_make(&w->folder);
	w->f = open_memstream(&w->text, &w->length);
	CU_ASSERT_PTR_NOT_NULL_FATAL(w->f);
	fputs(HEAD SEGMENT("1000000000", "b1", "50000000000",
		      "7") "1000000000\ttarget\t1\tname=desk\taddress=192.0.2.10\trole=vm\tkind=burst"
			   "\tprobe=fine\tstation=local\tinterval=100000000\ttimeout=100000000\n",
		w->f);
}

/* Requests every PACE_NS in [from_ns, to_ns), all answered after 1 ms, or none answered. */
static void put_requests(struct standalone_world *w, int64_t from_ns, int64_t to_ns, bool answered)
{
	for (int64_t ns = from_ns; ns < to_ns; ns += PACE_NS)
		fprintf(w->f, "%" PRId64 "\t%s\t1\tsent=%" PRId64 "\tseq=%u\n",
			ns + (answered ? MS : PACE_NS), answered ? "answer" : "unanswered", ns,
			++w->seq);
}

/* The same answered requests as one record of a span; its longest silence is PACE_NS + 1 ms. */
static void put_span(struct standalone_world *w, int64_t from_ns, int64_t to_ns)
{
	int64_t n = (to_ns - from_ns) / PACE_NS;

	fprintf(w->f,
		"%" PRId64 "\tok\t1\tfirst=%u\tn=%" PRId64 "\tfrom=%" PRId64 "\tto=%" PRId64
		"\tfastest=1000000\tmedian=1000000\tp99=1000000\tp999=1000000"
		"\tsilence=101000000\tafter=%" PRId64 "\n",
		to_ns, w->seq + 1, n, from_ns, to_ns - PACE_NS, from_ns);
	w->seq += (unsigned)n;
}

/* Completes the file with the line `end` ("": none) and reads the folder. */
static void world_read(struct standalone_world *w, const char *end)
{
	fputs(end, w->f);
	CU_ASSERT_FATAL(fclose(w->f) == 0);
	fact_folder_put(&w->folder, "facts/local-fine.tsv", w->text);
	fact_folder_read(&w->folder);
	free(w->text);
}

static void world_remove(struct standalone_world *w)
{
	results_free(w->results);
	fact_folder_remove(&w->folder);
}

static const struct standalone_result *judge(struct standalone_world *w, int64_t bound_ns)
{
	struct err e = {0};

	results_free(w->results);
	w->results = NULL;
	w->folder.t->standalone_bound_ns = bound_ns;
	CU_ASSERT_FATAL(results_new(&w->results, w->folder.t, NULL, &e) == 0);
	CU_ASSERT_EQUAL_FATAL(w->results->standalone_count, 1);
	return &w->results->standalone[0];
}

static void assert_near(int64_t ns, int64_t wanted_ns)
{
	bool near = ns >= wanted_ns - NEAR_NS && ns <= wanted_ns + NEAR_NS;

	CU_ASSERT(near);
	if (!near)
		fprintf(stderr, "\n  %" PRId64 ", not %" PRId64 "\n", ns, wanted_ns);
}

static void assert_bounds(struct standalone_world *w, int64_t lo_ns, int64_t hi_ns)
{
	struct interval i = judge(w, NS_NONE)->observation.blackout;

	assert_near(i.lo_ns, lo_ns);
	assert_near(i.hi_ns, hi_ns);
}

/* `code` is the first code of the reason, the decisive one. */
static void assert_verdict(
	struct standalone_world *w, int64_t bound_ns, enum verdict verdict, const char *code)
{
	const struct standalone_result *result = judge(w, bound_ns);
	enum status status = verdict == VERDICT_PASS   ? STATUS_PASS
			     : verdict == VERDICT_FAIL ? STATUS_FAIL
						       : STATUS_UNDECIDED;

	CU_ASSERT_EQUAL(result->verdict, verdict);
	CU_ASSERT(strncmp(result->reason, code, strlen(code)) == 0);
	CU_ASSERT_EQUAL(results_status(w->results), status);
	if (result->verdict != verdict || strncmp(result->reason, code, strlen(code)) != 0)
		fprintf(stderr, "\n  %s (%s) at %" PRId64 "\n", verdict_name(result->verdict),
			result->reason, bound_ns);
}

/* Pairs of both clocks every second in [from_ns, to_ns], with the wall clock ahead by ahead_ns. */
static void put_clock(struct standalone_world *w, int64_t from_ns, int64_t to_ns, int64_t ahead_ns)
{
	for (int64_t ns = from_ns; ns <= to_ns; ns += S)
		fprintf(w->f, "%" PRId64 "\tclock\t-\tutc=%" PRId64 "\n", ns,
			ns + 49 * S + ahead_ns);
}

/*
 * At 10 s the prober's machine and its monotonic clock are suspended for 60 s. All requests are
 * answered. `spans`: the facts have records of many requests.
 */
static void suspended(bool spans)
{
	struct standalone_world w;

	world_begin(&w);
	put_clock(&w, 2 * S, 10 * S, 0);
	put_clock(&w, 11 * S, 20 * S, 60 * S);
	if (spans) {
		put_span(&w, S, 6 * S);
		put_span(&w, 6 * S, 16 * S);
		put_span(&w, 16 * S, 20 * S);
	} else {
		put_requests(&w, S, 20 * S, true);
	}
	world_read(&w, "20000000000\tend\t-\treason=done\n");
	assert_bounds(&w, 0, 60100 * MS);
	assert_verdict(&w, 30 * S, VERDICT_INVALID, "disturbed-clock");
	assert_verdict(&w, 61 * S, VERDICT_PASS, "within-bound");
	world_remove(&w);
}

static void test_suspended(void)
{
	suspended(false);
}

static void test_suspended_in_span(void)
{
	suspended(true);
}

/* The same during an outage. The suspended time counts once, in the outage's upper bound. */
static void test_suspended_in_outage(void)
{
	struct standalone_world w;

	world_begin(&w);
	put_clock(&w, 2 * S, 10 * S, 0);
	put_clock(&w, 11 * S, 20 * S, 60 * S);
	put_requests(&w, S, 10 * S, true);
	put_requests(&w, 10 * S, 12 * S, false);
	put_requests(&w, 12 * S, 20 * S, true);
	world_read(&w, "20000000000\tend\t-\treason=done\n");
	CU_ASSERT(judge(&w, NS_NONE)->observation.blackout.lo_ns <= 1900 * MS);
	CU_ASSERT(judge(&w, NS_NONE)->observation.blackout.lo_ns >= 700 * MS);
	assert_near(judge(&w, NS_NONE)->observation.blackout.hi_ns, 62100 * MS);
	assert_verdict(&w, 30 * S, VERDICT_INVALID, "disturbed-clock");
	assert_verdict(&w, 500 * MS, VERDICT_FAIL, "above-bound");
	world_remove(&w);
}

/*
 * The prober was killed, and the folder's other files go on for 9 s. Unless the prober's facts have
 * an `end`, that time is possible silence.
 */
static void killed(bool ended, bool spans)
{
	struct standalone_world w;

	world_begin(&w);
	fact_folder_put(&w.folder, "facts/run.tsv",
		HEAD SEGMENT("1000000000", "b1", "50000000000",
			"7") "28900000000\tnote\t-\ttext=the last word\n");
	if (spans)
		put_span(&w, S, 20 * S);
	else
		put_requests(&w, S, 20 * S, true);
	world_read(&w, ended ? "20000000000\tend\t-\treason=done\n" : "");
	assert_bounds(&w, 0, ended ? 100 * MS : 9 * S);
	assert_verdict(&w, 5 * S, ended ? VERDICT_PASS : VERDICT_INCONCLUSIVE,
		ended ? "within-bound" : "unprobed");
	assert_verdict(&w, 10 * S, VERDICT_PASS, "within-bound");
	world_remove(&w);
}

static void test_killed(void)
{
	killed(false, false);
	killed(false, true);
	killed(true, false);
}

/*
 * The VM is silent from 10 to 15 s and from 20 to 25 s, and answers in between, but nothing is sent
 * then. `reported`: the engine reports that it was late.
 */
static void two_silences(bool reported)
{
	struct interval i;
	struct standalone_world w;

	world_begin(&w);
	put_requests(&w, S, 10 * S, true);
	put_requests(&w, 10 * S, 15 * S, false);
	if (reported)
		fputs("20000000000\tlate-tick\t-\tfrom=14900000000\tlate=5100000000\n", w.f);
	put_requests(&w, 20 * S, 25 * S, false);
	put_requests(&w, 25 * S, 30 * S, true);
	world_read(&w, "30000000000\tend\t-\treason=done\n");
	judge(&w, NS_NONE);
	/*
	 * lo: up to the last lost request; if `reported`, only up to a regular step before the
	 * stall.
	 */
	i = w.results->standalone[0].observation.blackout;
	assert_near(i.lo_ns, reported ? 4750 * MS : 4900 * MS);
	assert_near(i.hi_ns, 15100 * MS);
	assert_verdict(&w, 6 * S, reported ? VERDICT_INVALID : VERDICT_INCONCLUSIVE,
		reported ? "disturbed-late" : "unprobed");
	assert_verdict(&w, 16 * S, VERDICT_PASS, "within-bound");
	assert_verdict(&w, 4 * S, VERDICT_FAIL, "above-bound");
	world_remove(&w);
}

static void test_two_silences(void)
{
	two_silences(true);
	two_silences(false);
}

/* Requests every PACE_NS. Those in [silent_ns, speaks_ns) are lost; none is sent in the pause. */
struct script {
	int64_t end_ns, silent_ns, speaks_ns, pause_ns, goes_on_ns;
};

static void series_make(struct series *s, const struct script *script)
{
	*s = (struct series){.station = (char *)"local",
		.probe = (char *)"fine",
		.kind = PROBE_BURST,
		.interval_ns = PACE_NS,
		.timeout_ns = PACE_NS,
		.observed_to_ns = NS_NONE,
		.end_ns = script->end_ns + S};
	for (int64_t ns = S; ns < script->end_ns; ns += PACE_NS) {
		bool lost = ns >= script->silent_ns && ns < script->speaks_ns;

		if (ns > script->pause_ns && ns < script->goes_on_ns)
			continue;
		CU_ASSERT_FATAL(ARRAY_GROW(s->records, s->count, s->capacity) == 0);
		s->records[s->count++] = (struct probe_record){
			.sent_ns = ns, .arrival_ns = lost ? NS_NONE : ns + MS};
	}
}

static void find_gaps(const struct series *s, int64_t from_ns, int64_t to_ns, struct baseline *b,
	struct gaps *gaps)
{
	baseline_of(s, S, from_ns, to_ns, b);
	gaps_find(s, b, from_ns, to_ns, gaps);
}

/* The prober pauses from 5 s before to 5 s after the window's end. The next request counts. */
static void test_over_the_end(void)
{
	/* All requests are answered, or those in the second after the pause are lost. */
	static const struct script scripts[] = {
		{40 * S, 90 * S, 90 * S, 25 * S, 35 * S}, {40 * S, 35 * S, 36 * S, 25 * S, 35 * S}};
	static const int64_t hi_ns[] = {10 * S, 11 * S};

	for (size_t i = 0; i < ARRAY_SIZE(scripts); i++) {
		struct baseline b;
		struct gaps gaps;
		struct series s;

		series_make(&s, &scripts[i]);
		find_gaps(&s, 10 * S, 30 * S, &b, &gaps);
		CU_ASSERT_EQUAL(gaps_longest(&gaps, false).lo_ns, 0);
		assert_near(gaps_longest(&gaps, false).hi_ns, hi_ns[i]);
		/* Without the pause, hi would be about the pace, or the 1 s of lost requests. */
		CU_ASSERT(gaps_sampled(&gaps).hi_ns < 2 * S);
		gaps_release(&gaps);
		free(s.records);
	}
}

/* Another probe of the same definition stopped before the outage, so it does not narrow it. */
static void test_witness_stopped(void)
{
	static const struct script whole = {40 * S, 20 * S, 23200 * MS, 90 * S, 90 * S},
				   stopped = {19 * S, 90 * S, 90 * S, 90 * S, 90 * S};
	struct series judged, other;
	struct baseline b, c;
	struct gaps mine, theirs;
	struct interval both;
	struct witness x = {&mine, &b}, y = {&theirs, &c};

	series_make(&judged, &whole);
	series_make(&other, &stopped);
	/* The stopped probe does not cover the window. */
	find_gaps(&judged, 10 * S, 30 * S, &b, &mine);
	find_gaps(&other, 10 * S, 30 * S, &c, &theirs);
	CU_ASSERT(gaps_intersect(&x, &y, &both));
	assert_near(both.lo_ns, 3100 * MS);
	assert_near(both.hi_ns, 3300 * MS);
	gaps_release(&theirs);
	/* Nor does the stopped probe's upper end count, of only the time that it covered. */
	find_gaps(&other, 10 * S, 18500 * MS, &c, &theirs);
	theirs.covered = false;
	CU_ASSERT(gaps_longest(&theirs, false).hi_ns < S);
	CU_ASSERT(gaps_intersect(&x, &y, &both));
	assert_near(both.hi_ns, 3300 * MS);
	gaps_release(&theirs);
	gaps_release(&mine);
	free(judged.records);
	free(other.records);
}

TEST_SUITE(unprobed, {"suspended", test_suspended}, {"suspended in a span", test_suspended_in_span},
	{"suspended in an outage", test_suspended_in_outage}, {"killed", test_killed},
	{"a stall between two silences", test_two_silences},
	{"a pause over the window's end", test_over_the_end},
	{"a witness that stopped", test_witness_stopped})

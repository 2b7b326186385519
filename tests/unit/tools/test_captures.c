/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Captures that once gave wrong bounds or verdicts: probers that pause, clocks that step, numbers
 * and identifiers that repeat, frames out of order or missing. Their outages are known, and so lo
 * and hi to 1 ms. Each capture is also judged against bounds just below lo and just above hi.
 */
#include "tests/unit/capture_bench.h"
#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

#define MS NS_PER_MS
#define S NS_PER_S
/* Tolerance of bounds: round trips differ by less. */
#define NEAR_NS MS

static const struct capture_echo ping = {"10.0.0.1", "10.0.0.2", 7, 1, 0};
/* Of pings every 100 ms, 30 are lost, sent from 10.1 to 13.0 s. */
static const struct capture_outage cut = {CAPTURE_DROPPED, 10050 * MS, 13050 * MS};

static bool near_to(int64_t ns, int64_t wanted_ns)
{
	if (ns == NS_INF || wanted_ns == NS_INF)
		return ns == wanted_ns;
	return ns >= wanted_ns - NEAR_NS && ns <= wanted_ns + NEAR_NS;
}

static void assert_bounds(const struct capture_bench *b, int64_t lo_ns, int64_t hi_ns)
{
	struct interval i;

	CU_ASSERT_EQUAL_FATAL(b->results->standalone_count, 1);
	i = b->results->standalone[0].observation.blackout;
	CU_ASSERT(near_to(i.lo_ns, lo_ns) && near_to(i.hi_ns, hi_ns));
	if (!near_to(i.lo_ns, lo_ns) || !near_to(i.hi_ns, hi_ns))
		fprintf(stderr, "\n  [%lld, %lld], not [%lld, %lld]\n", (long long)i.lo_ns,
			(long long)i.hi_ns, (long long)lo_ns, (long long)hi_ns);
}

/* Asserts the verdict against bound_ns, with `code` among its reasons. */
static void assert_verdict(
	struct capture_bench *b, int64_t bound_ns, enum verdict verdict, const char *code)
{
	const struct standalone_result *watch;

	capture_bench_judge(b, bound_ns);
	watch = &b->results->standalone[0];
	CU_ASSERT_EQUAL(watch->verdict, verdict);
	CU_ASSERT_PTR_NOT_NULL(strstr(watch->reason, code));
	if (watch->verdict != verdict || !strstr(watch->reason, code))
		fprintf(stderr, "\n  %s (%s) at %lld ns\n", verdict_name(watch->verdict),
			watch->reason, (long long)bound_ns);
}

static void assert_decides(struct capture_bench *b, int64_t lo_ns, int64_t hi_ns)
{
	assert_bounds(b, lo_ns, hi_ns);
	if (lo_ns > 0)
		assert_verdict(b, lo_ns - 2 * NEAR_NS, VERDICT_FAIL, "above-bound");
	if (hi_ns != NS_INF)
		assert_verdict(b, hi_ns + 2 * NEAR_NS, VERDICT_PASS, "within-bound");
}

static size_t gap_count(const struct capture_bench *b)
{
	return b->results->standalone[0].observation.gaps.count;
}

static void analyse(struct capture_bench *b)
{
	if (capture_bench_analyse(b))
		fprintf(stderr, "\n  %s\n", b->e.text);
	CU_ASSERT_PTR_NOT_NULL_FATAL(b->results);
}

/* Adds pings every step_ns until end_ns, with one outage or none (NULL). */
static void put_pings(struct capture_bench *b, int64_t step_ns, int64_t end_ns,
	const struct capture_outage *outage)
{
	capture_bench_init(b);
	capture_probes(&b->world, ping, step_ns, end_ns, outage, outage ? 1 : 0, 1);
}

/* All requests are answered. Time in which nothing was sent is possible silence. */
static void test_paused(void)
{
	static const int64_t pauses[] = {5 * S, 60 * S};

	for (size_t i = 0; i < ARRAY_SIZE(pauses); i++) {
		struct capture_bench b;

		put_pings(&b, 100 * MS, 30 * S, NULL);
		capture_step(&b.world, 12 * S, pauses[i]);
		analyse(&b);
		CU_ASSERT_EQUAL(gap_count(&b), 0);
		assert_decides(&b, 0, pauses[i] + 100 * MS);
		assert_verdict(&b, 3 * S, VERDICT_INCONCLUSIVE, "unprobed");
		CU_ASSERT_EQUAL(results_status(b.results), STATUS_UNDECIDED);
		capture_bench_release(&b);
	}
}

/* A pause between two lost requests proves no silence: there may be two short outages. */
static void test_two_blips(void)
{
	static const struct capture_outage blips = {CAPTURE_DROPPED, 9950 * MS, 10150 * MS};
	struct capture_bench b;

	put_pings(&b, 100 * MS, 30 * S, &blips);
	capture_step(&b.world, 10050 * MS, 60 * S - 100 * MS);
	analyse(&b);
	assert_decides(&b, 0, 60200 * MS);
	assert_verdict(&b, 30 * S, VERDICT_INCONCLUSIVE, "unprobed");
	capture_bench_release(&b);
}

/* A clock that is set forward in an outage seems to be a pause: the step proves no silence. */
static void test_clock_forward(void)
{
	struct capture_bench b;

	put_pings(&b, 100 * MS, 30 * S, &cut);
	capture_step(&b.world, 12 * S, 5 * S);
	analyse(&b);
	assert_decides(&b, 1800 * MS, 8100 * MS);
	assert_verdict(&b, 3 * S, VERDICT_INCONCLUSIVE, "unprobed");
	capture_bench_release(&b);
}

/* A clock that is set back hides time: lo adds the losses on both sides of the step, hi is inf. */
static void clock_back(int64_t step_ns, const struct capture_outage *outage, int64_t at_ns,
	int64_t by_ns, int64_t lo_ns)
{
	struct capture_bench b;

	put_pings(&b, step_ns, 300 * step_ns, outage);
	capture_step(&b.world, at_ns, -by_ns);
	analyse(&b);
	assert_decides(&b, lo_ns, NS_INF);
	assert_verdict(&b, lo_ns + 20 * S, VERDICT_INVALID, "disturbed-clock");
	capture_bench_release(&b);
}

static void test_clock_back(void)
{
	static const struct capture_outage slow = {CAPTURE_DROPPED, 20030 * MS, 24980 * MS};

	/* From 10.1 to 11.9 s and from 12.0 to 13.0 s. */
	clock_back(100 * MS, &cut, 12 * S, 2 * S, 2800 * MS);
	clock_back(100 * MS, &cut, 12 * S, 900 * MS, 2800 * MS);
	/* From 21 to 22 s and from 23 to 24 s. */
	clock_back(S, &slow, 22500 * MS, 2 * S, 2 * S);
}

/* The step may also hide a silence between answered requests. */
static void test_clock_back_answered(void)
{
	struct capture_bench b;

	put_pings(&b, 100 * MS, 30 * S, NULL);
	capture_step(&b.world, 12 * S, -2 * S);
	analyse(&b);
	assert_bounds(&b, 0, NS_INF);
	assert_verdict(&b, 10 * S, VERDICT_INVALID, "disturbed-clock");
	capture_bench_release(&b);
}

/* Without losses, a silence is at most the time between two requests. */
static void test_no_loss(void)
{
	struct capture_bench b;

	put_pings(&b, S, 60 * S, NULL);
	analyse(&b);
	CU_ASSERT_EQUAL(gap_count(&b), 0);
	assert_decides(&b, 0, S);
	assert_verdict(&b, 1500 * MS, VERDICT_PASS, "within-bound");
	assert_verdict(&b, 900 * MS, VERDICT_INCONCLUSIVE, "straddles-bound");
	capture_bench_release(&b);
}

/* Steps so close together that all of them are found before the first frame is taken. */
static void test_many_clock_steps(void)
{
	struct capture_bench b;

	put_pings(&b, 10 * MS, 3 * S, NULL);
	for (int i = 40; i > 0; i--)
		capture_step(&b.world, (200 + 20 * i) * MS, -15 * MS);
	analyse(&b);
	CU_ASSERT_EQUAL(b.timeline->step_count, 40);
	assert_bounds(&b, 0, NS_INF);
	capture_bench_release(&b);
}

/* 300 pings, 100 ms apart, with the outage `cut`; identifier and number grow by their steps. */
static void renumbered(uint16_t ident, unsigned ident_step, uint16_t seq, unsigned seq_step)
{
	struct capture_bench b;

	capture_bench_init(&b);
	for (unsigned k = 0; k < 300; k++) {
		struct capture_echo echo = ping;
		int64_t at_ns = k * 100 * MS;

		echo.ident = (uint16_t)(ident + k * ident_step);
		echo.seq = (uint16_t)(seq + k * seq_step);
		/* Not a request of blackout: the payload does not end in the sequence number. */
		echo.number = UINT64_C(0x08090a0b0c0dffff);
		capture_request(&b.world, at_ns, &echo);
		if (at_ns < cut.begin_ns || at_ns > cut.end_ns)
			capture_reply(&b.world, at_ns + MS / 2, &echo);
	}
	analyse(&b);
	CU_ASSERT_EQUAL(gap_count(&b), 1);
	CU_ASSERT_EQUAL(b.results->standalone[0].observation.gaps.probes, 300);
	assert_decides(&b, 2900 * MS, 3100 * MS);
	assert_verdict(&b, 3 * S, VERDICT_INCONCLUSIVE, "straddles-bound");
	capture_bench_release(&b);
}

/* scapy's constant numbers, `ping -c1` in a loop, and an ordinary ping. */
static void test_numbering(void)
{
	renumbered(0, 0, 0, 0);
	renumbered(1000, 3, 1, 0);
	renumbered(7, 0, 1, 1);
}

/* Sequence numbers 1 to 5, again and again; all five of the second round are lost. */
static void test_restarted(void)
{
	struct capture_bench b;

	capture_bench_init(&b);
	for (int k = 0; k < 60; k++) {
		struct capture_echo echo = ping;

		echo.seq = (uint16_t)(1 + k % 5);
		echo.number = UINT64_C(0x08090a0b0c0dffff);
		capture_request(&b.world, k * S, &echo);
		if (k < 5 || k >= 10)
			capture_reply(&b.world, k * S + MS / 2, &echo);
	}
	analyse(&b);
	CU_ASSERT_EQUAL(gap_count(&b), 1);
	CU_ASSERT_EQUAL(b.results->standalone[0].observation.gaps.probes, 60);
	assert_decides(&b, 4 * S, 6 * S);
	capture_bench_release(&b);
}

/* A traceroute every second: requests with too small a TTL reach a router, not the target. */
static void test_traceroute(void)
{
	struct capture_bench b;

	capture_bench_init(&b);
	for (unsigned k = 0; k < 180; k++) {
		struct capture_echo echo = ping;
		int64_t at_ns = k / 3 * S + (k % 3 + 1) * 100 * MS;

		b.world.ttl = (uint8_t)(1 + k % 3);
		echo.seq = (uint16_t)(33001 + k);
		capture_request(&b.world, at_ns, &echo);
		if (b.world.ttl < 3)
			capture_exceeded(&b.world, at_ns + b.world.ttl * MS, &echo);
		else
			capture_reply(&b.world, at_ns + 6 * MS, &echo);
	}
	analyse(&b);
	CU_ASSERT_EQUAL(gap_count(&b), 0);
	assert_decides(&b, 0, S);
	capture_bench_release(&b);
}

/* A network card with two queues: answers are stamped 50 us before their requests. */
static void answers_first(const struct capture_outage *outage, int64_t lo_ns, int64_t hi_ns)
{
	struct capture_bench b;

	capture_bench_init(&b);
	for (unsigned k = 0; k < 300; k++) {
		struct capture_echo echo = ping;
		int64_t at_ns = (k + 1) * 100 * MS;

		echo.seq = (uint16_t)(1 + k);
		capture_request(&b.world, at_ns, &echo);
		if (!outage || at_ns < outage->begin_ns || at_ns > outage->end_ns)
			capture_reply(&b.world, at_ns - 50 * NS_PER_US, &echo);
	}
	analyse(&b);
	CU_ASSERT_EQUAL(gap_count(&b), outage ? 1 : 0);
	assert_decides(&b, lo_ns, hi_ns);
	capture_bench_release(&b);
}

static void test_answers_first(void)
{
	answers_first(NULL, 0, 100 * MS);
	answers_first(&cut, 2900 * MS, 3100 * MS);
}

/* Sequence numbers jump while answers are in flight; each answer takes trip_ns. */
static void jumping(int64_t step_ns, int64_t trip_ns)
{
	struct capture_bench b;

	capture_bench_init(&b);
	for (unsigned k = 0; k < 3000; k++) {
		struct capture_echo echo = ping;

		echo.seq = (uint16_t)(1 + k + k / 1000 * 20000);
		capture_request(&b.world, k * step_ns, &echo);
		capture_reply(&b.world, k * step_ns + trip_ns, &echo);
	}
	analyse(&b);
	CU_ASSERT_EQUAL(gap_count(&b), 0);
	assert_decides(&b, 0, step_ns);
	capture_bench_release(&b);
}

static void test_jump(void)
{
	jumping(MS, 30 * MS);
	/* More requests in flight than the ring initially holds. */
	jumping(MS / 5, 40 * MS);
	jumping(100 * MS, 95 * MS);
}

/* The capture lost requests and answers: losses around there prove nothing. */
static void test_frames_lost(void)
{
	char path[128], *text;
	struct capture_bench b;
	size_t length;

	capture_bench_init(&b);
	for (unsigned k = 0; k < 300; k++) {
		struct capture_echo echo = ping;
		int64_t at_ns = k * 100 * MS;

		echo.seq = (uint16_t)(1 + k);
		if (k != 98 && k != 99 && k != 110)
			capture_request(&b.world, at_ns, &echo);
		if (k < 100 || k > 108)
			capture_reply(&b.world, at_ns + MS / 2, &echo);
	}
	analyse(&b);
	CU_ASSERT_EQUAL(b.results->standalone[0].observation.gaps.count, 1);
	CU_ASSERT_EQUAL(b.results->standalone[0].observation.blackout.lo_ns, 0);
	CU_ASSERT(b.results->standalone[0].observation.blackout.hi_ns >= 1000 * MS);
	assert_verdict(&b, 500 * MS, VERDICT_INVALID, "disturbed-drops");
	snprintf(path, sizeof(path), "%s/facts/capture-frames.tsv", b.dir);
	CU_ASSERT_FATAL(file_read(path, SIZE_MAX, &text, &length, &b.e) == 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\tdropped=\n"));
	free(text);
	capture_bench_release(&b);
}

/*
 * The file ends before the time-out of a request, but later requests are answered: the target is
 * back for certain, but it is unknown whether that request was lost.
 */
static void test_undecided(void)
{
	static const struct capture_outage lost = {CAPTURE_DROPPED, 9500 * MS, 12500 * MS};
	struct capture_bench b;

	put_pings(&b, S, 14500 * MS, &lost);
	b.options.timeout_ns = 3 * S;
	analyse(&b);
	CU_ASSERT_EQUAL(gap_count(&b), 1);
	assert_bounds(&b, S, 4 * S);
	assert_verdict(&b, 4100 * MS, VERDICT_PASS, "within-bound");
	assert_verdict(&b, 2500 * MS, VERDICT_INCONCLUSIVE, "straddles-bound");
	capture_bench_release(&b);
}

/* The first request is undecided at the file's end: the time after it still counts as observed. */
static void test_undecided_first(void)
{
	struct capture_bench b;

	capture_bench_init(&b);
	capture_request(&b.world, 0, &ping);
	for (unsigned i = 1; i < 4; i++) {
		struct capture_echo echo = ping;

		echo.seq = (uint16_t)(ping.seq + i);
		capture_request(&b.world, (4 + i) * S, &echo);
		capture_reply(&b.world, (4 + i) * S + MS, &echo);
	}
	b.options.timeout_ns = 10 * S;
	analyse(&b);
	assert_bounds(&b, 0, 5 * S);
	capture_bench_release(&b);
}

TEST_SUITE(captures, {"the prober paused", test_paused}, {"two blips", test_two_blips},
	{"the clock set forward", test_clock_forward}, {"the clock set back", test_clock_back},
	{"set back, all answered", test_clock_back_answered},
	{"set back many times", test_many_clock_steps}, {"no loss", test_no_loss},
	{"numbers and identifiers", test_numbering}, {"numbers start again", test_restarted},
	{"traceroute", test_traceroute}, {"answers before requests", test_answers_first},
	{"the number jumps", test_jump}, {"frames were lost", test_frames_lost},
	{"undecided at the end", test_undecided}, {"the first one undecided", test_undecided_first})

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two witnesses of one silence: random outages of known length, observed by two probers that send
 * at different moments. The bounds of both together must contain the truth.
 */
#include "harness/analysis/intersection.h"
#include "tests/unit/assert_interval.h"
#include "tests/unit/scripted.h"
#include "tests/unit/test.h"

#include <stdlib.h>

#define OUTAGES 1000
#define MS NS_PER_MS

/* One witness of a scripted world, or of gaps written by hand. */
struct seen {
	struct series series;
	struct baseline baseline;
	struct gaps gaps;
};

static struct witness witness_of(const struct seen *seen)
{
	return (struct witness){&seen->gaps, &seen->baseline};
}

static void see(struct seen *seen, const struct sampling *w, const struct outage *o,
	int64_t trigger_ns, int64_t end_ns, uint64_t *random)
{
	scripted_series(&seen->series, w, o, 1, end_ns, random);
	/* A plan's probes go on after the window. */
	end_ns -= 2 * w->interval_ns + w->timeout_ns;
	baseline_of(&seen->series, 0, trigger_ns, end_ns, &seen->baseline);
	gaps_find(&seen->series, &seen->baseline, trigger_ns, end_ns, &seen->gaps);
}

static void seen_release(struct seen *seen)
{
	gaps_release(&seen->gaps);
	free(seen->series.records);
}

struct pair_counts {
	unsigned outside, wider, narrower, apart;
	unsigned alone_outside; /* one witness alone missed the truth: F is uncertain */
};

static int64_t width(struct interval i)
{
	return i.hi_ns - i.lo_ns;
}

/* Two probers, the one with the longer interval second. */
struct pair {
	const struct sampling *by[2];
	int narrower_min; /* minimum percentage of cuts that both bound more narrowly than one */
};

static void one_outage(
	const struct pair *pair, enum mode mode, uint64_t *random, struct pair_counts *counts)
{
	const struct sampling *coarser = pair->by[1];
	int64_t trigger_ns = coarser->interval_ns * (coarser->interval_ns < 100 * MS ? 500 : 20);
	struct outage o = {.mode = mode};
	int64_t truth_ns, end_ns, min_ns;
	struct seen seen[2];
	struct witness a, b;
	struct interval both, alone[2];

	truth_ns = scripted_outage(&o, coarser, trigger_ns + 20 * MS, random);
	end_ns = o.to_ns + o.extra_ns + 4 * coarser->interval_ns + coarser->timeout_ns;
	for (int i = 0; i < 2; i++) {
		see(&seen[i], pair->by[i], &o, trigger_ns, end_ns, random);
		alone[i] = gaps_longest(&seen[i].gaps, true);
	}
	a = witness_of(&seen[0]);
	b = witness_of(&seen[1]);
	min_ns = width(alone[0]) < width(alone[1]) ? width(alone[0]) : width(alone[1]);
	counts->apart += !gaps_intersect(&a, &b, &both);
	if (interval_contains(alone[0], truth_ns) && interval_contains(alone[1], truth_ns))
		counts->outside += !interval_contains(both, truth_ns);
	else
		counts->alone_outside++;
	counts->wider += width(both) > min_ns;
	counts->narrower += width(both) < min_ns;
	seen_release(&seen[0]);
	seen_release(&seen[1]);
}

static const struct sampling burst_1ms = {PROBE_BURST, 1 * MS, 50 * MS, {100000, 100000, 100000}};
static const struct sampling burst_10ms = {PROBE_BURST, 10 * MS, 50 * MS, {100000, 150000, 400000}};
static const struct sampling burst_35ms = {PROBE_BURST, 35 * MS, 50 * MS, {100000, 150000, 400000}};
static const struct sampling burst_1s = {
	PROBE_BURST, 1000 * MS, 1000 * MS, {200000, 100000, 400000}};
static const struct sampling ping_1s = {PROBE_PING, 1000 * MS, 950 * MS, {200000, 100000, 400000}};
static const struct sampling ping_2500ms = {
	PROBE_PING, 2500 * MS, 950 * MS, {200000, 100000, 400000}};

static const struct pair pairs[] = {
	{{&burst_1ms, &burst_1ms}, 50},
	{{&burst_10ms, &burst_10ms}, 50},
	{{&burst_1s, &burst_1s}, 50},
	{{&ping_1s, &ping_1s}, 50},
	{{&ping_1s, &ping_2500ms}, 40},
	{{&burst_10ms, &burst_35ms}, 30},
	{{&burst_1ms, &burst_10ms}, 1},
};

static void outages(enum mode mode)
{
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		uint64_t random = 7000 * (uint64_t)mode + i;
		struct pair_counts counts = {0};

		for (int k = 0; k < OUTAGES; k++)
			one_outage(&pairs[i], mode, &random, &counts);
		if (counts.outside || counts.wider || counts.apart || counts.alone_outside > 2)
			fprintf(stderr,
				"\n  mode %d, pair %zu, of %d: %u outside, %u wider, %u "
				"apart, %u narrower, %u alone outside\n",
				mode, i, OUTAGES, counts.outside, counts.wider, counts.apart,
				counts.narrower, counts.alone_outside);
		CU_ASSERT_EQUAL(counts.outside, 0);
		CU_ASSERT(counts.alone_outside < 3);
		CU_ASSERT_EQUAL(counts.wider, 0);
		CU_ASSERT_EQUAL(counts.apart, 0);
		/* Two probers out of phase bound the ends more narrowly than one. */
		if (mode == DROP_REQUESTS || mode == DROP_ANSWERS)
			CU_ASSERT((int)counts.narrower > OUTAGES / 100 * pairs[i].narrower_min);
	}
}

static void test_requests_dropped(void)
{
	outages(DROP_REQUESTS);
}

static void test_answers_dropped(void)
{
	outages(DROP_ANSWERS);
}

static void test_held(void)
{
	outages(HOLD);
}

static void test_slow(void)
{
	outages(SLOW);
}

/* A witness with one gap; ms: its A, L1, Ln and R in ms (R 0: no end seen). */
static void by_hand(struct seen *seen, struct gap *gap, const int64_t ms[4])
{
	*gap = (struct gap){.a_ns = ms[0] * MS,
		.l1_ns = ms[1] * MS,
		.ln_ns = ms[2] * MS,
		.r_ns = ms[3] ? ms[3] * MS : NS_NONE,
		.length = {(ms[2] - ms[1] - 1) * MS, ms[3] ? (ms[3] - ms[0]) * MS : NS_INF}};
	gap->widened = gap->length;
	*seen = (struct seen){.baseline = {.fastest_ns = 2 * MS, .jitter_ns = MS},
		.gaps = {.gap = gap,
			.count = 1,
			.unseen_hi_ns = 10 * MS,
			.covered = true,
			.to_ns = INT64_MAX}};
}

static const int64_t first[4] = {100, 110, 200, 210};

/* Starts in [102, 113] and [105, 116], ends in [202, 212] and [206, 216]; J is 1 ms. */
static void test_ends(void)
{
	static const int64_t second[4] = {103, 113, 204, 214};
	struct seen x, y;
	struct gap p, q;
	struct interval both;
	struct witness a, b;

	by_hand(&x, &p, first);
	by_hand(&y, &q, second);
	a = witness_of(&x);
	b = witness_of(&y);
	CU_ASSERT(gaps_intersect(&a, &b, &both));
	assert_interval(both, (206 - 113 - 1) * MS, (212 - 105 + 1) * MS);
	/* A witness that stamps 3 ms earlier, with round trips 3 ms longer, has the same ends. */
	y.baseline.fastest_ns += 3 * MS;
	q.a_ns -= 3 * MS;
	q.l1_ns -= 3 * MS;
	q.ln_ns -= 3 * MS;
	q.r_ns -= 3 * MS;
	CU_ASSERT(gaps_intersect(&a, &b, &both));
	assert_interval(both, (206 - 113 - 1) * MS, (212 - 105 + 1) * MS);
	/* If a late answer closed a gap, or it is disturbed, only its length counts. */
	q.late = 1;
	CU_ASSERT(gaps_intersect(&a, &b, &both));
	assert_interval(both, 90 * MS, 110 * MS);
	q.late = 0;
	q.disturbed_by = &(struct disturbance){.kind = DISTURBED_DROPS};
	q.widened.lo_ns = 95 * MS;
	CU_ASSERT(gaps_intersect(&a, &b, &both));
	assert_interval(both, 95 * MS, 110 * MS);
}

static void test_open_end(void)
{
	static const int64_t second[4] = {103, 113, 204, 0};
	struct seen x, y;
	struct gap p, q;
	struct interval both;
	struct witness a, b;

	by_hand(&x, &p, first);
	by_hand(&y, &q, second);
	a = witness_of(&x);
	b = witness_of(&y);
	CU_ASSERT(gaps_intersect(&a, &b, &both));
	assert_interval(both, 92 * MS, 108 * MS);
	/* Neither end is known by both witnesses. */
	p.r_ns = NS_NONE;
	p.length.hi_ns = p.widened.hi_ns = NS_INF;
	CU_ASSERT(gaps_intersect(&a, &b, &both));
	assert_interval(both, 92 * MS, NS_INF);
}

/* The lengths agree but not the ends; and the reverse. */
static void test_contradictions(void)
{
	static const int64_t shifted[4] = {120, 130, 220, 230}, longer[4] = {99, 109, 260, 270},
			     elsewhere[4] = {500, 510, 600, 610};
	struct seen x, y;
	struct gap p, q;
	struct interval both;
	struct witness a, b;

	by_hand(&x, &p, first);
	a = witness_of(&x);
	b = witness_of(&y);
	by_hand(&y, &q, shifted);
	CU_ASSERT_FALSE(gaps_intersect(&a, &b, &both));
	assert_interval(both, 89 * MS, 110 * MS);
	CU_ASSERT_FALSE(gaps_intersect(&b, &a, &both));
	by_hand(&y, &q, longer);
	CU_ASSERT_FALSE(gaps_intersect(&a, &b, &both));
	/* A gap at another time has no common end, but its length may agree. */
	by_hand(&y, &q, elsewhere);
	CU_ASSERT(gaps_intersect(&a, &b, &both));
	assert_interval(both, 89 * MS, 110 * MS);
	/* A witness that covered the window and saw no gap contradicts by length. */
	y.gaps.count = 0;
	CU_ASSERT_FALSE(gaps_intersect(&a, &b, &both));
	assert_interval(both, 89 * MS, 110 * MS);
	y.gaps.covered = false;
	CU_ASSERT(gaps_intersect(&a, &b, &both));
	assert_interval(both, 89 * MS, 110 * MS);
}

/* A gap that meets two gaps of the other witness is matched with neither. */
static void test_two_for_one(void)
{
	static const int64_t early[4] = {103, 113, 140, 150}, late[4] = {149, 159, 206, 216};
	struct gap p, two[2];
	struct seen x, y;
	struct interval both;
	struct witness a, b;

	by_hand(&x, &p, first);
	by_hand(&y, &two[1], late);
	by_hand(&y, &two[0], early);
	y.gaps.count = 2;
	two[0].widened = two[0].length = (struct interval){0, 100 * MS};
	a = witness_of(&x);
	b = witness_of(&y);
	CU_ASSERT(gaps_intersect(&a, &b, &both));
	assert_interval(both, 89 * MS, 100 * MS);
}

TEST_SUITE(witness, {"requests dropped", test_requests_dropped},
	{"answers dropped", test_answers_dropped}, {"held and released", test_held},
	{"slow spells", test_slow}, {"start with start, end with end", test_ends},
	{"an open end", test_open_end}, {"contradictions", test_contradictions},
	{"two gaps for one", test_two_for_one})

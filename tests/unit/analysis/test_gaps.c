/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The analysis against outages whose true length is known: a scripted responder, no network and
 * no clock. Every length must lie in the measured interval, and the interval must be no wider
 * than sampling and time-outs explain.
 */
#include "harness/analysis/gaps.h"
#include "tests/unit/assert_interval.h"
#include "tests/unit/scripted.h"
#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

#define OUTAGES 1000
#define MS NS_PER_MS

static void analyse(const struct series *s, int64_t trigger_ns, int64_t end_ns, struct baseline *b,
	struct gaps *gaps)
{
	baseline_of(s, 0, trigger_ns, end_ns, b);
	gaps_find(s, b, trigger_ns, end_ns, gaps);
}

/*
 * If answers overtake each other, the spread is as large as the intervals. Then two errors show
 * that are negligible elsewhere: J is only a p99, and no probe was fastest on both ways
 * (docs/accuracy.md).
 */
static bool overtakes(const struct sampling *w)
{
	return w->path.jitter_ns > w->interval_ns;
}

static int64_t spread_unseen(const struct sampling *w, const struct baseline *b)
{
	return overtakes(w) ? 2 * w->path.jitter_ns - b->jitter_ns : 0;
}

static int64_t fastest_unseen(const struct sampling *w, const struct baseline *b)
{
	return overtakes(w) ? b->fastest_ns - w->path.there_ns - w->path.back_ns : 0;
}

/* Measures one outage. Returns how often the truth lay outside the bounds or lo was above hi. */
static unsigned one_outage(
	const struct sampling *w, enum mode mode, uint64_t *random, int64_t *width_ns)
{
	int64_t trigger_ns = w->interval_ns * (w->interval_ns < 100 * MS ? 500 : 20);
	struct outage o = {.mode = mode};
	int64_t truth_ns, end_ns;
	struct interval longest;
	struct baseline b;
	struct series s;
	struct gaps gaps;
	unsigned wrong = 0;

	truth_ns = scripted_outage(&o, w, trigger_ns + 20 * MS, random);
	end_ns = o.to_ns + o.extra_ns + 4 * w->interval_ns + w->timeout_ns;
	scripted_series(&s, w, &o, 1, end_ns, random);
	analyse(&s, trigger_ns, end_ns, &b, &gaps);
	longest = gaps_longest(&gaps, false);
	wrong += truth_ns < longest.lo_ns - spread_unseen(w, &b) ||
		 truth_ns > longest.hi_ns + fastest_unseen(w, &b);
	for (size_t i = 0; i < gaps.count; i++)
		wrong += gaps.gap[i].length.lo_ns > gaps.gap[i].length.hi_ns;
	*width_ns = longest.hi_ns - longest.lo_ns;
	gaps_release(&gaps);
	free(s.records);
	return wrong;
}

static void outages(const struct sampling *w, enum mode mode, uint64_t seed)
{
	/* Two edges of one interval each, plus spreads; the last time-out of a hold is not seen. */
	int64_t max_ns = 2 * w->interval_ns + 8 * w->path.jitter_ns + w->timeout_ns + MS;
	unsigned wrong = 0, wide = 0;
	int64_t width_ns;

	for (int i = 0; i < OUTAGES; i++) {
		wrong += one_outage(w, mode, &seed, &width_ns);
		wide += width_ns > max_ns;
	}
	if (wrong || wide)
		fprintf(stderr, "\n  mode %d, interval %g ms: %u of %d outside, %u too wide\n",
			mode, (double)w->interval_ns / 1e6, wrong, OUTAGES, wide);
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_EQUAL(wide, 0);
}

static const struct sampling settings[] = {
	{PROBE_BURST, 1 * MS, 50 * MS, {100000, 100000, 100000}},
	{PROBE_BURST, 10 * MS, 50 * MS, {100000, 150000, 400000}},
	{PROBE_BURST, 1000 * MS, 1000 * MS, {200000, 100000, 400000}},
	{PROBE_PING, 1000 * MS, 950 * MS, {200000, 100000, 400000}},
	/* Answers overtake each other. */
	{PROBE_BURST, 1 * MS, 50 * MS, {500000, 500000, 2500000}},
};

static void every_setting(enum mode mode)
{
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++)
		outages(&settings[i], mode, 1000 * (uint64_t)mode + i);
}

static void test_requests_dropped(void)
{
	every_setting(DROP_REQUESTS);
}

static void test_answers_dropped(void)
{
	every_setting(DROP_ANSWERS);
}

static void test_held(void)
{
	every_setting(HOLD);
}

static void test_slow(void)
{
	every_setting(SLOW);
}

/* A series written by hand: sends every `interval_ms`, round trips in us, -1: no answer. */
static struct series by_hand(struct probe_record *records, const int *trips_us, size_t count,
	int64_t interval_ms, int64_t timeout_ms)
{
	struct series s = {.kind = PROBE_BURST,
		.interval_ns = interval_ms * MS,
		.timeout_ns = timeout_ms * MS,
		.end_ns = (int64_t)count * interval_ms * MS + timeout_ms * MS,
		.records = records,
		.count = count};

	for (size_t i = 0; i < count; i++) {
		records[i] = (struct probe_record){
			.sent_ns = (int64_t)i * interval_ms * MS, .arrival_ns = NS_NONE};
		if (trips_us[i] >= 0)
			records[i].arrival_ns = records[i].sent_ns + trips_us[i] * NS_PER_US;
	}
	return s;
}

static void test_three_of_one_second(void)
{
	struct probe_record records[10];
	struct series s = by_hand(records,
		(const int[]){1000, 1000, 1000, 1000, -1, -1, -1, 1000, 1000, 1000}, 10, 1000, 950);
	struct baseline b;
	struct gaps gaps;

	s.kind = PROBE_PING;
	analyse(&s, 3 * NS_PER_S, 9 * NS_PER_S, &b, &gaps);
	CU_ASSERT_EQUAL_FATAL(gaps.count, 1);
	assert_interval(gaps.gap[0].length, 2 * NS_PER_S, 4 * NS_PER_S);
	CU_ASSERT_EQUAL(gaps.gap[0].lost, 3);
	CU_ASSERT_EQUAL(gaps_lost_in_a_row(&s, &b, 3 * NS_PER_S, 9 * NS_PER_S), 3);
	CU_ASSERT_EQUAL(gaps_lost_in_a_row(&s, &b, 7 * NS_PER_S, 9 * NS_PER_S), 0);
	gaps_release(&gaps);
}

static void test_no_gap(void)
{
	struct probe_record records[6];
	/* The fourth was held 30 ms, shorter than the time-out. */
	struct series s =
		by_hand(records, (const int[]){1000, 1000, 1000, 31000, 1000, 1000}, 6, 10, 50);
	struct baseline b;
	struct gaps gaps;

	analyse(&s, 20 * MS, 60 * MS, &b, &gaps);
	CU_ASSERT_EQUAL(gaps.count, 0);
	assert_interval(gaps_longest(&gaps, true), 0, 40 * MS);
	gaps_release(&gaps);
}

static void test_slow_chain(void)
{
	struct probe_record records[200];
	struct interval longest;
	struct baseline b;
	struct gaps gaps;
	struct series s;
	int trips_us[200];

	for (int i = 0; i < 200; i++)
		trips_us[i] = i >= 50 && i < 150 ? 201000 : 1000;
	s = by_hand(records, trips_us, 200, 10, 50);
	analyse(&s, 500 * MS, 2000 * MS, &b, &gaps);
	/* Each gap closes when an answer comes: 200 ms after its first probe. */
	CU_ASSERT_EQUAL(gaps.count, 5);
	CU_ASSERT_EQUAL(gaps.gap[0].r_ns, 700 * MS);
	CU_ASSERT_EQUAL(gaps.gap[1].a_ns, gaps.gap[0].r_ns);
	longest = gaps_longest(&gaps, false);
	assert_interval(longest, 200 * MS, 210 * MS);
	for (size_t i = 0; i < gaps.count; i++) {
		CU_ASSERT_EQUAL(gaps.gap[i].lost, 0);
		CU_ASSERT(gaps.gap[i].late > 0);
	}
	gaps_release(&gaps);
}

static void test_reordered(void)
{
	struct probe_record records[9];
	/* The third is late, the fourth lost; the fifth is answered before the third. */
	struct series s = by_hand(records,
		(const int[]){1000, 1000, 91000, -1, 3000, 1000, 1000, 1000, 1000}, 9, 10, 50);
	struct baseline b;
	struct gaps gaps;

	records[4].duplicates = 2;
	analyse(&s, 10 * MS, 80 * MS, &b, &gaps);
	CU_ASSERT_EQUAL_FATAL(gaps.count, 1);
	CU_ASSERT_EQUAL(gaps.gap[0].a_ns, 10 * MS);
	CU_ASSERT_EQUAL(gaps.gap[0].l1_ns, 20 * MS);
	CU_ASSERT_EQUAL(gaps.gap[0].ln_ns, 30 * MS);
	CU_ASSERT_EQUAL(gaps.gap[0].r_ns, 42 * MS);
	CU_ASSERT_EQUAL(gaps.gap[0].late, 1);
	CU_ASSERT_EQUAL(gaps.gap[0].lost, 1);
	gaps_release(&gaps);
}

/* An overtaking answer closes a gap early; answers in time in the gap may hide a longer hold. */
static void test_hold_behind_gap(void)
{
	struct probe_record records[9];
	struct series s = by_hand(records,
		(const int[]){1000, 1000, 91000, 21000, 49000, 50000, 1000, 1000, 1000}, 9, 10, 50);
	struct baseline b;
	struct gaps gaps;

	analyse(&s, 10 * MS, 80 * MS, &b, &gaps);
	CU_ASSERT_EQUAL_FATAL(gaps.count, 1);
	CU_ASSERT_EQUAL(gaps.gap[0].length.hi_ns, 40 * MS);
	CU_ASSERT_EQUAL(gaps.unseen_hi_ns, 59 * MS);
	assert_interval(gaps_longest(&gaps, true), 0, 59 * MS);
	gaps_release(&gaps);
}

static void test_error_counts_as_unanswered(void)
{
	struct probe_record records[6];
	struct series s =
		by_hand(records, (const int[]){1000, 1000, -1, -1, 1000, 1000}, 6, 10, 50);
	struct baseline b;
	struct gaps gaps;

	records[2].error = records[3].error = true;
	analyse(&s, 10 * MS, 50 * MS, &b, &gaps);
	CU_ASSERT_EQUAL_FATAL(gaps.count, 1);
	CU_ASSERT_EQUAL(gaps.gap[0].lost, 2);
	assert_interval(gaps.gap[0].length, 10 * MS, 30 * MS);
	gaps_release(&gaps);
}

static void test_open_ends(void)
{
	struct probe_record records[8];
	struct series s =
		by_hand(records, (const int[]){-1, -1, 1000, 1000, -1, -1, -1, -1}, 8, 10, 50);
	struct baseline b;
	struct gaps gaps;

	s.end_ns = 110 * MS; /* the time-outs of the last two have not run out */
	baseline_of(&s, 20 * MS, 40 * MS, 100 * MS, &b);
	gaps_find(&s, &b, 0, 100 * MS, &gaps);
	CU_ASSERT_EQUAL_FATAL(gaps.count, 2);
	CU_ASSERT_EQUAL(gaps.gap[0].a_ns, NS_NONE);
	CU_ASSERT_EQUAL(gaps.gap[0].r_ns, 20 * MS);
	assert_interval(gaps.gap[0].length, 10 * MS, NS_INF);
	CU_ASSERT_EQUAL(gaps.gap[1].a_ns, 30 * MS);
	CU_ASSERT_EQUAL(gaps.gap[1].r_ns, NS_NONE);
	CU_ASSERT_EQUAL(gaps.gap[1].ln_ns, 60 * MS);
	CU_ASSERT_EQUAL(gaps.gap[1].lost, 3);
	assert_interval(gaps.gap[1].length, 20 * MS, NS_INF);
	gaps_release(&gaps);
}

static void test_observation_ends(void)
{
	struct probe_record records[8];
	struct series s =
		by_hand(records, (const int[]){1000, -1, -1, -1, -1, -1, 1000, 1000}, 8, 10, 50);
	struct baseline b;
	struct gaps gaps;

	analyse(&s, 10 * MS, 100 * MS, &b, &gaps);
	CU_ASSERT_EQUAL_FATAL(gaps.count, 1);
	gaps_cut(&gaps, &s, 60 * MS);
	assert_interval(gaps.gap[0].length, 40 * MS, 60 * MS);
	gaps_cut(&gaps, &s, 30 * MS);
	assert_interval(gaps.gap[0].length, 20 * MS, NS_INF);
	gaps_release(&gaps);
}

static void test_several_gaps(void)
{
	static const int lost[] = {60, 61, 62, 80, 100, 101, 102, 103, 104, 105, 130, 131};
	struct probe_record records[200];
	struct baseline b;
	struct gaps gaps;
	struct series s;
	int trips_us[200];

	for (int i = 0; i < 200; i++)
		trips_us[i] = 1000;
	for (size_t i = 0; i < ARRAY_SIZE(lost); i++)
		trips_us[lost[i]] = -1;
	s = by_hand(records, trips_us, 200, 10, 50);
	analyse(&s, 500 * MS, 1200 * MS, &b, &gaps);
	CU_ASSERT_EQUAL(gaps.count, 3); /* the last one lies after the window */
	assert_interval(gaps_longest(&gaps, false), 50 * MS, 70 * MS);
	gaps_release(&gaps);
	analyse(&s, 620 * MS, 790 * MS, &b, &gaps);
	CU_ASSERT_EQUAL(gaps.count, 1); /* the first one reaches into the window */
	gaps_release(&gaps);
}

static void test_timeout_in_force(void)
{
	struct probe_record records[100];
	struct baseline b;
	struct series s;
	int trips_us[100];

	for (int i = 0; i < 100; i++)
		trips_us[i] = i < 50 ? 70000 + i * 100 : -1;
	s = by_hand(records, trips_us, 100, 10, 50);
	baseline_of(&s, 0, 500 * MS, 900 * MS, &b);
	CU_ASSERT_EQUAL(b.probes, 50);
	CU_ASSERT_EQUAL(b.lost, 0);
	CU_ASSERT_EQUAL(b.fastest_ns, 70 * MS);
	/* Probes sent in the last 70 ms were answered after the trigger. */
	CU_ASSERT_EQUAL(b.median_ns, 72100 * NS_PER_US);
	/* 43 answers have not shown all of the spread: J is enlarged. */
	CU_ASSERT_EQUAL(b.jitter_ns / NS_PER_US, (b.p99_ns - 70 * MS) * 157 / 100 / NS_PER_US);
	CU_ASSERT(b.timeout_ns == b.p999_ns && b.timeout_ns > 74 * MS);
	s.kind = PROBE_PING;
	baseline_of(&s, 0, 500 * MS, 900 * MS, &b);
	CU_ASSERT_EQUAL(b.timeout_ns, 50 * MS);
	/* The fastest may come after the trigger; J stays the baseline's. */
	records[60].arrival_ns = records[60].sent_ns + 30 * MS;
	baseline_of(&s, 0, 500 * MS, 900 * MS, &b);
	CU_ASSERT_EQUAL(b.fastest_ns, 30 * MS);
	CU_ASSERT(b.jitter_ns < 7 * MS);
}

/* Answers after the trigger are to be judged: they set neither the time-out nor J. */
static void test_window_sets_no_timeout(void)
{
	struct probe_record records[6];
	struct series s =
		by_hand(records, (const int[]){-1, -1, 4946000, 4936000, 1000, 1000}, 6, 10, 50);
	struct baseline b;

	baseline_of(&s, 0, 20 * MS, 60 * MS, &b);
	CU_ASSERT_EQUAL(b.lost, 2);
	CU_ASSERT_EQUAL(b.timeout_ns, 50 * MS);
	CU_ASSERT_EQUAL(b.jitter_ns, 50 * MS);
	CU_ASSERT_EQUAL(b.fastest_ns, MS);
	CU_ASSERT_EQUAL(b.median_ns, NS_NONE);
}

/*
 * A probe every 100 us: 20,000 are answered and written as spans, then none for 100 ms, then late
 * answers. The baseline's only single answer takes 60 ms.
 */
static void test_spans(void)
{
	static struct probe_record records[30000];
	struct trip_summary summaries[] = {
		{0, 999 * MS, 9999, 200000, 300000, 900000, 2000000, NULL, 0},
		{1000 * MS, 1999 * MS, 9990, 250000, 400000, 1100000, 70 * MS, NULL, 0},
		{2500 * MS, 2999 * MS, 4000, 150000, 200000, 40 * MS, 45 * MS, NULL, 0},
	};
	struct series s = {.kind = PROBE_BURST,
		.interval_ns = 100000,
		.timeout_ns = 50 * MS,
		.end_ns = 4 * NS_PER_S,
		.records = records,
		.count = ARRAY_SIZE(records),
		.summaries = summaries,
		.summary_count = ARRAY_SIZE(summaries)};
	struct round_trips trips;
	struct baseline b;
	struct gaps gaps;

	for (size_t i = 0; i < s.count; i++) {
		int64_t sent_ns = (int64_t)i * s.interval_ns;

		records[i] = (struct probe_record){.sent_ns = sent_ns,
			.arrival_ns = sent_ns + s.timeout_ns,
			.summarised = true};
		if (i >= 20000 && i < 21000)
			records[i] = (struct probe_record){
				.sent_ns = sent_ns, .arrival_ns = 2100 * MS + 4946 * MS};
	}
	records[5000].summarised = false;
	records[5000].arrival_ns = records[5000].sent_ns + 60 * MS;
	analyse(&s, 2000 * MS, 2900 * MS, &b, &gaps);
	CU_ASSERT_EQUAL(b.timeout_ns, 50 * MS); /* not p99.9: spans used the planned one */
	CU_ASSERT_EQUAL(b.fastest_ns, 150000);  /* the window's */
	CU_ASSERT_EQUAL(b.p99_ns, 1100000);
	CU_ASSERT_EQUAL(b.jitter_ns, 900000);
	CU_ASSERT(b.median_ns > 350000 && b.median_ns < 360000);
	CU_ASSERT_EQUAL(b.lost, 0);
	CU_ASSERT_EQUAL(gaps.gap[0].l1_ns, 2000 * MS);
	CU_ASSERT_EQUAL(gaps.gap[0].ln_ns, 2099900000);
	CU_ASSERT_EQUAL(gaps.gap[0].length.lo_ns, 99 * MS);
	gaps_release(&gaps);
	/* A single answer next to one in a span is more than one in a hundred. */
	s.summary_count = 0;
	round_trips_of(&s, 0, 2000 * MS, &trips);
	CU_ASSERT_EQUAL(trips.count, 1);
	CU_ASSERT_EQUAL(trips.p99_ns, 60 * MS);
	/* In an older folder, only that the answers came in time is known. */
	records[5000].summarised = true;
	baseline_of(&s, 0, 2000 * MS, 2900 * MS, &b);
	CU_ASSERT_EQUAL(b.timeout_ns, 50 * MS);
	CU_ASSERT_EQUAL(b.jitter_ns, 50 * MS);
}

/* Probes 50 to 99 of 10 ms are lost: A = 490, L1 = 500, Ln = 990, R = 1000 ms. */
static void widened(enum disturbance_kind kind, int64_t from_ms, int64_t to_ms,
	enum probe_kind probe_kind, struct interval *length, bool *disturbed)
{
	struct disturbance d = {
		.from_ns = from_ms * MS, .to_ns = to_ms < 0 ? INT64_MAX : to_ms * MS};
	struct probe_record records[200];
	struct baseline b;
	struct gaps gaps;
	struct series s;
	int trips_us[200];

	for (int i = 0; i < 200; i++)
		trips_us[i] = i >= 50 && i < 100 ? -1 : 1000;
	s = by_hand(records, trips_us, 200, 10, 50);
	s.kind = probe_kind;
	d.kind = kind;
	analyse(&s, 400 * MS, 1500 * MS, &b, &gaps);
	CU_ASSERT_EQUAL_FATAL(gaps.count, 1);
	gaps_widen(&gaps, &d, 1);
	assert_interval(gaps.gap[0].length, 490 * MS, 510 * MS);
	*length = gaps.gap[0].widened;
	*disturbed = gaps.gap[0].disturbed_by == &d;
	gaps_release(&gaps);
}

static void test_disturbances(void)
{
	static const struct {
		enum disturbance_kind kind;
		enum probe_kind probe;
		int64_t from_ms, to_ms;
		bool touches;
		int64_t lo_ms, hi_ms;
	} table[] = {
		{DISTURBED_CONTROL, PROBE_BURST, 100, 400, false, 490, 510},
		/* The VM may have answered in the pause: only the longer side is proven. */
		{DISTURBED_CONTROL, PROBE_BURST, 600, 700, true, 274, 510},
		{DISTURBED_CONTROL, PROBE_BURST, 400, 600, true, 374, 600},
		/* The dropped answers may belong to probes sent up to a time-out (50 ms) before. */
		{DISTURBED_DROPS, PROBE_BURST, 900, 1300, true, 334, 810},
		{DISTURBED_DROPS, PROBE_BURST, 1010, 1040, true, 444, 510},
		{DISTURBED_DROPS, PROBE_BURST, 1051, 1100, false, 490, 510},
		{DISTURBED_CONTROL, PROBE_BURST, 1010, 1040, false, 490, 510},
		{DISTURBED_CONTROL, PROBE_BURST, 300, 1300, true, 0, 1000},
		{DISTURBED_CONTROL, PROBE_BURST, 900, -1, true, 384, -1},
		{DISTURBED_CLOCK, PROBE_BURST, 300, 1300, false, 490, 510},
		/* The kernel stamps: A and R are true, and the unsent probes moved them apart. */
		{DISTURBED_LATE, PROBE_BURST, 400, 600, true, 374, 510},
		{DISTURBED_LATE, PROBE_PING, 400, 600, true, 374, 600},
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct interval length;
		bool disturbed;

		widened(table[i].kind, table[i].from_ms, table[i].to_ms, table[i].probe, &length,
			&disturbed);
		CU_ASSERT_EQUAL(disturbed, table[i].touches);
		assert_interval(length, table[i].lo_ms * MS,
			table[i].hi_ms < 0 ? NS_INF : table[i].hi_ms * MS);
	}
}

/*
 * Compares gap `a` of the whole series with `b` of a window, where silence outside does not count.
 */
static bool same_gap(const struct gap *a, const struct gap *b, int64_t from_ns, int64_t to_ns)
{
	bool inside = a->l1_ns >= from_ns && a->ln_ns <= to_ns;

	return a->a_ns == b->a_ns && a->l1_ns == b->l1_ns && a->ln_ns == b->ln_ns &&
	       a->r_ns == b->r_ns &&
	       (inside ? a->length.lo_ns == b->length.lo_ns : a->length.lo_ns >= b->length.lo_ns) &&
	       a->length.hi_ns == b->length.hi_ns && a->lost == b->lost && a->late == b->late;
}

/* A search for a window's gaps finds those gaps of the whole series that touch the window. */
static bool same_in_window(const struct series *s, const struct baseline *b,
	const struct gaps *whole, int64_t from_ns, int64_t to_ns)
{
	struct gaps gaps;
	size_t n = 0;
	bool same = true;

	gaps_find(s, b, from_ns, to_ns, &gaps);
	for (size_t i = 0; i < whole->count; i++) {
		const struct gap *g = &whole->gap[i];

		if (g->l1_ns > to_ns || (g->r_ns != NS_NONE && g->r_ns < from_ns))
			continue;
		same &= n < gaps.count && same_gap(g, &gaps.gap[n], from_ns, to_ns);
		n++;
	}
	same &= n == gaps.count;
	gaps_release(&gaps);
	return same;
}

static void test_windows(void)
{
	struct probe_record records[600];
	unsigned short seed[3] = {2026, 11, 24};
	unsigned wrong = 0, found = 0;

	for (int round = 0; round < 300; round++) {
		struct series s = {.station = (char *)"local",
			.probe = (char *)"fine",
			.kind = PROBE_BURST,
			.interval_ns = 10 * MS,
			.timeout_ns = 50 * MS,
			.records = records,
			.count = ARRAY_SIZE(records),
			.end_ns = 20 * NS_PER_S};
		struct baseline b = {.timeout_ns = 50 * MS, .fastest_ns = MS, .jitter_ns = MS};
		struct gaps whole;

		for (size_t i = 0; i < s.count; i++) {
			/*
			 * Stretches of each kind: all answered, lost, late, answers overtaking each
			 * other.
			 */
			long kind = (long)(i / 40 + (size_t)round) % 4;
			int64_t trip_ns = MS + nrand48(seed) % (kind == 3 ? 400 : 30) * MS;

			records[i] = (struct probe_record){.sent_ns = (int64_t)i * 10 * MS};
			records[i].arrival_ns = records[i].sent_ns + trip_ns;
			if (nrand48(seed) % 3 < kind - 1)
				records[i].arrival_ns = NS_NONE;
		}
		gaps_find(&s, &b, INT64_MIN + 1, INT64_MAX, &whole);
		found += (unsigned)whole.count;
		for (int64_t from = 0; from < 6000; from += 370)
			wrong += !same_in_window(
				&s, &b, &whole, from * MS, from * MS + nrand48(seed) % 2000 * MS);
		gaps_release(&whole);
	}
	CU_ASSERT(found > 1000);
	CU_ASSERT_EQUAL(wrong, 0);
}

TEST_SUITE(analysis, {"requests dropped", test_requests_dropped},
	{"answers dropped", test_answers_dropped}, {"held and released", test_held},
	{"slow spells", test_slow}, {"three losses of a one-second ping", test_three_of_one_second},
	{"no gap", test_no_gap}, {"a slow spell is a chain", test_slow_chain},
	{"reordered, late, duplicated", test_reordered},
	{"a hold behind a gap", test_hold_behind_gap},
	{"an error counts as unanswered", test_error_counts_as_unanswered},
	{"open ends", test_open_ends}, {"the observation ends first", test_observation_ends},
	{"several gaps", test_several_gaps}, {"time-out in force", test_timeout_in_force},
	{"the window sets no time-out", test_window_sets_no_timeout}, {"spans", test_spans},
	{"disturbances", test_disturbances}, {"windows of a series", test_windows})

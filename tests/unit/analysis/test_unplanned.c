/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A standalone series is its own baseline: held answers and slow spells are still found, and the
 * lengths of outages in a noisy spell still lie in their bounds.
 */
#include "harness/verdict/verdict.h"
#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

#define MS NS_PER_MS
#define INTERVAL (10 * MS)
#define TIMEOUT (50 * MS)

/* splitmix64: the same numbers everywhere. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));

	z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
	return z ^ (z >> 31);
}

static int64_t below(uint64_t *state, int64_t limit)
{
	return (int64_t)(next_random(state) % (uint64_t)limit);
}

/* `seconds` of probes, each answered after trip(k) ns; NS_NONE: never. */
static struct series series_make(int64_t seconds, int64_t (*trip)(size_t k))
{
	size_t n = (size_t)(seconds * NS_PER_S / INTERVAL);
	struct series s = {.station = strdup("local"),
		.probe = strdup("fine"),
		.target = strdup("desk"),
		.address = strdup("192.0.2.10"),
		.kind = PROBE_BURST,
		.interval_ns = INTERVAL,
		.timeout_ns = TIMEOUT,
		.end_ns = NS_PER_S + seconds * NS_PER_S + 10 * NS_PER_S,
		.records = calloc(n, sizeof(*s.records)),
		.count = n,
		.capacity = n};

	CU_ASSERT_FATAL(s.records && s.station && s.probe && s.target && s.address);
	for (size_t k = 0; k < n; k++) {
		int64_t sent_ns = NS_PER_S + (int64_t)k * INTERVAL, trip_ns = trip(k);

		s.records[k] = (struct probe_record){.sent_ns = sent_ns,
			.arrival_ns = trip_ns == NS_NONE ? NS_NONE : sent_ns + trip_ns};
	}
	return s;
}

static void series_free(struct series *s)
{
	free(s->station);
	free(s->probe);
	free(s->target);
	free(s->address);
	free(s->records);
}

static struct baseline baseline(const struct series *s)
{
	struct baseline b;

	baseline_of_whole(s, &b);
	return b;
}

/* Round trips of 1.0 to 1.1 ms; every 10 s answers are held for 1.5 s. */
static int64_t held_trip(size_t k)
{
	int64_t t = (int64_t)(k % 1000) * INTERVAL;

	if (t >= 3 * NS_PER_S && t < 4500 * MS)
		return 4500 * MS - t + MS;
	return MS + (int64_t)(k % 11) * MS / 100;
}

static int64_t slow_network(size_t k)
{
	return 600 * MS + (int64_t)(k % 21) * MS;
}

/* In 4 s of every 10 s round trips take 200 ms. */
static int64_t slow_spell(size_t k)
{
	return k % 1000 >= 500 && k % 1000 < 900 ? 200 * MS : MS;
}

static int64_t no_answer(size_t k)
{
	(void)k;
	return NS_NONE;
}

static void test_baseline(void)
{
	struct series s = series_make(60, held_trip);
	struct baseline b = baseline(&s);

	CU_ASSERT_EQUAL(b.timeout_ns, TIMEOUT);
	CU_ASSERT_EQUAL(b.jitter_ns, MS / 10);
	CU_ASSERT_EQUAL(b.fastest_ns, MS);
	CU_ASSERT_EQUAL(b.probes, 6000);
	series_free(&s);
	s = series_make(60, slow_network);
	b = baseline(&s);
	CU_ASSERT(b.timeout_ns >= 619 * MS && b.timeout_ns <= 620 * MS);
	CU_ASSERT(b.jitter_ns >= 19 * MS && b.jitter_ns <= 20 * MS);
	s.kind = PROBE_PING; /* liboping drops late answers */
	CU_ASSERT_EQUAL(baseline(&s).timeout_ns, TIMEOUT);
	series_free(&s);
	s = series_make(60, slow_spell);
	b = baseline(&s);
	CU_ASSERT_EQUAL(b.timeout_ns, TIMEOUT);
	CU_ASSERT_EQUAL(b.jitter_ns, 0);
	series_free(&s);
	s = series_make(2, no_answer);
	b = baseline(&s);
	CU_ASSERT_EQUAL(b.jitter_ns, TIMEOUT);
	CU_ASSERT_EQUAL(b.lost, 200);
	s.count = 0;
	CU_ASSERT_EQUAL(baseline(&s).probes, 0);
	series_free(&s);
}

/*
 * Every 10 s an outage of up to 2 s that loses requests; every second outage lies in a spell of 6 s
 * in which the way there takes up to 45 ms longer.
 */
static int64_t outage_from(size_t k, uint64_t *random)
{
	*random = k / 1000;
	return 4 * NS_PER_S + below(random, 10 * MS);
}

static int64_t outage_length(size_t k)
{
	uint64_t random;

	outage_from(k, &random);
	return 100 * MS + below(&random, 1900 * MS);
}

static int64_t noisy_trip(size_t k)
{
	uint64_t random, own = k * 7919;
	int64_t t = (int64_t)(k % 1000) * INTERVAL, from = outage_from(k, &random);
	bool noisy = k / 1000 % 2 && t >= 2 * NS_PER_S && t < 8 * NS_PER_S;
	int64_t there = MS + (noisy ? below(&own, 45 * MS) : 0);

	if (t + there >= from && t + there < from + outage_length(k))
		return NS_NONE;
	return there + MS;
}

static void test_noisy_spells(void)
{
	struct series s = series_make(2000, noisy_trip);
	struct baseline b = baseline(&s);
	struct interval longest[200] = {0};
	struct gaps gaps;
	size_t wrong = 0, wide = 0;

	gaps_find(&s, &b, 0, INT64_MAX, &gaps);
	gaps_spread(&gaps, &s, &b);
	/* If answers overtake each other, an outage may show as a short gap and a long one. */
	for (size_t i = 0; i < gaps.count; i++) {
		const struct gap *gap = &gaps.gap[i];
		size_t n = (size_t)((gap->l1_ns - NS_PER_S) / (10 * NS_PER_S));

		CU_ASSERT_EQUAL(gap->widened.lo_ns, gap->length.lo_ns);
		if (gap->length.hi_ns > longest[n].hi_ns)
			longest[n] = gap->length;
	}
	for (size_t n = 0; n < ARRAY_SIZE(longest); n++) {
		int64_t truth_ns = outage_length(n * 1000);

		wrong += longest[n].lo_ns > truth_ns || truth_ns > longest[n].hi_ns;
		/* Noisy spells do not widen an outage in a quiet one. */
		wide += n % 2 == 0 && longest[n].hi_ns - longest[n].lo_ns > 2 * INTERVAL + MS / 10;
	}
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_EQUAL(wide, 0);
	gaps_release(&gaps);
	series_free(&s);
}

static int64_t two_outages(size_t k)
{
	return (k >= 300 && k < 330) || (k >= 400 && k < 420) ? NS_NONE : 2 * MS;
}

/* The span across a gap's end has answers just in time: the next gap's spread leaves them out. */
static void test_span_across_end(void)
{
	struct series s = series_make(10, two_outages);
	struct trip_summary span = {.from_ns = s.records[320].sent_ns,
		.to_ns = s.records[350].sent_ns,
		.count = 300,
		.fastest_ns = 2 * MS,
		.median_ns = 2 * MS,
		.p99_ns = 46 * MS,
		.p999_ns = 48 * MS};
	struct baseline b = {.fastest_ns = 2 * MS, .timeout_ns = TIMEOUT, .jitter_ns = MS};
	struct gaps gaps;

	s.summaries = &span;
	s.summary_count = 1;
	gaps_find(&s, &b, 0, INT64_MAX, &gaps);
	gaps_spread(&gaps, &s, &b);
	CU_ASSERT_EQUAL_FATAL(gaps.count, 2);
	CU_ASSERT_EQUAL(gaps.gap[1].length.lo_ns, 19 * INTERVAL);
	gaps_release(&gaps);
	s.summaries = NULL;
	s.summary_count = 0;
	series_free(&s);
}

/*
 * A fleet's targets share one list of disturbances, which controls add to; controls are not judged.
 */
static void test_fleet(void)
{
	struct series series[4] = {series_make(1, slow_spell), series_make(1, slow_spell),
		series_make(1, no_answer), series_make(1, slow_spell)};
	struct timeline t = {.dir = NULL,
		.first_ns = NS_PER_S,
		.series = series,
		.series_count = ARRAY_SIZE(series),
		.standalone_bound_ns = NS_PER_S / 2};
	struct results *results;
	struct err e = {0};

	series[2].control = true;
	CU_ASSERT_FATAL(results_new(&results, &t, NULL, &e) == 0);
	CU_ASSERT_EQUAL_FATAL(results->standalone_count, 3);
	CU_ASSERT_EQUAL(results->bound_ns, NS_PER_S / 2);
	CU_ASSERT_PTR_EQUAL(results->standalone[2].observation.series, &series[3]);
	for (size_t i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL_FATAL(results->standalone[i].observation.disturbance_count, 1);
		CU_ASSERT_PTR_EQUAL(results->standalone[i].observation.disturbances,
			results->standalone[0].observation.disturbances);
	}
	results_free(results);
	for (size_t i = 0; i < ARRAY_SIZE(series); i++)
		series[i].control = true;
	CU_ASSERT_FATAL(results_new(&results, &t, NULL, &e) == 0);
	CU_ASSERT_EQUAL(results_status(results), STATUS_UNDECIDED); /* no series was judged */
	results_free(results);
	for (size_t i = 0; i < ARRAY_SIZE(series); i++)
		series_free(&series[i]);
}

TEST_SUITE(standalone, {"baseline", test_baseline}, {"noisy spells", test_noisy_spells},
	{"a span across a gap's end", test_span_across_end}, {"fleet", test_fleet})

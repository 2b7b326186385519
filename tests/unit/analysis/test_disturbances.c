/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Widens given gaps by disturbances, and sets their phases. */
#include "harness/analysis/gaps.h"
#include "tests/unit/assert_interval.h"
#include "tests/unit/test.h"

#define MS NS_PER_MS

/* A gap with its length, not widened yet. */
static struct gap gap_of(int64_t a_ms, int64_t l1_ms, int64_t ln_ms, int64_t r_ms)
{
	struct interval length = {(ln_ms - l1_ms) * MS, (r_ms - a_ms) * MS};

	return (struct gap){.a_ns = a_ms * MS,
		.l1_ns = l1_ms * MS,
		.ln_ns = ln_ms * MS,
		.r_ns = r_ms * MS,
		.length = length,
		.widened = length};
}

static void test_disturbances_overlap(void)
{
	const struct disturbance d[] = {
		{.kind = DISTURBED_CONTROL, .from_ns = 600 * MS, .to_ns = 700 * MS},
		{.kind = DISTURBED_DROPS, .from_ns = 650 * MS, .to_ns = 800 * MS},
		{.kind = DISTURBED_CONTROL, .from_ns = 1300 * MS, .to_ns = 1400 * MS},
	};
	struct gap gap = gap_of(490, 500, 990, 1000);
	struct gaps gaps = {.gap = &gap, .count = 1, .unseen_from_ns = NS_NONE};

	gaps_widen(&gaps, d, ARRAY_SIZE(d));
	/* 190 ms are left after the disturbances. */
	assert_interval(gap.widened, 190 * MS, 510 * MS);
	CU_ASSERT_PTR_EQUAL(gap.disturbed_by, &d[1]);
}

/* The lower bound of a gap of [0, 1000] ms that was probed except for one or two ranges. */
static int64_t lower(enum disturbance_kind kind, bool user_stamps, int64_t from_ms, int64_t to_ms,
	int64_t other_from_ms, int64_t other_to_ms)
{
	struct disturbance d[] = {{.from_ns = from_ms * MS, .to_ns = to_ms * MS},
		{.kind = DISTURBED_LATE, .from_ns = other_from_ms * MS, .to_ns = other_to_ms * MS}};
	struct gap gap = gap_of(0, 0, 1000, 1000);
	struct gaps gaps = {.gap = &gap,
		.count = 1,
		.unseen_from_ns = NS_NONE,
		.user_stamps = user_stamps,
		.step_ns = 16 * MS};

	d[0].kind = kind;
	gaps_widen(&gaps, d, other_to_ms ? 2 : 1);
	return gap.widened.lo_ns / MS;
}

/*
 * The silences on the two sides of a disturbance may have service between them: only the longer
 * side is proven, minus the regular step (16 ms) to the nearest request.
 */
static void test_divided(void)
{
	CU_ASSERT_EQUAL(lower(DISTURBED_LATE, false, 400, 600, 0, 0), 384);
	CU_ASSERT_EQUAL(lower(DISTURBED_LATE, false, 300, 700, 0, 0), 284);
	CU_ASSERT_EQUAL(lower(DISTURBED_LATE, false, 190, 400, 0, 0), 584);
	CU_ASSERT_EQUAL(lower(DISTURBED_LATE, false, 0, 100, 0, 0), 884);
	CU_ASSERT_EQUAL(lower(DISTURBED_LATE, false, 200, 400, 410, 700), 284);
	CU_ASSERT_EQUAL(lower(DISTURBED_DROPS, false, 400, 600, 0, 0), 384);
	CU_ASSERT_EQUAL(lower(DISTURBED_DROPS, false, 450, 500, 500, 600), 434);
	/* A regular step is not a pause, but moves an edge if the program stamps. */
	CU_ASSERT_EQUAL(lower(DISTURBED_LATE, false, 400, 415, 0, 0), 1000);
	CU_ASSERT_EQUAL(lower(DISTURBED_LATE, true, 400, 415, 0, 0), 1000);
	CU_ASSERT_EQUAL(lower(DISTURBED_LATE, true, 0, 15, 0, 0), 985);
	CU_ASSERT_EQUAL(lower(DISTURBED_LATE, true, 990, 1005, 0, 0), 990);
	/* Two late ranges that together make a pause. */
	CU_ASSERT_EQUAL(lower(DISTURBED_LATE, true, 400, 415, 410, 425), 559);
	/* The wall clock was set back: no time is missing. */
	CU_ASSERT_EQUAL(lower(DISTURBED_CLOCK, false, 400, 600, 0, 0), 1000);
}

/* Missing time divides the proven silence and is added to the upper bound. */
static void test_missing_time(void)
{
	const struct clock_step step = {400 * MS, 600 * MS, 5000 * MS};
	const struct disturbance d = {.kind = DISTURBED_CLOCK,
		.from_ns = 400 * MS,
		.to_ns = 600 * MS,
		.missing_ns = 5000 * MS};
	struct probe_record records[120];
	struct series s = {.kind = PROBE_BURST,
		.interval_ns = 10 * MS,
		.timeout_ns = 50 * MS,
		.end_ns = 1300 * MS,
		.records = records,
		.count = ARRAY_SIZE(records),
		.steps = &step,
		.step_count = 1};
	struct baseline b = {.fastest_ns = MS, .timeout_ns = 50 * MS};
	struct gaps gaps;

	for (size_t i = 0; i < s.count; i++)
		records[i] = (struct probe_record){.sent_ns = (int64_t)i * 10 * MS,
			.arrival_ns = i > 0 && i < 100 ? NS_NONE : (int64_t)i * 10 * MS + MS};
	gaps_find(&s, &b, 0, INT64_MAX, &gaps);
	gaps_widen(&gaps, &d, 1);
	CU_ASSERT_EQUAL_FATAL(gaps.count, 1);
	assert_interval(gaps.gap[0].widened, 374 * MS, 6000 * MS);
	CU_ASSERT_PTR_EQUAL(gaps.gap[0].disturbed_by, &d);
	gaps_release(&gaps);
	/* If all are answered, the unseen silence may be longer by the missing time. */
	for (size_t i = 0; i < s.count; i++)
		records[i].arrival_ns = records[i].sent_ns + MS;
	gaps_find(&s, &b, 0, INT64_MAX, &gaps);
	assert_interval(gaps_longest(&gaps, true), 0, 5010 * MS);
	assert_interval(gaps_sampled(&gaps), 0, 10 * MS);
	gaps_release(&gaps);
}

/* A control target that never answered: the begin of its silence is unknown. */
static void test_unknown_begin(void)
{
	const struct disturbance early = {
		.kind = DISTURBED_CONTROL, .from_ns = NS_NONE, .to_ns = 600 * MS};
	const struct disturbance always = {
		.kind = DISTURBED_CONTROL, .from_ns = NS_NONE, .to_ns = INT64_MAX};
	struct gap gap = gap_of(490, 500, 990, 1000);
	struct gaps gaps = {.gap = &gap, .count = 1, .unseen_from_ns = NS_NONE};

	gaps_widen(&gaps, &early, 1);
	assert_interval(gap.widened, 390 * MS, NS_INF);
	gap.a_ns = gap.r_ns = NS_NONE;
	gap.length = gap.widened = (struct interval){490 * MS, NS_INF};
	gaps_widen(&gaps, &always, 1);
	assert_interval(gap.widened, 0, NS_INF);
	gap = gap_of(700, 710, 990, 1000);
	gaps_widen(&gaps, &early, 1);
	assert_interval(gap.widened, 280 * MS, 300 * MS);
}

static enum phase phase_at(int64_t a_ms, int64_t l1_ms, int64_t r_ms, const struct job *job)
{
	struct gap gap = {.a_ns = a_ms * MS, .l1_ns = l1_ms * MS, .r_ns = r_ms * MS};
	struct gaps gaps = {.gap = &gap, .count = 1};
	struct job copy = *job;
	struct move move = {.trigger_ns = 1000 * MS, .job = &copy};

	gaps_phases(&gaps, &move);
	return gap.phase;
}

static void test_phases(void)
{
#define AT(ms)                     \
	{                          \
		(ms) * MS, (ms)*MS \
	}
	const struct job whole = {.requested = AT(1001),
		.started = AT(1002),
		.copying = AT(1500),
		.paused = AT(5000),
		.resumed = AT(5200),
		.ended = AT(5300),
		.setup_ns = NS_NONE};
	const struct job bare = {.requested = AT(1001),
		.started = {NS_NONE, NS_NONE},
		.copying = {NS_NONE, NS_NONE},
		.paused = {NS_NONE, NS_NONE},
		.resumed = {NS_NONE, NS_NONE},
		.ended = AT(5300),
		.setup_ns = 200 * MS};

	CU_ASSERT_EQUAL(phase_at(900, 910, 950, &whole), PHASE_BEFORE);
	CU_ASSERT_EQUAL(phase_at(1100, 1110, 1300, &whole), PHASE_START);
	CU_ASSERT_EQUAL(phase_at(2000, 2010, 2300, &whole), PHASE_COPY);
	CU_ASSERT_EQUAL(phase_at(4900, 4910, 5100, &whole), PHASE_SWITCH);
	/* The phase is that of the gap's begin, not of its end. */
	CU_ASSERT_EQUAL(phase_at(3000, 3010, 5100, &whole), PHASE_COPY);
	CU_ASSERT_EQUAL(phase_at(900, 910, 6000, &whole), PHASE_BEFORE);
	CU_ASSERT_EQUAL(phase_at(4480, 4510, 5100, &whole), PHASE_SWITCH);
	CU_ASSERT_EQUAL(phase_at(4480, 4490, 5100, &whole), PHASE_COPY);
	CU_ASSERT_EQUAL(phase_at(5199, 5201, 5400, &whole), PHASE_SWITCH);
	CU_ASSERT_EQUAL(phase_at(5250, 5260, 5400, &whole), PHASE_AFTER);
	CU_ASSERT_EQUAL(phase_at(2100, 2110, 2150, &bare), PHASE_START);
	CU_ASSERT_EQUAL(phase_at(2200, 2210, 2250, &bare), PHASE_COPY);
	CU_ASSERT_EQUAL(phase_at(4700, 4790, 4810, &bare), PHASE_COPY);
	CU_ASSERT_EQUAL(phase_at(4790, 4810, 4900, &bare), PHASE_SWITCH);
	CU_ASSERT_EQUAL(phase_at(5400, 5410, 5450, &bare), PHASE_AFTER);
	CU_ASSERT_STRING_EQUAL(phase_name(PHASE_SWITCH), "switch");
}

TEST_SUITE(disturbed, {"disturbances that overlap", test_disturbances_overlap},
	{"divided", test_divided}, {"missing time", test_missing_time},
	{"unknown begin of a disturbance", test_unknown_begin}, {"phases", test_phases})

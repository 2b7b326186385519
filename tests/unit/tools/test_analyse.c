/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `blackout analyse` on captures with known outages: every interval contains the true length, and a
 * capture that cannot be analysed is refused with a reason.
 */
#include "tests/unit/assert_interval.h"
#include "tests/unit/capture_bench.h"
#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

#define MS NS_PER_MS
#define S NS_PER_S

static const struct capture_echo desk = {"10.0.0.1", "10.0.0.2", 7, 1, (UINT64_C(3) << 16) + 1};
static const struct capture_echo desk6 = {"fd00::1", "fd00::2", 9, 65500, 0};

/* The gap of the n-th target that contains at_ns (by the capture's clock), or NULL. */
static const struct gap *gap_at(const struct capture_bench *b, size_t n, int64_t at_ns)
{
	const struct gaps *gaps = &b->results->standalone[n].observation.gaps;

	/* The facts' clock starts 1 s before the first frame, the capture's clock at that frame. */
	at_ns += S;
	for (size_t i = 0; i < gaps->count; i++) {
		const struct gap *g = &gaps->gap[i];

		if ((g->a_ns == NS_NONE || g->a_ns <= at_ns) &&
			(g->r_ns == NS_NONE || g->r_ns >= at_ns))
			return g;
	}
	return NULL;
}

static void assert_truth(const struct capture_bench *b, size_t n, const struct capture_outage *o)
{
	const struct gap *g = gap_at(b, n, (o->begin_ns + o->end_ns) / 2);
	int64_t truth_ns = o->end_ns - o->begin_ns;

	CU_ASSERT_PTR_NOT_NULL(g);
	if (!g)
		return;
	CU_ASSERT(interval_contains(g->widened, truth_ns));
	if (g->widened.lo_ns > truth_ns || truth_ns > g->widened.hi_ns)
		fprintf(stderr, "\n  %lld not in [%lld, %lld]\n", (long long)truth_ns,
			(long long)g->widened.lo_ns, (long long)g->widened.hi_ns);
}

/* Outages of dropped and of held requests; probes every 1 ms (IPv4) and every 10 ms (IPv6). */
static void test_truth_inside(void)
{
	struct capture_outage outages[60];
	unsigned seed = 4711;
	struct capture_bench b;

	capture_bench_init(&b);
	for (size_t i = 0; i < ARRAY_SIZE(outages); i++) {
		int64_t begin_ns = (int64_t)(i + 1) * S + rand_r(&seed) % (100 * MS);

		outages[i] = (struct capture_outage){i % 3 ? CAPTURE_DROPPED : CAPTURE_HELD,
			begin_ns, begin_ns + 80 * MS + rand_r(&seed) % (700 * MS)};
	}
	capture_probes(&b.world, desk, MS, 62 * S, outages, ARRAY_SIZE(outages), 1);
	capture_probes(&b.world, desk6, 10 * MS, 62 * S, outages, ARRAY_SIZE(outages), 2);
	CU_ASSERT_FATAL(capture_bench_analyse(&b) == 0);
	CU_ASSERT_EQUAL_FATAL(b.results->standalone_count, 2);
	for (size_t n = 0; n < 2; n++) {
		CU_ASSERT_EQUAL(
			b.results->standalone[n].observation.gaps.count, ARRAY_SIZE(outages));
		CU_ASSERT_EQUAL(b.timeline->series[n].interval_ns, n ? 10 * MS : MS);
		for (size_t i = 0; i < ARRAY_SIZE(outages); i++)
			assert_truth(&b, n, &outages[i]);
	}
	capture_bench_release(&b);
}

/* Answers 200 ms late, for two seconds: a series of gaps of 200 ms each, not one of two seconds. */
static void test_slow_spell(void)
{
	static const struct capture_outage slow = {CAPTURE_SLOW, 5 * S, 7 * S};
	const struct gaps *gaps;
	struct capture_bench b;

	capture_bench_init(&b);
	capture_probes(&b.world, desk, 10 * MS, 12 * S, &slow, 1, 3);
	CU_ASSERT_FATAL(capture_bench_analyse(&b) == 0);
	gaps = &b.results->standalone[0].observation.gaps;
	CU_ASSERT(gaps->count >= 8 && gaps->count <= 12);
	for (size_t i = 0; i + 1 < gaps->count; i++) {
		CU_ASSERT(gaps->gap[i].widened.lo_ns <= 200 * MS);
		CU_ASSERT(gaps->gap[i].widened.hi_ns >= 200 * MS);
		CU_ASSERT(gaps->gap[i].widened.hi_ns < 300 * MS);
		CU_ASSERT(gaps->gap[i].lost == 0 && gaps->gap[i].late > 0);
	}
	capture_bench_release(&b);
}

static void test_open_ends(void)
{
	static const struct capture_outage ends[] = {
		{CAPTURE_DROPPED, 0, 3 * S}, {CAPTURE_DROPPED, 8 * S, 20 * S}};
	const struct gaps *gaps;
	struct capture_bench b;

	capture_bench_init(&b);
	capture_probes(&b.world, desk, 100 * MS, 10 * S, ends, 2, 5);
	b.options.bound_ns = S;
	CU_ASSERT_FATAL(capture_bench_analyse(&b) == 0);
	gaps = &b.results->standalone[0].observation.gaps;
	CU_ASSERT_EQUAL_FATAL(gaps->count, 2);
	CU_ASSERT(gaps->gap[0].a_ns == NS_NONE && gaps->gap[0].widened.hi_ns == NS_INF);
	CU_ASSERT(gaps->gap[1].r_ns == NS_NONE && gaps->gap[1].widened.hi_ns == NS_INF);
	CU_ASSERT(gaps->gap[1].widened.lo_ns > 1500 * MS);
	CU_ASSERT_EQUAL(b.results->standalone[0].verdict, VERDICT_FAIL);
	capture_bench_release(&b);
}

/* Answers out of order, duplicates and announcements cause no gap; a refusal one of one probe. */
static void test_odd_answers(void)
{
	struct capture_echo echo = desk;
	struct capture_bench b;

	capture_bench_init(&b);
	for (int i = 0; i < 100; i++, echo.seq++, echo.number++) {
		int64_t at_ns = i * 100 * MS;

		capture_request(&b.world, at_ns, &echo);
		if (i == 50)
			capture_error(&b.world, at_ns + MS, &echo);
		else /* every third is overtaken by the next */
			capture_reply(&b.world, at_ns + (i % 3 ? 1 : 99) * MS, &echo);
		if (i % 7 == 0)
			capture_reply(&b.world, at_ns + 100 * MS, &echo);
	}
	capture_garp(&b.world, 5050 * MS, "10.0.0.2", 2);
	capture_rarp(&b.world, 5060 * MS, 2);
	capture_rarp(&b.world, 5070 * MS, 3);
	CU_ASSERT_FATAL(capture_bench_analyse(&b) == 0);
	CU_ASSERT_EQUAL_FATAL(b.results->standalone[0].observation.gaps.count, 1);
	CU_ASSERT_EQUAL(b.results->standalone[0].observation.gaps.gap[0].lost, 1);
	CU_ASSERT_EQUAL(b.results->standalone[0].observation.gaps.probes, 100);
	CU_ASSERT_EQUAL_FATAL(b.timeline->sighting_count, 2);
	CU_ASSERT_EQUAL(b.timeline->sightings[1].what, SIGHTING_RARP);
	CU_ASSERT_EQUAL(b.timeline->sightings[1].at_ns, S + 5060 * MS);
	CU_ASSERT_EQUAL_FATAL(b.timeline->note_count, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(b.timeline->notes[0], "15 answers more than once"));
	capture_bench_release(&b);
}

/* Two probers of a target differ by identifier; a flow of two requests is left out. */
static void test_flows_named(void)
{
	struct capture_echo other = desk, short_flow = desk;
	struct capture_bench b;

	capture_bench_init(&b);
	other.ident = 8;
	short_flow.to = "10.0.0.3";
	capture_probes(&b.world, desk, 10 * MS, S, NULL, 0, 6);
	capture_probes(&b.world, other, S, 4 * S, NULL, 0, 7);
	capture_probes(&b.world, short_flow, S, 2 * S, NULL, 0, 8);
	CU_ASSERT_FATAL(capture_bench_analyse(&b) == 0);
	CU_ASSERT_EQUAL_FATAL(b.timeline->series_count, 2);
	CU_ASSERT_STRING_EQUAL(b.timeline->series[0].target, "10.0.0.2 id 7");
	CU_ASSERT_STRING_EQUAL(b.timeline->series[1].target, "10.0.0.2 id 8");
	CU_ASSERT_EQUAL(b.timeline->series[1].timeout_ns, S);
	CU_ASSERT_EQUAL(b.timeline->note_count, 1);
	capture_bench_release(&b);
}

static void test_refused(void)
{
	struct frame_address elsewhere = {{10, 0, 0, 9}, 4};
	struct capture_bench b;

	capture_bench_init(&b);
	capture_reply(&b.world, 0, &desk);
	capture_garp(&b.world, MS, "10.0.0.2", 2);
	CU_ASSERT_FATAL(capture_bench_analyse(&b) == -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(b.e.text, "no echo request in 2 frames (1 answers"));
	capture_world_release(&b.world);
	capture_probes(&b.world, desk, S, 2 * S, NULL, 0, 1);
	CU_ASSERT_FATAL(capture_bench_analyse(&b) == -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(b.e.text, "fewer than 3 echo requests to each of 10.0.0.2"));
	capture_world_release(&b.world);
	capture_probes(&b.world, desk, S, 5 * S, NULL, 0, 1);
	b.options.targets = &elsewhere;
	b.options.target_count = 1;
	CU_ASSERT_FATAL(capture_bench_analyse(&b) == -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(b.e.text, "there are some to 10.0.0.2"));
	capture_bench_release(&b);
}

TEST_SUITE(analyse, {"the truth is inside", test_truth_inside}, {"a slow spell", test_slow_spell},
	{"open at either end", test_open_ends}, {"odd answers", test_odd_answers},
	{"flows by name", test_flows_named}, {"what is refused", test_refused});

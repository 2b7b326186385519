/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two probes of one definition observe a move with a random outage of known length. The blackout by
 * both must contain the true length, and the verdict must not contradict it.
 */
#include "harness/verdict/internal.h"
#include "tests/unit/assert_interval.h"
#include "tests/unit/scripted.h"
#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

#define MS NS_PER_MS
#define S NS_PER_S
#define WORLDS 1200
#define BOUND_NS (1500 * MS)

static const char plan_text_ini[] =
	"[plan]\nbaseline = 60 s\nbound = 1500 ms\n[platform sim]\n[vm desk]\n[move]\n"
	"[probe first]\nkind = burst\n[control switch]\ntarget = 10.0.0.9\n";

struct verdict_counts {
	unsigned outside, wider, narrower, invalid, wrong, undecided, undecided_alone;
};

static struct plan *parse(void)
{
	struct plan_errors errors = {0};
	struct plan *plan;

	CU_ASSERT_EQUAL_FATAL(
		plan_parse(&plan, "t.ini", plan_text_ini, strlen(plan_text_ini), &errors), 0);
	return plan;
}

static bool straddle(struct interval i)
{
	return i.lo_ns <= BOUND_NS && BOUND_NS < i.hi_ns;
}

static void count(const struct move_result *m, int64_t truth_ns, struct verdict_counts *counts)
{
	struct interval alone = move_judged(m)->blackout, both = m->blackout;

	counts->invalid += m->verdict == VERDICT_INVALID || !m->observations[1].agrees;
	counts->wider += both.lo_ns < alone.lo_ns || both.hi_ns > alone.hi_ns;
	counts->narrower += both.lo_ns > alone.lo_ns || both.hi_ns < alone.hi_ns;
	counts->outside += !interval_contains(both, truth_ns);
	counts->wrong += (m->verdict == VERDICT_PASS && truth_ns > BOUND_NS) ||
			 (m->verdict == VERDICT_FAIL && truth_ns <= BOUND_NS);
	counts->undecided += m->verdict == VERDICT_INCONCLUSIVE;
	counts->undecided_alone += straddle(alone);
}

/* by[0] is the judged probe, by[1] the one with the longer interval. */
static void one_world(const struct plan *plan, const struct sampling by[2], enum mode mode,
	uint64_t *random, struct verdict_counts *counts)
{
	int64_t trigger_ns = by[1].interval_ns * (by[1].interval_ns < 100 * MS ? 400 : 20);
	struct outage o = {.mode = mode};
	int64_t truth_ns = scripted_outage(&o, &by[1], trigger_ns + 20 * MS, random);
	int64_t end_ns = o.to_ns + o.extra_ns + 4 * by[1].interval_ns + by[1].timeout_ns;
	struct series series[2];
	struct place places[] = {{(char *)"a", VM_NONE}, {(char *)"b", VM_RUNNING}};
	struct instant never = {NS_NONE, NS_NONE}, over = {o.to_ns, o.to_ns};
	struct job job = {.vm = (char *)"desk",
		.state = JOB_COMPLETED,
		.requested = {trigger_ns, trigger_ns},
		.ended = over,
		.started = never,
		.copying = never,
		.paused = never,
		.resumed = never,
		.downtime_ns = NS_NONE};
	struct move move = {.case_name = plan_case_at(plan, 0)->name,
		.run = 1,
		.attempt = 1,
		.move = 1,
		.vm = (char *)"desk",
		.source = (char *)"a",
		.destination = (char *)"b",
		.window_begin_ns = trigger_ns,
		.trigger_ns = trigger_ns,
		.window_end_ns = end_ns,
		.end_ns = end_ns,
		.job = &job,
		.places = places,
		.place_count = 2};
	struct timeline timeline = {.dir = (char *)"nowhere",
		.closed = FOLDER_COMPLETE,
		.series = series,
		.series_count = 2,
		.moves = &move,
		.move_count = 1};
	struct results *results;
	struct err e = {0};

	for (int i = 0; i < 2; i++) {
		scripted_series(&series[i], &by[i], &o, 1, end_ns, random);
		series[i].station = (char *)"main";
		series[i].probe = (char *)(i ? "second" : "first");
		series[i].target = (char *)"desk";
		series[i].address = (char *)"10.0.0.2";
	}
	CU_ASSERT_EQUAL_FATAL(results_new(&results, &timeline, plan, &e), 0);
	CU_ASSERT_EQUAL_FATAL(results->moves[0].observation_count, 2);
	count(&results->moves[0], truth_ns, counts);
	results_free(results);
	free(series[0].records);
	free(series[1].records);
}

static void worlds(const struct sampling by[2])
{
	struct plan *plan = parse();

	for (int mode = 0; mode < MODES; mode++) {
		uint64_t random = 100 + (uint64_t)mode;
		struct verdict_counts c = {0};

		for (int i = 0; i < WORLDS; i++)
			one_world(plan, by, (enum mode)mode, &random, &c);
		if (c.outside || c.wider || c.invalid || c.wrong)
			fprintf(stderr,
				"\n  mode %d, of %d: %u outside, %u wider, %u invalid, %u "
				"judged wrongly\n",
				mode, WORLDS, c.outside, c.wider, c.invalid, c.wrong);
		CU_ASSERT_EQUAL(c.outside, 0);
		CU_ASSERT_EQUAL(c.wider, 0);
		CU_ASSERT_EQUAL(c.invalid, 0);
		CU_ASSERT_EQUAL(c.wrong, 0);
		CU_ASSERT(c.narrower > WORLDS / 20);
		/* Both probes leave fewer verdicts undecided than the judged one alone. */
		CU_ASSERT(c.undecided <= c.undecided_alone);
		if (by[0].interval_ns >= S && mode != SLOW)
			CU_ASSERT(c.undecided < c.undecided_alone);
	}
	plan_free(plan);
}

static void test_two_pings(void)
{
	worlds((struct sampling[]){{PROBE_PING, 1000 * MS, 950 * MS, {200000, 100000, 400000}},
		{PROBE_PING, 1000 * MS, 950 * MS, {200000, 100000, 400000}}});
}

static void test_two_pings_of_two_intervals(void)
{
	worlds((struct sampling[]){{PROBE_PING, 1000 * MS, 950 * MS, {200000, 100000, 400000}},
		{PROBE_PING, 2500 * MS, 950 * MS, {200000, 100000, 400000}}});
}

static void test_two_intervals(void)
{
	worlds((struct sampling[]){{PROBE_BURST, 10 * MS, 50 * MS, {100000, 150000, 400000}},
		{PROBE_BURST, 35 * MS, 50 * MS, {100000, 150000, 400000}}});
}

TEST_SUITE(verdict_witness, {"two pings", test_two_pings},
	{"two pings of two intervals", test_two_pings_of_two_intervals},
	{"two intervals", test_two_intervals})

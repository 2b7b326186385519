/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The simulated world and its probes: its clock, what each kind of trouble does to a probe's facts,
 * and that a seed gives the same bytes. tests/unit/drivers/test_sim.c tests how jobs end,
 * tests/unit/run/test_run.c whole runs.
 */
#include "tools/components.h"
#include "tests/unit/sim_bench.h"
#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

static void note(void *ctx)
{
	strcat(ctx, "x");
}

static void note_more(void *ctx)
{
	strcat(ctx, "y");
}

static void test_clock(void)
{
	struct sim_setup setup = bench_setup();
	struct sim_world *w;
	const struct clock *c;
	char order[16] = "", other[16] = "";
	struct err e = {0};

	CU_ASSERT_EQUAL_FATAL(sim_world_new(&w, &setup, &e), 0);
	c = sim_clock(w);
	CU_ASSERT_PTR_EQUAL(sim_world_of(c), w);
	CU_ASSERT_PTR_NULL(sim_world_of(&clock_system));
	CU_ASSERT_EQUAL(c->mono_ns(c), SIM_START_NS);
	sim_schedule(w, SIM_START_NS + 2 * S, note_more, order);
	sim_schedule(w, SIM_START_NS + S, note, order);
	sim_schedule(w, SIM_START_NS + 2 * S, note, order);
	sim_schedule(w, SIM_START_NS + S, note, other);
	sim_unschedule(w, other);
	CU_ASSERT(c->sleep_until(c, SIM_START_NS + S));
	CU_ASSERT_STRING_EQUAL(order, "x");
	CU_ASSERT(c->sleep_until(c, SIM_START_NS + 3 * S));
	CU_ASSERT_STRING_EQUAL(order, "xyx");
	CU_ASSERT_STRING_EQUAL(other, "");
	CU_ASSERT_EQUAL(c->mono_ns(c), SIM_START_NS + 3 * S);
	CU_ASSERT(c->sleep_until(c, SIM_START_NS));
	CU_ASSERT_EQUAL(c->mono_ns(c), SIM_START_NS + 3 * S);
	CU_ASSERT_EQUAL(c->utc_ns(c), SIM_START_UTC_NS + 3 * S);
	CU_ASSERT_EQUAL(sim_utc_step(w, SIM_START_NS + 4 * S, 3600 * S, &e), 0);
	c->sleep_until(c, SIM_START_NS + 4 * S);
	CU_ASSERT_EQUAL(c->utc_ns(c), SIM_START_UTC_NS + 3604 * S);
	CU_ASSERT_EQUAL(sim_outage(w, "desk", SIM_DROP, SIM_START_NS, S, 0, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "past"));
	sim_world_free(w);
	setup.host_count = 0;
	CU_ASSERT_EQUAL(sim_world_new(&w, &setup, &e), -1);
}

/* Requests with a round trip of 200 us around a second of trouble that begins at 10 s. */
static void test_answers(void)
{
	struct sim_setup setup = bench_setup();
	const int64_t rtt = 200 * NS_PER_US, from = SIM_START_NS + 10 * S, to = from + S;
	struct sim_world *w;
	struct err e = {0};

	CU_ASSERT_EQUAL_FATAL(sim_world_new(&w, &setup, &e), 0);
	sim_outage(w, "drop", SIM_DROP, from, S, 0, &e);
	sim_outage(w, "back", SIM_ANSWERS_DROPPED, from, S, 0, &e);
	sim_outage(w, "hold", SIM_HOLD, from, S, 0, &e);
	sim_outage(w, "slow", SIM_SLOW, from, S, 300 * MS, &e);
	sim_outage(w, "ever", SIM_HOLD, from, NS_INF, 0, &e);
	/* A search must find the longer trouble that began before this shorter one. */
	sim_outage(w, "drop", SIM_DROP, from + 100 * MS, MS, 0, &e);
	CU_ASSERT_EQUAL(sim_answer_ns(w, "drop", from + 500 * MS, rtt, false), NS_NONE);
	CU_ASSERT_EQUAL(sim_answer_ns(w, "drop", from - rtt, rtt, false), from);
	CU_ASSERT_EQUAL(sim_answer_ns(w, "drop", from - rtt / 2, rtt, false), NS_NONE);
	CU_ASSERT_EQUAL(sim_answer_ns(w, "drop", to - rtt / 2, rtt, false), to + rtt / 2);
	CU_ASSERT_EQUAL(sim_answer_ns(w, "drop", from, rtt, true), to + rtt / 2);
	CU_ASSERT_EQUAL(sim_answer_ns(w, "other", from, rtt, false), from + rtt);
	CU_ASSERT_EQUAL(sim_answer_ns(w, "back", from, rtt, false), NS_NONE);
	/* The request reaches the target before the trouble, its answer is lost in it. */
	CU_ASSERT_EQUAL(sim_answer_ns(w, "back", from - 120 * NS_PER_US, rtt, false), NS_NONE);
	CU_ASSERT_EQUAL(sim_answer_ns(w, "hold", from + MS, rtt, false), to + rtt / 2);
	CU_ASSERT_EQUAL(sim_answer_ns(w, "ever", from + MS, rtt, false), NS_NONE);
	CU_ASSERT_EQUAL(sim_answer_ns(w, "slow", from + MS, rtt, false), from + 301 * MS + rtt);
	CU_ASSERT_EQUAL(sim_truth_count(w), 6);
	CU_ASSERT_EQUAL(sim_truth_at(w, 0).longest_ns, S);
	CU_ASSERT_EQUAL(sim_truth_at(w, 3).longest_ns, 300 * MS);
	CU_ASSERT_EQUAL(sim_truth_at(w, 4).longest_ns, NS_INF);
	sim_world_free(w);
}

/* True if the stamps of a probe's facts never go back: no fact is written before its instant. */
static bool in_order(const struct bench *b)
{
	char *text = bench_read(b, "local-fine"), *rest = text, *line;
	int64_t last_ns = 0;
	bool ordered = true;

	while ((line = strsep(&rest, "\n"))) {
		struct fact fact;

		if (fact_parse(line, &fact))
			continue;
		ordered &= fact.ns >= last_ns;
		last_ns = fact.ns;
	}
	free(text);
	return ordered;
}

/* Facts of a burst (10 ms, time-out 50 ms) over a second of each kind of trouble. */
static void burst_over(enum sim_mode mode, int64_t delay_ns, struct tally *lost, struct tally *late,
	struct tally *answered)
{
	struct sim_setup setup = bench_setup();
	struct bench b;
	struct err e = {0};
	int64_t from;

	bench_open(&b, &setup);
	bench_start(&b);
	bench_probe(&b, &probe_sim_burst, 10 * MS, 50 * MS);
	from = sim_now_ns(b.world) + 2 * S + 5 * MS;
	CU_ASSERT_EQUAL(sim_outage(b.world, "desk", mode, from, S, delay_ns, &e), 0);
	bench_pass_for(&b, 4 * S + 500 * MS);
	bench_finish(&b);
	CU_ASSERT(in_order(&b));
	*lost = bench_tally(&b, "local-fine", "unanswered", "1", NULL, "sent");
	*answered = bench_tally(&b, "local-fine", "answer", "1", NULL, NULL);
	*late = bench_tally(&b, "local-fine", "summary", "1", NULL, "late");
	CU_ASSERT_EQUAL(bench_tally(&b, "local-fine", "summary", "1", NULL, "sent").number, 451);
	CU_ASSERT_EQUAL(bench_tally(&b, "local-fine", "unanswered", "2", NULL, NULL).count, 0);
	CU_ASSERT_EQUAL(lost->first_ns, NS_PER_S * 1004 + 10 * MS + 50 * MS);
	bench_close(&b);
}

static void test_burst_modes(void)
{
	struct tally lost, late, answered;

	burst_over(SIM_DROP, 0, &lost, &late, &answered);
	CU_ASSERT_EQUAL(lost.count, 100);
	CU_ASSERT_EQUAL(late.number, 0);
	CU_ASSERT_EQUAL(answered.count, 350);
	burst_over(SIM_ANSWERS_DROPPED, 0, &lost, &late, &answered);
	CU_ASSERT_EQUAL(lost.count, 100);
	CU_ASSERT_EQUAL(answered.count, 350);
	/* Held requests: those of the last 50 ms are answered in time, the others late. */
	burst_over(SIM_HOLD, 0, &lost, &late, &answered);
	CU_ASSERT_EQUAL(lost.count, 95);
	CU_ASSERT_EQUAL(late.number, 95);
	CU_ASSERT_EQUAL(answered.count, 450);
	burst_over(SIM_SLOW, 200 * MS, &lost, &late, &answered);
	CU_ASSERT_EQUAL(lost.count, 100);
	CU_ASSERT_EQUAL(late.number, 100);
	CU_ASSERT_EQUAL(answered.count, 450);
}

/* The one-second ping ignores late answers and does not count them. */
static void test_ping(void)
{
	struct sim_setup setup = bench_setup();
	struct bench b;
	struct err e = {0};

	bench_open(&b, &setup);
	bench_start(&b);
	bench_probe(&b, &probe_sim_ping, S, 950 * MS);
	sim_outage(b.world, "desk", SIM_HOLD, sim_now_ns(b.world) + 2 * S - 5 * MS, 3 * S, 0, &e);
	bench_pass_for(&b, 10 * S);
	bench_finish(&b);
	CU_ASSERT_EQUAL(bench_tally(&b, "local-fine", "unanswered", "1", NULL, NULL).count, 3);
	CU_ASSERT_EQUAL(bench_tally(&b, "local-fine", "answer", "1", "reported=2", NULL).count, 7);
	CU_ASSERT_EQUAL(bench_tally(&b, "local-fine", "answer", "2", NULL, NULL).count, 10);
	CU_ASSERT_EQUAL(
		bench_tally(&b, "local-fine", "target", "2", "role=control", NULL).count, 1);
	bench_close(&b);
}

static void test_harness_trouble(void)
{
	struct sim_setup setup = bench_setup();
	struct tally drops, late;
	struct bench b;
	struct err e = {0};
	int64_t now;

	bench_open(&b, &setup);
	bench_start(&b);
	bench_probe(&b, &probe_sim_burst, 10 * MS, 50 * MS);
	now = sim_now_ns(b.world);
	sim_duplicates(b.world, "desk", now + S, 100 * MS, &e);
	sim_stall(b.world, now + 2 * S, 333 * MS, &e);
	sim_overflow(b.world, now + 3 * S, 100 * MS, &e);
	bench_pass_for(&b, 2 * S + 100 * MS);
	fact_log_tick(b.config.log);
	bench_pass_for(&b, 2 * S + 900 * MS);
	bench_finish(&b);
	CU_ASSERT(in_order(&b));
	CU_ASSERT_EQUAL(bench_tally(&b, "local-fine", "duplicate", "1", NULL, NULL).count, 10);
	CU_ASSERT_EQUAL(bench_tally(&b, "local-fine", "duplicate", "2", NULL, NULL).count, 0);
	late = bench_tally(&b, "local-fine", "late-tick", "-", NULL, "late");
	CU_ASSERT_EQUAL(late.count, 1);
	CU_ASSERT_EQUAL(late.number, 333 * MS);
	CU_ASSERT_EQUAL(late.first_ns, now + 2333 * MS);
	drops = bench_tally(&b, "local-fine", "drops", "-", NULL, "count");
	CU_ASSERT_EQUAL(drops.count, 1);
	CU_ASSERT_EQUAL(drops.number, 20);
	CU_ASSERT_EQUAL(bench_tally(&b, "local-fine", "unanswered", "1", NULL, NULL).count, 10);
	CU_ASSERT_EQUAL(
		bench_tally(&b, "local-fine", "summary", "1", NULL, "sent").number, 501 - 34);
	bench_close(&b);
}

static void test_session(void)
{
	struct sim_setup setup = bench_setup();
	struct bench b;
	struct err e = {0};

	bench_open(&b, &setup);
	bench_probe(&b, &probe_sim_session, 250 * MS, S);
	CU_ASSERT_EQUAL(probe_sim_session.command(b.probe, "open desk", &e), -1);
	CU_ASSERT_EQUAL(probe_sim_session.command(b.probe, "shut desk", &e), -1);
	CU_ASSERT_EQUAL(probe_sim_session.command(b.probe, "open nobody", &e), -1);
	bench_start(&b);
	CU_ASSERT_EQUAL(probe_sim_session.command(b.probe, "open desk", &e), 0);
	sim_outage(b.world, "desk", SIM_DROP, sim_now_ns(b.world) + 5 * S, 3 * S, 0, &e);
	bench_pass_for(&b, 15 * S);
	CU_ASSERT_EQUAL(probe_sim_session.command(b.probe, "close desk", &e), 0);
	bench_pass_for(&b, 15 * S);
	CU_ASSERT_EQUAL(probe_sim_session.command(b.probe, "open desk", &e), 0);
	CU_ASSERT_EQUAL(driver_sim.vm_remove(b.driver, &bench_vm, &e), 0);
	bench_pass_for(&b, 2 * S);
	bench_start(&b);
	bench_pass_for(&b, 5 * S);
	bench_finish(&b);
	CU_ASSERT_EQUAL(bench_tally(&b, "local-fine", "session", "1", "what=open", NULL).count, 3);
	CU_ASSERT_EQUAL(bench_tally(&b, "local-fine", "session", "1", "what=drop", NULL).count, 1);
	CU_ASSERT_EQUAL(bench_tally(&b, "local-fine", "session", "1", "what=close", NULL).count, 2);
	CU_ASSERT_EQUAL(bench_tally(&b, "local-fine", "session", "1", "kept=no", NULL).count, 1);
	/* The state is checked after the outage, at the first close and at the end. */
	CU_ASSERT_EQUAL(bench_tally(&b, "local-fine", "session", "1", "kept=yes", NULL).count, 3);
	/* A stream loses nothing: answers that waited longer than a second are late. */
	CU_ASSERT_EQUAL(bench_tally(&b, "local-fine", "summary", "1", NULL, "late").number, 9);
	CU_ASSERT_EQUAL(bench_tally(&b, "local-fine", "answer", "2", NULL, NULL).count, 0);
	bench_close(&b);
}

static void test_capture(void)
{
	struct move_spec move = {.vm = "desk", .source = "a", .destination = "b"};
	struct sim_setup setup = bench_setup();
	int64_t outage = 700 * MS, resumed;
	struct bench b;
	struct err e = {0};

	setup.outages_ns = &outage;
	setup.outage_count = 1;
	bench_open(&b, &setup);
	bench_start(&b);
	bench_probe(&b, &probe_sim_capture, S, S);
	CU_ASSERT_EQUAL(driver_sim.trigger(b.driver, &move, &e), 0);
	bench_pass_for(&b, 6 * S);
	bench_finish(&b);
	resumed = bench_tally(&b, "driver", "job", "desk", "what=resumed", NULL).first_ns;
	CU_ASSERT_EQUAL(bench_tally(&b, "local-fine", "announce", "1", "what=rarp", NULL).count, 1);
	CU_ASSERT_EQUAL(bench_tally(&b, "local-fine", "announce", "1", NULL, "at").number,
		resumed - SIM_START_NS + SIM_START_UTC_NS);
	CU_ASSERT_EQUAL(bench_tally(&b, "local-fine", "frame", "1", NULL, NULL).count, 1);
	CU_ASSERT_EQUAL(
		bench_tally(&b, "local-fine", "frame", "1", NULL, "silence").number, outage);
	bench_close(&b);
}

/* The facts of four moves between a and b. They must not depend on how often a probe is drained. */
static char *chronicle(uint64_t seed, int64_t step_ns)
{
	static const int64_t outages[] = {300 * MS, 2 * S, 0};
	static const enum sim_mode modes[] = {SIM_DROP, SIM_HOLD, SIM_SLOW};
	struct sim_setup setup = bench_setup();
	char *text, *driver_text, *all;
	struct bench b;
	struct err e = {0};

	setup.seed = seed;
	setup.outages_ns = outages;
	setup.modes = modes;
	setup.outage_count = setup.mode_count = 3;
	bench_open(&b, &setup);
	bench_start(&b);
	bench_probe(&b, &probe_sim_burst, 10 * MS, 50 * MS);
	for (int i = 0; i < 4; i++) {
		struct move_spec move = {.vm = "desk"};

		snprintf(move.source, sizeof(move.source), "%s", i % 2 ? "b" : "a");
		snprintf(move.destination, sizeof(move.destination), "%s", i % 2 ? "a" : "b");
		CU_ASSERT_EQUAL(driver_sim.trigger(b.driver, &move, &e), 0);
		bench_pass(&b, sim_now_ns(b.world) + 10 * S, step_ns);
	}
	bench_finish(&b);
	text = bench_read(&b, "local-fine");
	driver_text = bench_read(&b, "driver");
	bench_close(&b);
	CU_ASSERT(asprintf(&all, "%s%s", driver_text, text) > 100000);
	free(text);
	free(driver_text);
	return all;
}

static void test_determinism(void)
{
	char *first = chronicle(1, 100 * MS), *again = chronicle(1, 100 * MS);
	char *slower = chronicle(1, 730 * MS), *other = chronicle(2, 100 * MS);

	CU_ASSERT_STRING_EQUAL(first, again);
	CU_ASSERT_STRING_EQUAL(first, slower);
	CU_ASSERT_STRING_NOT_EQUAL(first, other);
	free(first);
	free(again);
	free(slower);
	free(other);
}

/* A world with a speed waits at least as long as the speed demands, or longer on a busy machine. */
static void test_speed(void)
{
	struct sim_setup setup = bench_setup();
	int64_t began_ns = clock_mono_ns();
	struct sim_world *w;
	const struct clock *c;
	struct err e = {0};

	setup.speed = 100;
	CU_ASSERT_EQUAL_FATAL(sim_world_new(&w, &setup, &e), 0);
	c = sim_clock(w);
	for (int64_t i = 1; i <= 200; i++)
		c->sleep_until(c, SIM_START_NS + i * S / 20);
	CU_ASSERT_EQUAL(c->mono_ns(c), SIM_START_NS + 10 * S);
	CU_ASSERT(clock_mono_ns() - began_ns >= S / 10);
	sim_world_free(w);
}

TEST_SUITE(sim, {"clock", test_clock}, {"speed", test_speed}, {"answers", test_answers},
	{"burst in each mode", test_burst_modes}, {"ping", test_ping},
	{"duplicates, stall, overflow", test_harness_trouble}, {"session", test_session},
	{"capture", test_capture}, {"determinism", test_determinism})

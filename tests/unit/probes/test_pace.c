/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * When a target is probed finely: a small simulated world sends the probes that are due and answers
 * them, except in an outage. Times are in ns from 0; each step advances to the next event.
 */
#include "probes/engine/pace.h"
#include "probes/engine/schedule.h"
#include "tests/unit/test.h"

#include <stdlib.h>

#define COARSE_NS (10 * NS_PER_MS)
#define FINE_NS (NS_PER_MS / 2)
#define TIMEOUT_NS (50 * NS_PER_MS)
#define TRIP_NS (200 * NS_PER_US)
#define MANY 1000
#define SENDS_MAX 20000
#define FLIGHT 4096

struct flight {
	uint32_t target;
	int64_t sent_ns;
};

struct pace_world {
	struct pace pace;
	struct schedule schedule;
	int64_t outage_from_ns, outage_to_ns, trip_ns;
	uint32_t silent;          /* the outage affects this target and all after it */
	int64_t sends[SENDS_MAX]; /* of the last target */
	bool fine[SENDS_MAX];     /* was the send at the fine interval? */
	size_t send_count;
	struct flight flights[FLIGHT]; /* probes that will be answered, in order */
	size_t head, tail;
	unsigned finer, coarser, refused, max_fine;
};

static struct pace_world *world_new(size_t targets, int64_t from_ns, int64_t to_ns)
{
	struct pace_world *w = calloc(1, sizeof(*w));

	CU_ASSERT_FATAL(w != NULL);
	CU_ASSERT_FATAL(pace_init(&w->pace, targets, COARSE_NS, FINE_NS, TIMEOUT_NS) == 0);
	w->schedule = (struct schedule){.interval_ns = COARSE_NS, .targets = targets};
	w->outage_from_ns = from_ns;
	w->outage_to_ns = to_ns;
	w->trip_ns = TRIP_NS;
	return w;
}

static void world_free(struct pace_world *w)
{
	pace_release(&w->pace);
	free(w);
}

static void world_send(struct pace_world *w, uint32_t target, int64_t now)
{
	bool cut = target >= w->silent && now >= w->outage_from_ns && now < w->outage_to_ns;

	pace_sent(&w->pace, target, now);
	if (target == w->pace.count - 1 && w->send_count < SENDS_MAX) {
		w->fine[w->send_count] = pace_is_fine(&w->pace, target);
		w->sends[w->send_count++] = now;
	}
	if (!cut)
		w->flights[w->tail++ % FLIGHT] = (struct flight){target, now};
}

static void world_step(struct pace_world *w, int64_t now)
{
	enum pace_event event;
	struct pace_turn turn;

	for (; w->head < w->tail && w->flights[w->head % FLIGHT].sent_ns + w->trip_ns <= now;
		w->head++) {
		const struct flight *f = &w->flights[w->head % FLIGHT];

		pace_answered(&w->pace, f->target, f->sent_ns, f->sent_ns + w->trip_ns);
	}
	for (; schedule_due(&w->schedule) <= now; schedule_next(&w->schedule))
		if (!pace_is_fine(&w->pace, (uint32_t)w->schedule.target))
			world_send(w, (uint32_t)w->schedule.target, now);
	while ((event = pace_next(&w->pace, now, &turn)) != PACE_NOTHING) {
		w->finer += event == PACE_FINER;
		w->coarser += event == PACE_COARSER;
		w->refused += event == PACE_REFUSED;
		if (event == PACE_FINER || event == PACE_PROBE)
			world_send(w, turn.target, now);
		if (w->pace.fine_count > w->max_fine)
			w->max_fine = (unsigned)w->pace.fine_count;
	}
}

/* Simulates the time up to `until`, with an engine that always wakes late_ns too late. */
static void world_simulate(struct pace_world *w, int64_t until, int64_t late_ns)
{
	for (int64_t now = 0; now < until;) {
		int64_t next = schedule_due(&w->schedule);

		world_step(w, now);
		next = schedule_due(&w->schedule);
		if (pace_wake(&w->pace) < next)
			next = pace_wake(&w->pace);
		now = ns_max(next, now) + late_ns;
	}
}

static void test_steady_answers_leave_the_pace_alone(void)
{
	struct pace_world *w = world_new(1, INT64_MAX, INT64_MAX);

	world_simulate(w, NS_PER_S, 30 * NS_PER_US);
	CU_ASSERT(w->finer == 0 && w->send_count == 100);
	world_free(w);
}

static void test_an_outage_is_bounded_finely_and_left_without_drift(void)
{
	struct pace_world *w = world_new(1, 503 * NS_PER_MS, 640 * NS_PER_MS);
	int64_t first_fine = 0, last_cut = 0, first_after = 0;
	size_t fine = 0, off_grid = 0;

	world_simulate(w, 2 * NS_PER_S, 0);
	CU_ASSERT(w->finer == 1 && w->coarser == 1);
	CU_ASSERT_EQUAL(pace_epoch(&w->pace, 0), 2);
	for (size_t i = 0; i < w->send_count; i++) {
		int64_t sent = w->sends[i];

		if (w->fine[i] && !fine++)
			first_fine = sent;
		off_grid += w->fine[i] ? (sent - first_fine) % FINE_NS != 0 : sent % COARSE_NS != 0;
		if (sent < w->outage_to_ns)
			last_cut = sent;
		else if (!first_after)
			first_after = sent;
	}
	CU_ASSERT(off_grid == 0);
	/* The answer to the probe of 510 ms is missing after the estimated round trip and 1 ms. */
	CU_ASSERT(first_fine > 511 * NS_PER_MS && first_fine < 512 * NS_PER_MS);
	CU_ASSERT(first_after - last_cut == FINE_NS);
	/* Fine until 200 ms after the outage's end, then on the same coarse grid as before. */
	CU_ASSERT(fine > 650 && fine < 670);
	CU_ASSERT(w->sends[w->send_count - 1] == 1990 * NS_PER_MS);
	world_free(w);
}

static void test_a_slow_spell_is_no_outage_once_it_is_known(void)
{
	struct pace_world *w = world_new(1, INT64_MAX, INT64_MAX);

	/* A round trip of 40 ms from the start: above the interval, below the time-out. */
	w->trip_ns = 40 * NS_PER_MS;
	world_simulate(w, 2 * NS_PER_S, 0);
	CU_ASSERT(w->finer == 0);
	CU_ASSERT(pace_rto(&w->pace, 0) > 40 * NS_PER_MS);
	CU_ASSERT(pace_rto(&w->pace, 0) <= TIMEOUT_NS);
	world_free(w);
	/* With a round trip above the time-out no answer is in time: fine while it lasts. */
	w = world_new(1, INT64_MAX, INT64_MAX);
	w->trip_ns = 60 * NS_PER_MS;
	world_simulate(w, 2 * NS_PER_S, 0);
	CU_ASSERT(w->finer == 1 && w->coarser == 0);
	world_free(w);
}

static void test_a_late_engine_is_no_missing_answer(void)
{
	struct pace_world *w = world_new(1, INT64_MAX, INT64_MAX);

	world_simulate(w, NS_PER_S, 35 * NS_PER_MS);
	CU_ASSERT(w->finer == 0 && w->send_count > 90);
	world_free(w);
}

/* A late engine skips the fine probes that it missed: it sends one each time it wakes. */
static void test_a_late_engine_does_not_catch_up(void)
{
	struct pace_world *w = world_new(1, 503 * NS_PER_MS, 640 * NS_PER_MS);
	size_t fine = 0;

	world_simulate(w, 2 * NS_PER_S, 3 * NS_PER_MS);
	for (size_t i = 0; i < w->send_count; i++)
		fine += w->fine[i];
	CU_ASSERT(w->finer == 1 && fine > 50 && fine < 150);
	world_free(w);
}

/* RFC 6298's estimate, us: SRTT + 4 RTTVAR + 1 ms, never more than the time-out. */
static void test_rto(void)
{
	struct pace pace;

	CU_ASSERT_FATAL(pace_init(&pace, 2, COARSE_NS, FINE_NS, TIMEOUT_NS) == 0);
	CU_ASSERT_EQUAL(pace_rto(&pace, 0), TIMEOUT_NS);
	pace_answered(&pace, 0, 0, 200000);
	CU_ASSERT_EQUAL(pace_rto(&pace, 0), 200000 + 4 * 100000 + NS_PER_MS);
	pace_answered(&pace, 0, 20 * NS_PER_MS, 21 * NS_PER_MS);
	CU_ASSERT_EQUAL(pace_rto(&pace, 0), 300000 + 4 * 275000 + NS_PER_MS);
	pace_answered(&pace, 0, 10 * NS_PER_MS, 10 * NS_PER_MS + 100000);
	CU_ASSERT_EQUAL(pace_rto(&pace, 0), 275000 + 4 * 256250 + NS_PER_MS);
	/* answered_ns never goes back; a late answer does not change the estimate. */
	CU_ASSERT_EQUAL(pace.targets[0].answered_ns, 20 * NS_PER_MS);
	pace_answered(&pace, 0, 30 * NS_PER_MS, 90 * NS_PER_MS);
	CU_ASSERT_EQUAL(pace_rto(&pace, 0), 275000 + 4 * 256250 + NS_PER_MS);
	pace_answered(&pace, 1, 0, 45 * NS_PER_MS);
	CU_ASSERT_EQUAL(pace_rto(&pace, 1), TIMEOUT_NS);
	pace_release(&pace);
	CU_ASSERT_FATAL(pace_init(&pace, 1, COARSE_NS, 10 * NS_PER_US, TIMEOUT_NS) == 0);
	CU_ASSERT_EQUAL(pace.fine_max, 1);
	pace_release(&pace);
}

/* The earliest alarm wakes, in any order of setting alarms. */
static void test_the_earliest_alarm_wakes(void)
{
	struct pace pace;

	CU_ASSERT_FATAL(pace_init(&pace, MANY, COARSE_NS, FINE_NS, TIMEOUT_NS) == 0);
	for (uint32_t i = 0; i < MANY; i++) {
		pace_sent(&pace, i, (MANY - i) * NS_PER_MS);
		CU_ASSERT_EQUAL(pace_wake(&pace), (MANY - i) * NS_PER_MS + TIMEOUT_NS);
	}
	pace_release(&pace);
}

static void test_one_silent_target_among_many(void)
{
	struct pace_world *w = world_new(MANY, 300 * NS_PER_MS, 400 * NS_PER_MS);

	w->silent = MANY - 1;
	world_simulate(w, NS_PER_S, 0);
	CU_ASSERT(w->finer == 1 && w->coarser == 1 && w->refused == 0);
	CU_ASSERT(w->send_count > 600);
	world_free(w);
}

static void test_the_rate_of_fine_probes_is_bounded(void)
{
	struct pace_world *w = world_new(MANY, 300 * NS_PER_MS, 600 * NS_PER_MS);

	world_simulate(w, NS_PER_S, 0);
	CU_ASSERT(w->max_fine == PACE_RATE_MAX * FINE_NS / NS_PER_S);
	CU_ASSERT(w->refused > 0 && w->finer == w->coarser);
	CU_ASSERT(w->pace.fine_count == 0);
	world_free(w);
}

static void test_without_a_fine_interval_nothing_is_fine(void)
{
	struct pace pace;
	struct pace_turn turn;

	CU_ASSERT_FATAL(pace_init(&pace, 2, COARSE_NS, 0, TIMEOUT_NS) == 0);
	pace_sent(&pace, 1, 5);
	CU_ASSERT(pace_next(&pace, NS_PER_S, &turn) == PACE_NOTHING);
	CU_ASSERT(pace_wake(&pace) == INT64_MAX && !pace_is_fine(&pace, 1));
	pace_release(&pace);
}

TEST_SUITE(pace, {"steady", test_steady_answers_leave_the_pace_alone},
	{"an outage", test_an_outage_is_bounded_finely_and_left_without_drift},
	{"slow spells", test_a_slow_spell_is_no_outage_once_it_is_known},
	{"late engine", test_a_late_engine_is_no_missing_answer},
	{"late engine, fine", test_a_late_engine_does_not_catch_up},
	{"when an answer is missing", test_rto},
	{"the earliest alarm", test_the_earliest_alarm_wakes},
	{"one of many", test_one_silent_target_among_many},
	{"bounded rate", test_the_rate_of_fine_probes_is_bounded},
	{"off", test_without_a_fine_interval_nothing_is_fine});

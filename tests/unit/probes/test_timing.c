/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The probes' arithmetic of time: when a probe is due, when an answer arrived, since when messages
 * may have been lost, and when lateness is a disturbance.
 */
#include "probes/engine/lateness.h"
#include "probes/engine/schedule.h"
#include "probes/engine/stamp.h"
#include "tests/unit/test.h"

static void test_schedule_never_drifts(void)
{
	struct schedule s = {.start_ns = 1000, .interval_ns = 100, .targets = 3};
	int64_t due[7];

	for (int i = 0; i < 7; i++, schedule_next(&s))
		due[i] = schedule_due(&s);
	CU_ASSERT(due[0] == 1000 && due[1] == 1033 && due[2] == 1066);
	CU_ASSERT(due[3] == 1100 && due[6] == 1200);
	/* Late by less than an interval: nothing is skipped. */
	CU_ASSERT(schedule_due(&s) == 1233);
	CU_ASSERT(schedule_catch_up(&s, 1333) == 0);
	CU_ASSERT(schedule_due(&s) == 1233);
	/* Late by more: skips to the next planned time. */
	CU_ASSERT(schedule_catch_up(&s, 1540) == 307);
	CU_ASSERT(schedule_due(&s) == 1566);
	CU_ASSERT(s.target == 2);
	/* The same with many targets. */
	s = (struct schedule){.start_ns = 5, .interval_ns = 100 * NS_PER_MS, .targets = 10000};
	CU_ASSERT(schedule_catch_up(&s, 5 + 730123456) == 730123456);
	CU_ASSERT(schedule_due(&s) == 5 + 730130000 && s.round == 7 && s.target == 3013);
	CU_ASSERT(schedule_catch_up(&s, 5 + 899999999) == 169869999);
	CU_ASSERT(schedule_due(&s) == 5 + 900000000 && s.round == 9 && s.target == 0);
}

static void test_stamps_survive_a_stepped_clock(void)
{
	const int64_t offset = 5000000;

	CU_ASSERT(stamp_arrival(offset + 700, offset, 600, 900) == 700);
	CU_ASSERT(stamp_arrival(0, offset, 600, 900) == 900);
	CU_ASSERT(stamp_arrival(offset + 599, offset, 600, 900) == 900);
	CU_ASSERT(stamp_arrival(offset + 901, offset, 600, 900) == 900);
	CU_ASSERT(!stamp_stepped(offset, offset + 400 * NS_PER_US));
	CU_ASSERT(stamp_stepped(offset, offset + 600 * NS_PER_US));
	CU_ASSERT(stamp_stepped(offset, offset - NS_PER_S));
}

static void test_drops_are_dated_back_to_the_last_arrival(void)
{
	const int64_t offset = 5000000;
	struct stamp_overflow o = {.since_ns = 100};
	int64_t from;

	CU_ASSERT(stamp_overflow_note(&o, 0, offset + 700, offset, 900, &from) == 0);
	/* The loss may be as old as the arrival of the message before. */
	CU_ASSERT(stamp_overflow_note(&o, 3, offset + 1500, offset, 2000, &from) == 3);
	CU_ASSERT(from == 700);
	/* Without a stamp, or with an impossible one, since_ns stays. */
	CU_ASSERT(stamp_overflow_note(&o, 3, 0, offset, 3000, &from) == 0);
	CU_ASSERT(stamp_overflow_note(&o, 3, offset + 3001, offset, 3000, &from) == 0);
	CU_ASSERT(stamp_overflow_note(&o, 3, offset + 1499, offset, 3000, &from) == 0);
	CU_ASSERT(stamp_overflow_note(&o, 4, offset + 3500, offset, 4000, &from) == 1);
	CU_ASSERT(from == 1500);
	/* The kernel's count starts anew after 2^32. */
	o.total = UINT32_MAX;
	CU_ASSERT(stamp_overflow_note(&o, 1, offset + 3600, offset, 4000, &from) == 2);
	CU_ASSERT(from == 3500);
}

static void test_only_uncertain_stamps_are_disturbances(void)
{
	struct lateness lateness = {0};
	struct late_stretch stretches[2];

	/* A send is a disturbance above an interval, but at least 1 and at most 10 ms. */
	CU_ASSERT(!lateness_send_disturbs(10 * NS_PER_MS, 9 * NS_PER_MS));
	CU_ASSERT(lateness_send_disturbs(10 * NS_PER_MS, 11 * NS_PER_MS));
	CU_ASSERT(!lateness_send_disturbs(100 * NS_PER_US, 900 * NS_PER_US));
	CU_ASSERT(lateness_send_disturbs(2 * NS_PER_MS, 3 * NS_PER_MS));
	CU_ASSERT(lateness_send_disturbs(NS_PER_S, 11 * NS_PER_MS));
	/* A call of ping that took about as long as expected. */
	CU_ASSERT(lateness_call_stretches(1000, 1000 + 5 * NS_PER_MS, NS_PER_MS, stretches) == 0);
	CU_ASSERT(lateness_call_stretches(0, 955 * NS_PER_MS, 950 * NS_PER_MS, stretches) == 0);
	/*
	 * Stalled for 500 ms before the sending or after the arrival: the whole call is uncertain.
	 */
	CU_ASSERT(lateness_call_stretches(1000, 1000 + 501 * NS_PER_MS, NS_PER_MS, stretches) == 1);
	CU_ASSERT(stretches[0].from_ns == 1000 && stretches[0].until_ns == 1000 + 501 * NS_PER_MS);
	/*
	 * Stalled for 100 ms, with an answer after 800 ms: the send stamp and the arrival stamp are
	 * uncertain.
	 */
	CU_ASSERT(lateness_call_stretches(0, 900 * NS_PER_MS, 800 * NS_PER_MS, stretches) == 2);
	CU_ASSERT(stretches[0].from_ns == 0 && stretches[0].until_ns == 100 * NS_PER_MS);
	CU_ASSERT(stretches[1].from_ns == 800 * NS_PER_MS &&
		  stretches[1].until_ns == 900 * NS_PER_MS);
	for (int64_t late_ns = NS_PER_MS; late_ns < NS_PER_S; late_ns *= 5)
		lateness_add(&lateness, late_ns); /* 1, 5, 25, 125, 625 ms */
	CU_ASSERT(lateness.over_1ms == 4 && lateness.over_10ms == 3);
	CU_ASSERT(lateness.over_100ms == 2);
}

TEST_SUITE(timing, {"schedule", test_schedule_never_drifts},
	{"stamps", test_stamps_survive_a_stepped_clock},
	{"drops", test_drops_are_dated_back_to_the_last_arrival},
	{"lateness", test_only_uncertain_stamps_are_disturbances});

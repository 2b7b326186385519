/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Causes of a blackout: worlds with one known cause each, and worlds where it must stay unknown. */
#include "harness/analysis/causes.h"
#include "tests/unit/test.h"

#include <string.h>

#define MS NS_PER_MS
#define S NS_PER_S
#define AT(ms)                     \
	{                          \
		(ms) * MS, (ms)*MS \
	}
#define NEVER                    \
	{                        \
		NS_NONE, NS_NONE \
	}

/* Requested at 1 s, copied from 2 s, paused at 10 s, resumed at 10.2 s; probed each 10 ms. */
static struct job job_of(void)
{
	return (struct job){.requested = AT(1000),
		.started = AT(1100),
		.copying = AT(2000),
		.paused = AT(10000),
		.resumed = AT(10200),
		.ended = AT(10500)};
}

struct cause_world {
	struct job job;
	struct move move;
	struct series series;
	struct sighting sightings[4];
	struct neighbour_change changes[6];
	struct forwarding_change forwardings[6];
	struct passive_observer observers[3];
	struct timeline t;
	struct causes causes;
};

static void world_make(struct cause_world *w)
{
	*w = (struct cause_world){.job = job_of(),
		.move = {.vm = "desk", .trigger_ns = S},
		.series = {.station = "local",
			.probe = "fine",
			.target = "desk",
			.interval_ns = 10 * MS},
		.observers = {{"desk", "local", PROBE_CAPTURE}, {"desk", "local", PROBE_NEIGHBOUR},
			{"desk", "mirror", PROBE_NEIGHBOUR}}};
	w->move.job = &w->job;
	w->t = (struct timeline){.sightings = w->sightings,
		.neighbours = w->changes,
		.forwardings = w->forwardings,
		.observers = w->observers,
		.observer_count = 2};
}

static void see(struct cause_world *w, enum sighting_kind what, int64_t at_ms)
{
	struct sighting *s = &w->sightings[w->t.sighting_count++];

	*s = (struct sighting){
		.target = "desk", .station = "local", .at_ns = at_ms * MS, .what = what};
}

static void change(struct cause_world *w, enum neighbour_state state, int64_t at_ms)
{
	struct neighbour_change *n = &w->changes[w->t.neighbour_count++];

	*n = (struct neighbour_change){
		.target = "desk", .station = "local", .at_ns = at_ms * MS, .state = state};
}

/* A change of the forwarding entry in the switch of station "mirror". */
static void forward(
	struct cause_world *w, enum forwarding_event what, const char *port, int64_t at_ms)
{
	struct forwarding_change *f = &w->forwardings[w->t.forwarding_count++];

	*f = (struct forwarding_change){
		.target = "desk", .station = "mirror", .at_ns = at_ms * MS, .what = what};
	snprintf(f->port, sizeof(f->port), "%s", port);
}

static bool has_evidence(const struct cause_world *w, const char *words)
{
	for (size_t i = 0; i < w->causes.count; i++)
		if (strstr(w->causes.stretch[i].evidence, words))
			return true;
	return false;
}

/* Attributes a gap between answers at `from` and `to`; checks that its stretches leave no hole. */
static void find(struct cause_world *w, int64_t from_ms, int64_t to_ms)
{
	struct gap gap = {.a_ns = from_ms * MS,
		.l1_ns = (from_ms + 10) * MS,
		.ln_ns = (to_ms - 10) * MS,
		.r_ns = to_ms * MS};
	int64_t at_ns = (from_ms + 5) * MS;

	causes_of(&w->t, &w->move, &w->series, &gap, &w->causes);
	for (size_t i = 0; i < w->causes.count; i++) {
		const struct cause_stretch *s = &w->causes.stretch[i];

		CU_ASSERT_EQUAL(s->from_ns, at_ns);
		CU_ASSERT(s->to_ns > s->from_ns);
		CU_ASSERT(*s->evidence);
		at_ns = s->to_ns;
	}
	CU_ASSERT_EQUAL(at_ns, (to_ms - 5) * MS);
}

static void assert_sum(const struct cause_world *w, enum cause cause, int64_t ms)
{
	int64_t sum_ns = causes_sum(&w->causes, cause);

	CU_ASSERT_EQUAL(sum_ns, ms * MS);
	if (sum_ns != ms * MS)
		fprintf(stderr, "\n  %s: %lld ms, not %lld\n", cause_name(cause),
			(long long)(sum_ns / MS), (long long)ms);
}

static void test_setup(void)
{
	struct cause_world w;

	world_make(&w);
	find(&w, 1300, 1900);
	CU_ASSERT_EQUAL(w.causes.count, 1);
	assert_sum(&w, CAUSE_SETUP, 590);
	/* The job did not cause the time before its request. */
	find(&w, 595, 1505);
	assert_sum(&w, CAUSE_UNKNOWN, 400);
	assert_sum(&w, CAUSE_SETUP, 500);
}

static void test_copy_and_switch(void)
{
	struct cause_world w;

	world_make(&w);
	see(&w, SIGHTING_RARP, 11000);
	/* The gap began before the pause's event and ended right after the announcement. */
	find(&w, 9795, 11005);
	assert_sum(&w, CAUSE_COPY, 400);
	assert_sum(&w, CAUSE_SWITCH, 800);
	CU_ASSERT_EQUAL(w.causes.count, 2);
	CU_ASSERT_EQUAL(causes_main(&w.causes), CAUSE_SWITCH);
	CU_ASSERT_PTR_NOT_NULL(strstr(w.causes.stretch[1].evidence, "rarp at 10.000 s"));
}

static void test_frame_before_the_event(void)
{
	struct cause_world w;

	world_make(&w);
	see(&w, SIGHTING_FRAME, 10150);
	see(&w, SIGHTING_RARP, 10150);
	find(&w, 9995, 10155);
	CU_ASSERT_EQUAL(w.causes.count, 1);
	assert_sum(&w, CAUSE_COPY, 150);
	/* Another VM's announcement is no evidence. */
	w.sightings[0].target = w.sightings[1].target = "other";
	find(&w, 9995, 10305);
	assert_sum(&w, CAUSE_COPY, 200);
}

static void test_guest(void)
{
	struct cause_world w;

	world_make(&w);
	see(&w, SIGHTING_RARP, 10300);
	find(&w, 9995, 12005);
	assert_sum(&w, CAUSE_COPY, 200);
	assert_sum(&w, CAUSE_SWITCH, 100);
	assert_sum(&w, CAUSE_GUEST, 1700);
	/* Not announced, but frames of the VM are seen. */
	world_make(&w);
	see(&w, SIGHTING_FRAME, 10700);
	find(&w, 9995, 12005);
	assert_sum(&w, CAUSE_SWITCH, 500);
	assert_sum(&w, CAUSE_GUEST, 1300);
	CU_ASSERT_PTR_NOT_NULL(strstr(w.causes.stretch[1].evidence, "first frame at 9.700 s"));
}

static void test_neighbour(void)
{
	struct cause_world w;

	world_make(&w);
	change(&w, NEIGHBOUR_REACHABLE, 5000);
	change(&w, NEIGHBOUR_STALE, 11000);
	change(&w, NEIGHBOUR_PROBE, 16000);
	change(&w, NEIGHBOUR_FAILED, 19000);
	change(&w, NEIGHBOUR_INCOMPLETE, 19100);
	change(&w, NEIGHBOUR_REACHABLE, 20000);
	find(&w, 9995, 20005);
	assert_sum(&w, CAUSE_COPY, 200);
	assert_sum(&w, CAUSE_NEIGHBOUR, 9800);
	/* The entry was reachable long before the answer: not the cause. */
	find(&w, 9995, 30005);
	assert_sum(&w, CAUSE_NEIGHBOUR, 0);
}

static void test_aged_out(void)
{
	struct cause_world w;

	world_make(&w);
	change(&w, NEIGHBOUR_PERMANENT, 500);
	find(&w, 9995, 18205);
	assert_sum(&w, CAUSE_SWITCH, 8000);
	/* A unicast neighbour probe that got through is the same evidence. */
	change(&w, NEIGHBOUR_PROBE, 16000);
	change(&w, NEIGHBOUR_REACHABLE, 18200);
	find(&w, 9995, 18205);
	assert_sum(&w, CAUSE_SWITCH, 8000);
	assert_sum(&w, CAUSE_NEIGHBOUR, 0);
}

/* A silent VM, observed by the one-second ping and a switch: answers at 9.9 and 20 s. */
static void silent_make(struct cause_world *w)
{
	world_make(w);
	w->series.interval_ns = S;
	w->t.observer_count = 3;
	forward(w, FORWARDING_LEARNT, "lan-a", 100);
}

/* The neighbour entry fails at `failed_ms` and is resolved anew with the first answer. */
static void fail(struct cause_world *w, int64_t failed_ms)
{
	change(w, NEIGHBOUR_STALE, 12000);
	change(w, NEIGHBOUR_FAILED, failed_ms);
	change(w, NEIGHBOUR_REACHABLE, 20005);
}

static void test_forwarding_events(void)
{
	struct cause_world w;

	/* The forwarding entry aged out, nothing else happened: the next request found the VM. */
	silent_make(&w);
	forward(&w, FORWARDING_AGED_OUT, "lan-a", 19400);
	forward(&w, FORWARDING_LEARNT, "lan-b", 20001);
	find(&w, 9995, 20005);
	assert_sum(&w, CAUSE_SWITCH, 9800);
	CU_ASSERT(has_evidence(&w, "entry aged out at 18.400 s, at lan-b from 19.001 s on"));
	/* The answer to a broadcast moved an entry that had not aged out. */
	silent_make(&w);
	fail(&w, 19000);
	forward(&w, FORWARDING_MOVED, "lan-b", 20001);
	find(&w, 9995, 20005);
	assert_sum(&w, CAUSE_NEIGHBOUR, 9800);
	CU_ASSERT(has_evidence(&w, "the forwarding entry moved to lan-b at 19.001 s"));
	/* The entry aged out long before: another switch blocked the VM until the broadcast. */
	silent_make(&w);
	fail(&w, 19000);
	forward(&w, FORWARDING_AGED_OUT, "lan-a", 15000);
	forward(&w, FORWARDING_LEARNT, "lan-b", 20001);
	find(&w, 9995, 20005);
	assert_sum(&w, CAUSE_NEIGHBOUR, 9800);
	CU_ASSERT(has_evidence(&w, "aged out at 14.000 s, which did not end the gap"));
}

/* Both entries lapsed just before the gap's end: the first lapse is the cause. */
static void test_both_lapsed(void)
{
	struct cause_world w;

	silent_make(&w);
	fail(&w, 19500);
	forward(&w, FORWARDING_AGED_OUT, "lan-a", 19400);
	forward(&w, FORWARDING_LEARNT, "lan-b", 20001);
	find(&w, 9995, 20005);
	assert_sum(&w, CAUSE_SWITCH, 9800);
	CU_ASSERT(has_evidence(&w, "; the neighbour entry failed at 18.500 s too"));
	silent_make(&w);
	fail(&w, 19300);
	forward(&w, FORWARDING_AGED_OUT, "lan-a", 19400);
	forward(&w, FORWARDING_LEARNT, "lan-b", 20001);
	find(&w, 9995, 20005);
	assert_sum(&w, CAUSE_NEIGHBOUR, 9800);
	CU_ASSERT(has_evidence(&w, "; the forwarding entry aged out at 18.400 s too"));
}

/*
 * An announcement at 10.3 s passes the switch, but the forwarding entry stays at the old port until
 * it is removed at gone_ms; the switch learns the new port at learnt_ms.
 */
static void ignored_make(struct cause_world *w, int64_t gone_ms, int64_t learnt_ms)
{
	silent_make(w);
	see(w, SIGHTING_RARP, 10300);
	forward(w, FORWARDING_HELD, "lan-a", 9000);
	forward(w, FORWARDING_GONE, "lan-a", gone_ms);
	forward(w, FORWARDING_LEARNT, "lan-b", learnt_ms);
}

/* An announcement that passed the switch but did not move its forwarding entry. */
static void test_ignored(void)
{
	struct gap open = {
		.a_ns = 9990 * MS, .l1_ns = 10000 * MS, .ln_ns = 15000 * MS, .r_ns = NS_NONE};
	struct cause_world w;

	ignored_make(&w, 19400, 20001);
	find(&w, 9995, 20005);
	assert_sum(&w, CAUSE_SWITCH, 9800);
	assert_sum(&w, CAUSE_GUEST, 0);
	CU_ASSERT(has_evidence(
		&w, "its rarp at 9.300 s did not move the forwarding entry; learnt at lan-b"));
	/* The switch followed the announcement: the guest caused the rest. */
	silent_make(&w);
	see(&w, SIGHTING_RARP, 10300);
	forward(&w, FORWARDING_MOVED, "lan-b", 10301);
	find(&w, 9995, 20005);
	assert_sum(&w, CAUSE_SWITCH, 100);
	assert_sum(&w, CAUSE_GUEST, 9700);
	/* The gap has no seen end. If the VM did not move, the entry is no evidence. */
	silent_make(&w);
	see(&w, SIGHTING_RARP, 10300);
	w.job.state = JOB_COMPLETED;
	causes_of(&w.t, &w.move, &w.series, &open, &w.causes);
	assert_sum(&w, CAUSE_SWITCH, 4800);
	w.job.state = JOB_FAILED;
	causes_of(&w.t, &w.move, &w.series, &open, &w.causes);
	assert_sum(&w, CAUSE_SWITCH, 100);
}

/*
 * The last answered request was sent before the VM ran again, the first lost one a second later.
 * The middle of [A, L1] lies after the resumption, but the switch still is the cause of the gap's
 * end.
 */
static void test_answered_before_resumption(void)
{
	struct gap gap = {
		.a_ns = 10100 * MS, .l1_ns = 11100 * MS, .ln_ns = 14100 * MS, .r_ns = 15100 * MS};
	struct cause_world w;

	ignored_make(&w, 14500, 14600);
	causes_of(&w.t, &w.move, &w.series, &gap, &w.causes);
	assert_sum(&w, CAUSE_SWITCH, 4000);
	assert_sum(&w, CAUSE_UNKNOWN, 0);
	/* A request sent later and answered shows that the VM was reachable. */
	gap.a_ns = 10500 * MS;
	causes_of(&w.t, &w.move, &w.series, &gap, &w.causes);
	assert_sum(&w, CAUSE_SWITCH, 0);
	CU_ASSERT(has_evidence(&w, "the VM had answered since it ran again"));
}

/*
 * The VM's own frame moved the entry. Without the prober's neighbour events, that cannot be known.
 */
static void test_own_frame(void)
{
	struct cause_world w;

	silent_make(&w);
	forward(&w, FORWARDING_MOVED, "lan-b", 15200);
	find(&w, 9995, 20005);
	assert_sum(&w, CAUSE_SWITCH, 5000);
	assert_sum(&w, CAUSE_GUEST, 4800);
	CU_ASSERT(has_evidence(&w, "forwarding entry moved to lan-b at 14.200 s"));
	w.observers[1] = w.observers[2];
	w.t.observer_count = 2;
	find(&w, 9995, 20005);
	assert_sum(&w, CAUSE_UNKNOWN, 9800);
	/* Another VM's entry is no evidence. */
	silent_make(&w);
	forward(&w, FORWARDING_MOVED, "lan-b", 15200);
	w.forwardings[1].target = "other";
	find(&w, 9995, 20005);
	assert_sum(&w, CAUSE_SWITCH, 9800);
}

static void test_not_known(void)
{
	struct gap open = {
		.a_ns = 9990 * MS, .l1_ns = 10000 * MS, .ln_ns = 15000 * MS, .r_ns = NS_NONE};
	struct cause_world w;

	/* No capture to see an announcement, or no neighbour events: the cause is unknown. */
	for (size_t n = 0; n < 2; n++) {
		world_make(&w);
		w.t.observer_count = n;
		find(&w, 9995, 18205);
		assert_sum(&w, CAUSE_COPY, 200);
		assert_sum(&w, CAUSE_UNKNOWN, 8000);
	}
	world_make(&w);
	causes_of(&w.t, &w.move, &w.series, &open, &w.causes);
	assert_sum(&w, CAUSE_UNKNOWN, 4800);
	/* Answered after the resumption: the later silence has another cause. */
	find(&w, 14995, 16005);
	assert_sum(&w, CAUSE_UNKNOWN, 1000);
	w.job.paused = w.job.resumed = (struct instant)NEVER;
	find(&w, 9995, 11005);
	assert_sum(&w, CAUSE_UNKNOWN, 1000);
	w.move.job = NULL;
	find(&w, 9995, 11005);
	assert_sum(&w, CAUSE_UNKNOWN, 1000);
}

TEST_SUITE(cause, {"set-up stall", test_setup},
	{"stop-and-copy, then the switch", test_copy_and_switch},
	{"a frame seen before the event", test_frame_before_the_event},
	{"the guest itself", test_guest}, {"a neighbour entry made anew", test_neighbour},
	{"a forwarding entry aged out", test_aged_out},
	{"forwarding events of a switch", test_forwarding_events},
	{"both entries lapsed", test_both_lapsed},
	{"an announcement that a switch ignores", test_ignored},
	{"answered before the resumption", test_answered_before_resumption},
	{"the VM's own frame", test_own_frame}, {"what is not known", test_not_known});

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which targets are probed at the fine interval: see pace.h. */
#include "probes/engine/pace.h"

#include <stdlib.h>

/* RFC 6298's clock granularity G: how late even an idle machine may answer. */
#define GRANULARITY_NS NS_PER_MS

int pace_init(
	struct pace *pace, size_t count, int64_t coarse_ns, int64_t fine_ns, int64_t timeout_ns)
{
	*pace = (struct pace){.coarse_ns = coarse_ns,
		.fine_ns = fine_ns,
		.timeout_ns = timeout_ns,
		.count = count};
	if (!fine_ns)
		return 0;
	pace->fine_max = (size_t)(PACE_RATE_MAX * fine_ns / NS_PER_S);
	if (!pace->fine_max)
		pace->fine_max = 1;
	pace->targets = calloc(count, sizeof(*pace->targets));
	pace->alarms = calloc(count, sizeof(*pace->alarms));
	if (!pace->targets || !pace->alarms) {
		pace_release(pace);
		return -1;
	}
	for (size_t i = 0; i < count; i++)
		pace->targets[i].trip_ns = pace->targets[i].answered_ns = NS_NONE;
	return 0;
}

void pace_release(struct pace *pace)
{
	free(pace->targets);
	free(pace->alarms);
	*pace = (struct pace){0};
}

/* The heap: indices count from 1; the parent of n is n / 2, and its alarm is not later. */

static int64_t heap_alarm_ns(const struct pace *pace, size_t index)
{
	return pace->targets[pace->alarms[index - 1]].alarm_ns;
}

static void heap_put(struct pace *pace, size_t index, uint32_t target)
{
	pace->alarms[index - 1] = target;
	pace->targets[target].heap_index = index;
}

/* Restores the heap's order, with `target` to be put at `index` or wherever its alarm belongs. */
static void heap_sift(struct pace *pace, size_t index, uint32_t target)
{
	int64_t alarm_ns = pace->targets[target].alarm_ns;

	for (; index > 1 && heap_alarm_ns(pace, index / 2) > alarm_ns; index /= 2)
		heap_put(pace, index, pace->alarms[index / 2 - 1]);
	for (size_t child = 2 * index; child <= pace->alarm_count; child = 2 * index) {
		if (child < pace->alarm_count &&
			heap_alarm_ns(pace, child + 1) < heap_alarm_ns(pace, child))
			child++;
		if (heap_alarm_ns(pace, child) >= alarm_ns)
			break;
		heap_put(pace, index, pace->alarms[child - 1]);
		index = child;
	}
	heap_put(pace, index, target);
}

static void set_alarm(struct pace *pace, uint32_t target, int64_t alarm_ns)
{
	struct pace_target *t = &pace->targets[target];

	t->alarm_ns = alarm_ns;
	heap_sift(pace, t->heap_index ? t->heap_index : ++pace->alarm_count, target);
}

static void clear_alarm(struct pace *pace, uint32_t target)
{
	size_t index = pace->targets[target].heap_index;
	uint32_t last = pace->alarms[--pace->alarm_count];

	pace->targets[target].heap_index = 0;
	if (last != target)
		heap_sift(pace, index, last);
}

int64_t pace_rto(const struct pace *pace, uint32_t target)
{
	const struct pace_target *t = &pace->targets[target];
	int64_t rto_ns = t->trip_ns + 4 * t->spread_ns + GRANULARITY_NS;

	return t->trip_ns == NS_NONE ? pace->timeout_ns : ns_min(rto_ns, pace->timeout_ns);
}

void pace_sent(struct pace *pace, uint32_t target, int64_t sent_ns)
{
	struct pace_target *t;

	if (!pace->fine_ns)
		return;
	t = &pace->targets[target];
	t->sent_ns = sent_ns;
	if (t->heap_index)
		return;
	t->awaited_ns = sent_ns;
	set_alarm(pace, target, sent_ns + pace_rto(pace, target));
}

void pace_answered(struct pace *pace, uint32_t target, int64_t sent_ns, int64_t arrival_ns)
{
	int64_t trip_ns = arrival_ns - sent_ns, off_ns;
	struct pace_target *t;

	if (!pace->fine_ns)
		return;
	t = &pace->targets[target];
	if (sent_ns > t->answered_ns)
		t->answered_ns = sent_ns;
	if (trip_ns > pace->timeout_ns)
		return;
	if (t->trip_ns == NS_NONE) {
		t->trip_ns = trip_ns;
		t->spread_ns = trip_ns / 2;
		return;
	}
	off_ns = trip_ns - t->trip_ns;
	t->spread_ns += ((off_ns < 0 ? -off_ns : off_ns) - t->spread_ns) / 4;
	t->trip_ns += off_ns / 8;
}

/*
 * Sets the alarm by which the probe after the newest answered one must be answered. Clears the
 * alarm if no such probe has been sent.
 */
static void set_next_alarm(struct pace *pace, uint32_t target, int64_t now_ns)
{
	struct pace_target *t = &pace->targets[target];
	int64_t rto_ns = pace_rto(pace, target);
	int64_t alarm_ns = t->answered_ns + pace->coarse_ns + rto_ns;

	if (t->sent_ns <= t->answered_ns) {
		clear_alarm(pace, target);
		return;
	}
	t->awaited_ns = t->answered_ns + 1;
	if (alarm_ns <= now_ns) {
		/* That alarm is in the past: the engine was late. Wait for the newest probe. */
		t->awaited_ns = t->sent_ns;
		alarm_ns = t->sent_ns + rto_ns;
	}
	set_alarm(pace, target, alarm_ns);
}

/* Handles a coarse target's alarm: without an answer the target changes to the fine interval. */
static enum pace_event check_answer(struct pace *pace, uint32_t target, int64_t now_ns)
{
	struct pace_target *t = &pace->targets[target];

	if (t->answered_ns >= t->awaited_ns) {
		set_next_alarm(pace, target, now_ns);
		return PACE_NOTHING;
	}
	if (pace->fine_count == pace->fine_max) {
		clear_alarm(pace, target);
		return PACE_REFUSED;
	}
	pace->fine_count++;
	t->fine = true;
	t->epoch++;
	t->missing_ns = now_ns;
	set_alarm(pace, target, now_ns + pace->fine_ns);
	return PACE_FINER;
}

static enum pace_event take_fine_turn(struct pace *pace, uint32_t target, int64_t now_ns)
{
	struct pace_target *t = &pace->targets[target];
	int64_t rto_ns = pace_rto(pace, target), next_ns = t->alarm_ns + pace->fine_ns;

	/* A delay of less than a coarse interval does not prolong fine probing. */
	if (rto_ns < pace->coarse_ns)
		rto_ns = ns_min(pace->coarse_ns, pace->timeout_ns);
	if (t->answered_ns < now_ns - rto_ns - pace->fine_ns)
		t->missing_ns = now_ns;
	if (now_ns - t->missing_ns >= PACE_STEADY_NS) {
		pace->fine_count--;
		t->fine = false;
		t->epoch++;
		clear_alarm(pace, target);
		return PACE_COARSER;
	}
	/* Skip missed probes, so that fine probes stay on the grid that the first one began. */
	if (next_ns <= now_ns)
		next_ns += (now_ns - next_ns) / pace->fine_ns * pace->fine_ns + pace->fine_ns;
	set_alarm(pace, target, next_ns);
	return PACE_PROBE;
}

enum pace_event pace_next(struct pace *pace, int64_t now_ns, struct pace_turn *turn)
{
	enum pace_event event = PACE_NOTHING;

	while (event == PACE_NOTHING && pace_wake(pace) <= now_ns) {
		turn->target = pace->alarms[0];
		turn->due_ns = heap_alarm_ns(pace, 1);
		event = pace->targets[turn->target].fine
				? take_fine_turn(pace, turn->target, now_ns)
				: check_answer(pace, turn->target, now_ns);
		if (event == PACE_FINER)
			turn->due_ns = now_ns;
	}
	return event;
}

int64_t pace_wake(const struct pace *pace)
{
	return pace->alarm_count ? heap_alarm_ns(pace, 1) : INT64_MAX;
}

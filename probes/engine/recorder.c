/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The queue between an engine and the facts, and the figures of the live view: see recorder.h. */
#include "probes/engine/internal.h"

#include <stdlib.h>

#define CAPACITY_NS (30 * NS_PER_S)
#define CAPACITY_MIN 4096
#define CAPACITY_MAX 131072

int record_ring_init(struct record_ring *ring, size_t min_records)
{
	size_t size = 2;

	while (size < min_records)
		size *= 2;
	ring->slots = calloc(size, sizeof(*ring->slots));
	ring->size = size;
	atomic_init(&ring->head, 0);
	atomic_init(&ring->tail, 0);
	atomic_init(&ring->lost, 0);
	return ring->slots ? 0 : -1;
}

void record_ring_release(struct record_ring *ring)
{
	free(ring->slots);
	ring->slots = NULL;
}

void record_put(struct record_ring *ring, const struct record *record)
{
	size_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
	size_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);

	if (head - tail == ring->size) {
		atomic_fetch_add_explicit(&ring->lost, 1, memory_order_relaxed);
		return;
	}
	ring->slots[head & (ring->size - 1)] = *record;
	atomic_store_explicit(&ring->head, head + 1, memory_order_release);
}

void record_put_late(struct record_ring *ring, int64_t from_ns, int64_t until_ns)
{
	record_put(ring, &(struct record){.kind = RECORD_LATE_TICK,
				 .ns = until_ns,
				 .sent_ns = from_ns,
				 .seq = (uint64_t)(until_ns - from_ns)});
}

bool record_take(struct record_ring *ring, struct record *record)
{
	size_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);

	if (tail == atomic_load_explicit(&ring->head, memory_order_acquire))
		return false;
	*record = ring->slots[tail & (ring->size - 1)];
	atomic_store_explicit(&ring->tail, tail + 1, memory_order_release);
	return true;
}

size_t record_ring_capacity(int64_t interval_ns, size_t targets)
{
	int64_t capacity = CAPACITY_NS / interval_ns * (int64_t)targets;

	if (capacity < CAPACITY_MIN)
		return CAPACITY_MIN;
	return capacity > CAPACITY_MAX ? CAPACITY_MAX : (size_t)capacity;
}

int recorder_init(struct recorder *recorder, const struct probe_config *config, const char *kind,
	struct err *e)
{
	*recorder = (struct recorder){.config = config};
	recorder->targets = calloc(config->target_count, sizeof(*recorder->targets));
	if (!recorder->targets)
		return err_set(e, "probe %s: out of memory", config->name);
	for (size_t i = 0; i < config->target_count; i++) {
		struct recorder_target *target = &recorder->targets[i];

		snprintf(target->subject, sizeof(target->subject), "%u", config->targets[i].number);
		target->silent_from_ns = NS_NONE;
		target->answered_sent_ns = NS_NONE;
		target->fastest_ns = target->slowest_ns = NS_NONE;
	}
	recorder->taken_ns = config->clock->mono_ns(config->clock);
	if (recorder_spans_init(recorder))
		return err_set(e, "probe %s: out of memory", config->name);
	recorder_declare(config, kind);
	return fact_log_failed(config->log, e) ? -1 : 0;
}

void recorder_release(struct recorder *recorder)
{
	recorder_spans_release(recorder);
	free(recorder->targets);
	recorder->targets = NULL;
}

/*
 * Ends a silence for the live view, with rough bounds. The lower bound is the time between the
 * silence's first and last unanswered probe, less the spread of round trips so far. The report
 * computes better bounds from the facts.
 */
static void end_silence(struct recorder_target *target, const struct record *r, int64_t before_ns)
{
	int64_t gap_ns = r->ns - target->silent_from_ns;
	int64_t lo_ns = target->lost_sent_ns - target->silent_from_ns -
			(target->slowest_ns - target->fastest_ns);

	if (gap_ns > target->longest_ns)
		target->longest_ns = gap_ns;
	target->last_from_ns = target->silent_from_ns;
	target->last.lo_ns = ns_max(lo_ns, 0);
	target->last.hi_ns = before_ns == NS_NONE ? NS_INF : r->ns - before_ns;
	target->silences++;
	target->silent_from_ns = NS_NONE;
}

static void count_answer(struct recorder_target *target, const struct record *r, bool late)
{
	int64_t trip_ns = r->ns - r->sent_ns;

	if (late) {
		target->late++;
		return;
	}
	target->answered++;
	if (target->fastest_ns == NS_NONE || trip_ns < target->fastest_ns)
		target->fastest_ns = trip_ns;
	if (trip_ns > target->slowest_ns)
		target->slowest_ns = trip_ns;
}

static void take_answer(struct recorder *recorder, const struct record *r)
{
	struct recorder_target *target = &recorder->targets[r->target];
	bool late = r->ns - r->sent_ns > recorder->config->timeout_ns;
	int64_t before_ns = target->answered_sent_ns;

	count_answer(target, r, late);
	if (r->sent_ns > target->answered_sent_ns)
		target->answered_sent_ns = r->sent_ns;
	if (target->silent_from_ns != NS_NONE && r->sent_ns >= target->silent_from_ns)
		end_silence(target, r, before_ns);
	if (recorder_condenses(recorder) && !late)
		recorder_spans_answer(recorder, r);
	else
		record_write(recorder, r);
}

static void take_unanswered(struct recorder *recorder, const struct record *r)
{
	struct recorder_target *target = &recorder->targets[r->target];

	/* If a newer probe has been answered, this one belongs to a silence that is over. */
	if (target->silent_from_ns == NS_NONE && r->sent_ns > target->answered_sent_ns)
		target->silent_from_ns = r->sent_ns;
	target->lost_sent_ns = r->sent_ns;
	if (recorder_condenses(recorder))
		recorder_spans_unanswered(recorder, r);
	else
		record_write(recorder, r);
}

static void take_record(struct recorder *recorder, const struct record *r)
{
	if (r->kind == RECORD_ANSWER)
		take_answer(recorder, r);
	else if (r->kind == RECORD_UNANSWERED)
		take_unanswered(recorder, r);
	else
		record_write(recorder, r);
}

void recorder_take(struct recorder *recorder, struct record_ring *ring)
{
	const struct probe_config *config = recorder->config;
	int64_t now = config->clock->mono_ns(config->clock);
	uint64_t lost = atomic_exchange(&ring->lost, 0);
	struct record record;

	while (record_take(ring, &record))
		take_record(recorder, &record);
	if (lost)
		FACT(config->log, now, FACT_DROPS, "-", FI(FIELD_FROM, recorder->taken_ns),
			FI(FIELD_COUNT, lost));
	recorder->taken_ns = now;
	recorder_spans_flush(recorder, now);
}

int recorder_live(const struct recorder *recorder, struct probe_live *live, size_t count)
{
	const struct probe_config *config = recorder->config;
	int64_t now = config->clock->mono_ns(config->clock);
	size_t n = size_min(count, config->target_count);

	for (size_t i = 0; i < n; i++) {
		const struct recorder_target *target = &recorder->targets[i];
		bool silent = target->silent_from_ns != NS_NONE;
		int64_t gap_ns = silent ? now - target->silent_from_ns : 0;

		live[i] = (struct probe_live){
			.target = config->targets[i].number,
			.gap_ns = gap_ns,
			.longest_ns = ns_max(gap_ns, target->longest_ns),
			.sent = target->sent,
			.answered = target->answered + target->late,
			.late = target->late,
			.silences = target->silences,
			.last_from_ns = target->last_from_ns,
			.last = target->last,
		};
	}
	return (int)n;
}

void recorder_finish(struct recorder *recorder)
{
	const struct probe_config *config = recorder->config;
	int64_t now = config->clock->mono_ns(config->clock);

	recorder_spans_finish(recorder);
	for (size_t i = 0; i < config->target_count; i++)
		record_write_summary(recorder, &recorder->targets[i], now);
}

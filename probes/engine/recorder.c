/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The queue between an engine and the facts, and the facts' writer: see recorder.h. */
#include "probes/engine/recorder_runs.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_NS (30 * NS_PER_S)
#define ROOM_LEAST 4096
#define ROOM_MOST 131072

int record_ring_init(struct record_ring *ring, size_t least)
{
	size_t size = 2;

	while (size < least)
		size *= 2;
	ring->slots = calloc(size, sizeof(*ring->slots));
	ring->size = size;
	atomic_init(&ring->head, 0);
	atomic_init(&ring->tail, 0);
	atomic_init(&ring->lost, 0);
	return ring->slots ? 0 : -1;
}

void record_ring_free(struct record_ring *ring)
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

bool record_take(struct record_ring *ring, struct record *record)
{
	size_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);

	if (tail == atomic_load_explicit(&ring->head, memory_order_acquire))
		return false;
	*record = ring->slots[tail & (ring->size - 1)];
	atomic_store_explicit(&ring->tail, tail + 1, memory_order_release);
	return true;
}

size_t record_room(int64_t interval_ns, size_t targets)
{
	int64_t room = ROOM_NS / interval_ns * (int64_t)targets;

	if (room < ROOM_LEAST)
		return ROOM_LEAST;
	return room > ROOM_MOST ? ROOM_MOST : (size_t)room;
}

void recorder_declare(const struct probe_config *config, const char *kind)
{
	int64_t now = config->clock->mono_ns(config->clock);

	for (size_t i = 0; i < config->target_count; i++) {
		const struct probe_target *target = &config->targets[i];
		char subject[16];

		snprintf(subject, sizeof(subject), "%u", target->number);
		FACT(config->log, now, "target", subject, FS("name", target->name),
			FS("address", target->address),
			FS("role", target->control ? "control" : "vm"), FS("kind", kind),
			FS("probe", config->name), FS("station", config->station),
			FI("interval", config->interval_ns), FI("timeout", config->timeout_ns));
	}
}

int recorder_open(struct recorder *recorder, const struct probe_config *config, const char *kind,
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
	if (runs_open(recorder))
		return err_set(e, "probe %s: out of memory", config->name);
	recorder_declare(config, kind);
	return fact_log_failed(config->log, e) ? -1 : 0;
}

void recorder_close(struct recorder *recorder)
{
	runs_close(recorder);
	free(recorder->targets);
	recorder->targets = NULL;
}

static void record_write_answer(struct recorder *recorder, const struct record *r)
{
	struct fact_field fields[] = {FI("sent", r->sent_ns), FI("seq", r->seq),
		FI("reported", r->reported_ns)};

	fact_write(recorder->config->log, r->ns, "answer", recorder->targets[r->target].subject,
		fields, r->reported_ns == NS_NONE ? 2 : 3);
}

void record_write_unanswered(struct recorder *recorder, const struct record *r)
{
	char from[INET6_ADDRSTRLEN] = "", icmp[16];
	struct fact_field fields[5] = {FI("sent", r->sent_ns), FI("seq", r->seq)};
	size_t count = 2;

	if (r->from_family) {
		inet_ntop(r->from_family, r->from, from, sizeof(from));
		snprintf(icmp, sizeof(icmp), "%u/%u", r->icmp_type, r->icmp_code);
		fields[count++] = (struct fact_field)FS("icmp", icmp);
		fields[count++] = (struct fact_field)FS("from", from);
	}
	if (r->error)
		fields[count++] = (struct fact_field)FI("errno", r->error);
	fact_write(recorder->config->log, r->ns, "unanswered",
		recorder->targets[r->target].subject, fields, count);
}

/*
 * The silence is over, as the live view tells it: the greatest spread of round trips so far comes off
 * its lower end, and probes whose time-out has not run out yet do not raise it. The report knows more.
 */
static void end_silence(struct recorder_target *target, const struct record *r, int64_t before_ns)
{
	int64_t gap_ns = r->ns - target->silent_from_ns;
	int64_t lo_ns = target->lost_sent_ns - target->silent_from_ns -
		(target->slowest_ns - target->fastest_ns);

	if (gap_ns > target->longest_ns)
		target->longest_ns = gap_ns;
	target->last_from_ns = target->silent_from_ns;
	target->last.lo_ns = lo_ns > 0 ? lo_ns : 0;
	target->last.hi_ns = before_ns == NS_NONE ? NS_INF : r->ns - before_ns;
	target->outs++;
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
	if (runs_made(recorder) && !late)
		runs_answer(recorder, r);
	else
		record_write_answer(recorder, r);
}

static void take_unanswered(struct recorder *recorder, const struct record *r)
{
	struct recorder_target *target = &recorder->targets[r->target];

	/* What ran out after a newer probe was answered belongs to a silence that is over. */
	if (target->silent_from_ns == NS_NONE && r->sent_ns > target->answered_sent_ns)
		target->silent_from_ns = r->sent_ns;
	target->lost_sent_ns = r->sent_ns;
	if (runs_made(recorder))
		runs_unanswered(recorder, r);
	else
		record_write_unanswered(recorder, r);
}

static void take_session(struct recorder *recorder, const struct record *r)
{
	struct fact_field fields[2] = {FS("what", r->what)};
	size_t count = 1;

	if (r->error)
		fields[count++] = (struct fact_field)FI("errno", r->error);
	else if (strcmp(r->what, "state") == 0)
		fields[count++] = (struct fact_field)FS("kept", r->kept ? "yes" : "no");
	fact_write(recorder->config->log, r->ns, "session", recorder->targets[r->target].subject,
		fields, count);
}

static void take_one(struct recorder *recorder, const struct record *r)
{
	struct fact_log *log = recorder->config->log;

	switch ((enum record_kind)r->kind) {
	case RECORD_ANSWER:
		take_answer(recorder, r);
		break;
	case RECORD_UNANSWERED:
		take_unanswered(recorder, r);
		break;
	case RECORD_DUPLICATE:
		FACT(log, r->ns, "duplicate", recorder->targets[r->target].subject,
			FI("seq", r->seq));
		break;
	case RECORD_LATE_TICK:
		FACT(log, r->ns, "late-tick", "-", FI("from", r->sent_ns), FI("late", r->seq));
		break;
	case RECORD_DROPS:
		FACT(log, r->ns, "drops", "-", FI("from", r->sent_ns), FI("count", r->seq));
		break;
	case RECORD_SESSION:
		take_session(recorder, r);
		break;
	case RECORD_UNSENT:
		FACT(log, r->ns, "unsent", "-", FI("from", r->sent_ns), FI("count", r->seq),
			FI("errno", r->error));
		break;
	case RECORD_PACE:
		FACT(log, r->ns, "pace", recorder->targets[r->target].subject,
			FI("interval", r->seq));
		break;
	case RECORD_PACE_REFUSED:
		FACT(log, r->ns, "pace", "-", FI("from", r->sent_ns), FI("refused", r->seq));
		break;
	}
}

void recorder_take(struct recorder *recorder, struct record_ring *ring)
{
	const struct probe_config *config = recorder->config;
	int64_t now = config->clock->mono_ns(config->clock);
	uint64_t lost = atomic_exchange(&ring->lost, 0);
	struct record record;

	while (record_take(ring, &record))
		take_one(recorder, &record);
	if (lost)
		FACT(config->log, now, "drops", "-", FI("from", recorder->taken_ns),
			FI("count", lost));
	recorder->taken_ns = now;
	runs_flush(recorder, now);
}

int recorder_live(const struct recorder *recorder, struct probe_live *live, size_t count)
{
	const struct probe_config *config = recorder->config;
	int64_t now = config->clock->mono_ns(config->clock);
	size_t n = count < config->target_count ? count : config->target_count;

	for (size_t i = 0; i < n; i++) {
		const struct recorder_target *target = &recorder->targets[i];
		bool silent = target->silent_from_ns != NS_NONE;
		int64_t gap_ns = silent ? now - target->silent_from_ns : 0;

		live[i] = (struct probe_live){
			.target = config->targets[i].number,
			.gap_ns = gap_ns,
			.longest_ns = gap_ns > target->longest_ns ? gap_ns : target->longest_ns,
			.sent = target->sent,
			.answered = target->answered + target->late,
			.late = target->late,
			.outs = target->outs,
			.last_from_ns = target->last_from_ns,
			.last = target->last,
		};
	}
	return (int)n;
}

static void write_summary(struct recorder *recorder, const struct recorder_target *target,
	int64_t now)
{
	struct fact_field fields[7] = {FI("sent", target->sent), FI("answered", target->answered),
		FI("late", target->late), FI("foreign", target->foreign)};
	const struct lateness *lateness = target->lateness;

	if (lateness) {
		fields[4] = (struct fact_field)FI("late_1ms", atomic_load(&lateness->over_1ms));
		fields[5] = (struct fact_field)FI("late_10ms", atomic_load(&lateness->over_10ms));
		fields[6] = (struct fact_field)FI("late_100ms",
			atomic_load(&lateness->over_100ms));
	}
	fact_write(recorder->config->log, now, "summary", target->subject, fields,
		lateness ? 7 : 4);
}

void recorder_finish(struct recorder *recorder)
{
	const struct probe_config *config = recorder->config;
	int64_t now = config->clock->mono_ns(config->clock);

	runs_finish(recorder);
	for (size_t i = 0; i < config->target_count; i++)
		write_summary(recorder, &recorder->targets[i], now);
}

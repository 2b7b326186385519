/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which targets are probed at the fine interval: a target whose answer is missing, until its
 * answers are steady again; then at the coarse interval as before. An answer is missing when it has
 * not come within TCP's retransmission time-out, estimated from the target's round trips (RFC
 * 6298), or within the probe's time-out if that is shorter. Uses no socket and no clock: the engine
 * reports what it sent and received, and asks what is due. Each call takes O(log targets).
 */
#ifndef BLACKOUT_PROBES_ENGINE_PACE_H
#define BLACKOUT_PROBES_ENGINE_PACE_H

#include "harness/base/base.h"

/* Answers are steady when for this long none was missing or late by a coarse interval. */
#define PACE_STEADY_NS (200 * NS_PER_MS)
/* The maximum rate of fine probes to all targets together, per second. */
#define PACE_RATE_MAX 50000

struct pace_target {
	int64_t trip_ns, spread_ns; /* RFC 6298's SRTT and RTTVAR; trip_ns NS_NONE: none yet */
	int64_t sent_ns;            /* the newest send */
	int64_t answered_ns;        /* the newest send that was answered; NS_NONE: none */
	int64_t awaited_ns; /* coarse: by alarm_ns a send at or after this must be answered */
	int64_t alarm_ns;   /* coarse: see awaited_ns; fine: when the next probe is due */
	int64_t missing_ns; /* fine: when an answer was last missing */
	size_t heap_index;  /* in the heap of alarms, from 1; 0: no alarm is set */
	uint8_t epoch;      /* counts the changes of interval */
	bool fine;
};

struct pace {
	int64_t coarse_ns, fine_ns, timeout_ns;
	struct pace_target *targets;
	size_t count;
	uint32_t *alarms; /* a binary heap of targets, the earliest alarm first */
	size_t alarm_count;
	size_t fine_count, fine_max;
};

enum pace_event {
	PACE_NOTHING,
	PACE_PROBE,   /* a fine probe is due */
	PACE_FINER,   /* the target changes to the fine interval; a probe is due at once */
	PACE_REFUSED, /* the target stays coarse: the maximum rate of fine probes is reached */
	PACE_COARSER, /* the target changes back to the coarse interval */
};

struct pace_turn {
	uint32_t target;
	int64_t due_ns;
};

/* Returns 0, or -1 out of memory. fine_ns 0: no target is ever probed finely. */
int pace_init(
	struct pace *pace, size_t count, int64_t coarse_ns, int64_t fine_ns, int64_t timeout_ns);
void pace_release(struct pace *pace);
/* Notes that a probe was sent to a target, at either interval. */
void pace_sent(struct pace *pace, uint32_t target, int64_t sent_ns);
/* Notes the first answer to a probe. */
void pace_answered(struct pace *pace, uint32_t target, int64_t sent_ns, int64_t arrival_ns);
/* Returns the next event that is due at now_ns. All answers up to now_ns must have been noted. */
enum pace_event pace_next(struct pace *pace, int64_t now_ns, struct pace_turn *turn);
/* When the next event is due; INT64_MAX: never. */
int64_t pace_wake(const struct pace *pace);
/* True if a target is probed at the fine interval now. */
static inline bool pace_is_fine(const struct pace *pace, uint32_t target)
{
	return pace->fine_ns && pace->targets[target].fine;
}
/* A number that changes when the target's interval does. */
static inline uint8_t pace_epoch(const struct pace *pace, uint32_t target)
{
	return pace->fine_ns ? pace->targets[target].epoch : 0;
}
/* How long an answer of a target may take before it is missing. */
int64_t pace_rto(const struct pace *pace, uint32_t target);

#endif

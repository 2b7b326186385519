/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whose probes come closer together: a target whose answer is missing is probed at the fine interval
 * until its answers are steady again, then at its coarse one as before. An answer is missing when
 * it has not come within what the target's own round trips make plausible, by the estimate that TCP
 * waits by (RFC 6298), and never later than the time-out. Pure: the engine says what it sent and
 * what came, and asks what is due. Each step takes a time that grows with the logarithm of the
 * number of targets at most.
 */
#ifndef BLACKOUT_PROBES_ENGINE_PACE_H
#define BLACKOUT_PROBES_ENGINE_PACE_H

#include "harness/base/base.h"

/* Answers are steady when none was missing, or late by a coarse interval, for so long. */
#define PACE_STEADY_NS (200 * NS_PER_MS)
/* All targets at the fine interval together are sent no more probes a second than this. */
#define PACE_RATE_MAX 50000

struct pace_target {
	int64_t trip_ns, spread_ns; /* RFC 6298's SRTT and RTTVAR; trip_ns NS_NONE: none yet */
	int64_t sent_ns;            /* the newest send */
	int64_t answered_ns;        /* the newest send that was answered; NS_NONE: none */
	int64_t asked_ns;           /* coarse: an answer to what was sent from then on is awaited */
	int64_t alarm_ns;           /* coarse: until when; fine: the next probe is due */
	int64_t missing_ns;         /* fine: when an answer was missing last */
	size_t heap_index;            /* its place among the alarms, from 1; 0: none */
	uint8_t epoch;              /* counts the changes of pace */
	bool fine;
};

struct pace {
	int64_t coarse_ns, fine_ns, timeout_ns;
	struct pace_target *targets;
	size_t count;
	uint32_t *alarms;  /* a heap of targets by alarm_ns */
	size_t alarm_count;
	size_t fine_count, fine_max;
};

enum pace_event {
	PACE_NOTHING,
	PACE_PROBE,   /* a fine probe is due */
	PACE_FINER,   /* from now on at the fine interval; a probe is due at once */
	PACE_REFUSED, /* it should be, but as many are as the rate allows */
	PACE_COARSER, /* from now on at the coarse interval again */
};

struct pace_turn {
	uint32_t target;
	int64_t due_ns;
};

/* Returns 0, or -1 out of memory. fine_ns 0: nothing will ever be due. */
int pace_init(struct pace *pace, size_t count, int64_t coarse_ns, int64_t fine_ns,
	int64_t timeout_ns);
void pace_release(struct pace *pace);
/* A probe went out to a target, at whichever interval. */
void pace_sent(struct pace *pace, uint32_t target, int64_t sent_ns);
/* The first answer to a probe came. */
void pace_answered(struct pace *pace, uint32_t target, int64_t sent_ns, int64_t arrival_ns);
/* What is due at `now_ns`, one thing a call; all that came until now_ns was told before. */
enum pace_event pace_next(struct pace *pace, int64_t now_ns, struct pace_turn *turn);
/* When pace_next has something to do next; INT64_MAX: never. */
int64_t pace_wake(const struct pace *pace);
/* Whether a target is at the fine interval now, and a number that changes when that does. */
static inline bool pace_is_fine(const struct pace *pace, uint32_t target)
{
	return pace->fine_ns && pace->targets[target].fine;
}
static inline uint8_t pace_epoch(const struct pace *pace, uint32_t target)
{
	return pace->fine_ns ? pace->targets[target].epoch : 0;
}
/* How long an answer of that target may take before it is missing. */
int64_t pace_rto(const struct pace *pace, uint32_t target);

#endif

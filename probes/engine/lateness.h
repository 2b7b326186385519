/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * When lateness is a disturbance (a stretch of time in which the harness cannot be trusted), and
 * when it is only counted for the summary. A probe that was sent late has the stamp of its true
 * send, so its bounds are right; a probe that was skipped, or a stamp that may be far from the true
 * send, is a disturbance.
 */
#ifndef BLACKOUT_PROBES_ENGINE_LATENESS_H
#define BLACKOUT_PROBES_ENGINE_LATENESS_H

#include "harness/base/base.h"

#include <stdatomic.h>

/* A send that took less is never a disturbance: any machine has such delays. */
#define LATE_MIN_NS NS_PER_MS
/* A send or a call that was delayed by more is a disturbance, however long the interval. */
#define LATE_MAX_NS (10 * NS_PER_MS)

/* How many of a target's ticks were later than 1, 10 and 100 ms. Written by the engine only. */
struct lateness {
	atomic_uint_fast64_t over_1ms, over_10ms, over_100ms;
};

/*
 * Bucket n of the histogram counts ticks that were late by less than 2^n us; the last one, the
 * rest.
 */
#define LATE_BUCKETS 22 /* with two more fields they fit into one fact */

/* All ticks of an engine by how late they were. The engine counts, another thread reads. */
struct late_ticks {
	atomic_uint_fast64_t buckets[LATE_BUCKETS];
	atomic_int_fast64_t worst_ns; /* the latest tick since the reader last reset this to 0 */
};

/* For a counter with one writing thread: cheaper than an atomic addition. */
static inline void counter_increment(atomic_uint_fast64_t *counter)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1,
		memory_order_relaxed);
}

static inline void late_ticks_add(struct late_ticks *ticks, int64_t late_ns)
{
	size_t bucket = 0;

	for (int64_t us = late_ns / NS_PER_US; us > 0 && bucket < LATE_BUCKETS - 1; us /= 2)
		bucket++;
	counter_increment(&ticks->buckets[bucket]);
	if (late_ns > atomic_load_explicit(&ticks->worst_ns, memory_order_relaxed))
		atomic_store_explicit(&ticks->worst_ns, late_ns, memory_order_relaxed);
}

static inline void lateness_add(struct lateness *lateness, int64_t late_ns)
{
	if (late_ns > NS_PER_MS)
		atomic_fetch_add_explicit(&lateness->over_1ms, 1, memory_order_relaxed);
	if (late_ns > 10 * NS_PER_MS)
		atomic_fetch_add_explicit(&lateness->over_10ms, 1, memory_order_relaxed);
	if (late_ns > 100 * NS_PER_MS)
		atomic_fetch_add_explicit(&lateness->over_100ms, 1, memory_order_relaxed);
}

/* True if a send took so long that the stamp taken before it is a disturbance. */
static inline bool lateness_send_disturbs(int64_t interval_ns, int64_t took_ns)
{
	int64_t limit_ns = ns_min(interval_ns, LATE_MAX_NS);

	return took_ns > ns_max(limit_ns, LATE_MIN_NS);
}

struct late_stretch {
	int64_t from_ns, until_ns;
};

/*
 * For a call that sends a request and waits for the answer. It ran from before_ns to after_ns, and
 * should have taken expected_ns (the round trip, or the time-out of a lost probe). The excess
 * passed before the send, after the arrival, or both. Fills `out` with the stretches in which the
 * true send and arrival may be; returns how many, 0 (the excess is small) to 2.
 */
static inline int lateness_call_stretches(
	int64_t before_ns, int64_t after_ns, int64_t expected_ns, struct late_stretch out[static 2])
{
	int64_t late_ns = after_ns - before_ns - expected_ns;

	if (late_ns <= LATE_MAX_NS)
		return 0;
	if (late_ns >= expected_ns) {
		out[0] = (struct late_stretch){before_ns, after_ns};
		return 1;
	}
	out[0] = (struct late_stretch){before_ns, before_ns + late_ns};
	out[1] = (struct late_stretch){before_ns + expected_ns, after_ns};
	return 2;
}

#endif

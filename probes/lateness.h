/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * When lateness makes a stretch in which the harness cannot be trusted, and when it is only
 * counted, for the summary. A probe that went out late carries the stamp of its sending, so the
 * bounds hold by themselves; a probe that was skipped, or a stamp that may be far from the
 * sending, is a disturbance. Pure but for the counters.
 */
#ifndef BLACKOUT_LATENESS_H
#define BLACKOUT_LATENESS_H

#include "harness/base.h"

#include <stdatomic.h>

/* Below a millisecond every hiccup of the machine would be a disturbance. */
#define LATE_LEAST_NS NS_PER_MS
/* However long the interval: a send or a call that was held up this long has a doubtful stamp. */
#define LATE_MOST_NS (10 * NS_PER_MS)

/* How many of a target's ticks were later than 1, 10 and 100 ms; the engine counts. */
struct lateness {
	atomic_uint_fast64_t over_1ms, over_10ms, over_100ms;
};

static inline void lateness_count(struct lateness *lateness, int64_t late_ns)
{
	if (late_ns > NS_PER_MS)
		atomic_fetch_add_explicit(&lateness->over_1ms, 1, memory_order_relaxed);
	if (late_ns > 10 * NS_PER_MS)
		atomic_fetch_add_explicit(&lateness->over_10ms, 1, memory_order_relaxed);
	if (late_ns > 100 * NS_PER_MS)
		atomic_fetch_add_explicit(&lateness->over_100ms, 1, memory_order_relaxed);
}

/* Did a send take so long that its stamp, taken before it, is a disturbance? */
static inline bool late_send(int64_t interval_ns, int64_t took_ns)
{
	int64_t most_ns = interval_ns < LATE_MOST_NS ? interval_ns : LATE_MOST_NS;

	return took_ns > (most_ns > LATE_LEAST_NS ? most_ns : LATE_LEAST_NS);
}

struct stretch {
	int64_t from_ns, until_ns;
};

/*
 * A call that sends and waits ran from before to after; by its own measure it should have taken
 * expected_ns (the round trip, or the time-out of a lost probe). What is above that passed before
 * the sending, after the arrival, or both. Fills `out` with the stretches in which that leaves
 * stamps in doubt; returns how many, 0 to 2.
 */
static inline int late_call(int64_t before_ns, int64_t after_ns, int64_t expected_ns,
	struct stretch out[static 2])
{
	int64_t late_ns = after_ns - before_ns - expected_ns;

	if (late_ns <= LATE_MOST_NS)
		return 0;
	if (late_ns >= expected_ns) {
		out[0] = (struct stretch){before_ns, after_ns};
		return 1;
	}
	out[0] = (struct stretch){before_ns, before_ns + late_ns};
	out[1] = (struct stretch){before_ns + expected_ns, after_ns};
	return 2;
}

#endif

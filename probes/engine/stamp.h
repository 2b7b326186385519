/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The kernel stamps arrivals with the wall clock, we count in CLOCK_BOOTTIME. The distance of
 * the two is taken anew for each batch of arrivals, so that a wall clock that was set in between
 * cannot move a stamp: what does not fit between send and now is replaced by now. And from when
 * on a socket may have lost messages. Pure but for stamp_wall_offset.
 */
#ifndef BLACKOUT_PROBES_ENGINE_STAMP_H
#define BLACKOUT_PROBES_ENGINE_STAMP_H

#include "harness/base/base.h"

/* The wall clock was set if it moved against CLOCK_BOOTTIME by more than this between batches. */
#define STAMP_STEP_NS (NS_PER_MS / 2)

/* Wall clock less CLOCK_BOOTTIME. Taken again if we were interrupted between the readings. */
static inline int64_t stamp_wall_offset(void)
{
	int64_t distance = 0;

	for (int i = 0; i < 4; i++) {
		int64_t before = clock_mono_ns(), utc = clock_utc_ns(), after = clock_mono_ns();

		distance = utc - before - (after - before) / 2;
		if (after - before < 20 * NS_PER_US)
			break;
	}
	return distance;
}

/* True if the wall clock was set between two distances. */
static inline bool stamp_stepped(int64_t before_ns, int64_t after_ns)
{
	int64_t moved = after_ns - before_ns;

	return moved > STAMP_STEP_NS || moved < -STAMP_STEP_NS;
}

/* The arrival in CLOCK_BOOTTIME; now_ns where the stamp is missing (0) or cannot be. */
static inline int64_t stamp_arrival(int64_t utc_ns, int64_t wall_offset_ns, int64_t sent_ns,
	int64_t now_ns)
{
	int64_t arrival = utc_ns - wall_offset_ns;

	return utc_ns && arrival >= sent_ns && arrival <= now_ns ? arrival : now_ns;
}

/*
 * When a probe went out, in CLOCK_BOOTTIME: the kernel's stamp where it lies between the readings
 * of the clock before and after the call that sent it, else the reading before. What the kernel held
 * back until after the call (no neighbour entry yet, a full queue) is so counted as on its way since
 * then: who waits for an answer waits for that, too.
 */
static inline int64_t stamp_sent(int64_t utc_ns, int64_t wall_offset_ns, int64_t before_ns,
	int64_t after_ns)
{
	int64_t sent = utc_ns - wall_offset_ns;

	return utc_ns && sent >= before_ns && sent <= after_ns ? sent : before_ns;
}

/*
 * What a socket lost. The kernel tells its count with the next message that found room, so the
 * loss lies between the arrivals of that message and of the one before it.
 */
struct stamp_overflow {
	uint32_t total;   /* the kernel's count so far */
	int64_t since_ns; /* arrival of the last message, CLOCK_BOOTTIME */
};

/*
 * Notes a message with the kernel's count, which arrived at utc_ns (0: no stamp to be trusted; then
 * `since` stays where it is, before the loss). Returns how many were lost before it; *from_ns is
 * set to since when.
 */
static inline uint32_t stamp_overflow_note(struct stamp_overflow *overflow, uint32_t total, int64_t utc_ns,
	int64_t wall_offset_ns, int64_t now_ns, int64_t *from_ns)
{
	uint32_t more = total - overflow->total;
	int64_t arrival = utc_ns - wall_offset_ns;

	*from_ns = overflow->since_ns;
	overflow->total = total;
	if (utc_ns && arrival >= overflow->since_ns && arrival <= now_ns)
		overflow->since_ns = arrival;
	return more;
}

#endif

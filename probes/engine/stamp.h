/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The kernel stamps messages with the wall clock; facts use CLOCK_BOOTTIME. The offset between the
 * two is measured anew for each batch of messages. If the wall clock is set in between, a converted
 * stamp that is impossible is replaced by a reading of CLOCK_BOOTTIME. Also: when a socket may have
 * lost messages. Pure functions, except for stamp_wall_offset.
 */
#ifndef BLACKOUT_PROBES_ENGINE_STAMP_H
#define BLACKOUT_PROBES_ENGINE_STAMP_H

#include "harness/base/base.h"

/* The wall clock was set if it moved against CLOCK_BOOTTIME by more than this between batches. */
#define STAMP_STEP_NS (NS_PER_MS / 2)

/*
 * Wall clock minus CLOCK_BOOTTIME. Measured again if the thread was interrupted between the
 * readings.
 */
static inline int64_t stamp_wall_offset(void)
{
	int64_t offset = 0;

	for (int i = 0; i < 4; i++) {
		int64_t before = clock_mono_ns(), utc = clock_utc_ns(), after = clock_mono_ns();

		offset = utc - before - (after - before) / 2;
		if (after - before < 20 * NS_PER_US)
			break;
	}
	return offset;
}

/* True if the wall clock was set between the measurements of two offsets. */
static inline bool stamp_stepped(int64_t before_ns, int64_t after_ns)
{
	int64_t moved = after_ns - before_ns;

	return moved > STAMP_STEP_NS || moved < -STAMP_STEP_NS;
}

/* The arrival in CLOCK_BOOTTIME; now_ns if the stamp is missing (0) or impossible. */
static inline int64_t stamp_arrival(
	int64_t utc_ns, int64_t wall_offset_ns, int64_t sent_ns, int64_t now_ns)
{
	int64_t arrival = utc_ns - wall_offset_ns;

	return utc_ns && arrival >= sent_ns && arrival <= now_ns ? arrival : now_ns;
}

/*
 * When a probe was sent, in CLOCK_BOOTTIME: the kernel's stamp if it lies between the clock's
 * readings before and after the sending call, else the reading before. So a probe that the kernel
 * held back until after the call (no neighbour entry yet, a full queue) counts as sent before the
 * call: a user waits during that time, too.
 */
static inline int64_t stamp_sent(
	int64_t utc_ns, int64_t wall_offset_ns, int64_t before_ns, int64_t after_ns)
{
	int64_t sent = utc_ns - wall_offset_ns;

	return utc_ns && sent >= before_ns && sent <= after_ns ? sent : before_ns;
}

/*
 * What a socket lost. The kernel reports its count of lost messages with the next message that the
 * socket's buffer can hold, so the loss lies between the arrivals of that message and the one
 * before.
 */
struct stamp_overflow {
	uint32_t total;   /* the kernel's count so far */
	int64_t since_ns; /* arrival of the last message with a reliable stamp, CLOCK_BOOTTIME */
};

/*
 * Notes a message that arrived at utc_ns (0: no reliable stamp; then since_ns stays) with the
 * kernel's count of lost messages. Returns how many were lost before this message, at *from_ns or
 * later.
 */
static inline uint32_t stamp_overflow_note(struct stamp_overflow *overflow, uint32_t total,
	int64_t utc_ns, int64_t wall_offset_ns, int64_t now_ns, int64_t *from_ns)
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

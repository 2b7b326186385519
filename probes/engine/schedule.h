/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * When a probe is due: the n-th probe to target t belongs to start + n * interval + its share of
 * the interval, so that lateness never adds up and the targets are spread evenly. Pure.
 */
#ifndef BLACKOUT_PROBES_ENGINE_SCHEDULE_H
#define BLACKOUT_PROBES_ENGINE_SCHEDULE_H

#include "harness/base/base.h"

struct schedule {
	int64_t start_ns, interval_ns;
	size_t targets;
	int64_t round; /* n */
	size_t target; /* whose turn it is, 0 … targets - 1 */
};

/* When the present turn is due. */
static inline int64_t schedule_due(const struct schedule *s)
{
	return s->start_ns + s->round * s->interval_ns +
		(int64_t)s->target * s->interval_ns / (int64_t)s->targets;
}

/* On to the next turn. */
static inline void schedule_next(struct schedule *s)
{
	if (++s->target == s->targets) {
		s->target = 0;
		s->round++;
	}
}

/*
 * If the present turn is more than one interval overdue, gives up what was missed and goes on to
 * the first turn not before now. Returns by how much it was late, or 0 where nothing was given
 * up.
 */
static inline int64_t schedule_catch_up(struct schedule *s, int64_t now_ns)
{
	int64_t late_ns = now_ns - schedule_due(s), into_ns;

	if (late_ns <= s->interval_ns)
		return 0;
	s->round = (now_ns - s->start_ns) / s->interval_ns;
	into_ns = (now_ns - s->start_ns) % s->interval_ns;
	/* The next turn but one at the most: shares are rounded down. */
	s->target = (size_t)(into_ns * (int64_t)s->targets / s->interval_ns);
	while (schedule_due(s) < now_ns)
		schedule_next(s);
	return late_ns;
}

#endif

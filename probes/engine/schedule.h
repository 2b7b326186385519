/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * When a probe is due. Round n sends one probe to each target: to target t at
 * start + n * interval + t * interval / targets. So lateness never adds up, and the targets are
 * spread evenly over the interval. Pure functions.
 */
#ifndef BLACKOUT_PROBES_ENGINE_SCHEDULE_H
#define BLACKOUT_PROBES_ENGINE_SCHEDULE_H

#include "harness/base/base.h"

struct schedule {
	int64_t start_ns, interval_ns;
	size_t targets;
	int64_t round; /* n of the next probe */
	size_t target; /* t of the next probe, 0 … targets - 1 */
};

/* When the next probe is due. */
static inline int64_t schedule_due(const struct schedule *s)
{
	return s->start_ns + s->round * s->interval_ns +
	       (int64_t)s->target * s->interval_ns / (int64_t)s->targets;
}

/* Advances to the next probe. */
static inline void schedule_next(struct schedule *s)
{
	if (++s->target == s->targets) {
		s->target = 0;
		s->round++;
	}
}

/*
 * If the next probe is more than one interval overdue, skips all probes due before now_ns. Returns
 * how late the first skipped probe was; 0: none was skipped.
 */
static inline int64_t schedule_catch_up(struct schedule *s, int64_t now_ns)
{
	int64_t late_ns = now_ns - schedule_due(s), into_ns;

	if (late_ns <= s->interval_ns)
		return 0;
	s->round = (now_ns - s->start_ns) / s->interval_ns;
	into_ns = (now_ns - s->start_ns) % s->interval_ns;
	/* The shares of the interval are rounded down, so this may be one or two probes early. */
	s->target = (size_t)(into_ns * (int64_t)s->targets / s->interval_ns);
	while (schedule_due(s) < now_ns)
		schedule_next(s);
	return late_ns;
}

#endif

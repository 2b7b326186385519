/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the analysis made of silences that are known: is the truth inside its bounds, and how far from
 * it is their middle. Pure.
 */
#ifndef BLACKOUT_TOOLS_CALIBRATE_SCORE_H
#define BLACKOUT_TOOLS_CALIBRATE_SCORE_H

#include "harness/verdict/verdict.h"
#include "tools/calibrate/responder.h"

/*
 * A hold is scored by itself: what was held for less than its time-out was answered in time, so that
 * its lower bound gives away a time-out by what the words mean. In a slow spell the truth is the
 * longest wait: what every answer took.
 */
enum score_group { SCORE_CUT, SCORE_HELD, SCORE_SLOW, SCORE_GROUPS };
const char *score_group_name(enum score_group group);

/* One outage. The truth is in [truth.lo_ns, truth.hi_ns], as exactly as the responder knows it. */
struct scored_outage {
	enum score_group group;
	int64_t begin_ns;
	struct interval truth, found;
	bool seen;   /* some probe missed its answer; else `found` is the bound of what probes may miss */
	bool inside;
};

struct score_summary {
	size_t outages, inside, seen;
	size_t endless;  /* found.hi_ns is NS_INF: counted in nothing below */
	int64_t median_error_ns, worst_error_ns; /* of the middle of [lo, hi]; NS_NONE without outages */
	int64_t median_width_ns;
};

struct score {
	struct scored_outage *outages;
	size_t count;
	struct score_summary summary[SCORE_GROUPS];
	size_t false_gaps; /* that touch no outage */
	int64_t lag_ns;    /* by how much the truth is uncertain at most */
};

/*
 * Scores a series that was judged over its whole length against the silences of its responder, in
 * order. The events' kinds are drop, mute, hold and slow.
 */
int score_init(struct score *score, const struct observation *observation,
	const struct responder_event *events, size_t count, struct err *e);
void score_release(struct score *score);
/* Of all groups. */
size_t score_count_inside(const struct score *score);

/*
 * Whether the series may be used as it was: every truth inside, no false gap, and in the middle no
 * bounds wider than half as much again as sampling alone explains (an interval at either end; at the
 * far one the fine interval where there is one).
 */
bool score_is_honest(const struct score *score, int64_t interval_ns, int64_t fine_interval_ns);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Compares the bounds that the analysis found with outages of known length: whether the true length
 * lies inside the bounds, and how far their middle is from the true length. Pure functions.
 */
#ifndef BLACKOUT_TOOLS_CALIBRATE_SCORE_H
#define BLACKOUT_TOOLS_CALIBRATE_SCORE_H

#include "harness/verdict/verdict.h"
#include "tools/calibrate/responder.h"

/*
 * Groups of outages: requests or answers dropped, requests held, answers delayed. Held requests are
 * scored separately: those held for less than the time-out count as answered in time, so by
 * definition the lower bound is too short by up to a time-out. In a slow spell the true length is
 * the delay of each answer.
 */
enum score_group { SCORE_CUT, SCORE_HELD, SCORE_SLOW, SCORE_GROUPS };
const char *score_group_name(enum score_group group);

/* One outage: its true length, to the responder's accuracy, and the bounds that were found. */
struct scored_outage {
	enum score_group group;
	int64_t begin_ns;
	struct interval truth, found;
	bool seen;   /* a probe was not answered in time; else `found` is the bound of "no gap" */
	bool inside; /* the intervals intersect */
};

/* The outages of a group. */
struct score_summary {
	size_t outages, inside, seen;
	size_t endless; /* found.hi_ns is NS_INF: not counted below */
	/* Distance of the middle of [lo, hi] from the true length; NS_NONE: no outages. */
	int64_t median_error_ns, worst_error_ns;
	int64_t median_width_ns; /* of hi - lo; NS_NONE: no outages */
};

struct score {
	struct scored_outage *outages;
	size_t count;
	struct score_summary summary[SCORE_GROUPS];
	size_t false_gaps; /* gaps that touch no outage */
	int64_t lag_ns;    /* largest uncertainty of a true length, ± */
};

/*
 * Scores a series that was judged over its whole length against its responder's events, in their
 * order. Their kinds are drop, mute, hold and slow. Returns 0, or -1 out of memory, with an empty
 * score.
 */
int score_init(struct score *score, const struct observation *observation,
	const struct responder_event *events, size_t count, struct err *e);
void score_release(struct score *score);
/* Returns how many outages of all groups have their true length inside the bounds. */
size_t score_count_inside(const struct score *score);

/*
 * True if this machine can honestly use the intervals: every true length is inside, there is no
 * false gap, and the median width is at most 1.5 times what sampling alone explains (an interval at
 * the begin, and at the end the fine interval or, without one, another interval).
 */
bool score_is_honest(const struct score *score, int64_t interval_ns, int64_t fine_interval_ns);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fewer points for a chart, with nothing that matters left out: of each slice of time the fastest
 * and the slowest answer stay, and every probe that was never answered.
 */
#ifndef BLACKOUT_REPORTS_COMMON_THIN_H
#define BLACKOUT_REPORTS_COMMON_THIN_H

#include "harness/timeline/timeline.h"

struct thin_point {
	int64_t sent_ns;
	int64_t round_trip_ns; /* NS_NONE: never answered */
};

struct thin_points {
	struct thin_point *point;
	size_t count, room;
};

/*
 * Appends what was sent in [from_ns, to_ns), in order of sending: at most two answers for each of
 * `slices` equal slices, and all that was lost. What was still open when the source ended is left
 * out.
 */
void thin_series(const struct series *series, int64_t from_ns, int64_t to_ns, size_t slices,
	struct thin_points *points);
void thin_free(struct thin_points *points);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Thins out the points of a chart, but keeps what a reader needs: the fastest and the slowest
 * answer of each slice of time, and every probe that was never answered.
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
	size_t count, capacity;
};

/*
 * Appends points of the probes sent in [from_ns, to_ns), in order of sending: at most two answers
 * for each of `slices` equal slices, and all lost probes. Probes whose time-out had not run out
 * when the series ended are left out.
 */
void thin_series(const struct series *series, int64_t from_ns, int64_t to_ns, size_t slices,
	struct thin_points *points);
void thin_release(struct thin_points *points);

#endif

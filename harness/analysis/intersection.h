/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two witnesses of the same silences: what both say together. They must be of the same definition:
 * the same kind, time-out and station. Pure; docs/accuracy.md has the derivation.
 */
#ifndef BLACKOUT_ANALYSIS_INTERSECTION_H
#define BLACKOUT_ANALYSIS_INTERSECTION_H

#include "harness/analysis/gaps.h"

/* Gaps of a window, widened by what disturbed them, and the baseline that they were found by. */
struct witness {
	const struct gaps *gaps;
	const struct baseline *baseline;
};

/*
 * What a witness knows of the window's blackout: who did not watch all of the window proves silence, but
 * not that there was no longer one.
 */
struct interval gaps_known(const struct gaps *gaps);
/*
 * What two witnesses say of the window's blackout together: start with start and end with end where
 * exactly one gap of either meets the other and both are sound (not disturbed, no late answer), else
 * length with length. Never wider than either alone. Returns false if they contradict each other;
 * *blackout is then what `judged` says alone.
 */
bool gaps_intersect(const struct witness *judged, const struct witness *other,
	struct interval *blackout);

#endif

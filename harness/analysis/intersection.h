/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Combines two witnesses of the same silences: two series, of the same kind, time-out and station,
 * that measured the same VM. Pure; docs/accuracy.md has the derivation.
 */
#ifndef BLACKOUT_ANALYSIS_INTERSECTION_H
#define BLACKOUT_ANALYSIS_INTERSECTION_H

#include "harness/analysis/gaps.h"

/* A window's gaps, widened by their disturbances, and the baseline that they were found by. */
struct witness {
	const struct gaps *gaps;
	const struct baseline *baseline;
};

/*
 * A witness's bounds of the window's blackout. A witness that did not cover the whole window proves
 * silence, but cannot exclude a longer one, so hi is NS_INF.
 */
struct interval gaps_bounds(const struct gaps *gaps);
/*
 * Bounds the window's blackout by two witnesses: never wider than either alone. If exactly one gap
 * of each meets the other, and both are sound (not disturbed, no late answer), their starts and
 * ends are intersected, else only their lengths. Returns false if the witnesses contradict each
 * other; *blackout is then that of `judged` alone.
 */
bool gaps_intersect(
	const struct witness *judged, const struct witness *other, struct interval *blackout);

#endif

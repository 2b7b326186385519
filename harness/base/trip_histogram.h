/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Durations counted in buckets whose width grows with them: 16 to each doubling, from 1 us to a
 * minute, so that a quantile is known to within a sixteenth whatever its size, in bounded memory.
 * The buckets' numbers stand in the facts (`trips`, docs/facts.md), so they never change.
 */
#ifndef BLACKOUT_BASE_TRIP_HISTOGRAM_H
#define BLACKOUT_BASE_TRIP_HISTOGRAM_H

#include "harness/base/base.h"

#define HISTOGRAM_BUCKETS 417

/* The bucket of a duration. Below 1,024 ns: 0; beyond 68 s: the last. */
size_t histogram_bucket(int64_t ns);
/* The longest duration that belongs to a bucket. */
int64_t histogram_bucket_max(size_t bucket);
/*
 * The duration that at least the share `f` of those counted do not exceed, rounded up to its
 * bucket's end. NS_NONE where nothing was counted.
 */
int64_t histogram_quantile(const uint64_t counts[static HISTOGRAM_BUCKETS], double f);

#endif

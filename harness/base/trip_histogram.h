/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A histogram of durations from 1 us to a minute with 16 buckets per doubling, so that a quantile
 * of any size is known to within a sixteenth, in bounded memory. Bucket numbers are part of the
 * facts (`trips`, docs/facts.md), so they never change.
 */
#ifndef BLACKOUT_BASE_TRIP_HISTOGRAM_H
#define BLACKOUT_BASE_TRIP_HISTOGRAM_H

#include "harness/base/base.h"

#define HISTOGRAM_BUCKETS 417

/* The bucket of a duration; 0 below 1,024 ns, the last one beyond 68 s. */
size_t histogram_bucket(int64_t ns);
/* The longest duration that belongs to a bucket. */
int64_t histogram_bucket_max(size_t bucket);
/*
 * The quantile `f` (0 to 1) of the counted durations, rounded up to the end of its bucket. NS_NONE
 * if nothing was counted.
 */
int64_t histogram_quantile(const uint64_t counts[static HISTOGRAM_BUCKETS], double f);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A histogram of durations from 1 us to a minute in bounded memory. It has 16 buckets per doubling,
 * so a quantile is at most 1/16 too large. Bucket numbers appear in facts (`trips`, docs/facts.md),
 * so they never change.
 */
#ifndef BLACKOUT_BASE_TRIP_HISTOGRAM_H
#define BLACKOUT_BASE_TRIP_HISTOGRAM_H

#include "harness/base/base.h"

#define HISTOGRAM_BUCKETS 417

/* The bucket of a duration: bucket 0 below 1,024 ns, the last bucket from 66.6 s on. */
size_t histogram_bucket(int64_t ns);
/* The longest duration that belongs to a bucket; 68.7 s for the last bucket. */
int64_t histogram_bucket_max(size_t bucket);
/*
 * The quantile `f` (0 to 1) of the counted durations, rounded up to the end of its bucket; at most
 * 68.7 s. NS_NONE if nothing was counted.
 */
int64_t histogram_quantile(const uint64_t counts[static HISTOGRAM_BUCKETS], double f);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A histogram of durations: see trip_histogram.h. */
#include "harness/base/trip_histogram.h"

#include <math.h>

#define STEP_BITS 4 /* 16 buckets per doubling */
#define MIN_BITS 10 /* bucket 0 ends at 2^10 ns */

size_t histogram_bucket(int64_t ns)
{
	unsigned bits, step;
	size_t bucket;

	if (ns < INT64_C(1) << MIN_BITS)
		return 0;
	bits = 63 - (unsigned)__builtin_clzll((unsigned long long)ns);
	step = (unsigned)(ns >> (bits - STEP_BITS)) & ((1U << STEP_BITS) - 1);
	bucket = 1 + ((size_t)(bits - MIN_BITS) << STEP_BITS) + step;
	return size_min(bucket, HISTOGRAM_BUCKETS - 1);
}

int64_t histogram_bucket_max(size_t bucket)
{
	size_t bits, step;

	if (bucket == 0)
		return (INT64_C(1) << MIN_BITS) - 1;
	bits = MIN_BITS + ((bucket - 1) >> STEP_BITS);
	step = (bucket - 1) & ((1U << STEP_BITS) - 1);
	return (int64_t)((1U << STEP_BITS) + step + 1) * (INT64_C(1) << (bits - STEP_BITS)) - 1;
}

int64_t histogram_quantile(const uint64_t counts[static HISTOGRAM_BUCKETS], double f)
{
	uint64_t total = 0, reached = 0, rank;

	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		total += counts[i];
	if (!total)
		return NS_NONE;
	rank = (uint64_t)ceil(f * (double)total);
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		reached += counts[i];
		if (reached >= rank && reached)
			return histogram_bucket_max(i);
	}
	return histogram_bucket_max(HISTOGRAM_BUCKETS - 1);
}

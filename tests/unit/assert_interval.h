/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asserts the ends of an interval, and prints the interval if they differ. */
#ifndef BLACKOUT_TESTS_UNIT_ASSERT_INTERVAL_H
#define BLACKOUT_TESTS_UNIT_ASSERT_INTERVAL_H

#include "harness/base/base.h"

#include <CUnit/CUnit.h>

static inline bool interval_contains(struct interval i, int64_t ns)
{
	return i.lo_ns <= ns && ns <= i.hi_ns;
}

static inline void assert_interval(struct interval i, int64_t lo_ns, int64_t hi_ns)
{
	CU_ASSERT_EQUAL(i.lo_ns, lo_ns);
	CU_ASSERT_EQUAL(i.hi_ns, hi_ns);
	if (i.lo_ns != lo_ns || i.hi_ns != hi_ns)
		fprintf(stderr, "\n  [%lld, %lld], not [%lld, %lld]\n", (long long)i.lo_ns,
			(long long)i.hi_ns, (long long)lo_ns, (long long)hi_ns);
}

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The bounds of an ideal observer, who knows the true time of each frame, the request of each
 * answer, and the minimum round trip. They must contain the oracle's truth, or oracle and generator
 * contradict each other; and they show how many series can be decided at all.
 */
#ifndef BLACKOUT_TESTS_PROPERTY_REFERENCE_H
#define BLACKOUT_TESTS_PROPERTY_REFERENCE_H

#include "tests/property/prober.h"

/*
 * `end_ns`: true time of the end of the data. Time-outs that had not run out by then prove no loss.
 */
struct interval reference_bounds(
	const struct prober *prober, const struct observed *observed, int64_t end_ns);

#endif

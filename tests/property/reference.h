/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an ideal observer could say: one who knows the true time of each frame, to which request
 * each answer belongs, and the least round trip. Its bounds must hold the oracle's truth, or oracle and
 * generator contradict each other; and they show how many series can be decided at all.
 */
#ifndef BLACKOUT_TESTS_PROPERTY_REFERENCE_H
#define BLACKOUT_TESTS_PROPERTY_REFERENCE_H

#include "tests/property/prober.h"

/* `end_ns`: true time of the data's end, from which on a time-out had not run out. */
struct interval reference_bounds(
	const struct prober *prober, const struct watched *watched, int64_t end_ns);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The generator's random numbers: splitmix64, the same on every machine. */
#ifndef BLACKOUT_TESTS_PROPERTY_DICE_H
#define BLACKOUT_TESTS_PROPERTY_DICE_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

struct dice {
	uint64_t state;
};

static inline uint64_t dice_next(struct dice *d)
{
	uint64_t z = (d->state += UINT64_C(0x9E3779B97F4A7C15));

	z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
	return z ^ (z >> 31);
}

/* A whole number from `min` to `max`, both included; `min` if max <= min. */
static inline int64_t dice_between(struct dice *d, int64_t min, int64_t max)
{
	if (max <= min)
		return min;
	return min + (int64_t)(dice_next(d) % (uint64_t)(max - min + 1));
}

static inline bool dice_chance(struct dice *d, int percent)
{
	return dice_between(d, 0, 99) < percent;
}

/* The same on a logarithmic scale: as often between 1 and 10 as between 10 and 100. */
static inline int64_t dice_log(struct dice *d, int64_t min, int64_t max)
{
	double share = (double)dice_between(d, 0, 1000000) / 1e6;

	return (int64_t)((double)min * pow((double)max / (double)min, share));
}

#endif

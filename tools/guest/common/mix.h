/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The guest programs' random numbers: a hash, so each number can be computed without those before
 * it.
 */
#ifndef BLACKOUT_TOOLS_GUEST_COMMON_MIX_H
#define BLACKOUT_TOOLS_GUEST_COMMON_MIX_H

#include <stdint.h>

/* Step and finaliser of splitmix64 (Steele et al. 2014). */
static inline uint64_t mix64(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

#endif

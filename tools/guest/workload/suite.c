/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sizes and names of an installation's files. Integer arithmetic only: a size must not depend on
 * how a math library rounds a logarithm.
 */
#include "tools/guest/common/mix.h"
#include "tools/guest/workload/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Standard deviation of a size's binary logarithm, in 64ths: 2.6. The largest 1 % of the files then
 * holds about a third of the bytes, and the median size is below a quarter of the mean.
 */
#define SPREAD 166
#define FILES_A_DIR 64

/* A file's weight: 2 to the power of a normally distributed number, with median 2^20. */
static uint64_t weight(uint64_t seed, uint64_t file)
{
	int64_t sum = 0, exponent;
	uint64_t random = 0;

	/* The sum of twelve uniform 16-bit numbers has mean 6 and deviation 1, in units of 2^16. */
	for (unsigned i = 0; i < 12; i++) {
		if (i % 4 == 0)
			random = mix64(mix64(seed) ^ (file * 3 + i / 4));
		sum += (int64_t)(random >> 16 * (i % 4) & 0xffff);
	}
	exponent = (sum - (INT64_C(6) << 16)) * SPREAD / 64 + (INT64_C(20) << 16);
	/* Interpolates linearly between powers of two. */
	return ((UINT64_C(1) << 16 | (exponent & 0xffff)) << (exponent >> 16)) >> 16;
}

int suite_init(struct suite *suite, uint64_t seed, uint64_t bytes, uint64_t count)
{
	uint64_t left = bytes - count, largest = 0;
	unsigned __int128 sum = 0;

	*suite = (struct suite){.seed = seed, .bytes = bytes, .count = count};
	suite->sizes = calloc(count, sizeof(*suite->sizes));
	if (!suite->sizes)
		return -1;
	for (uint64_t i = 0; i < count; i++) {
		suite->sizes[i] = weight(seed, i);
		sum += suite->sizes[i];
		if (suite->sizes[i] > suite->sizes[largest])
			largest = i;
	}
	/* No file is empty; the largest one gets the remainder of the division. */
	for (uint64_t i = 0; i < count; i++) {
		uint64_t share =
			(uint64_t)((unsigned __int128)(bytes - count) * suite->sizes[i] / sum);

		suite->sizes[i] = 1 + share;
		left -= share;
	}
	suite->sizes[largest] += left;
	return 0;
}

void suite_release(struct suite *suite)
{
	free(suite->sizes);
	suite->sizes = NULL;
}

void suite_dir(uint64_t file, char name[static SUITE_NAME_MAX])
{
	snprintf(name, SUITE_NAME_MAX, "part-%03" PRIu64, file / FILES_A_DIR);
}

void suite_name(uint64_t file, char name[static SUITE_NAME_MAX])
{
	static const char *const kinds[] = {"dll", "dat", "xml", "exe", "ttf"};

	snprintf(name, SUITE_NAME_MAX, "part-%03" PRIu64 "/file-%06" PRIu64 ".%s",
		file / FILES_A_DIR, file, kinds[mix64(file) % 5]);
}

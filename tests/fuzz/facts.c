/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arbitrary bytes as a facts file of a folder that only watched: read and judged. */
#include "harness/verdict/verdict.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <unistd.h>

/* The folder of one process; a fuzzer feeds it many times. */
static const char *folder(char dir[64])
{
	struct err e = {0};
	char facts[80];

	snprintf(dir, 64, "/tmp/blackout-fuzz-%d", getpid());
	snprintf(facts, sizeof(facts), "%s/facts", dir);
	return dir_make(facts, &e) ? NULL : dir;
}

int fuzz_facts(const uint8_t *data, size_t size)
{
	struct timeline *timeline = NULL;
	struct results *results = NULL;
	char dir[64], path[96];
	struct err e = {0};
	FILE *f;

	if (!folder(dir))
		return 0;
	snprintf(path, sizeof(path), "%s/facts/local-fine.tsv", dir);
	f = fopen(path, "we");
	if (f) {
		fwrite(data, 1, size, f);
		fclose(f);
		if (!timeline_read(&timeline, dir, &e) &&
			!results_make(&results, timeline, NULL, &e))
			results_free(results);
		timeline_free(timeline);
	}
	unlink(path);
	snprintf(path, sizeof(path), "%s/facts", dir);
	rmdir(path);
	rmdir(dir);
	return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads and judges a standalone folder whose facts file holds arbitrary bytes. */
#include "harness/verdict/verdict.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <unistd.h>

/* A folder for each process, made anew for each input. NULL: it cannot be made. */
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
			!results_new(&results, timeline, NULL, &e))
			results_free(results);
		timeline_free(timeline);
	}
	unlink(path);
	snprintf(path, sizeof(path), "%s/facts", dir);
	rmdir(path);
	rmdir(dir);
	return 0;
}

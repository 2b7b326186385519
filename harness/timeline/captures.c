/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See captures.h. */
#include "harness/timeline/captures.h"

#include "harness/base/memory.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

static bool is_capture(const char *name, const char *station)
{
	size_t length = strlen(station), all = strlen(name), suffix = strlen(".pcap");

	return strncmp(name, station, length) == 0 && name[length] == '-' &&
	       all > length + suffix && strcmp(name + all - suffix, ".pcap") == 0;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

struct captures captures_find(const char *dir, const char *station)
{
	struct captures found = {.path = NULL};
	char *facts = memory_format("captures", "%s/facts", dir);
	DIR *entries = opendir(facts);

	for (struct dirent *entry; entries && (entry = readdir(entries));) {
		if (!is_capture(entry->d_name, station))
			continue;
		MEMORY_GROW("captures", found.path, found.count, found.capacity);
		found.path[found.count++] =
			memory_format("captures", "%s/%s", facts, entry->d_name);
	}
	if (entries)
		closedir(entries);
	free(facts);
	if (found.count)
		qsort(found.path, found.count, sizeof(*found.path), by_bytes);
	return found;
}

void captures_release(struct captures *captures)
{
	for (size_t i = 0; i < captures->count; i++)
		free(captures->path[i]);
	free(captures->path);
	*captures = (struct captures){0};
}

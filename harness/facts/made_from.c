/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See made_from.h. */
#include "harness/facts/made_from.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MADE_FROM_MAX ((size_t)16 << 20)

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

char *made_from_now(const char *dir)
{
	struct dirent **entries = NULL;
	char facts[PATH_MAX], path[PATH_MAX], *text = NULL;
	size_t length;
	FILE *f = open_memstream(&text, &length);
	int n = path_join(facts, sizeof(facts), dir, "facts")
			? -1
			: scandir(facts, &entries, is_visible, by_bytes);

	for (int i = 0; i < n; i++) {
		struct stat st;

		if (f && path_join(path, sizeof(path), facts, entries[i]->d_name) == 0 &&
			lstat(path, &st) == 0)
			fprintf(f, "%" PRIdMAX "\t%s\n", (intmax_t)st.st_size, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	if (!f || fclose(f)) {
		free(text);
		return NULL;
	}
	return text;
}

int made_from_check(const char *dir, struct err *e)
{
	char path[PATH_MAX], *then, *now;
	int rc = 0;

	if (path_join(path, sizeof(path), dir, MADE_FROM))
		return err_set(e, "%s: name too long", dir);
	if (access(path, F_OK))
		return 0;
	if (file_read_regular(path, MADE_FROM_MAX, &then, NULL, e))
		return -1;
	now = made_from_now(dir);
	if (!now)
		rc = err_set(e, "out of memory");
	else if (*now && strcmp(then, now) != 0)
		rc = err_set(e,
			"%s: its tables are older than its facts (`blackout report %s` makes them "
			"again)",
			dir, dir);
	free(then);
	free(now);
	return rc;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A scratch result folder: see scratch.h. */
#include "tests/property/scratch.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void give_up(const char *what)
{
	perror(what);
	abort();
}

void scratch_path(const struct scratch *f, const char *name, char path[static PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/%s", f->dir, name);
}

void scratch_open(struct scratch *f)
{
	const char *scratch = getenv("TMPDIR");
	char path[PATH_MAX];

	if (!scratch)
		scratch = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	snprintf(f->dir, sizeof(f->dir), "%.90s/blackout-property-XXXXXX", scratch);
	if (!mkdtemp(f->dir))
		give_up(f->dir);
	scratch_path(f, "facts", path);
	if (mkdir(path, 0700))
		give_up(path);
	scratch_put(f, "format", "1\n", 2);
}

void scratch_put(const struct scratch *f, const char *name, const char *text, size_t size)
{
	char path[PATH_MAX];
	FILE *file;

	scratch_path(f, name, path);
	file = fopen(path, "we");
	if (!file || fwrite(text, 1, size, file) != size || fclose(file))
		give_up(path);
}

char *scratch_get(const struct scratch *f, const char *name, size_t *size)
{
	char path[PATH_MAX], *text = NULL;
	struct err e = {0};

	scratch_path(f, name, path);
	if (file_read(path, SIZE_MAX / 4, &text, size, &e)) {
		fprintf(stderr, "%s\n", e.text);
		abort();
	}
	return text;
}

void scratch_close(struct scratch *f)
{
	file_remove_tree(f->dir, true);
}

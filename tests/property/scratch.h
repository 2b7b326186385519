/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A temporary result folder, in memory (/dev/shm) if possible. */
#ifndef BLACKOUT_TESTS_PROPERTY_SCRATCH_H
#define BLACKOUT_TESTS_PROPERTY_SCRATCH_H

#include "harness/base/base.h"

#include <limits.h>

struct scratch {
	char dir[128];
};

/* Makes a folder with an empty `facts` folder and the file `format`. Aborts on failure. */
void scratch_open(struct scratch *folder);
void scratch_path(const struct scratch *folder, const char *name, char path[static PATH_MAX]);
/* Writes a file; `name` is a path in the folder, such as "facts/watch.tsv". Aborts on failure. */
void scratch_put(const struct scratch *folder, const char *name, const char *text, size_t size);
/* Reads a file: NUL-terminated text, which the caller frees. Aborts on failure. */
char *scratch_get(const struct scratch *folder, const char *name, size_t *size);
/* Removes the folder with its content. */
void scratch_close(struct scratch *folder);

#endif

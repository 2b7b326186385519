/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A scratch result folder, in memory where the machine has a file system there. */
#ifndef BLACKOUT_TESTS_PROPERTY_SCRATCH_H
#define BLACKOUT_TESTS_PROPERTY_SCRATCH_H

#include "harness/base/base.h"

#include <limits.h>

struct scratch {
	char dir[128];
};

/* Makes an empty folder with `facts` and `format` in it. Aborts where that cannot be done. */
void scratch_open(struct scratch *folder);
void scratch_path(const struct scratch *folder, const char *name, char path[static PATH_MAX]);
/* Writes a file, `name` as "facts/watch.tsv". */
void scratch_put(const struct scratch *folder, const char *name, const char *text, size_t size);
/* Reads one; NUL-terminated, to be freed. */
char *scratch_get(const struct scratch *folder, const char *name, size_t *size);
/* Removes it with all that is in it. */
void scratch_close(struct scratch *folder);

#endif

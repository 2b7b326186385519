/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * libfreerdp wants a home to keep its settings and known hosts in, and there is nothing to keep: it
 * gets an empty folder for the time of a connection's beginning.
 */
#include "probes/rdp/helper/internal.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int scratch_dir_make(char *path, size_t size)
{
	const char *base = getenv("TMPDIR");

	snprintf(path, size, "%.200s/blackout-rdp.XXXXXX", base && *base == '/' ? base : "/tmp");
	if (!mkdtemp(path))
		return -1;
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("XDG_CACHE_HOME");
	unsetenv("XDG_DATA_HOME");
	return setenv("HOME", path, 1);
}

void scratch_dir_remove(const char *path)
{
	file_remove_tree(path, true);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A home folder for libfreerdp, which writes its settings and known hosts there. They are not
 * needed, so the folder begins empty and is removed once the connection is made.
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

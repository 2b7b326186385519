/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds the running program's folder: see program_path.h. */
#include "harness/base/program_path.h"

#include <string.h>
#include <unistd.h>

int program_dir(char buf[static PATH_MAX], struct err *e)
{
	ssize_t n = readlink("/proc/self/exe", buf, PATH_MAX - 1);
	char *slash;

	if (n < 0)
		return err_errno(e, "/proc/self/exe");
	buf[n] = '\0';
	slash = strrchr(buf, '/');
	if (slash)
		*slash = '\0';
	return 0;
}

bool program_installed(const char *dir)
{
	const char *slash = strrchr(dir, '/');

	return slash && strcmp(slash, "/bin") == 0;
}

int program_file(char buf[static PATH_MAX], const char *built, const char *installed, struct err *e)
{
	char dir[PATH_MAX];

	if (program_dir(dir, e))
		return -1;
	if (path_join(buf, PATH_MAX, dir, program_installed(dir) ? installed : built))
		return err_set(e, "%.200s: name too long", dir);
	return 0;
}

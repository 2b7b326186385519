/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plans that are shipped with the program: see shipped_plans.h. */
#include "tools/commands/shipped_plans.h"

#include "harness/base/program_path.h"

#include <string.h>
#include <unistd.h>

int shipped_plans_folder(char buf[static PATH_MAX], struct err *e)
{
	return program_file(buf, "../plans", "../share/blackout/plans", e);
}

static bool is_shipped(
	char buf[static PATH_MAX], const char *dir, const char *name, const char *suffix)
{
	int n = snprintf(buf, PATH_MAX, "%s/%s%s", dir, name, suffix);

	return n > 0 && n < PATH_MAX && access(buf, R_OK) == 0;
}

void shipped_plans_find(char buf[static PATH_MAX], const char *plan)
{
	char dir[PATH_MAX];
	struct err ignored;

	if (access(plan, F_OK) && *plan && !strchr(plan, '/') &&
		shipped_plans_folder(dir, &ignored) == 0 &&
		(is_shipped(buf, dir, plan, ".ini") || is_shipped(buf, dir, plan, "")))
		return;
	snprintf(buf, PATH_MAX, "%s", plan);
}

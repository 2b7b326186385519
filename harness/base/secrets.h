/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * User and password of remote desktops, for only the programs that need them. They are removed from
 * this process's environment before any other process starts, so that no /proc/PID/environ shows
 * them, and added to the environment of those programs alone. A program gets the values rather than
 * the file's name, because it runs without capabilities and may be unable to read the file.
 */
#ifndef BLACKOUT_BASE_SECRETS_H
#define BLACKOUT_BASE_SECRETS_H

#include "harness/base/base.h"

#define SECRETS_MAX 2

struct secrets {
	char *variables[SECRETS_MAX]; /* "NAME=value" each; `count` of them */
	size_t count;
	char *file;          /* "NAME=path" of the file that they were read from; NULL: no file */
	struct err unusable; /* why the credentials cannot be used; its text is "" if they can */
};

/*
 * Takes user and password out of the environment. If any are given, disables core dumps, which
 * would show them. Unusable credentials are reported in `unusable`, not as an error, because a plan
 * without remote desktops does not need them. Errors: out of memory, core dumps cannot be disabled.
 */
int secrets_take(struct secrets *secrets, struct err *e);
/* Wipes and frees the secrets. */
void secrets_release(struct secrets *secrets);
/*
 * This process's environment with user and password added (`secrets` NULL: without), for execve().
 * The caller frees the array, not its strings. NULL: out of memory.
 */
char **secrets_environment(const struct secrets *secrets);
/*
 * The same for starting `blackout` itself, which calls secrets_take: if the credentials came from a
 * file, adds the file's name instead of user and password.
 */
char **secrets_environment_of_blackout(const struct secrets *secrets);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * User and password of remote desktops, kept from everybody but the programs that need them. They
 * are taken out of our environment before any other process starts, so that no /proc/PID/environ
 * shows them, and put into the environment of those programs alone. A program gets the values and
 * not the file's name: it runs without capabilities and may be unable to read the file.
 */
#ifndef BLACKOUT_BASE_SECRETS_H
#define BLACKOUT_BASE_SECRETS_H

#include "harness/base/base.h"

#define SECRETS_MAX 2

struct secrets {
	char *variables[SECRETS_MAX]; /* "NAME=value" each; `count` of them */
	size_t count;
	char *file;       /* "NAME=path" of the file that they were read from; NULL: no file */
	struct err wrong; /* why the given ones cannot be used; its text is "" if they can */
};

/*
 * Takes user and password out of the environment and forbids core dumps, which would show them.
 * Credentials that cannot be used are reported in `wrong`, not as an error: a run without remote
 * desktops does not need them. Errors: out of memory, core dumps cannot be forbidden.
 */
int secrets_take(struct secrets *secrets, struct err *e);
/* Wipes and frees them. */
void secrets_release(struct secrets *secrets);
/*
 * Our environment with user and password added, for execve(). The caller frees the array, not its
 * strings. NULL: out of memory.
 */
char **secrets_environment(const struct secrets *secrets);
/*
 * The same for another process of this program, which calls secrets_take itself: if a file was
 * given, its name is added, not user and password.
 */
char **secrets_environment_again(const struct secrets *secrets);

#endif

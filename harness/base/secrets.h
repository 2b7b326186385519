/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Words that few may see: taken out of the environment, or read from the file that it names, before
 * anything is started, so that neither our own /proc/PID/environ shows them nor that of hosts,
 * guests and helpers, and given to the programs that they are for. Those run without capabilities:
 * only we may be able to read the file.
 */
#ifndef BLACKOUT_BASE_SECRETS_H
#define BLACKOUT_BASE_SECRETS_H

#include "harness/base/base.h"

#define SECRETS_MAX 2

struct secrets {
	char *variables[SECRETS_MAX]; /* "NAME=value" each; `count` of them */
	size_t count;
	char *file;       /* "NAME=path" of the file that they are from; NULL: from none */
	struct err wrong; /* why what was given cannot be used; no text: it can */
};

/*
 * Takes user and password of remote desktops; no core dump shows them either. What is wrong with them
 * is no error yet: whoever needs them says so.
 */
int secrets_take(struct secrets *secrets, struct err *e);
void secrets_release(struct secrets *secrets);
/*
 * Our environment with them, for execve(); the array is malloc'd, its words are not. NULL: no memory.
 */
char **secrets_environment(const struct secrets *secrets);
/* The same for this program run once more, which takes them as we did: from a file by its name. */
char **secrets_environment_again(const struct secrets *secrets);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Words of the environment that few may see: taken out of it before anything is started, so that
 * neither our own /proc/PID/environ shows them nor that of hosts, guests and helpers, and given to
 * the programs that they are for.
 */
#ifndef BLACKOUT_SECRETS_H
#define BLACKOUT_SECRETS_H

#include "harness/base.h"

#define SECRETS_MOST 2

/* "NAME=value" each; `count` of them. */
struct secrets {
	char *words[SECRETS_MOST];
	size_t count;
};

/* Takes BLACKOUT_RDP_USER and BLACKOUT_RDP_PASSWORD; no core dump shows them either. */
int secrets_take(struct secrets *secrets, struct err *e);
void secrets_wipe(struct secrets *secrets);
/* Ours with them, for execve(); the array is malloc'd, its words are not. NULL: no memory. */
char **secrets_environment(const struct secrets *secrets);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The program blackout-rdp as a child of a station: finding it, starting it, commands to its input
 * and lines from its output, neither of which ever blocks. What the lines mean is probe.c's business.
 */
#ifndef BLACKOUT_PROBES_RDP_CLIENT_H
#define BLACKOUT_PROBES_RDP_CLIENT_H

#include "harness/ops/probe.h"

#include <limits.h>
#include <sys/types.h>

#define RDP_LINE_MAX 1024

struct rdp_client {
	pid_t pid;  /* 0: none */
	int in, out; /* its input and output; -1: none */
	char said[RDP_LINE_MAX]; /* what has come of its output and was not taken */
	size_t length, taken;
	bool skipping; /* a line that is too long */
};

/*
 * Where the program is: BLACKOUT_RDP, else beside the running program, else in ../libexec from
 * there. Errors say how to get it.
 */
int rdp_client_find(char path[static PATH_MAX], const char *probe, struct err *e);
/* Starts it for a target. It ends with this process. */
int rdp_client_start(struct rdp_client *client, const char *path, const struct probe_config *config,
	const struct probe_target *target, struct err *e);
/* One command. Errors: it takes none any more. */
int rdp_client_send(struct rdp_client *client, const char *command, struct err *e);
/* The next whole line without its end, valid until the next call; NULL: there is none yet. */
char *rdp_client_line(struct rdp_client *client);
/* Whether it has ended by itself; then why. Its lines are to be taken first. */
bool rdp_client_ended(struct rdp_client *client, struct err *e);
/* Tells it to end, and kills it if it does not. */
void rdp_client_stop(struct rdp_client *client);

#endif

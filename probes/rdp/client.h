/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The program blackout-rdp as a child process of a station: finds and starts it, writes commands to
 * its input and reads lines from its output, without ever blocking. Does not interpret the lines.
 */
#ifndef BLACKOUT_PROBES_RDP_CLIENT_H
#define BLACKOUT_PROBES_RDP_CLIENT_H

#include "harness/ops/probe.h"

#include <limits.h>
#include <sys/types.h>

#define RDP_LINE_MAX 1024

struct rdp_client {
	pid_t pid;                 /* 0: none */
	int in, out;               /* its input and output; -1: none */
	char output[RDP_LINE_MAX]; /* output that was read and not yet overwritten */
	size_t length, taken; /* bytes in the buffer; bytes of these that were returned as lines */
	bool skipping;        /* inside a line that is too long */
};

/*
 * Finds the program: BLACKOUT_RDP, else in the folder of the current program, else in ../libexec
 * from there. The error says how to install it.
 */
int rdp_client_find(char path[static PATH_MAX], const char *probe, struct err *e);
/* Starts the program for a target. The kernel kills the program when this process ends. */
int rdp_client_start(struct rdp_client *client, const char *path, const struct probe_config *config,
	const struct probe_target *target, struct err *e);
/* Sends a command. Errors: the program no longer reads commands. */
int rdp_client_send(struct rdp_client *client, const char *command, struct err *e);
/* The next whole line, without its LF, valid until the next call; NULL: none has come yet. */
char *rdp_client_line(struct rdp_client *client);
/* True, with the reason, if the program has ended by itself. The caller takes its lines first. */
bool rdp_client_ended(struct rdp_client *client, struct err *e);
/* Closes the program's input, which ends the program, and kills it if it has not ended soon. */
void rdp_client_stop(struct rdp_client *client);

#endif

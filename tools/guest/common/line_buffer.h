/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Splits a stream of bytes into lines of at most AGENT_LINE_MAX bytes: the agent's control channel,
 * its workloads' responses, and the installation program's standard input.
 */
#ifndef BLACKOUT_TOOLS_GUEST_COMMON_LINE_BUFFER_H
#define BLACKOUT_TOOLS_GUEST_COMMON_LINE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/ops/guest_agent.h"

struct line_buffer {
	char in[AGENT_LINE_MAX];
	size_t length;
	bool overlong; /* the rest of a line that was too long is being skipped */
};

/*
 * Returns where to write the next bytes, and in *size how many fit: at least one after
 * line_buffer_next has returned 0. line_buffer_commit adds `size` written bytes.
 */
char *line_buffer_reserve(struct line_buffer *lines, size_t *size);
void line_buffer_commit(struct line_buffer *lines, size_t size);
/*
 * Removes the first complete line. Returns 1 with the line in `line`, without its line end; 0: no
 * line is complete yet; -1: the line was too long or contained a NUL, and is dropped.
 */
int line_buffer_next(struct line_buffer *lines, char line[static AGENT_LINE_MAX]);

#endif

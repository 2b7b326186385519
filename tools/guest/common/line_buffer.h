/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Bytes as they come, taken as lines of at most AGENT_LINE_MAX bytes. For the agent's control
 * channel, its children's answers, and the installation program's standard input.
 */
#ifndef BLACKOUT_TOOLS_GUEST_COMMON_LINE_BUFFER_H
#define BLACKOUT_TOOLS_GUEST_COMMON_LINE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/ops/guest_agent.h"

struct line_buffer {
	char in[AGENT_LINE_MAX];
	size_t length;
	bool overlong; /* skip to the line's end */
};

/* Where the next bytes go, at least one; line_buffer_next until it returns 0 makes the room. */
char *line_buffer_reserve(struct line_buffer *lines, size_t *size);
void line_buffer_commit(struct line_buffer *lines, size_t size);
/*
 * Takes the first whole line out. 0: there is none yet; 1: it is in `line`, without its end; -1: it
 * was too long or had a NUL in it, which would make it another one than it looks.
 */
int line_buffer_next(struct line_buffer *lines, char line[static AGENT_LINE_MAX]);

#endif

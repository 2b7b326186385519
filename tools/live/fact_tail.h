/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads a facts file while it grows: each call gives the complete lines that are new. */
#ifndef BLACKOUT_TOOLS_LIVE_FACT_TAIL_H
#define BLACKOUT_TOOLS_LIVE_FACT_TAIL_H

#include "harness/facts/facts.h"

#include <limits.h>

struct fact_tail {
	char path[PATH_MAX];
	int fd;           /* -1: the file does not exist yet */
	bool header_read; /* the first line was read */
	char *partial;    /* `length` bytes of a line that is not complete yet */
	size_t length, capacity;
	int64_t written_utc_ns; /* when the file was last written; NS_NONE: it does not exist yet */
};

/* Follows DIR/facts/SOURCE.tsv, which need not exist yet. -1: the path is too long. */
int fact_tail_init(struct fact_tail *tail, const char *dir, const char *source, struct err *e);
void fact_tail_release(struct fact_tail *tail);
/*
 * Calls `take` for each new fact that is in the file at the call, so a slow reader still returns;
 * skips malformed lines. -1: the file is of another version or cannot be read.
 */
int fact_tail_read(struct fact_tail *tail, void (*take)(void *ctx, const struct fact *fact),
	void *ctx, struct err *e);

#endif

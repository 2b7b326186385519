/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A facts file that grows: each time, the whole lines that are new. */
#ifndef BLACKOUT_TOOLS_LIVE_FACT_TAIL_H
#define BLACKOUT_TOOLS_LIVE_FACT_TAIL_H

#include "harness/facts/facts.h"

#include <limits.h>

struct fact_tail {
	char path[PATH_MAX];
	int fd; /* -1: not there yet */
	bool header_read; /* its first line was read */
	char *partial; /* a line whose end is not written yet */
	size_t length, capacity;
	int64_t written_utc_ns; /* when the file was written last; NS_NONE: it is not there */
};

int fact_tail_init(struct fact_tail *tail, const char *dir, const char *source, struct err *e);
void fact_tail_release(struct fact_tail *tail);
/*
 * Gives every fact that is new when it is called to `take`, so that nobody is kept who reads more
 * slowly than is written; lines that are none are left out. -1: of another version, unreadable.
 */
int fact_tail_read(struct fact_tail *tail, void (*take)(void *ctx, const struct fact *fact),
	void *ctx, struct err *e);

#endif

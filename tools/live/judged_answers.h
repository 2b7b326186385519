/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The judged probe's answers as they come: the last minute as a strip, the silence now, and the
 * longest silence of the moves so far. A silence is from the last send that was answered in time to
 * the first arrival after it, the upper bound of docs/accuracy.md before its correction by the
 * fastest round trip. Provisional: the analysis knows better.
 */
#ifndef BLACKOUT_TOOLS_LIVE_JUDGED_ANSWERS_H
#define BLACKOUT_TOOLS_LIVE_JUDGED_ANSWERS_H

#include "harness/facts/facts.h"
#include "tools/live/render.h"

/* When a VM moved, for the longest silence. to_ns INT64_MAX: it still does. */
struct live_answers_window {
	char vm[PICTURE_NAME];
	char name[PICTURE_NAME * 2];
	int64_t from_ns, to_ns;
};

struct live_answers_target;

struct live_answers {
	struct live_answers_target *targets;
	size_t count, room;
	int64_t newest_ns; /* stamp of the probe's file */
	struct live_answers_window *windows;
	size_t window_count, window_room;
	int64_t longest_ns; /* NS_NONE: none yet */
	char longest_in[PICTURE_NAME * 2];
};

/* A line of the probe's file. */
void live_answers_take(struct live_answers *answers, const struct fact *fact);
/* A move begins and ends. Returns -1 out of memory. */
int live_answers_window(struct live_answers *answers, const char *vm, const char *name,
	int64_t from_ns);
void live_answers_window_end(struct live_answers *answers, int64_t to_ns);
/* The strip and the silence of a VM; false: it was never probed. */
bool live_answers_picture(const struct live_answers *answers, const char *vm,
	struct picture *picture);
void live_answers_free(struct live_answers *answers);

#endif

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
#include "tools/live/picture.h"

/* When a VM moved, for the longest silence. to_ns INT64_MAX: it still does. */
struct judged_answers_window {
	char vm[PICTURE_NAME];
	char name[PICTURE_NAME * 2];
	int64_t from_ns, to_ns;
};

struct judged_answers_target;

struct judged_answers {
	struct judged_answers_target *targets;
	size_t count, capacity;
	int64_t newest_ns; /* stamp of the probe's file */
	struct judged_answers_window *windows;
	size_t window_count, window_capacity;
	int64_t longest_ns; /* NS_NONE: none yet */
	char longest_in[PICTURE_NAME * 2];
};

void judged_answers_init(struct judged_answers *answers);
void judged_answers_release(struct judged_answers *answers);
/* A line of the probe's file. */
void judged_answers_take(struct judged_answers *answers, const struct fact *fact);
/* A move begins and ends. Returns -1 out of memory. */
int judged_answers_open_window(struct judged_answers *answers, const char *vm, const char *name,
	int64_t from_ns);
void judged_answers_close_window(struct judged_answers *answers, int64_t to_ns);
/* The strip and the silence of a VM; false: it was never probed. */
bool judged_answers_fill_picture(const struct judged_answers *answers, const char *vm,
	struct picture *picture);

#endif

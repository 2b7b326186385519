/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The answers of the judged probe while it runs: the last minute as a strip of seconds, the current
 * silence, and the longest silence during a move. A silence lasts from the last send answered in
 * time to the next arrival: the upper bound of docs/accuracy.md without its correction by the
 * fastest round trip. Provisional; the analysis of the finished run is exact.
 */
#ifndef BLACKOUT_TOOLS_LIVE_JUDGED_ANSWERS_H
#define BLACKOUT_TOOLS_LIVE_JUDGED_ANSWERS_H

#include "harness/facts/facts.h"
#include "tools/live/picture.h"

/* When a VM moved. Silences that touch it count. to_ns INT64_MAX: the VM still moves. */
struct judged_answers_window {
	char vm[PICTURE_NAME];
	char name[PICTURE_NAME * 2];
	int64_t from_ns, to_ns;
};

struct judged_answers_target;

struct judged_answers {
	struct judged_answers_target *targets;
	size_t count, capacity;
	int64_t newest_ns; /* stamp of the newest fact */
	struct judged_answers_window *windows;
	size_t window_count, window_capacity;
	int64_t longest_ns;                /* NS_NONE: none yet */
	char longest_in[PICTURE_NAME * 2]; /* name of its window */
};

void judged_answers_init(struct judged_answers *answers);
void judged_answers_release(struct judged_answers *answers);
/* Takes a fact of the probe's file. */
void judged_answers_take(struct judged_answers *answers, const struct fact *fact);
/* A move of the VM begins at from_ns; `name` is shown. -1: out of memory. */
int judged_answers_open_window(
	struct judged_answers *answers, const char *vm, const char *name, int64_t from_ns);
/* The VM's last move ends at to_ns, unless it has ended; vm NULL: those of all VMs. */
void judged_answers_close_window(struct judged_answers *answers, const char *vm, int64_t to_ns);
/* How long the VM has been silent, in ns; 0: it answers, or was never probed. */
int64_t judged_answers_silence(const struct judged_answers *answers, const char *vm);
/* Puts the strip and the silences of a VM into the picture. False: the VM was never probed. */
bool judged_answers_fill_picture(
	const struct judged_answers *answers, const char *vm, struct picture *picture);

#endif

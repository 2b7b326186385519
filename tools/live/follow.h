/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Follows a result folder while it grows: reads new facts, never writes, and keeps the current
 * picture of the run. The picture is provisional; the verdicts in it come from judge.h.
 */
#ifndef BLACKOUT_TOOLS_LIVE_FOLLOW_H
#define BLACKOUT_TOOLS_LIVE_FOLLOW_H

#include "tools/live/picture.h"

struct follow;

/*
 * Begins to follow a folder. Errors: it is no result folder, is of another format version, holds no
 * plan (a standalone or half-made folder), or its plan cannot be read. Facts need not exist yet.
 */
int follow_new(struct follow **out, const char *dir, struct err *e);
void follow_free(struct follow *follow);
/* Reads the new facts. -1: they are of another version or cannot be read. */
int follow_read(struct follow *follow, struct err *e);
/* Returns the picture after the last follow_read; it belongs to `follow`. */
const struct picture *follow_picture(struct follow *follow);
struct judge_verdicts;
/* Puts the verdicts so far into the picture. */
void follow_set_verdicts(struct follow *follow, const struct judge_verdicts *verdicts);
/* Appends a message of the run to the picture; the oldest message is dropped if need be. */
void follow_add_message(struct follow *follow, const char *text);
/*
 * True if no process is seen to hold the folder's lock, but the folder was written so recently that
 * its run may be alive: not every system shows locks.
 */
bool follow_may_be_gone(const struct follow *follow);
/* Returns how many runs have ended. */
size_t follow_count_done(const struct follow *follow);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Follows a result folder while it grows: reads the facts that are new, never writes, and has the
 * present picture. What it shows is provisional; verdicts come from the judge (judge.h).
 */
#ifndef BLACKOUT_TOOLS_LIVE_FOLLOW_H
#define BLACKOUT_TOOLS_LIVE_FOLLOW_H

#include "tools/live/picture.h"

struct follow;

/*
 * Opens a folder. Errors: it is none, of another format version, holds no plan (it only watched, or
 * is half made), its plan cannot be read. Facts need not be there yet.
 */
int follow_new(struct follow **follow, const char *dir, struct err *e);
void follow_free(struct follow *follow);
/* Reads what is new. 0; -1: facts of another version. */
int follow_read(struct follow *follow, struct err *e);
/* The picture as of the last reading; the follower's, good until the next one. */
const struct picture *follow_picture(struct follow *follow);
/* The verdicts so far, from the judge. */
struct judge_verdicts;
void follow_set_verdicts(struct follow *follow, const struct judge_verdicts *verdicts);
/* A line that the run said. */
void follow_add_message(struct follow *follow, const char *text);
/* Nobody seems to hold the folder, and it was written a moment ago: its run may not be seen. */
bool follow_may_be_gone(const struct follow *follow);
/* How many runs have come to their end. */
size_t follow_count_done(const struct follow *follow);

#endif

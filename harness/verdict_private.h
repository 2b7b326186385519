/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the parts of the judge share: verdict.c (the folder), verdict_observe.c (what was seen of
 * a move), verdict_move.c (its verdict), verdict_case.c (its case), verdict_doubts.c
 * (contradictions).
 */
#ifndef BLACKOUT_VERDICT_PRIVATE_H
#define BLACKOUT_VERDICT_PRIVATE_H

#include "harness/verdict.h"

/* Fills in what the probes saw of a move, from its baseline to its window's end. */
int move_observe(struct move_result *result, const struct timeline *timeline, struct err *e);
/* The judged observation, or NULL. */
const struct observation *move_judged(const struct move_result *result);
/* Job time, outcome, integrity, blackout, verdict and reason. */
void move_judge(struct move_result *result);
/* The cases of the counted moves. */
int cases_make(struct results *results, struct err *e);
/* What the instruments say against each other. */
int doubts_make(struct results *results, struct err *e);

#endif

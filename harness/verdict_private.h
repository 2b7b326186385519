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
/* The VM's one-second ping, the first of several, or NULL. */
const struct observation *move_one_second_ping(const struct move_result *result);
/* Memory or data harmed, or the VM in two places: no later attempt makes that good. */
bool move_harmed(const struct move *move);
/* Whether the job ended in the state that the plan expects. */
bool move_job_as_expected(const struct move_result *result);
/* Whether a witness of the judged one's definition (kind, station, time-out) contradicts it. */
bool move_witnesses_disagree(const struct move_result *result);
/* Job time, outcome, integrity, blackout, verdict and reason. */
void move_judge(struct move_result *result);
/* The cases of the counted moves. */
int cases_make(struct results *results, struct err *e);
/* What the instruments say against each other. */
int doubts_make(struct results *results, struct err *e);

#endif

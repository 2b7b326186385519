/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of this folder share, from what was seen of a move or a watched series to its verdict. */
#ifndef BLACKOUT_VERDICT_INTERNAL_H
#define BLACKOUT_VERDICT_INTERNAL_H

#include "harness/verdict/verdict.h"

/*
 * Collects the disturbances of each observation, those of control targets that are among them
 * included, from begin_ns on; widens the gaps by them and takes the blackout.
 */
void observations_widen(struct observation *observations, size_t count, const struct timeline *t,
	int64_t begin_ns, int64_t end_ns);
void observation_free(struct observation *observation);

/* A verdict in the making: the first rule that applies decides, those after it are said as well. */
struct ruling {
	bool decided;
	enum verdict verdict;
	char *reason; /* codes so far, joined by ';' */
	size_t size;
};
void ruling_apply(struct ruling *ruling, enum verdict verdict, const char *code);
/* Whether the bound lies in the interval; false without one. */
bool straddles(struct interval i, int64_t bound_ns);
/*
 * What the blackout says against the bound, as one piece of logic for moves and watched series. `before`
 * (NULL: none) applies the rules that stand between a disturbance and the bound. In this order: INVALID
 * where nothing was probed (`o` is NULL or has no probes); INVALID for each disturbance behind a blackout
 * that does not decide; `before`; then FAIL, PASS or INCONCLUSIVE, for which sampling is to blame or time
 * in which nothing was probed. Nothing was measured where blackout.lo_ns is NS_NONE.
 */
void ruling_blackout(struct ruling *ruling, const struct observation *o, struct interval blackout,
	int64_t bound_ns, void (*before)(struct ruling *ruling, const void *ctx), const void *ctx);

/* Judges every series of a folder that only watched. */
void watches_make(struct results *results);

/* From when on what was sent belongs to the move: the plan's `baseline` before the trigger. */
int64_t move_baseline_begin(const struct move_result *result);
/* When its window ends; INT64_MAX where that was not reached. */
int64_t move_window_end(const struct move *move);
/* Fills in what the probes saw of a move, from its baseline to its window's end. */
void move_observe(struct move_result *result, const struct timeline *timeline);
/* The same of frames that belong to the judged observation; widened by nothing yet. */
void move_observe_frames(struct observation *o, const struct series *frames,
	const struct move_result *result);

/* Whether both look at the same layer from the same place. */
bool same_view(const struct observation *a, const struct observation *b);
/* And at the same address, and call the same thing a silence: kind and time-out. */
bool same_definition(const struct observation *a, const struct observation *b);
bool intervals_apart(struct interval a, struct interval b);
/* What two of the same definition say together; false: they contradict each other. */
bool observations_intersect(const struct observation *judged, const struct observation *other,
	struct interval *common);

/* The move's blackout: the judged observation's and what others of its definition make of it. */
int witnesses_hear(struct results *results, struct move_result *result, struct err *e);
/* What the frames of the judged probe say of the move, where a capture has them. */
int frames_judge(struct results *results, struct move_result *result, struct err *e);
void frames_free(struct results *results);
/* The judged observation, or NULL. */
const struct observation *move_judged(const struct move_result *result);
/* The VM's one-second ping, the first of several, or NULL. */
const struct observation *move_one_second_ping(const struct move_result *result);
/* Memory or data harmed, or the VM in two places: no later attempt makes that good. */
bool move_harmed(const struct move *move);
/* Whether the job ended in the state that the plan expects. */
bool move_job_as_expected(const struct move_result *result);
/* Whether a witness of the judged one's definition contradicts it. After witnesses_hear. */
bool move_witnesses_disagree(const struct move_result *result);
/* Job time, outcome, integrity, verdict and reason. After witnesses_hear. */
void move_judge(struct move_result *result);
/* The cases of the counted moves. */
void cases_make(struct results *results);
/* What the instruments say against each other. */
void doubts_make(struct results *results);
/* Adds what disturbed an observation. */
void observation_disturb(struct observation *observation, const struct disturbance *disturbance);

#endif

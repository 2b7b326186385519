/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to this folder: from the observations of a move or a standalone series to its verdict. */
#ifndef BLACKOUT_VERDICT_INTERNAL_H
#define BLACKOUT_VERDICT_INTERNAL_H

#include "harness/verdict/verdict.h"

/*
 * Collects what disturbed each observation from begin_ns on, widens its gaps by that, and sets its
 * blackout. Silences in [begin_ns, end_ns] of the control targets among the observations count as
 * disturbances.
 */
void observations_widen(struct observation *observations, size_t count, const struct timeline *t,
	int64_t begin_ns, int64_t end_ns);
void observation_release(struct observation *observation);

/* A verdict being decided: the first rule that applies decides, later ones only add their codes. */
struct ruling {
	bool decided;
	enum verdict verdict;
	char *reason; /* codes so far, joined by ';' */
	size_t size;  /* of `reason` */
};
/* Applies a rule: its verdict counts if none was decided before; its code is added once. */
void ruling_apply(struct ruling *ruling, enum verdict verdict, const char *code);
/*
 * Compares the blackout with the bound, for moves and standalone series. Applies in this order:
 *   1. INVALID if nothing was probed (`o` is NULL or has no probes);
 *   2. if the interval straddles the bound: INVALID for each disturbance of a gap above the bound;
 *   3. the caller's own rules, `before` (NULL: none);
 *   4. FAIL, PASS or INCONCLUSIVE; INCONCLUSIVE's code names the cause, sampling or a pause of the
 *      prober.
 * If sampling alone straddles the bound, step 2 comes last and only adds codes. blackout.lo_ns is
 * NS_NONE if nothing was measured.
 */
void ruling_blackout(struct ruling *ruling, const struct observation *o, struct interval blackout,
	int64_t bound_ns, void (*before)(struct ruling *ruling, const void *ctx), const void *ctx);

/* Judges every series of a standalone folder. */
void standalone_make(struct results *results);

/* Begin of the move's baseline: at most the plan's `baseline` before the trigger. */
int64_t move_baseline_begin(const struct move_result *result);
/* End of the move's window; INT64_MAX if neither that nor the run's end is known. */
int64_t move_window_end(const struct move *move);
/* Makes the move's observations: one per series that then probed its VM or a control target. */
void move_observe(struct move_result *result, const struct timeline *timeline);
/* Makes an observation of the judged probe's frames. Its gaps are not widened yet. */
void move_observe_frames(
	struct observation *o, const struct series *frames, const struct move_result *result);

/* Whether both observe the same layer (network or session) from the same station. */
bool observations_same_view(const struct observation *a, const struct observation *b);
/* Whether view, address, kind and time-out are the same, so that both define silence alike. */
bool observations_same_definition(const struct observation *a, const struct observation *b);
/* Whether the intervals have no length in common. */
bool intervals_apart(struct interval a, struct interval b);
/* Blackout by two observations of the same definition. False if they contradict each other. */
bool observations_intersect(
	const struct observation *judged, const struct observation *other, struct interval *common);

/*
 * Sets the move's blackout: the judged observation's, narrowed by each witness of the same
 * definition, the probe's own frames among them. A capture that cannot be read is no witness.
 */
void witnesses_apply(struct results *results, struct move_result *result);
/* Sets the move's `frames` if a capture has those of the judged probe. */
void frames_judge(struct results *results, struct move_result *result);
void frames_release(struct results *results);
/* The VM's ping with an interval of 1 s (the first, if there are several), or NULL. */
const struct observation *move_one_second_ping(const struct move_result *result);
/* Whether memory or data were corrupted, or the VM ran on two hosts. Such a move always counts. */
bool move_harmed(const struct move *move);
/* Whether the job ended in the state that the plan expects. */
bool move_job_as_expected(const struct move_result *result);
/* Whether a witness contradicts the judged observation. Valid after witnesses_apply. */
bool move_witnesses_disagree(const struct move_result *result);
/* Sets job time, outcome, integrity, verdict and reason. Call witnesses_apply before. */
void move_judge(struct move_result *result);
/* Makes the cases from the moves that count. */
void cases_make(struct results *results);
/* Fills results->disagreements: contradictions between the instruments of each move. */
void contradictions_find(struct results *results);
/* Appends a disturbance to those of an observation. */
void observation_disturb(struct observation *observation, const struct disturbance *disturbance);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From measurements to verdicts: makes moves, gaps and cases, with everything that reports print,
 * from a folder's timeline and plan. Pure: the same facts give the same results.
 */
#ifndef BLACKOUT_VERDICT_VERDICT_H
#define BLACKOUT_VERDICT_VERDICT_H

#include "harness/analysis/gaps.h"
#include "harness/plan/plan.h"
#include "harness/timeline/timeline.h"

/* In order of gravity. */
enum verdict {
	VERDICT_PASS,
	VERDICT_NOT_JUDGED,
	VERDICT_INCONCLUSIVE,
	VERDICT_INVALID,
	VERDICT_FAIL
};
/* "PASS", "NOT JUDGED", … */
const char *verdict_name(enum verdict verdict);

/* One series during one move, or over the whole of a standalone folder. */
struct observation {
	const struct series *series;
	struct baseline baseline;
	struct gaps gaps;
	struct interval blackout; /* widened by the disturbances */
	bool judged;              /* decides the verdict: the series that [judge] names */
	/* A witness of the judged one's definition, which agrees with it or contradicts it. */
	bool agrees, apart;
	/* Disturbances of its engine and silences of control targets: they widened the gaps. */
	struct disturbance *disturbances;
	size_t disturbance_count, disturbance_capacity;
	bool disturbances_shared; /* owned by another observation of the same probe */
	/* Round trips before the job, during the copy, and after the job. NS_NONE: no answers. */
	int64_t median_before_ns, p99_before_ns, median_during_ns, p99_during_ns, median_after_ns,
		p99_after_ns;
};

/* The judged probe's own frames, as a second witness of the same definition. */
struct frames_result {
	bool seen;  /* a capture of the station has them, and they can be compared */
	bool used;  /* seen, and each request has one fate in probe and frames, so both count */
	bool apart; /* they contradict the probe */
	struct interval blackout; /* by the frames alone */
	struct interval common;   /* by probe and frames together; if apart, by the probe alone */
};

/* Outcome of a move, by where the VM was seen and how the job ended; a column of runs.csv. */
enum outcome {
	OUTCOME_NONE, /* the run could not be set up; named "" */
	OUTCOME_OK,
	OUTCOME_UNKNOWN,
	OUTCOME_TWO_PLACES,
	OUTCOME_NOWHERE,
	OUTCOME_PAUSED,
	OUTCOME_ON_SOURCE,
	OUTCOME_ON_DESTINATION,
	OUTCOME_ELSEWHERE,
	OUTCOME_LEFT_BEHIND,
	/* The job ended in this state, but the plan expects another one. */
	OUTCOME_COMPLETED,
	OUTCOME_FAILED,
	OUTCOME_WITH_STATUS,
	OUTCOME_CANCELLED,
	OUTCOME_NOT_STARTED, /* the platform refused the request, so there is no job */
	OUTCOMES,
};
/* As in runs.csv: "", "ok", "two-places", … */
const char *outcome_name(enum outcome outcome);

/*
 * Why the move was not made: its run could not be set up, or the platform refused it. NULL: it was
 * made, or its run broke off.
 */
const char *move_prevented_by(const struct move *move);

/* Whether the VM's memory and data are intact after a move. */
enum integrity { INTEGRITY_UNCHECKED, INTEGRITY_OK, INTEGRITY_CORRUPTED };
/* "", "ok", "corrupted" */
const char *integrity_name(enum integrity integrity);

struct move_result {
	const struct move *move;
	const struct plan_case *plan_case;
	int64_t bound_ns;    /* NS_NONE: not judged */
	struct interval job; /* job time; lo_ns NS_NONE: not measured */
	int lost_1s;         /* probes that the one-second ping lost in a row; -1: no such ping */
	/*
	 * By the judged series, widened, and all witnesses of its definition; by the judged series
	 * alone if one of them contradicts it. lo_ns NS_NONE: not measured.
	 */
	struct interval blackout;
	struct frames_result frames;
	enum outcome outcome;
	enum integrity integrity;
	enum verdict verdict;
	char reason
		[256]; /* codes joined by ';', the decisive one first; docs/facts.md lists them */
	struct observation *observations; /* of the VM and of the control targets */
	size_t observation_count;
	/* Counts for its case. False only if the run broke off after set-up without harm. */
	bool counted;
};

struct case_result {
	const struct plan_case *plan_case;
	size_t runs; /* those that were set up */
	/* Of jobs that ended as expected. NAN: not measured. */
	double job_mean_s, job_sd_s, job_min_s, job_max_s;
	int lost_1s_max;
	struct interval blackout; /* of the run with the greatest hi */
	enum verdict verdict;
};

/* The verdict of a standalone folder on one series. Control targets have none. */
struct standalone_result {
	struct observation observation; /* of the whole series; round trips are not set */
	enum verdict verdict;
	char reason[256]; /* as in struct move_result */
};

struct results {
	const struct timeline *timeline;
	const struct plan *plan; /* NULL: a standalone folder: no moves, but `standalone` results */
	struct standalone_result *standalone; /* in the timeline's order of series */
	size_t standalone_count;
	int64_t bound_ns; /* of a standalone folder; NS_NONE: not judged */
	struct move_result *moves;
	size_t move_count;
	struct case_result *cases; /* those with at least one move, in the plan's order */
	size_t case_count;
	size_t moves_missing; /* planned moves without a complete run */
	/* Frames of each series of the timeline. NULL: no capture has them, or not needed. */
	struct series **frames;
	bool *frames_read; /* the captures were searched for the frames of that series */
	/* Contradictions between instruments, a sentence each. Reports print them first. */
	char **disagreements;
	size_t disagreement_count, disagreement_capacity;
};

/* The observation of a move that decides the verdict, or NULL. */
const struct observation *move_judged(const struct move_result *result);
/*
 * Judges a folder; as a standalone one if `plan` is NULL. The results point into timeline and plan,
 * which must outlive them. Errors: a move of a case that the plan lacks, a capture cannot be read.
 */
int results_new(struct results **out, const struct timeline *timeline, const struct plan *plan,
	struct err *e);
void results_free(struct results *results);
/* Exit status for a folder: 130, 5 or 4 if it was closed early, else by its verdicts 1, 3 or 0. */
enum status results_status(const struct results *results);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From measurements to verdicts: a folder's timeline and plan become moves, gaps and cases with
 * everything that the reports print. Pure: the same facts give the same results.
 */
#ifndef BLACKOUT_VERDICT_VERDICT_H
#define BLACKOUT_VERDICT_VERDICT_H

#include "harness/analysis/gaps.h"
#include "harness/plan/plan.h"
#include "harness/timeline/timeline.h"

enum verdict { VERDICT_PASS, VERDICT_NOT_JUDGED, VERDICT_INCONCLUSIVE, VERDICT_INVALID, VERDICT_FAIL };
const char *verdict_name(enum verdict verdict);

/* One series during one move. */
struct observation {
	const struct series *series;
	struct baseline baseline;
	struct gaps gaps;
	struct interval blackout;
	bool judged; /* the series that [judge] names */
	/* Of the judged one's definition: it is part of the move's blackout, or contradicts it. */
	bool agrees, apart;
	/* What the gaps were widened by: its own engine's, and what its station's controls missed. */
	struct disturbance *disturbances;
	size_t disturbance_count, disturbance_room;
	bool disturbances_shared; /* owned by another observation of the same probe */
	/* Round trips before, during the copy, and after: brownout. NS_NONE where nothing was answered. */
	int64_t median_before_ns, p99_before_ns, median_during_ns, p99_during_ns, median_after_ns,
		p99_after_ns;
};

/* The judged probe's own frames, as a second witness of the same definition. */
struct frames_result {
	bool seen;  /* a capture of the station has them */
	bool used;  /* and every request has the same fate in it: the move's blackout is by both */
	bool apart; /* they contradict the probe */
	struct interval blackout; /* by the frames alone */
	struct interval common;   /* by probe and frames together; the probe's where apart */
};

/* What a move came to, by places and job; its words stand in runs.csv. */
enum outcome {
	OUTCOME_UNTOLD, /* nothing was moved; its word is "" */
	OUTCOME_OK,
	OUTCOME_UNKNOWN,
	OUTCOME_TWO_PLACES,
	OUTCOME_NOWHERE,
	OUTCOME_PAUSED,
	OUTCOME_ON_SOURCE,
	OUTCOME_ON_DESTINATION,
	OUTCOME_ELSEWHERE,
	OUTCOME_LEFT_BEHIND,
	/* How its job ended, which was not expected. */
	OUTCOME_COMPLETED,
	OUTCOME_FAILED,
	OUTCOME_WITH_STATUS,
	OUTCOME_CANCELLED,
	OUTCOMES,
};
const char *outcome_name(enum outcome outcome);

/* Whether memory and data are whole after a move. */
enum integrity { INTEGRITY_UNCHECKED, INTEGRITY_OK, INTEGRITY_CORRUPTED };
/* "", "ok", "corrupted" */
const char *integrity_name(enum integrity integrity);

struct move_result {
	const struct move *move;
	const struct plan_case *plan_case;
	int64_t bound_ns; /* NS_NONE: not judged */
	struct interval job;   /* lo_ns NS_NONE: not measured */
	int lost_1s;           /* -1: no one-second ping */
	/*
	 * Of the judged series, widened, and of all witnesses of its definition that agree; its own
	 * where one does not. lo_ns NS_NONE: not measured.
	 */
	struct interval blackout;
	struct frames_result frames;
	enum outcome outcome;
	enum integrity integrity;
	enum verdict verdict;
	char reason[256];      /* codes joined by ';', the decisive one first; docs/facts.md lists them */
	struct observation *observations; /* of the VM and of the control targets */
	size_t observation_count;
	/* Its case takes its verdict: it did not break off in mid-run, or the VM was harmed in it. */
	bool counted;
};

struct case_result {
	const struct plan_case *plan_case;
	size_t runs; /* that were set up */
	double job_mean_s, job_sd_s, job_least_s, job_most_s; /* NAN: not measured */
	int lost_1s_most;
	struct interval blackout; /* of the run with the greatest hi */
	enum verdict verdict;
};

/* What a watch-only folder says of one series that is no control. */
struct watch_result {
	struct observation observation; /* of the whole series; no round trips before and after */
	enum verdict verdict;
	char reason[256]; /* as of a move */
};

struct results {
	const struct timeline *timeline;
	const struct plan *plan; /* NULL: a watch-only folder, which has watches and nothing of a plan */
	struct watch_result *watches; /* in the timeline's order */
	size_t watch_count;
	int64_t bound_ns; /* of a watch-only folder; NS_NONE: not judged */
	struct move_result *moves;
	size_t move_count;
	struct case_result *cases; /* those with at least one move, in the plan's order */
	size_t case_count;
	size_t moves_missing; /* planned and not there: not set up, broke off or interrupted */
	/* By the timeline's series; NULL: no capture has them, or nobody asked. */
	struct series **frames;
	bool *frames_read;
	/* Contradictions between instruments, one sentence each; reports print them first. */
	char **disagreements;
	size_t disagreement_count, disagreement_room;
};

/*
 * Judges a folder; without a plan, as one that only watched. The results point into timeline and
 * plan, which must outlive them.
 */
int results_make(struct results **results, const struct timeline *timeline, const struct plan *plan,
	struct err *e);
void results_free(struct results *results);
/* The exit status that a folder asks for: 130, 5 or 4 as it was closed, else 1, 3 or 0. */
enum status results_status(const struct results *results);

#endif

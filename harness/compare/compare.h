/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Compares two sets of runs, the base and the new ones, case by case: has job time or blackout
 * become worse, by more than chance explains and by enough to matter? Uses rows of runs.csv alone,
 * so runs of other tools can be compared. docs/statistics.md derives each figure and its error
 * rate.
 */
#ifndef BLACKOUT_COMPARE_COMPARE_H
#define BLACKOUT_COMPARE_COMPARE_H

#include "harness/compare/run_rows.h"

/* A silence without an end counts as this many seconds, more than any other silence. */
#define COMPARE_ENDLESS_S 86400.0

enum measure { MEASURE_JOB, MEASURE_BLACKOUT, MEASURES };
const char *measure_name(enum measure measure); /* "job time", "blackout" */

struct compare_options {
	double alpha;        /* chance of a false alarm of the whole comparison: 0.01 */
	double job_share;    /* a job time worse by this share of the median matters: 0.1 */
	int64_t blackout_ns; /* a blackout longer by this matters: 200 ms */
	uint64_t seed;
	bool subset; /* the new runs leave out cases on purpose, so a missing case is no finding */
};
extern const struct compare_options compare_defaults;

enum change {
	CHANGE_UNMEASURED,  /* base or new runs have no value */
	CHANGE_NONE,        /* smaller than what matters, or an improvement */
	CHANGE_UNCONFIRMED, /* one of those below, not confirmed by a second run (gate only) */
	CHANGE_UNDECIDED,   /* one of those below, left open by a second run (gate only) */
	CHANGE_SUSPICIOUS,  /* large enough to matter, but not significant */
	CHANGE_TOO_FEW,     /* the same, and with so few runs nothing could be significant */
	CHANGE_UNCLEAR,     /* it depends on where in their intervals the true values lie */
	CHANGE_WORSE,
};
const char *change_name(enum change change);

/* One measure of one case. Figures are NAN if the base or the new runs have no value. */
struct compared {
	size_t base, fresh; /* runs with a value */
	/* Middle and ends of each run's interval, base first, in s (or COMPARE_ENDLESS_S). */
	double *mid, *lo, *hi;
	double base_s, fresh_s; /* medians of the middles; NAN: no value on that side */
	double difference_s;    /* new - base: the median of all differences of middles */
	/* The bootstrap's 95 % interval of that, widened by the runs' own intervals. */
	double difference_lo_s, difference_hi_s;
	/* The difference with all true values at those ends that make it largest, and smallest. */
	double difference_max_s, difference_min_s;
	double matters_s;   /* the smallest difference that matters in practice */
	double superiority; /* 0.5: no effect */
	double p;           /* adjusted for the number of cases */
	enum change change;
	char second_run[128]; /* what a second run showed (gate only); "": there was none */
};

struct compared_case {
	const char *name;
	size_t base_runs, fresh_runs; /* 0: that side has no such case */
	struct compared measure[MEASURES];
	/* The first new move whose bad verdict, outcome or integrity makes the case worse. */
	const struct run_row *bad;
	char worse[192];     /* how the new moves are worse; "": not worse */
	char undecided[256]; /* why the case is undecided, whatever its figures; "": decided */
};

/* One measure over all cases. */
struct compared_plan {
	size_t cases;                 /* with values on both sides */
	double mean;                  /* of the cases' scores, in units of what matters */
	double p;                     /* of the sum of the scores */
	double alpha_case, alpha_sum; /* the significance levels for each case's p and for p */
	bool worse;                   /* the sum is significant */
	size_t runs_needed; /* per case and side, to find a regression of one case; 0: enough */
};

struct comparison {
	struct compare_options options;
	struct compared_case *cases; /* in the order of the new runs, then those only in the base */
	size_t count;
	struct compared_plan plan[MEASURES];
	bool too_few_runs;  /* with so few runs no result at all could be significant */
	enum status status; /* PASS; FAIL: a regression; UNDECIDED: cannot tell */
};

/*
 * Compares two sets of rows, which must outlive the comparison. INVALID moves count in neither
 * measure; moves whose outcome was not as expected do not count in job time. Errors: no case is in
 * both sets.
 */
int comparison_new(struct comparison **out, const struct run_rows *base,
	const struct run_rows *fresh, const struct compare_options *options, struct err *e);
void comparison_free(struct comparison *comparison);

#endif

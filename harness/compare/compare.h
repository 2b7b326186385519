/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two sets of runs compared, case by case: has job time or blackout become worse, more than chance
 * and more than matters? Rests on rows of runs.csv alone, so runs of other tools can be compared.
 * How each figure is derived, and how often it errs: docs/statistics.md.
 */
#ifndef BLACKOUT_COMPARE_COMPARE_H
#define BLACKOUT_COMPARE_COMPARE_H

#include "harness/compare/run_rows.h"

/* What a silence without an end counts as, in seconds: more than any that has one. */
#define COMPARE_ENDLESS_S 86400.0

enum measure { MEASURE_JOB, MEASURE_BLACKOUT, MEASURES };
const char *measure_name(enum measure measure); /* "job time", "blackout" */

struct compare_options {
	double alpha;        /* chance of a false alarm of the whole comparison: 0.01 */
	double job_share;    /* what matters, as a share of the base's job time: 0.1 */
	int64_t blackout_ns; /* what matters of a blackout: 200 ms */
	uint64_t seed;
	bool subset; /* the new runs are a part on purpose: cases that only the base has are no loss */
};
extern const struct compare_options compare_defaults;

enum change {
	CHANGE_UNMEASURED, /* base or new runs have no value */
	CHANGE_NONE,       /* below what matters, or a plain improvement */
	CHANGE_UNCONFIRMED, /* one of those below, which a second run did not show (the gate's) */
	CHANGE_UNTOLD,     /* the same, which a second run left open (the gate's) */
	CHANGE_SUSPICIOUS, /* as great as what matters, but chance would do that too often */
	CHANGE_TOO_FEW,    /* the same, and no outcome of so few runs could have told */
	CHANGE_UNCLEAR,    /* the intervals are too wide: with one end of them it is worse, with the other not */
	CHANGE_WORSE,
};
const char *change_name(enum change change);

/* One measure of one case; seconds. */
struct compared {
	size_t base, fresh;   /* runs with a value */
	double *mid, *lo, *hi; /* of each of them, the base's first; COMPARE_ENDLESS_S: no end was seen */
	double base_s, fresh_s; /* medians of the middles; NAN: none */
	double difference_s, difference_lo_s, difference_hi_s; /* NAN: not measured; the bootstrap's 95 % */
	double difference_max_s, difference_min_s; /* the shift if every interval lay against us, and for us */
	double matters_s;     /* what counts as worse in practice */
	double superiority;   /* 0.5: no effect */
	double p;             /* adjusted for the number of cases */
	enum change change;
	char second_run[128]; /* what a second run showed (the gate's); "": there was none */
};

struct compared_case {
	const char *name;
	size_t base_runs, fresh_runs; /* 0: it has no such case */
	struct compared measure[MEASURES];
	const struct run_row *bad; /* a new move whose verdict, outcome or integrity is worse than any of the base's */
	char worse[192];           /* in which way; "" */
	char undecided[256];           /* why its new moves leave it undecided, whatever their figures; "" */
};

/* One measure over all cases. */
struct compared_plan {
	size_t cases;    /* that have both */
	double mean;     /* of the cases' scores, which are in units of what matters */
	double p;        /* of their sum */
	double alpha_case, alpha_sum; /* what p is held against */
	bool worse; /* by the sum: more than chance would do */
	size_t runs_needed; /* a case and side, to tell one case's regression; 0: there are enough */
};

struct comparison {
	struct compare_options options;
	struct compared_case *cases; /* in the new runs' order, then those that only the base has */
	size_t count;
	struct compared_plan plan[MEASURES];
	bool hopeless;      /* no outcome whatever of so few runs could be told from chance */
	enum status status; /* PASS, FAIL: a regression, UNDECIDED: cannot tell */
};

/*
 * Compares. The rows outlive the comparison. Moves that were INVALID count in neither measure, those
 * whose outcome was not as expected not in job time. Errors: out of memory; no case is in both.
 */
int comparison_new(struct comparison **comparison, const struct run_rows *base,
	const struct run_rows *fresh, const struct compare_options *options, struct err *e);
void comparison_free(struct comparison *comparison);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How far a few runs lie above others, and whether chance alone would do that: the shift of
 * Hodges and Lehmann, permutation tests stratified over cases, bootstrap intervals. For 3 to 20
 * runs; nothing is assumed to be normal. Numbers only: what they mean is compare's business.
 *
 * Sources: Hodges & Lehmann, Estimates of location based on rank tests, Ann. Math. Stat. 34 (1963);
 * Westfall & Young, Resampling-Based Multiple Testing (1993), the single-step maxT procedure;
 * Efron & Tibshirani, An Introduction to the Bootstrap (1993), chapter 13; Vargha & Delaney,
 * A critique and improvement of the CL common language effect size, J. Educ. Behav. Stat. 25 (2000).
 */
#ifndef BLACKOUT_COMPARE_PERMUTATION_H
#define BLACKOUT_COMPARE_PERMUTATION_H

#include "harness/base/base.h"

/* Two groups of values of one case: `value` holds the base's, then the new ones. */
struct permutation_groups {
	const double *value;
	size_t base, fresh;
};

/* The shift of the new values against the base's: the median of all differences. NAN if either is
 * empty. */
double permutation_difference(const struct permutation_groups *groups);

/* The share of pairs in which the new value is the greater one, ties half: 0.5 is no effect. */
double permutation_superiority(const struct permutation_groups *groups);

/*
 * The middle 95 % of the shifts of `rounds` pairs of groups drawn from these with replacement (the
 * percentile bootstrap), by a generator that begins with `seed`. Errors: out of memory.
 */
int permutation_bootstrap(const struct permutation_groups *groups, size_t rounds, uint64_t seed,
	double *lo, double *hi, struct err *e);

/*
 * The scores that a case would have if its labels meant nothing: of every way to deal its values
 * into two groups of these sizes where there are few ways, else of many random ones (the way that
 * was observed among them). A score is the mean of all differences between the groups in units of
 * `unit`, none of them counted as more than PERMUTATION_LIMIT units: values that part the groups cleanly
 * score highest, as no median of differences does, and one outlier cannot decide.
 */
#define PERMUTATION_LIMIT 3
struct permutation_scores {
	double *score;
	size_t count;
	bool exact;
	double observed;
};

/* Errors: out of memory. */
int permutation_scores_init(struct permutation_scores *scores,
	const struct permutation_groups *groups, double unit, uint64_t seed, struct err *e);
void permutation_scores_release(struct permutation_scores *scores);

/*
 * How often chance would give any of these cases a score as great as the observed one of number
 * `which`: its p, adjusted for their number (maxT: the cases' labels are dealt independently, so the
 * distribution of the greatest is the product of theirs).
 */
double permutation_p_case(const struct permutation_scores *cases, size_t count, size_t which);

/*
 * How often chance would give these cases together (the sum of their scores) as much as was observed:
 * exact where the ways to combine them are few, else from random combinations by `seed`.
 */
double permutation_p_sum(const struct permutation_scores *cases, size_t count, uint64_t seed);

/* The least p that groups of these sizes can reach: one in the number of ways to deal them. */
double permutation_p_min(size_t base, size_t fresh);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How far one group of values lies above another, and the probability of that by chance alone: the
 * Hodges-Lehmann estimate of the difference, permutation tests stratified over cases, bootstrap
 * intervals. For groups of 3 to 20 values; no normal distribution is assumed. compare.c interprets
 * the numbers.
 *
 * Sources: Hodges & Lehmann, Estimates of location based on rank tests, Ann. Math. Stat. 34 (1963);
 * Westfall & Young, Resampling-Based Multiple Testing (1993), the single-step maxT procedure;
 * Efron & Tibshirani, An Introduction to the Bootstrap (1993), chapter 13; Vargha & Delaney,
 * A critique and improvement of the CL common language effect size, J. Educ. Behav. Stat. 25
 * (2000).
 */
#ifndef BLACKOUT_COMPARE_PERMUTATION_H
#define BLACKOUT_COMPARE_PERMUTATION_H

#include "harness/base/base.h"

/* Two groups of values of one case: `value` holds `base` values, then `fresh` (new) ones. */
struct permutation_groups {
	const double *value;
	size_t base, fresh;
};

/*
 * The difference new - base after Hodges and Lehmann: the median of the differences of all pairs.
 * NAN if a group is empty.
 */
double permutation_difference(const struct permutation_groups *groups);

/*
 * The share of pairs in which the new value is the greater one, ties counting half (Vargha and
 * Delaney): 0.5 is no effect.
 */
double permutation_superiority(const struct permutation_groups *groups);

/*
 * The 95 % interval of the difference by the percentile bootstrap: the middle 95 % of the
 * differences of `rounds` pairs of groups that are drawn from these with replacement. `seed` is
 * that of the random generator.
 */
void permutation_bootstrap(const struct permutation_groups *groups, size_t rounds, uint64_t seed,
	double *lo, double *hi);

/*
 * The scores that a case can have if the labels "base" and "new" are assigned to its values at
 * random: one for every assignment with groups of these sizes or, if there are too many, for many
 * random assignments and the observed one. A score is the mean of the differences of all pairs in
 * units of `unit`, each limited to PERMUTATION_LIMIT units, so that one outlier cannot decide.
 * Unlike a median of differences, it is largest for groups that do not overlap.
 */
#define PERMUTATION_LIMIT 3
struct permutation_scores {
	double *score;
	size_t count;
	bool exact;      /* `score` has every assignment of labels */
	double observed; /* the score of the observed groups */
};

/* Computes the scores; the caller releases them. */
void permutation_scores_init(struct permutation_scores *scores,
	const struct permutation_groups *groups, double unit, uint64_t seed);
void permutation_scores_release(struct permutation_scores *scores);

/*
 * The p of case number `which`, adjusted for the number of cases: how often chance gives any of
 * them a score as great as the observed one (Westfall and Young, maxT; the labels of cases are
 * assigned independently, so the distribution of the maximum is the product of theirs).
 */
double permutation_p_case(const struct permutation_scores *cases, size_t count, size_t which);

/*
 * The p of all cases together: how often chance gives them a sum of scores as great as the observed
 * one. Exact if there are few combinations, else from random ones drawn with `seed`.
 */
double permutation_p_sum(const struct permutation_scores *cases, size_t count, uint64_t seed);

/* The smallest p that groups of these sizes can have: 1 / the number of label assignments. */
double permutation_p_min(size_t base, size_t fresh);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Differences and their p, against figures computed by hand. */
#include "harness/compare/permutation.h"
#include "tests/unit/test.h"

#include <math.h>

#define GROUPS(v, n)                                                    \
	{                                                               \
		.value = (v), .base = (n), .fresh = ARRAY_SIZE(v) - (n) \
	}

static void test_estimate(void)
{
	/* The differences are 9 10 11, 8 9 10, 17 18 19: their median is 10. */
	const double values[] = {1, 2, 3, 12, 11, 20};
	struct permutation_groups g = GROUPS(values, 3);

	CU_ASSERT_DOUBLE_EQUAL(permutation_difference(&g), 10, 1e-12);
	CU_ASSERT_DOUBLE_EQUAL(permutation_superiority(&g), 1, 1e-12);
	g.fresh = 0;
	CU_ASSERT(isnan(permutation_difference(&g)));
}

static void test_superiority_of_ties(void)
{
	/* Of four pairs one is won, one lost, two are ties. */
	const double values[] = {1, 2, 1, 2};
	struct permutation_groups g = GROUPS(values, 2);

	CU_ASSERT_DOUBLE_EQUAL(permutation_superiority(&g), 0.5, 1e-12);
}

static void test_one_outlier_moves_little(void)
{
	const double values[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1000};
	struct permutation_groups g = GROUPS(values, 5);

	CU_ASSERT_DOUBLE_EQUAL(permutation_difference(&g), 0, 1e-12);
}

static void test_smallest_p(void)
{
	CU_ASSERT_DOUBLE_EQUAL(permutation_p_min(3, 3), 1 / 20.0, 1e-12);
	CU_ASSERT_DOUBLE_EQUAL(permutation_p_min(5, 5), 1 / 252.0, 1e-12);
	CU_ASSERT_DOUBLE_EQUAL(permutation_p_min(15, 5), 1 / 15504.0, 1e-12);
	CU_ASSERT_DOUBLE_EQUAL(permutation_p_min(0, 5), 1, 1e-12);
}

static void test_exact_chance_of_one_case(void)
{
	const double apart[] = {1, 2, 3, 4, 5, 11, 12, 13, 14, 15};
	const double alike[] = {3, 3, 3, 3, 3, 3, 3, 3, 3, 3};
	const struct permutation_groups groups[] = {GROUPS(apart, 5), GROUPS(alike, 5)};
	struct permutation_scores scores[2];

	permutation_scores_init(&scores[0], &groups[0], 5, 1);
	permutation_scores_init(&scores[1], &groups[1], 5, 1);
	CU_ASSERT(scores[0].exact);
	CU_ASSERT_EQUAL(scores[0].count, 252);
	CU_ASSERT_DOUBLE_EQUAL(scores[0].observed, 2, 1e-12);
	CU_ASSERT_DOUBLE_EQUAL(permutation_p_case(scores, 1, 0), 1 / 252.0, 1e-12);
	CU_ASSERT_DOUBLE_EQUAL(permutation_p_sum(scores, 1, 1), 1 / 252.0, 1e-12);
	/* A case whose values are all equal does not change the other's p, and its own p is 1. */
	CU_ASSERT_DOUBLE_EQUAL(permutation_p_case(scores, 2, 0), 1 / 252.0, 1e-12);
	CU_ASSERT_DOUBLE_EQUAL(permutation_p_case(scores, 2, 1), 1, 1e-12);
	CU_ASSERT_DOUBLE_EQUAL(permutation_p_sum(scores, 2, 1), 1 / 252.0, 1e-12);
	permutation_scores_release(&scores[0]);
	permutation_scores_release(&scores[1]);
}

/* Two cases without overlap: either gives the greatest score, only both give the greatest sum. */
static void test_two_cases(void)
{
	const double values[] = {1, 2, 3, 11, 12, 13};
	struct permutation_groups g = GROUPS(values, 3);
	struct permutation_scores scores[2];

	for (size_t i = 0; i < 2; i++)
		permutation_scores_init(&scores[i], &g, 1, 1);
	CU_ASSERT_DOUBLE_EQUAL(permutation_p_case(scores, 2, 0), 1 - 19 / 20.0 * 19 / 20.0, 1e-12);
	CU_ASSERT_DOUBLE_EQUAL(permutation_p_sum(scores, 2, 1), 1 / 400.0, 1e-12);
	for (size_t i = 0; i < 2; i++)
		permutation_scores_release(&scores[i]);
}

/* A difference is limited to three units: an outlier of a thousand counts as three. */
static void test_limit(void)
{
	const double values[] = {0, 0, 0, 1000};
	struct permutation_groups g = GROUPS(values, 2);
	struct permutation_scores scores;

	permutation_scores_init(&scores, &g, 1, 1);
	CU_ASSERT_DOUBLE_EQUAL(scores.observed, 1.5, 1e-12);
	CU_ASSERT_DOUBLE_EQUAL(permutation_p_case(&scores, 1, 0), 0.5, 1e-12);
	permutation_scores_release(&scores);
}

static void test_many_assignments_are_drawn(void)
{
	double values[40];
	struct permutation_groups g = {values, 20, 20};
	struct permutation_scores scores;

	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		values[i] = (double)i;
	permutation_scores_init(&scores, &g, 20, 7);
	CU_ASSERT_FALSE(scores.exact);
	CU_ASSERT_DOUBLE_EQUAL(scores.observed, 1, 1e-12);
	/* Only the observed score itself is as great. */
	CU_ASSERT_DOUBLE_EQUAL(
		permutation_p_case(&scores, 1, 0), 1.0 / (double)scores.count, 1e-12);
	CU_ASSERT(permutation_p_sum(&scores, 1, 7) < 0.001);
	permutation_scores_release(&scores);
}

static void test_bootstrap(void)
{
	const double values[] = {1, 2, 3, 4, 5, 11, 12, 13, 14, 15};
	struct permutation_groups g = GROUPS(values, 5);
	double lo, hi, lo_again, hi_again;

	permutation_bootstrap(&g, 500, 1, &lo, &hi);
	CU_ASSERT(lo < 10 && lo >= 6);
	CU_ASSERT(hi > 10 && hi <= 14);
	permutation_bootstrap(&g, 500, 1, &lo_again, &hi_again);
	CU_ASSERT(lo == lo_again && hi == hi_again);
}

TEST_SUITE(permutation, {"estimate", test_estimate},
	{"superiority of ties", test_superiority_of_ties},
	{"one outlier moves little", test_one_outlier_moves_little},
	{"smallest p", test_smallest_p},
	{"exact chance of one case", test_exact_chance_of_one_case}, {"two cases", test_two_cases},
	{"limit of a difference", test_limit},
	{"many assignments are drawn", test_many_assignments_are_drawn},
	{"bootstrap", test_bootstrap})

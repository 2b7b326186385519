/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Differences between two groups, and permutation tests: see permutation.h. */
#include "harness/compare/permutation.h"

#include "harness/base/memory.h"

#include <gsl/gsl_math.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sf_gamma.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Up to this many label assignments of a case are all used; of more, this many are drawn. */
#define ASSIGNMENTS_MAX 20000
/* Up to SUMS_MAX combinations of the cases' scores are all used; of more, SUMS_DRAWN are drawn. */
#define SUMS_MAX 1000000
#define SUMS_DRAWN 100000
/* Equal scores can differ by rounding, by this share of the observed one (and of 1). */
#define EQUAL 1e-9

static double equal_from(double observed)
{
	return observed - EQUAL * (fabs(observed) + 1);
}

/* The median of all differences; `scratch` has space for base_count * fresh_count numbers. */
static double difference_of(const double *base, size_t base_count, const double *fresh,
	size_t fresh_count, double *scratch)
{
	size_t n = 0;

	for (size_t f = 0; f < fresh_count; f++)
		for (size_t b = 0; b < base_count; b++)
			scratch[n++] = fresh[f] - base[b];
	return n ? gsl_stats_median(scratch, 1, n) : NAN;
}

double permutation_difference(const struct permutation_groups *g)
{
	double *scratch = memory_zeroed("differences", g->base * g->fresh + 1, sizeof(*scratch));
	double difference = difference_of(g->value, g->base, g->value + g->base, g->fresh, scratch);

	free(scratch);
	return difference;
}

double permutation_superiority(const struct permutation_groups *g)
{
	double above = 0;

	for (size_t b = 0; b < g->base; b++)
		for (size_t f = g->base; f < g->base + g->fresh; f++)
			above += g->value[f] > g->value[b]   ? 1
				 : g->value[f] < g->value[b] ? 0
							     : 0.5;
	return above / (double)(g->base * g->fresh);
}

static gsl_rng *generator(uint64_t seed)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);

	if (!rng)
		memory_out("random numbers", 0);
	gsl_rng_set(rng, (unsigned long)seed);
	return rng;
}

void permutation_bootstrap(
	const struct permutation_groups *g, size_t rounds, uint64_t seed, double *lo, double *hi)
{
	size_t all = g->base + g->fresh;
	double *scratch =
		memory_zeroed("differences", g->base * g->fresh + all + rounds, sizeof(*scratch));
	double *drawn = scratch + g->base * g->fresh, *differences = drawn + all;
	gsl_rng *rng = generator(seed);

	for (size_t i = 0; i < rounds; i++) {
		gsl_ran_sample(rng, drawn, g->base, (void *)g->value, g->base, sizeof(double));
		gsl_ran_sample(rng, drawn + g->base, g->fresh, (void *)(g->value + g->base),
			g->fresh, sizeof(double));
		differences[i] = difference_of(drawn, g->base, drawn + g->base, g->fresh, scratch);
	}
	gsl_sort(differences, 1, rounds);
	*lo = gsl_stats_quantile_from_sorted_data(differences, 1, rounds, 0.025);
	*hi = gsl_stats_quantile_from_sorted_data(differences, 1, rounds, 0.975);
	gsl_rng_free(rng);
	free(scratch);
}

static double assignment_count(size_t base, size_t fresh)
{
	return round(exp(gsl_sf_lnchoose((unsigned)(base + fresh), (unsigned)fresh)));
}

double permutation_p_min(size_t base, size_t fresh)
{
	return base && fresh ? 1 / assignment_count(base, fresh) : 1;
}

/* Scratch memory for an assignment of a case's labels. */
struct assignment {
	size_t *chosen; /* indices of the values that are labelled new, ascending */
	double *base, *fresh;
	double limit; /* of each difference */
};

/* fmin and fmax would be function calls, due to their rules for NaN; this is the innermost loop. */
static double limited(double value, double limit)
{
	value = value < limit ? value : limit;
	return value > -limit ? value : -limit;
}

static double score_of(const double *base, size_t base_count, const double *fresh,
	size_t fresh_count, double limit)
{
	double sum = 0;

	for (size_t f = 0; f < fresh_count; f++)
		for (size_t b = 0; b < base_count; b++)
			sum += limited(fresh[f] - base[b], limit);
	return sum / (double)(base_count * fresh_count) / limit * PERMUTATION_LIMIT;
}

static double assigned_score(const struct permutation_groups *g, const struct assignment *d)
{
	size_t next = 0, b = 0;

	for (size_t i = 0; i < g->base + g->fresh; i++) {
		if (next < g->fresh && d->chosen[next] == i)
			d->fresh[next++] = g->value[i];
		else
			d->base[b++] = g->value[i];
	}
	return score_of(d->base, g->base, d->fresh, g->fresh, d->limit);
}

/* Moves to the next choice of `count` of `all` indices; false after the last one. */
static bool next_choice(size_t *chosen, size_t count, size_t all)
{
	size_t i = count;

	while (i > 0 && chosen[i - 1] == all - count + i - 1)
		i--;
	if (i == 0)
		return false;
	for (chosen[i - 1]++; i < count; i++)
		chosen[i] = chosen[i - 1] + 1;
	return true;
}

static void score_all(struct permutation_scores *scores, const struct permutation_groups *g,
	const struct assignment *d)
{
	for (size_t i = 0; i < g->fresh; i++)
		d->chosen[i] = i;
	do
		scores->score[scores->count++] = assigned_score(g, d);
	while (next_choice(d->chosen, g->fresh, g->base + g->fresh));
}

static void score_drawn(struct permutation_scores *scores, const struct permutation_groups *g,
	const struct assignment *d, uint64_t seed)
{
	size_t all = g->base + g->fresh,
	       *index = memory_zeroed("permutations", all, sizeof(*index));
	gsl_rng *rng = generator(seed);

	for (size_t i = 0; i < all; i++)
		index[i] = i;
	scores->score[scores->count++] = scores->observed;
	while (scores->count < ASSIGNMENTS_MAX) {
		gsl_ran_choose(rng, d->chosen, g->fresh, index, all, sizeof(*index));
		scores->score[scores->count++] = assigned_score(g, d);
	}
	gsl_rng_free(rng);
	free(index);
}

void permutation_scores_init(struct permutation_scores *scores, const struct permutation_groups *g,
	double unit, uint64_t seed)
{
	size_t all = g->base + g->fresh;
	struct assignment d = {.limit = PERMUTATION_LIMIT * unit};
	double number = assignment_count(g->base, g->fresh);

	*scores = (struct permutation_scores){.exact = number <= ASSIGNMENTS_MAX};
	scores->score = memory_zeroed(
		"permutations", scores->exact ? (size_t)number : ASSIGNMENTS_MAX, sizeof(double));
	d.chosen = memory_zeroed("permutations", all, sizeof(*d.chosen));
	d.base = memory_zeroed("permutations", all, sizeof(double));
	d.fresh = d.base + g->base;
	scores->observed = score_of(g->value, g->base, g->value + g->base, g->fresh, d.limit);
	if (scores->exact)
		score_all(scores, g, &d);
	else
		score_drawn(scores, g, &d, seed);
	free(d.chosen);
	free(d.base);
}

void permutation_scores_release(struct permutation_scores *scores)
{
	free(scores->score);
	*scores = (struct permutation_scores){0};
}

/* The share of a case's scores that are as great as `observed`. */
static double share_as_great(const struct permutation_scores *c, double observed)
{
	double limit = equal_from(observed);
	size_t great = 0;

	for (size_t i = 0; i < c->count; i++)
		great += c->score[i] >= limit;
	return (double)great / (double)c->count;
}

double permutation_p_case(const struct permutation_scores *cases, size_t count, size_t which)
{
	double below = 1;

	for (size_t i = 0; i < count; i++)
		below *= 1 - share_as_great(&cases[i], cases[which].observed);
	return 1 - below;
}

/* Counts through all combinations, with one digit per case, the first digit fastest. */
static double sum_exact(
	const struct permutation_scores *cases, size_t count, double limit, double all)
{
	size_t *digit = memory_zeroed("permutations", count, sizeof(*digit));
	double great = 0;

	for (size_t i = 0; i < count;) {
		double sum = 0;

		for (size_t k = 0; k < count; k++)
			sum += cases[k].score[digit[k]];
		great += sum >= limit;
		for (i = 0; i < count && ++digit[i] == cases[i].count; i++)
			digit[i] = 0;
	}
	free(digit);
	return great / all;
}

static double sum_drawn(
	const struct permutation_scores *cases, size_t count, double limit, uint64_t seed)
{
	gsl_rng *rng = generator(seed);
	size_t great = 1; /* the observed combination counts as one of those drawn */

	for (size_t i = 0; i < SUMS_DRAWN; i++) {
		double sum = 0;

		for (size_t k = 0; k < count; k++)
			sum += cases[k].score[gsl_rng_uniform_int(rng, cases[k].count)];
		great += sum >= limit;
	}
	gsl_rng_free(rng);
	return (double)great / (SUMS_DRAWN + 1);
}

double permutation_p_sum(const struct permutation_scores *cases, size_t count, uint64_t seed)
{
	double observed = 0, all = 1;
	bool exact = true;

	for (size_t i = 0; i < count; i++) {
		observed += cases[i].observed;
		all *= (double)cases[i].count;
		exact &= cases[i].exact;
	}
	if (exact && all <= SUMS_MAX)
		return sum_exact(cases, count, equal_from(observed), all);
	return sum_drawn(cases, count, equal_from(observed), seed);
}

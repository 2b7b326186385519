/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compares two sets of runs: see compare.h. */
#include "harness/compare/compare.h"

#include "harness/base/memory.h"
#include "harness/compare/permutation.h"
#include "harness/compare/runs.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BOOTSTRAP_ROUNDS 2000
/*
 * The shares of alpha that each measure spends on single cases and on all cases together (twice 0.4
 * + 0.1 makes 1). Five runs a side can be relabelled in 252 ways, and 1/252 is just below 0.4 %.
 */
#define SHARE_CASE 0.4
#define SHARE_SUM 0.1
/* More bad or undecided runs than before leave a case undecided if their p is at most this. */
#define UNDECIDED_P 0.05

const struct compare_options compare_defaults = {
	.alpha = 0.01, .job_share = 0.1, .blackout_ns = 200 * NS_PER_MS, .seed = 1};

const char *measure_name(enum measure measure)
{
	return measure == MEASURE_JOB ? "job time" : "blackout";
}

const char *change_name(enum change change)
{
	static const char *const names[] = {[CHANGE_UNMEASURED] = "not measured",
		[CHANGE_NONE] = "no regression",
		[CHANGE_UNCONFIRMED] = "not confirmed",
		[CHANGE_UNDECIDED] = "cannot tell",
		[CHANGE_SUSPICIOUS] = "suspicious",
		[CHANGE_TOO_FEW] = "too few runs",
		[CHANGE_UNCLEAR] = "intervals too wide",
		[CHANGE_WORSE] = "WORSE"};

	return names[change];
}

static bool is(const char *text, const char *word)
{
	return strcmp(text, word) == 0;
}

static double in_seconds(int64_t ns)
{
	return ns == NS_INF ? COMPARE_ENDLESS_S : (double)ns / (double)NS_PER_S;
}

/* Appends the values of a case's runs from index `at` on; returns how many. */
static size_t gather(struct compared *c, size_t at, const struct compared_runs *runs,
	const char *name, enum measure measure)
{
	size_t n = 0;

	for (size_t i = 0; i < runs->count; i++) {
		struct interval value = runs->run[i].value[measure];

		if (!is(runs->run[i].case_name, name) || value.lo_ns == NS_NONE)
			continue;
		c->lo[at + n] = in_seconds(value.lo_ns);
		c->hi[at + n] = in_seconds(value.hi_ns);
		c->mid[at + n] = value.hi_ns == NS_INF ? COMPARE_ENDLESS_S
						       : (c->lo[at + n] + c->hi[at + n]) / 2;
		n++;
	}
	return n;
}

static double median(const double *values, size_t count)
{
	double *copy = memory_zeroed("figures", count + 1, sizeof(*copy)), result = NAN;

	if (count) {
		memcpy(copy, values, count * sizeof(*copy));
		result = gsl_stats_median(copy, 1, count);
	}
	free(copy);
	return result;
}

/* The difference with the base's values and the new values at given ends of their intervals. */
static double difference_at_ends(const struct compared *c, const double *base, const double *fresh)
{
	struct permutation_groups g = {c->mid, c->base, c->fresh};
	double *mixed = memory_zeroed("figures", c->base + c->fresh, sizeof(*mixed)), difference;

	memcpy(mixed, base, c->base * sizeof(*mixed));
	memcpy(mixed + c->base, fresh + c->base, c->fresh * sizeof(*mixed));
	g.value = mixed;
	difference = permutation_difference(&g);
	free(mixed);
	return difference;
}

static void measure_case(
	struct compared *c, const struct comparison *comparison, enum measure m, uint64_t seed)
{
	struct permutation_groups g = {c->mid, c->base, c->fresh};

	c->base_s = median(c->mid, c->base);
	c->fresh_s = median(c->mid + c->base, c->fresh);
	c->difference_s = c->difference_lo_s = c->difference_hi_s = NAN;
	c->difference_min_s = c->difference_max_s = NAN;
	c->superiority = c->p = c->matters_s = NAN;
	if (!c->base || !c->fresh)
		return;
	/* A share of the median of all runs, which is the same however runs are labelled. */
	c->matters_s = m == MEASURE_BLACKOUT
			       ? in_seconds(comparison->options.blackout_ns)
			       : comparison->options.job_share * median(c->mid, c->base + c->fresh);
	if (!(c->matters_s > 0))
		c->matters_s = 1e-9;
	c->difference_s = permutation_difference(&g);
	c->difference_max_s = difference_at_ends(c, c->lo, c->hi);
	c->difference_min_s = difference_at_ends(c, c->hi, c->lo);
	c->superiority = permutation_superiority(&g);
	permutation_bootstrap(&g, BOOTSTRAP_ROUNDS, seed, &c->difference_lo_s, &c->difference_hi_s);
	/* Widens the bootstrap's interval, because the values themselves are intervals. */
	c->difference_lo_s -= fmax(c->difference_s - c->difference_min_s, 0);
	c->difference_hi_s += fmax(c->difference_max_s - c->difference_s, 0);
}

static void case_values(struct compared *c, const struct comparison *comparison,
	const struct compared_runs *base, const struct compared_runs *fresh, const char *name,
	enum measure m)
{
	size_t runs = base->count + fresh->count;

	c->mid = memory_zeroed("figures", 3 * runs + 1, sizeof(*c->mid));
	c->lo = c->mid + runs;
	c->hi = c->lo + runs;
	c->base = gather(c, 0, base, name, m);
	c->fresh = gather(c, c->base, fresh, name, m);
	measure_case(c, comparison, m, comparison->options.seed);
}

/* Counts of a case's runs; bad[LEVEL] are those at least that bad. */
struct case_tally {
	size_t runs, undecided, bad[BADNESS_MAX + 1];
};

static struct case_tally tally_of(const struct compared_runs *runs, const char *name)
{
	struct case_tally t = {0};

	for (size_t i = 0; i < runs->count; i++) {
		if (!is(runs->run[i].case_name, name))
			continue;
		t.runs++;
		t.undecided += runs->run[i].undecided;
		for (int level = 0; level <= runs->run[i].badness; level++)
			t.bad[level]++;
	}
	return t;
}

/* The chance of at least so many new bad ones if labels were random (Fisher's exact test). */
static double chance_of_more(size_t base_bad, size_t base, size_t fresh_bad, size_t fresh)
{
	size_t bad = base_bad + fresh_bad;

	if (!fresh_bad)
		return 1;
	return gsl_cdf_hypergeometric_Q((unsigned)fresh_bad - 1, (unsigned)bad,
		(unsigned)(base + fresh - bad), (unsigned)fresh);
}

static const struct run_row *first_so_bad(
	const struct compared_runs *runs, const char *name, int level)
{
	for (size_t i = 0; i < runs->count; i++)
		if (is(runs->run[i].case_name, name) && runs->run[i].badness >= level)
			return runs->run[i].worst;
	return NULL;
}

/*
 * A case is worse if it has bad runs of a level that the base had none of, or significantly more
 * of a level that it had.
 */
static void compare_bad(struct compared_case *c, const struct case_tally *was,
	const struct case_tally *now, const struct compared_runs *fresh, double alpha)
{
	for (int level = BADNESS_MAX; level > 0 && !*c->worse; level--) {
		double p = chance_of_more(was->bad[level], was->runs, now->bad[level], now->runs);

		if (!now->bad[level])
			continue;
		if (!was->bad[level])
			snprintf(c->worse, sizeof(c->worse), "%s", badness_name(level));
		else if (p <= alpha)
			snprintf(c->worse, sizeof(c->worse), "%s: %zu of %zu, %zu of %zu before",
				badness_name(level), now->bad[level], now->runs, was->bad[level],
				was->runs);
		else if (p <= UNDECIDED_P)
			snprintf(c->undecided, sizeof(c->undecided),
				"%s: %zu of %zu, %zu of %zu before, "
				"which happens by chance in %.2g of comparisons",
				badness_name(level), now->bad[level], now->runs, was->bad[level],
				was->runs, p);
		if (*c->worse)
			c->bad = first_so_bad(fresh, c->name, level);
	}
}

static void compare_verdicts(struct compared_case *c, const struct compared_runs *base,
	const struct compared_runs *fresh, const struct compare_options *options, size_t cases)
{
	struct case_tally was = tally_of(base, c->name), now = tally_of(fresh, c->name);

	c->base_runs = was.runs;
	c->fresh_runs = now.runs;
	if (!was.runs)
		return;
	if (!now.runs) {
		if (!options->subset)
			snprintf(c->undecided, sizeof(c->undecided),
				"the case is gone: the base has %zu runs of it", was.runs);
		return;
	}
	if (now.undecided && !was.undecided)
		snprintf(c->undecided, sizeof(c->undecided),
			"new runs are INVALID or INCONCLUSIVE, those of the base are not");
	else if (chance_of_more(was.undecided, was.runs, now.undecided, now.runs) <= UNDECIDED_P)
		snprintf(c->undecided, sizeof(c->undecided),
			"%zu of %zu new runs are INVALID or INCONCLUSIVE, "
			"%zu of %zu before",
			now.undecided, now.runs, was.undecided, was.runs);
	compare_bad(c, &was, &now, fresh, options->alpha * SHARE_CASE / (double)cases);
}

/* A case is undecided if the base has values of a measure and the new runs have none. */
static void compare_unmeasured(struct compared_case *c)
{
	for (enum measure m = 0; m < MEASURES; m++)
		if (c->fresh_runs && c->measure[m].base && !c->measure[m].fresh && !*c->undecided)
			snprintf(c->undecided, sizeof(c->undecided),
				"no new run has a %s, but %zu runs of the base do", measure_name(m),
				c->measure[m].base);
}

/* Computes p for each case and for all cases together. */
static void compute_p(struct comparison *comparison, enum measure m)
{
	struct permutation_scores *scores =
		memory_zeroed("permutations", comparison->count, sizeof(*scores));
	struct compared_plan *plan = &comparison->plan[m];
	size_t n = 0;

	for (size_t i = 0; i < comparison->count; i++) {
		struct compared *c = &comparison->cases[i].measure[m];
		struct permutation_groups g = {c->mid, c->base, c->fresh};

		if (!c->base || !c->fresh)
			continue;
		permutation_scores_init(&scores[n], &g, c->matters_s, comparison->options.seed + n);
		plan->mean += scores[n++].observed;
	}
	plan->cases = n;
	plan->mean = n ? plan->mean / (double)n : NAN;
	plan->p = n ? permutation_p_sum(scores, n, comparison->options.seed) : NAN;
	for (size_t i = 0, k = 0; i < comparison->count; i++) {
		struct compared *c = &comparison->cases[i].measure[m];

		if (c->base && c->fresh)
			c->p = permutation_p_case(scores, n, k++);
	}
	for (size_t i = 0; i < n; i++)
		permutation_scores_release(&scores[i]);
	free(scores);
}

/* The runs per side that can make the regression of one case significant. */
static size_t runs_needed(double alpha)
{
	size_t n = 2;

	while (n < 100 && permutation_p_min(n, n) > alpha)
		n++;
	return n;
}

static void judge_measure(struct comparison *comparison, enum measure m)
{
	struct compared_plan *plan = &comparison->plan[m];
	double alpha = comparison->options.alpha;

	/* With one case there is only one question, which gets both shares. */
	plan->alpha_case = alpha * (plan->cases > 1 ? SHARE_CASE : SHARE_CASE + SHARE_SUM);
	plan->alpha_sum = alpha * (plan->cases > 1 ? SHARE_SUM : SHARE_CASE + SHARE_SUM);
	plan->worse = plan->cases && plan->p <= plan->alpha_sum;
	for (size_t i = 0; i < comparison->count; i++) {
		struct compared *c = &comparison->cases[i].measure[m];
		bool significant = c->p <= plan->alpha_case || plan->worse;

		if (!c->base || !c->fresh) {
			c->change = CHANGE_UNMEASURED;
		} else if (c->difference_min_s >= c->matters_s && significant) {
			c->change = CHANGE_WORSE;
		} else if (c->difference_s >= c->matters_s && significant) {
			c->change = CHANGE_UNCLEAR;
		} else if (c->difference_s < c->matters_s) {
			c->change = CHANGE_NONE;
		} else if (permutation_p_min(c->base, c->fresh) > plan->alpha_case) {
			c->change = CHANGE_TOO_FEW;
			plan->runs_needed = runs_needed(plan->alpha_case);
		} else {
			c->change = CHANGE_SUSPICIOUS;
		}
	}
}

/* Whether, with so few runs, no result at all could be significant. */
static bool too_few_runs(const struct comparison *comparison)
{
	for (enum measure m = 0; m < MEASURES; m++) {
		const struct compared_plan *plan = &comparison->plan[m];
		double p_min = 1;

		for (size_t i = 0; i < comparison->count; i++) {
			const struct compared *c = &comparison->cases[i].measure[m];

			if (c->base && c->fresh)
				p_min *= permutation_p_min(c->base, c->fresh);
		}
		if (plan->cases && p_min <= plan->alpha_sum)
			return false;
	}
	return true;
}

static enum status judge(struct comparison *comparison)
{
	bool worse = false, unknown;

	for (enum measure m = 0; m < MEASURES; m++)
		judge_measure(comparison, m);
	unknown = comparison->too_few_runs = too_few_runs(comparison);
	for (enum measure m = 0; m < MEASURES && comparison->too_few_runs; m++)
		if (comparison->plan[m].cases)
			comparison->plan[m].runs_needed =
				runs_needed(comparison->plan[m].alpha_case);
	for (size_t i = 0; i < comparison->count; i++) {
		const struct compared_case *c = &comparison->cases[i];

		worse |= *c->worse != '\0';
		unknown |= *c->undecided != '\0';
		for (enum measure m = 0; m < MEASURES; m++) {
			worse |= c->measure[m].change == CHANGE_WORSE;
			unknown |= c->measure[m].change == CHANGE_TOO_FEW ||
				   c->measure[m].change == CHANGE_UNCLEAR;
		}
	}
	return worse ? STATUS_FAIL : unknown ? STATUS_UNDECIDED : STATUS_PASS;
}

static bool known(const struct comparison *comparison, const char *name)
{
	for (size_t i = 0; i < comparison->count; i++)
		if (is(comparison->cases[i].name, name))
			return true;
	return false;
}

static void add_cases(struct comparison *comparison, const struct run_rows *rows)
{
	for (size_t i = 0; i < rows->count; i++)
		if (!known(comparison, rows->row[i].case_name))
			comparison->cases[comparison->count++].name = rows->row[i].case_name;
}

int comparison_new(struct comparison **out, const struct run_rows *base,
	const struct run_rows *fresh, const struct compare_options *options, struct err *e)
{
	struct comparison *comparison = memory_zeroed("a comparison", 1, sizeof(*comparison));
	struct compared_runs base_runs = runs_of(base), fresh_runs = runs_of(fresh);
	size_t both = 0;

	comparison->cases =
		memory_zeroed("cases", base->count + fresh->count + 1, sizeof(*comparison->cases));
	comparison->options = *options;
	add_cases(comparison, fresh);
	add_cases(comparison, base);
	for (size_t i = 0; i < comparison->count; i++) {
		struct compared_case *c = &comparison->cases[i];

		compare_verdicts(c, &base_runs, &fresh_runs, options, comparison->count);
		both += c->base_runs && c->fresh_runs;
		for (enum measure m = 0; m < MEASURES; m++)
			case_values(
				&c->measure[m], comparison, &base_runs, &fresh_runs, c->name, m);
		compare_unmeasured(c);
	}
	runs_release(&base_runs);
	runs_release(&fresh_runs);
	if (!both) {
		comparison_free(comparison);
		return err_set(e, "no case is in both (cases are compared by their names, such as "
				  "'memory=2GB session=attached')");
	}
	for (enum measure m = 0; m < MEASURES; m++)
		compute_p(comparison, m);
	comparison->status = judge(comparison);
	*out = comparison;
	return 0;
}

void comparison_free(struct comparison *comparison)
{
	if (!comparison)
		return;
	for (size_t i = 0; i < comparison->count; i++)
		for (enum measure m = 0; m < MEASURES; m++)
			free(comparison->cases[i].measure[m].mid);
	free(comparison->cases);
	free(comparison);
}

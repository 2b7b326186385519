/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Round trips of a stretch of time: the fastest, quantiles, and their spread. */
#include "harness/analysis/internal.h"
#include "harness/base/memory.h"
#include "harness/base/trip_histogram.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdlib.h>

/*
 * Next to summaries, single answers count in the quantiles only if they are more than one in
 * SINGLES_ONE_IN of the summaries' answers: J is a p99, so fewer cannot move it.
 */
#define SINGLES_ONE_IN 100
/* This many answers show the full spread of round trips. */
#define ANSWERS_MANY 100

bool probe_has_trip(const struct series *s, const struct probe_record *p)
{
	return p->arrival_ns != NS_NONE && !p->summarised &&
	       !series_missing_time(s, p->sent_ns, p->arrival_ns);
}

bool summary_reaches_into(
	const struct series *s, const struct trip_summary *t, int64_t from_ns, int64_t to_ns)
{
	return t->from_ns < to_ns && t->to_ns >= from_ns &&
	       !series_missing_time(s, t->from_ns, t->to_ns + s->timeout_ns);
}

static void single_trips(const double *sorted, size_t n, struct round_trips *trips)
{
	trips->count = n;
	trips->fastest_ns = llround(sorted[0]);
	trips->median_ns = llround(gsl_stats_quantile_from_sorted_data(sorted, 1, n, 0.5));
	trips->p99_ns = llround(gsl_stats_quantile_from_sorted_data(sorted, 1, n, 0.99));
	trips->p999_ns = llround(gsl_stats_quantile_from_sorted_data(sorted, 1, n, 0.999));
}

static void add_buckets(uint64_t counts[static HISTOGRAM_BUCKETS], const struct trip_summary *t)
{
	for (size_t k = 0; k < t->bucket_count; k++)
		counts[t->buckets[k].bucket] += t->buckets[k].count;
}

static void take_quantiles(struct round_trips *sum, int64_t p99_ns, int64_t p999_ns)
{
	sum->p99_ns = ns_max(sum->p99_ns, p99_ns);
	sum->p999_ns = ns_max(sum->p999_ns, p999_ns);
}

/* Adds up the histograms that reach into the stretch and takes the quantiles of the sum. */
static void add_histograms(
	const struct series *s, int64_t from_ns, int64_t to_ns, struct round_trips *sum)
{
	uint64_t counts[HISTOGRAM_BUCKETS] = {0};

	for (size_t i = 0; i < s->summary_count; i++)
		if (summary_reaches_into(s, &s->summaries[i], from_ns, to_ns))
			add_buckets(counts, &s->summaries[i]);
	take_quantiles(sum, histogram_quantile(counts, 0.99), histogram_quantile(counts, 0.999));
}

/*
 * Merges the summaries of a stretch. Each quantile is the maximum of theirs; summaries with buckets
 * count by the quantile of the added buckets instead.
 */
static void merge_summaries(
	const struct series *s, int64_t from_ns, int64_t to_ns, struct round_trips *sum)
{
	const struct trip_summary *histogram = NULL;
	size_t histograms = 0;
	double medians = 0;

	for (size_t i = 0; i < s->summary_count; i++) {
		const struct trip_summary *t = &s->summaries[i];

		if (!summary_reaches_into(s, t, from_ns, to_ns))
			continue;
		sum->count += t->count;
		medians += (double)t->count * (double)t->median_ns;
		sum->fastest_ns = ns_min(t->fastest_ns, sum->fastest_ns);
		if (t->bucket_count) {
			histogram = t;
			histograms++;
		} else {
			take_quantiles(sum, t->p99_ns, t->p999_ns);
		}
	}
	if (!sum->count)
		return;
	sum->median_ns = llround(medians / (double)sum->count);
	if (histograms == 1)
		take_quantiles(sum, histogram->p99_ns, histogram->p999_ns);
	else if (histograms)
		add_histograms(s, from_ns, to_ns, sum);
}

/* Adds the summaries of [from_ns, to_ns) to *trips, the round trips of the single answers. */
static void add_summaries(
	const struct series *s, int64_t from_ns, int64_t to_ns, struct round_trips *trips)
{
	/* Round trips of frames may all be negative: quantiles start at the minimum. */
	struct round_trips sum = {0, INT64_MAX, NS_NONE, INT64_MIN, INT64_MIN};
	double medians;

	merge_summaries(s, from_ns, to_ns, &sum);
	if (!sum.count)
		return;
	medians = (double)sum.count * (double)sum.median_ns;
	if (trips->count) {
		medians += (double)trips->count * (double)trips->median_ns;
		if (trips->fastest_ns < sum.fastest_ns)
			sum.fastest_ns = trips->fastest_ns;
		if (trips->count > sum.count / SINGLES_ONE_IN) {
			sum.p99_ns = ns_max(sum.p99_ns, trips->p99_ns);
			sum.p999_ns = ns_max(sum.p999_ns, trips->p999_ns);
		}
		sum.count += trips->count;
		sum.median_ns = llround(medians / (double)sum.count);
	}
	*trips = sum;
}

void round_trips_arrived(const struct series *s, int64_t from_ns, int64_t to_ns, int64_t arrived_ns,
	struct round_trips *trips)
{
	size_t first = series_first_from(s, from_ns), end = series_first_from(s, to_ns), n = 0;
	double *sorted;

	*trips = (struct round_trips){0, NS_NONE, NS_NONE, NS_NONE, NS_NONE};
	if (end < first)
		end = first;
	sorted = memory_zeroed("round trips", end - first + 1, sizeof(*sorted));
	for (size_t i = first; i < end; i++)
		if (probe_has_trip(s, &s->records[i]) && s->records[i].arrival_ns <= arrived_ns)
			sorted[n++] = (double)probe_round_trip(&s->records[i]);
	if (n) {
		gsl_sort(sorted, 1, n);
		single_trips(sorted, n, trips);
	}
	free(sorted);
	add_summaries(s, from_ns, to_ns, trips);
}

void round_trips_of(
	const struct series *s, int64_t from_ns, int64_t to_ns, struct round_trips *trips)
{
	round_trips_arrived(s, from_ns, to_ns, INT64_MAX, trips);
}

int64_t trips_spread(const struct round_trips *trips)
{
	int64_t spread_ns = trips->p99_ns - trips->fastest_ns;

	/* Fewer than ANSWERS_MANY do not show all of it: the factor is 2 - count/ANSWERS_MANY. */
	if (trips->count < ANSWERS_MANY)
		spread_ns += spread_ns * (int64_t)(ANSWERS_MANY - trips->count) / ANSWERS_MANY;
	return spread_ns;
}

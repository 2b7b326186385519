/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Round trips, and what those before the move say of a series: the fastest, the spread J, and the
 * time-out in force. How gaps are bounded by them is in gaps.c.
 */
#include "harness/analysis/internal.h"
#include "harness/base/trip_histogram.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdlib.h>

/* Single answers count beside summaries where they are more than one in so many: J is a p99. */
#define SINGLES_ONE_IN 100
/* Fewer answers than this have no quantiles to speak of. */
#define ANSWERS_LEAST 20
/* So many show how far round trips spread. */
#define ANSWERS_MANY 100

/* A round trip across missing time would seem too short. */
static bool has_round_trip(const struct series *s, const struct probe_record *p)
{
	return p->arrival_ns != NS_NONE && !p->summarised &&
		!missing_time(s, p->sent_ns, p->arrival_ns);
}

static bool reaches_into(const struct series *s, const struct trip_summary *t, int64_t from_ns,
	int64_t to_ns)
{
	return t->from_ns < to_ns && t->to_ns >= from_ns &&
		!missing_time(s, t->from_ns, t->to_ns + s->timeout_ns);
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

/* The quantiles of histograms that reach into the stretch, added up. */
static void add_histograms(const struct series *s, int64_t from_ns, int64_t to_ns,
	struct round_trips *sum)
{
	uint64_t counts[HISTOGRAM_BUCKETS] = {0};

	for (size_t i = 0; i < s->summary_count; i++)
		if (reaches_into(s, &s->summaries[i], from_ns, to_ns))
			add_buckets(counts, &s->summaries[i]);
	take_quantiles(sum, histogram_quantile(counts, 0.99), histogram_quantile(counts, 0.999));
}

/* What the summaries of a stretch tell: quantiles the largest of theirs, unless they have buckets. */
static void add_up(const struct series *s, int64_t from_ns, int64_t to_ns, struct round_trips *sum)
{
	const struct trip_summary *histogram = NULL;
	size_t histograms = 0;
	double medians = 0;

	for (size_t i = 0; i < s->summary_count; i++) {
		const struct trip_summary *t = &s->summaries[i];

		if (!reaches_into(s, t, from_ns, to_ns))
			continue;
		sum->count += t->count;
		medians += (double)t->count * (double)t->median_ns;
		sum->fastest_ns = t->fastest_ns < sum->fastest_ns ? t->fastest_ns : sum->fastest_ns;
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

/* Puts the summaries of [from_ns, to_ns) to what the single answers told. */
static void add_summaries(const struct series *s, int64_t from_ns, int64_t to_ns,
	struct round_trips *trips)
{
	/* Those of frames may all be negative. */
	struct round_trips sum = {0, INT64_MAX, NS_NONE, INT64_MIN, INT64_MIN};
	double medians;

	add_up(s, from_ns, to_ns, &sum);
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

/* Of what was sent in [from_ns, to_ns) and answered up to arrived_ns. */
static int trips_arrived(const struct series *s, int64_t from_ns, int64_t to_ns, int64_t arrived_ns,
	struct round_trips *trips, struct err *e)
{
	size_t first = series_first_from(s, from_ns), end = series_first_from(s, to_ns), n = 0;
	double *sorted;

	*trips = (struct round_trips){0, NS_NONE, NS_NONE, NS_NONE, NS_NONE};
	if (end < first)
		end = first;
	sorted = calloc(end - first + 1, sizeof(*sorted));
	if (!sorted)
		return err_set(e, "%s-%s: out of memory", s->station, s->probe);
	for (size_t i = first; i < end; i++)
		if (has_round_trip(s, &s->records[i]) && s->records[i].arrival_ns <= arrived_ns)
			sorted[n++] = (double)probe_round_trip(&s->records[i]);
	if (n) {
		gsl_sort(sorted, 1, n);
		single_trips(sorted, n, trips);
	}
	free(sorted);
	add_summaries(s, from_ns, to_ns, trips);
	return 0;
}

int round_trips_of(const struct series *s, int64_t from_ns, int64_t to_ns,
	struct round_trips *trips, struct err *e)
{
	return trips_arrived(s, from_ns, to_ns, INT64_MAX, trips, e);
}

/* Notes a round trip in time. */
static void take_fastest(const struct series *s, const struct probe_record *p, int64_t timeout_ns,
	int64_t *fastest_ns, size_t *count)
{
	if (!has_round_trip(s, p) || probe_round_trip(p) > timeout_ns)
		return;
	++*count;
	if (probe_round_trip(p) < *fastest_ns)
		*fastest_ns = probe_round_trip(p);
}

/*
 * The fastest round trip of what was sent in [from_ns, to_ns); NS_NONE if nothing was answered. Where few
 * were answered in time, which may all have been held, what was sent before counts as well.
 */
static int64_t fastest_of(const struct series *s, int64_t from_ns, int64_t to_ns)
{
	size_t first = series_first_from(s, from_ns), count = 0;
	int64_t fastest_ns = INT64_MAX;

	for (size_t i = first, end = series_first_from(s, to_ns); i < end; i++)
		take_fastest(s, &s->records[i], s->timeout_ns, &fastest_ns, &count);
	for (size_t i = 0; i < s->summary_count; i++)
		if (reaches_into(s, &s->summaries[i], from_ns, to_ns)) {
			count += s->summaries[i].count;
			if (s->summaries[i].fastest_ns < fastest_ns)
				fastest_ns = s->summaries[i].fastest_ns;
		}
	for (size_t i = first; i-- > 0 && count < ANSWERS_LEAST;)
		take_fastest(s, &s->records[i], s->timeout_ns, &fastest_ns, &count);
	/* All of them late, of a slow network, or across a step: too fast is better than not known. */
	for (size_t i = first, end = series_first_from(s, to_ns); !count && i < end; i++) {
		const struct probe_record *p = &s->records[i];

		if (p->arrival_ns != NS_NONE && !p->summarised && probe_round_trip(p) < fastest_ns)
			fastest_ns = probe_round_trip(p);
	}
	/* Stamps of frames may make it negative; a faster one only makes an upper bound greater. */
	if (fastest_ns == NS_NONE)
		fastest_ns--;
	return fastest_ns == INT64_MAX ? NS_NONE : fastest_ns;
}

/* What a series' probes were in the baseline. */
struct tally {
	size_t probes, lost, answered;
	bool condensed; /* some of them came in run lines */
};

static struct tally tally_of(const struct series *s, int64_t from_ns, int64_t to_ns,
	int64_t timeout_ns)
{
	struct tally tally = {0};

	for (size_t i = series_first_from(s, from_ns);
		i < s->count && s->records[i].sent_ns < to_ns; i++) {
		const struct probe_record *p = &s->records[i];
		int64_t end_ns = to_ns;
		size_t n;

		if (probes_open(s, p, timeout_ns) && s->end_ns - timeout_ns < to_ns)
			end_ns = s->end_ns - timeout_ns + 1;
		n = record_within(s, p, from_ns, end_ns);
		tally.probes += n;
		tally.lost += p->arrival_ns == NS_NONE ? n : 0;
		tally.answered += p->arrival_ns != NS_NONE ? n : 0;
		tally.condensed |= p->summarised;
	}
	return tally;
}

int64_t trips_spread(const struct round_trips *trips)
{
	int64_t spread_ns = trips->p99_ns - trips->fastest_ns;

	/* Few answers have not shown all of it: twice of what one shows, once of what a hundred do. */
	if (trips->count < ANSWERS_MANY)
		spread_ns += spread_ns * (int64_t)(ANSWERS_MANY - trips->count) / ANSWERS_MANY;
	return spread_ns;
}

void baseline_set_jitter(struct baseline *b, int64_t jitter_ns)
{
	b->jitter_ns = jitter_ns;
	b->fastest_unsure_ns = jitter_ns;
	/* Ways take no less than no time, unless their ends are stamped by two clocks. */
	if (b->fastest_ns >= 0 && b->fastest_ns < jitter_ns)
		b->fastest_unsure_ns = b->fastest_ns;
}

int baseline_of(const struct series *s, int64_t from_ns, int64_t to_ns, int64_t window_end_ns,
	struct baseline *b, struct err *e)
{
	struct tally tally = tally_of(s, from_ns, to_ns, s->timeout_ns);
	int64_t jitter_ns, quiet_ns = 0;
	struct round_trips trips;

	/* An answer that came after the trigger is what is to be judged. */
	if (trips_arrived(s, from_ns, to_ns, to_ns, &trips, e))
		return -1;
	*b = (struct baseline){.timeout_ns = s->timeout_ns,
		.fastest_ns = fastest_of(
			s, from_ns, window_end_ns == INT64_MAX ? INT64_MAX : window_end_ns + 1),
		.median_ns = trips.median_ns,
		.p99_ns = trips.p99_ns,
		.p999_ns = trips.p999_ns};
	/* liboping drops what comes after its time-out; run lines were written by theirs. */
	if (trips.p999_ns > b->timeout_ns && s->kind != PROBE_PING && !tally.condensed) {
		b->timeout_ns = trips.p999_ns;
		tally = tally_of(s, from_ns, to_ns, b->timeout_ns);
	}
	/* Of round trips that are not known, all that is known is that they came in time. */
	b->trips_known = trips.count && trips.count >= tally.answered / 2;
	jitter_ns = b->trips_known ? trips_spread(&trips) : b->timeout_ns;
	/* Of few answers the spread is not known: those before them tell as well. */
	if (b->trips_known && trips.count < ANSWERS_LEAST &&
		quiet_spread(s, to_ns, &quiet_ns, e))
		return -1;
	baseline_set_jitter(b, ns_max(jitter_ns, quiet_ns));
	b->probes = tally.probes;
	b->lost = tally.lost;
	return 0;
}

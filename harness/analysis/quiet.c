/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The spread of round trips where no time is known to be quiet: the series is divided into
 * stretches, and the median over them counts, because at least half of a series is assumed to be
 * quiet.
 */
#include "harness/analysis/internal.h"

#include <gsl/gsl_sort.h>

/* Minimum probes per stretch (and at least 1 s); maximum stretches per series. */
#define STRETCH_PROBES 20
#define STRETCHES_MAX 2048

/* The medians over the stretches with at least min_answers; NS_NONE: there is no such stretch. */
static void quiet_of_stretches(const struct series *s, int64_t from_ns, int64_t to_ns,
	size_t min_answers, struct quiet *quiet)
{
	double spreads[STRETCHES_MAX], tails[STRETCHES_MAX];
	int64_t length_ns = ns_max(ns_max(NS_PER_S, STRETCH_PROBES * s->interval_ns),
		(to_ns - from_ns) / STRETCHES_MAX + 1);
	struct round_trips trips;
	size_t n = 0;

	*quiet = (struct quiet){NS_NONE, NS_NONE};
	for (int64_t at_ns = from_ns; at_ns <= to_ns && n < STRETCHES_MAX; at_ns += length_ns) {
		int64_t end_ns = at_ns + length_ns > to_ns ? to_ns + 1 : at_ns + length_ns;

		round_trips_of(s, at_ns, end_ns, &trips);
		if (trips.count < min_answers)
			continue;
		spreads[n] = (double)trips_spread(&trips);
		tails[n++] = (double)trips.p999_ns;
	}
	if (!n)
		return;
	gsl_sort(spreads, 1, n);
	gsl_sort(tails, 1, n);
	quiet->spread_ns = (int64_t)spreads[(n - 1) / 2];
	quiet->p999_ns = (int64_t)tails[(n - 1) / 2];
}

void quiet_of(const struct series *s, int64_t from_ns, int64_t to_ns, struct quiet *quiet)
{
	quiet_of_stretches(s, from_ns, to_ns, STRETCH_PROBES / 2, quiet);
	if (quiet->spread_ns == NS_NONE)
		quiet_of_stretches(s, from_ns, to_ns, 1, quiet);
}

void quiet_spread(const struct series *s, int64_t to_ns, int64_t *spread_ns)
{
	int64_t from_ns = s->count ? s->records[0].sent_ns : 0;
	struct quiet quiet;

	quiet_of(s, from_ns, to_ns, &quiet);
	*spread_ns = quiet.spread_ns;
}

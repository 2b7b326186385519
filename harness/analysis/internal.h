/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the analysis share. */
#ifndef BLACKOUT_ANALYSIS_INTERNAL_H
#define BLACKOUT_ANALYSIS_INTERNAL_H

#include "harness/analysis/gaps.h"

/* Of a probe that was answered. */
static inline int64_t probe_round_trip(const struct probe_record *p)
{
	return p->arrival_ns - p->sent_ns;
}

/*
 * How many of a record's probes are open: nothing came, but the facts end before the time-out had run
 * out. They count neither way.
 */
static inline size_t probes_open(const struct series *s, const struct probe_record *p,
	int64_t timeout_ns)
{
	if (p->arrival_ns != NS_NONE || record_last(s, p) + timeout_ns <= s->end_ns)
		return 0;
	return record_within(s, p, s->end_ns - timeout_ns + 1, INT64_MAX);
}

/* A record that counts, as far as it counts: `count` probes, evenly spread. */
struct seen {
	int64_t sent_ns, last_ns, arrival_ns; /* the first send and its answer, the last send */
	size_t count;
	int64_t silence_ns, silence_from_ns; /* of a run that tells, else NS_NONE */
	bool in_time;
	bool skipped; /* the fate of requests between the one before and this one is not known */
};

/* The probes that count, and for each the earliest answer to it or to any later one. */
struct probes {
	const struct series *s;
	struct seen *p;
	size_t *answer; /* index of the probe with that answer; SIZE_MAX: none */
	size_t count;
	const struct baseline *baseline;
	int64_t from_ns; /* of the window */
};

/* Without those of its probes that are open, which may be all of them. */
struct seen seen_of(const struct series *series, const struct probe_record *record,
	int64_t timeout_ns);
/*
 * Splits p at ns and returns the earlier part, its first probe at least. Sends inside a run are known to
 * ±(step/2 + 1 ms); both parts stay that far from the cut, so bounds only widen.
 */
struct seen seen_split(struct seen *p, int64_t ns);
/* Whether the i-th record counts and was answered in time. */
bool record_in_time(const struct series *series, size_t i, int64_t timeout_ns);
/* All that touches the window [from_ns, to_ns]; to be freed by probes_free. */
void probes_make(struct probes *probes, const struct series *series, const struct baseline *baseline,
	int64_t from_ns, int64_t to_ns);
void probes_free(struct probes *probes);

/* Whether a probe's round trip is known. One across missing time would seem too short. */
bool probe_has_trip(const struct series *series, const struct probe_record *record);
/* Whether a summary of round trips, in which no time is missing, has some of [from_ns, to_ns). */
bool summary_reaches_into(const struct series *series, const struct trip_summary *summary,
	int64_t from_ns, int64_t to_ns);
/* Of what was sent in [from_ns, to_ns) and answered up to arrived_ns. */
void round_trips_arrived(const struct series *series, int64_t from_ns, int64_t to_ns,
	int64_t arrived_ns, struct round_trips *trips);
/* How far these round trips spread, and what as few of them have not shown. Of one at least. */
int64_t trips_spread(const struct round_trips *trips);
/* What at least half of the stretches do not pass. */
struct quiet {
	int64_t spread_ns, p999_ns; /* NS_NONE: nothing was answered */
};
/*
 * Of what was sent in [from_ns, to_ns]. Next to a pause there may be too few answers to show a spread: such
 * stretches count if there are no others.
 */
void quiet_of(const struct series *series, int64_t from_ns, int64_t to_ns, struct quiet *quiet);
/*
 * The spread of round trips sent up to to_ns which at least half of the series' stretches do not pass;
 * NS_NONE without any.
 */
void quiet_spread(const struct series *series, int64_t to_ns, int64_t *spread_ns);
/*
 * How much more time than the stamps say may have passed between two of them: 0 where none of the series'
 * clock steps lies there, NS_INF where nobody knows.
 */
int64_t missing_time(const struct series *series, int64_t from_ns, int64_t to_ns);
/* Sets J, and by how much the fastest round trip is unsure with it. */
void baseline_set_jitter(struct baseline *baseline, int64_t jitter_ns);
/*
 * The i-th of a gap's silent stretches that prove anything of the window, or one after it where others
 * prove nothing. False: there is none from i on.
 */
bool gap_stretch(const struct gaps *gaps, const struct gap *gap, size_t i,
	struct silent_stretch *stretch);
/* Sets what comes off a gap's stretches, and its length by that. */
void gap_set_spread(struct gaps *gaps, const struct series *series, struct gap *gap,
	int64_t spread_ns);

#endif

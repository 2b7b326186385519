/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the analysis share. */
#ifndef BLACKOUT_ANALYSIS_INTERNAL_H
#define BLACKOUT_ANALYSIS_INTERNAL_H

#include "harness/analysis/gaps.h"

/*
 * The source was paused at most this long before the platform's event of the pause, or of the job's
 * end, was received and stamped.
 */
#define PAUSE_DELAY_MAX_NS (NS_PER_S / 2)

/* The round trip of a probe that was answered. */
static inline int64_t probe_round_trip(const struct probe_record *p)
{
	return p->arrival_ns - p->sent_ns;
}

/*
 * How many of a record's probes are open: no answer came, but the facts end before their time-out
 * does. Open probes count neither as answered nor as lost.
 */
static inline size_t probes_open(
	const struct series *s, const struct probe_record *p, int64_t timeout_ns)
{
	if (p->arrival_ns != NS_NONE || record_last(s, p) + timeout_ns <= s->end_ns)
		return 0;
	return record_within(s, p, s->end_ns - timeout_ns + 1, INT64_MAX);
}

/* `count` probes of one fate, evenly spread: a record without its open probes, or a piece of it. */
struct probe_group {
	int64_t sent_ns, last_ns, arrival_ns; /* first send, last send, arrival for the first */
	size_t count;
	int64_t silence_ns, silence_from_ns; /* as in the span's line; NS_NONE: not known */
	bool in_time;
	bool skipped; /* requests of unknown fate lie between the group before and this one */
};

/* The groups of probes that matter for a window, in order of sending. */
struct probes {
	const struct series *s;
	struct probe_group *p;
	/* [i]: which of p[i], p[i + 1] … has the earliest answer; SIZE_MAX: none has one. */
	size_t *answer;
	size_t count;
	const struct baseline *baseline;
	int64_t from_ns; /* the window's begin */
};

/* The group of a record without its open probes; count 0: all are open. */
struct probe_group probe_group_of(
	const struct series *series, const struct probe_record *record, int64_t timeout_ns);
/*
 * Splits p at ns: returns the earlier probes, at least one, and leaves the later ones in p. Sends
 * inside a span are known to ±(step/2 + 1 ms); both pieces stay that far from the cut, so bounds
 * only widen.
 */
struct probe_group probe_group_split(struct probe_group *p, int64_t ns);
/* Whether the i-th record is not wholly open and was answered in time. */
bool record_in_time(const struct series *series, size_t i, int64_t timeout_ns);
/* Collects all probes that matter for the window [from_ns, to_ns]; probes_release frees them. */
void probes_init(struct probes *probes, const struct series *series,
	const struct baseline *baseline, int64_t from_ns, int64_t to_ns);
void probes_release(struct probes *probes);

/* Whether a record has a true round trip; across missing time it would seem too short. */
bool probe_has_trip(const struct series *series, const struct probe_record *record);
/* Whether a summary has round trips of [from_ns, to_ns) and no time is missing in it. */
bool summary_reaches_into(const struct series *series, const struct trip_summary *summary,
	int64_t from_ns, int64_t to_ns);
/* round_trips_of, but only of answers that arrived up to arrived_ns. */
void round_trips_arrived(const struct series *series, int64_t from_ns, int64_t to_ns,
	int64_t arrived_ns, struct round_trips *trips);
/*
 * The spread of one or more round trips: p99 - fastest. Fewer than 100 do not show all of it, so
 * the result is then enlarged, at most doubled.
 */
int64_t trips_spread(const struct round_trips *trips);
/* Medians over the stretches of a series. */
struct quiet {
	int64_t spread_ns, p999_ns; /* NS_NONE: nothing was answered */
};
/*
 * The medians for probes sent in [from_ns, to_ns]. Next to a pause a stretch may have too few
 * answers to show a spread; such stretches count only if there are no others.
 */
void quiet_of(const struct series *series, int64_t from_ns, int64_t to_ns, struct quiet *quiet);
/*
 * The median over the stretches' spreads, for all probes up to to_ns; NS_NONE if nothing was
 * answered.
 */
void quiet_spread(const struct series *series, int64_t to_ns, int64_t *spread_ns);
/*
 * By how much the time between two stamps may exceed their difference: 0 if none of the series'
 * clock steps lies between them, NS_INF if the amount is not known.
 */
int64_t series_missing_time(const struct series *series, int64_t from_ns, int64_t to_ns);
/* Sets J, and fastest_unsure_ns, which follows from J. */
void baseline_set_jitter(struct baseline *baseline, int64_t jitter_ns);
/*
 * Gets the gap's i-th silent stretch or, if that does not touch the window, the next one that does:
 * only these prove anything about the window. False: there is none from i on.
 */
bool gap_stretch(
	const struct gaps *gaps, const struct gap *gap, size_t i, struct silent_stretch *stretch);
/* Sets the spread of a gap and computes its length anew. */
void gap_set_spread(
	struct gaps *gaps, const struct series *series, struct gap *gap, int64_t spread_ns);

#endif

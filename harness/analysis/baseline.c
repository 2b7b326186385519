/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the round trips before a move say of a series: the fastest, the spread J, and the
 * time-out in force. How gaps are bounded by them is in gaps.c.
 */
#include "harness/analysis/internal.h"

/* Fewer answers than this have no quantiles to speak of. */
#define ANSWERS_LEAST 20

/* Notes a round trip in time. */
static void take_fastest(const struct series *s, const struct probe_record *p, int64_t timeout_ns,
	int64_t *fastest_ns, size_t *count)
{
	if (!probe_has_trip(s, p) || probe_round_trip(p) > timeout_ns)
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
		if (summary_reaches_into(s, &s->summaries[i], from_ns, to_ns)) {
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

void baseline_set_jitter(struct baseline *b, int64_t jitter_ns)
{
	b->jitter_ns = jitter_ns;
	b->fastest_unsure_ns = jitter_ns;
	/* Ways take no less than no time, unless their ends are stamped by two clocks. */
	if (!b->two_clocks && b->fastest_ns >= 0 && b->fastest_ns < jitter_ns)
		b->fastest_unsure_ns = b->fastest_ns;
}

void baseline_of(const struct series *s, int64_t from_ns, int64_t to_ns, int64_t window_end_ns,
	struct baseline *b)
{
	struct tally tally = tally_of(s, from_ns, to_ns, s->timeout_ns);
	int64_t jitter_ns, quiet_ns = 0;
	struct round_trips trips;

	/* An answer that came after the trigger is what is to be judged. */
	round_trips_arrived(s, from_ns, to_ns, to_ns, &trips);
	*b = (struct baseline){.timeout_ns = s->timeout_ns,
		.two_clocks = s->kind == PROBE_FRAMES,
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
	if (b->trips_known && trips.count < ANSWERS_LEAST)
		quiet_spread(s, to_ns, &quiet_ns);
	baseline_set_jitter(b, ns_max(jitter_ns, quiet_ns));
	b->probes = tally.probes;
	b->lost = tally.lost;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The baseline of a series from its round trips before a move: the fastest, the spread J, and the
 * time-out in force.
 */
#include "harness/analysis/internal.h"

/* Minimum answers for usable quantiles. */
#define ANSWERS_MIN 20

/* Counts a round trip within the time-out and keeps the fastest. */
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
 * The fastest round trip of probes sent in [from_ns, to_ns); NS_NONE if none was answered. If fewer
 * than ANSWERS_MIN were answered in time, the VM may have held all of them, so earlier probes
 * count, too.
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
	for (size_t i = first; i-- > 0 && count < ANSWERS_MIN;)
		take_fastest(s, &s->records[i], s->timeout_ns, &fastest_ns, &count);
	/*
	 * If none counts (a slow network, or a clock step in every round trip), any answer does:
	 * a value that is too small only widens bounds.
	 */
	for (size_t i = first, end = series_first_from(s, to_ns); !count && i < end; i++) {
		const struct probe_record *p = &s->records[i];

		if (p->arrival_ns != NS_NONE && !p->summarised && probe_round_trip(p) < fastest_ns)
			fastest_ns = probe_round_trip(p);
	}
	/* A negative round trip of frames may equal NS_NONE; 1 ns less only makes hi greater. */
	if (fastest_ns == NS_NONE)
		fastest_ns--;
	return fastest_ns == INT64_MAX ? NS_NONE : fastest_ns;
}

/* A series' probes in the baseline, counted by their fate. */
struct probe_counts {
	size_t probes, lost, answered;
	bool condensed; /* some of them came in spans */
};

static struct probe_counts count_probes(
	const struct series *s, int64_t from_ns, int64_t to_ns, int64_t timeout_ns)
{
	struct probe_counts counts = {0};

	for (size_t i = series_first_from(s, from_ns);
		i < s->count && s->records[i].sent_ns < to_ns; i++) {
		const struct probe_record *p = &s->records[i];
		int64_t end_ns = to_ns;
		size_t n;

		if (probes_open(s, p, timeout_ns) && s->end_ns - timeout_ns < to_ns)
			end_ns = s->end_ns - timeout_ns + 1;
		n = record_within(s, p, from_ns, end_ns);
		counts.probes += n;
		counts.lost += p->arrival_ns == NS_NONE ? n : 0;
		counts.answered += p->arrival_ns != NS_NONE ? n : 0;
		counts.condensed |= p->summarised;
	}
	return counts;
}

void baseline_set_jitter(struct baseline *b, int64_t jitter_ns)
{
	b->jitter_ns = jitter_ns;
	b->fastest_unsure_ns = jitter_ns;
	/* Neither way takes less than 0, so F exceeds their sum by at most F (one clock). */
	if (!b->two_clocks && b->fastest_ns >= 0 && b->fastest_ns < jitter_ns)
		b->fastest_unsure_ns = b->fastest_ns;
}

void baseline_of(const struct series *s, int64_t from_ns, int64_t to_ns, int64_t window_end_ns,
	struct baseline *b)
{
	struct probe_counts counts = count_probes(s, from_ns, to_ns, s->timeout_ns);
	int64_t jitter_ns, quiet_ns = 0;
	struct round_trips trips;

	/* Answers that came after the trigger are to be judged, so they do not count here. */
	round_trips_arrived(s, from_ns, to_ns, to_ns, &trips);
	*b = (struct baseline){.timeout_ns = s->timeout_ns,
		.two_clocks = s->kind == PROBE_FRAMES,
		.fastest_ns = fastest_of(
			s, from_ns, window_end_ns == INT64_MAX ? INT64_MAX : window_end_ns + 1),
		.median_ns = trips.median_ns,
		.p99_ns = trips.p99_ns,
		.p999_ns = trips.p999_ns};
	/* liboping drops late answers; spans were written with the planned time-out. */
	if (trips.p999_ns > b->timeout_ns && s->kind != PROBE_PING && !counts.condensed) {
		b->timeout_ns = trips.p999_ns;
		counts = count_probes(s, from_ns, to_ns, b->timeout_ns);
	}
	/* If a round trip is not known, it is at most the time-out. */
	b->trips_known = trips.count && trips.count >= counts.answered / 2;
	jitter_ns = b->trips_known ? trips_spread(&trips) : b->timeout_ns;
	/* Few answers may not show the spread: use that of all time before if it is larger. */
	if (b->trips_known && trips.count < ANSWERS_MIN)
		quiet_spread(s, to_ns, &quiet_ns);
	baseline_set_jitter(b, ns_max(jitter_ns, quiet_ns));
	b->probes = counts.probes;
	b->lost = counts.lost;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The baseline of a series without a plan, where no time is known to be quiet. Held answers and
 * slow spells must not raise the spread and the time-out, which would hide them. docs/accuracy.md
 * has the reasons.
 */
#include "harness/analysis/internal.h"

/* Probes on either side of a gap that count as next to it. */
#define NEIGHBOURS 100

void baseline_of_whole(const struct series *s, struct baseline *b)
{
	int64_t from_ns = s->count ? s->records[0].sent_ns : 0;
	int64_t to_ns = s->count ? record_last(s, &s->records[s->count - 1]) : 0;
	struct quiet quiet;

	baseline_of(s, from_ns, to_ns + 1, INT64_MAX, b);
	quiet_of(s, from_ns, to_ns, &quiet);
	if (b->timeout_ns > s->timeout_ns)
		b->timeout_ns = b->median_ns > s->timeout_ns / 2
					? ns_max(s->timeout_ns, quiet.p999_ns)
					: s->timeout_ns;
	if (quiet.spread_ns != NS_NONE && b->trips_known)
		baseline_set_jitter(b, quiet.spread_ns);
}

/*
 * The earliest time at which answers no longer belong to a gap that ended at r_ns. A span across
 * the gap's end has probes that were held and answered just in time, so its spread is that of the
 * gap.
 */
static int64_t after_gap(const struct series *s, int64_t r_ns)
{
	for (size_t i = 0; i < s->summary_count; i++)
		if (s->summaries[i].from_ns < r_ns && s->summaries[i].to_ns >= r_ns)
			return s->summaries[i].to_ns + 1;
	return r_ns;
}

/*
 * The spread of the answers next to a gap, without those of another gap; if they are few, at least
 * the baseline's J.
 */
static void spread_near(const struct series *s, const struct gaps *gaps, size_t index,
	const struct baseline *b, int64_t *spread_ns)
{
	const struct gap *gap = &gaps->gap[index];
	int64_t reach_ns = NEIGHBOURS * s->interval_ns, fastest_ns;
	int64_t from_ns = gap->a_ns - reach_ns, to_ns = gap->r_ns + reach_ns;
	struct round_trips before = {.p99_ns = NS_NONE}, after = {.p99_ns = NS_NONE};

	if (index > 0 && gaps->gap[index - 1].r_ns != NS_NONE)
		from_ns = ns_max(from_ns, after_gap(s, gaps->gap[index - 1].r_ns));
	if (index + 1 < gaps->count && gaps->gap[index + 1].l1_ns < to_ns)
		to_ns = gaps->gap[index + 1].l1_ns;
	if (gap->a_ns != NS_NONE && from_ns <= gap->a_ns)
		round_trips_of(s, from_ns, gap->a_ns + 1, &before);
	if (gap->r_ns != NS_NONE)
		round_trips_of(s, gap->r_ns, to_ns, &after);
	*spread_ns = 0;
	if (before.count || after.count) {
		fastest_ns = before.count ? before.fastest_ns : after.fastest_ns;
		if (after.count && after.fastest_ns < fastest_ns)
			fastest_ns = after.fastest_ns;
		*spread_ns = ns_max(before.p99_ns, after.p99_ns) - fastest_ns;
	}
	if (before.count + after.count < NEIGHBOURS)
		*spread_ns = ns_max(*spread_ns, b->jitter_ns);
}

void gaps_spread(struct gaps *gaps, const struct series *s, const struct baseline *b)
{
	for (size_t i = 0; i < gaps->count; i++) {
		struct gap *gap = &gaps->gap[i];
		int64_t spread_ns;

		spread_near(s, gaps, i, b, &spread_ns);
		gap_set_spread(gaps, s, gap, spread_ns);
	}
}

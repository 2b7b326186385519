/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Widens gaps by the times in which the harness itself cannot be trusted (docs/accuracy.md, "The
 * harness itself").
 */
#include "harness/analysis/internal.h"

#include "harness/base/memory.h"

#include <stdlib.h>
#include <string.h>

/* A range of time. merge() turns an array of ranges into sorted ones that do not overlap. */
struct time_range {
	int64_t from_ns, to_ns;
};

/* Disturbed ranges that touch one gap. Each array is large enough for all disturbances. */
struct touching {
	struct time_range *cuts; /* nothing in them proves silence: they divide silent stretches */
	size_t cut_count;
	struct time_range *unsure; /* a send stamped in one may be anywhere in it; no cuts */
	size_t unsure_count;
	struct time_range *inexact; /* an A or R stamped in one may be anywhere in it */
	size_t inexact_count;
};

/*
 * The earliest send that a disturbance may concern. A dropped answer may belong to a probe sent up
 * to a time-out earlier.
 */
static int64_t concerns_from(const struct disturbance *d, int64_t timeout_ns)
{
	return d->from_ns - (d->kind == DISTURBED_DROPS && d->from_ns != NS_NONE ? timeout_ns : 0);
}

/*
 * Whether a disturbance may concern [from_ns, to_ns]. A clock step concerns a gap only if time may
 * be missing.
 */
static bool reaches_into(
	const struct disturbance *d, int64_t timeout_ns, int64_t from_ns, int64_t to_ns)
{
	return (d->kind != DISTURBED_CLOCK || d->missing_ns) &&
	       concerns_from(d, timeout_ns) <= to_ns && d->to_ns >= from_ns;
}

static int by_from(const void *a, const void *b)
{
	const struct time_range *x = a, *y = b;

	return x->from_ns < y->from_ns ? -1 : x->from_ns > y->from_ns;
}

/* Sorts ranges and joins those that overlap. Returns how many are left. */
static size_t merge(struct time_range *range, size_t count)
{
	size_t n = 0;

	if (count)
		qsort(range, count, sizeof(*range), by_from);
	for (size_t i = 0; i < count; i++) {
		if (n > 0 && range[i].from_ns <= range[n - 1].to_ns) {
			if (range[i].to_ns > range[n - 1].to_ns)
				range[n - 1].to_ns = range[i].to_ns;
		} else {
			range[n++] = range[i];
		}
	}
	return n;
}

static int64_t overlap(int64_t a_from, int64_t a_to, int64_t b_from, int64_t b_to)
{
	/* Stamps are at least 0. An unknown begin or A is below 0. */
	int64_t from = ns_max(0, ns_max(a_from, b_from)), to = ns_min(a_to, b_to);

	return ns_max(to - from, 0);
}

/*
 * The longest piece of a silent stretch that no cut touches. The last request before a cut, and the
 * first one after it, may be up to a regular step away from the cut.
 */
static int64_t longest_piece(
	const struct silent_stretch *stretch, const struct touching *t, int64_t step_ns)
{
	int64_t from_ns = stretch->from_ns, to_ns = stretch->to_ns, longest_ns = 0;

	for (size_t i = 0; i < t->unsure_count; i++) {
		const struct time_range *s = &t->unsure[i];

		if (s->from_ns <= stretch->from_ns && s->to_ns > from_ns)
			from_ns = s->to_ns;
		if (s->to_ns >= stretch->to_ns && s->from_ns < to_ns)
			to_ns = s->from_ns;
	}
	for (size_t i = 0; i < t->cut_count; i++) {
		const struct time_range *cut = &t->cuts[i];

		if (cut->to_ns < stretch->from_ns || cut->from_ns > stretch->to_ns)
			continue;
		longest_ns = ns_max(longest_ns, ns_min(cut->from_ns - step_ns, to_ns) - from_ns);
		from_ns =
			ns_max(from_ns, cut->to_ns == INT64_MAX ? INT64_MAX : cut->to_ns + step_ns);
	}
	longest_ns = ns_max(longest_ns, to_ns > from_ns ? to_ns - from_ns : 0);
	return ns_min(longest_ns, stretch->max_ns);
}

/*
 * Computes gap->widened. A cut proves nothing: the harness may have lost the probes in it, and the
 * VM may have answered. An A or R inside an inexact range may lie anywhere in that range.
 */
static void widen(const struct gaps *gaps, struct gap *gap, const struct touching *t)
{
	int64_t a_ns = gap->a_ns, r_ns = gap->r_ns;
	struct silent_stretch stretch;

	gap->widened = (struct interval){0, gap->length.hi_ns};
	for (size_t i = 0; gap_stretch(gaps, gap, i, &stretch); i++)
		gap->widened.lo_ns = ns_max(gap->widened.lo_ns,
			longest_piece(&stretch, t, gaps->step_ns) - gap->spread_ns);
	gap->widened.lo_ns = ns_min(gap->widened.lo_ns, gap->length.lo_ns);
	for (size_t i = 0; i < t->inexact_count; i++) {
		const struct time_range *s = &t->inexact[i];

		if (gap->a_ns != NS_NONE && s->from_ns <= gap->a_ns && gap->a_ns <= s->to_ns)
			a_ns = s->from_ns;
		if (gap->r_ns != NS_NONE && s->from_ns <= gap->r_ns && gap->r_ns <= s->to_ns)
			r_ns = s->to_ns;
	}
	if (a_ns == NS_NONE || r_ns == NS_NONE || r_ns == INT64_MAX)
		gap->widened.hi_ns = NS_INF;
	else if (gap->widened.hi_ns != NS_INF)
		gap->widened.hi_ns += (gap->a_ns - a_ns) + (r_ns - gap->r_ns);
}

/*
 * Adds a disturbance that touches the gap. A lateness of at most a regular step only made one step
 * longer, so it cuts nothing. Kernel stamps stay true while the engine is late: A and R stay.
 * Stamps of the engine's own thread do not: a send in the late range may be anywhere in it. Missing
 * time is in hi already, but where it lies is unknown, so it cuts.
 */
static void touch(struct touching *t, const struct gaps *gaps, const struct disturbance *d)
{
	bool late = d->kind == DISTURBED_LATE, clock = d->kind == DISTURBED_CLOCK;
	bool short_late = late && d->to_ns - d->from_ns <= gaps->step_ns;
	/* A capture's clock steps between two requests: the stretches on both sides stay proven. */
	bool between_frames = clock && gaps->frames;

	if (short_late && gaps->user_stamps)
		t->unsure[t->unsure_count++] = (struct time_range){d->from_ns, d->to_ns};
	if (!short_late && !between_frames)
		t->cuts[t->cut_count++] =
			(struct time_range){concerns_from(d, gaps->timeout_ns), d->to_ns};
	if (!clock && (gaps->user_stamps || !late))
		t->inexact[t->inexact_count++] = (struct time_range){d->from_ns, d->to_ns};
}

/* Widens one gap. t's arrays are allocated, its counts are 0. */
static void widen_by(const struct gaps *gaps, struct gap *gap,
	const struct disturbance *disturbances, size_t count, struct touching t)
{
	int64_t from_ns = gap->a_ns == NS_NONE ? INT64_MIN : gap->a_ns;
	int64_t to_ns = gap->r_ns == NS_NONE ? INT64_MAX : gap->r_ns;
	int64_t max_shared_ns = -1;

	for (size_t k = 0; k < count; k++) {
		const struct disturbance *d = &disturbances[k];
		int64_t concerns_ns = concerns_from(d, gaps->timeout_ns), shared_ns;

		if (!reaches_into(d, gaps->timeout_ns, from_ns, to_ns))
			continue;
		touch(&t, gaps, d);
		shared_ns = overlap(concerns_ns, d->to_ns, from_ns, to_ns);
		if (shared_ns > max_shared_ns) {
			max_shared_ns = shared_ns;
			gap->disturbed_by = d;
		}
	}
	if (max_shared_ns < 0)
		return;
	t.unsure_count = merge(t.unsure, t.unsure_count);
	/* Late ranges that together are longer than a regular step do cut. */
	for (size_t k = 0; k < t.unsure_count; k++)
		if (t.unsure[k].to_ns - t.unsure[k].from_ns > gaps->step_ns)
			t.cuts[t.cut_count++] = t.unsure[k];
	t.cut_count = merge(t.cuts, t.cut_count);
	t.inexact_count = merge(t.inexact, t.inexact_count);
	widen(gaps, gap, &t);
}

void gaps_widen(struct gaps *gaps, const struct disturbance *disturbances, size_t count)
{
	struct touching t = {.cuts = memory_zeroed("disturbances", count + 1, sizeof(*t.cuts)),
		.unsure = memory_zeroed("disturbances", count + 1, sizeof(*t.unsure)),
		.inexact = memory_zeroed("disturbances", count + 1, sizeof(*t.inexact))};
	int64_t unseen_to_ns = gaps->unseen_hi_ns == NS_INF
				       ? INT64_MAX
				       : gaps->unseen_from_ns + gaps->unseen_hi_ns;

	for (size_t k = 0;
		k < count && gaps->unseen_from_ns != NS_NONE && !gaps->unseen_disturbed_by; k++)
		if (reaches_into(
			    &disturbances[k], gaps->timeout_ns, gaps->unseen_from_ns, unseen_to_ns))
			gaps->unseen_disturbed_by = &disturbances[k];
	for (size_t i = 0; i < gaps->count; i++)
		widen_by(gaps, &gaps->gap[i], disturbances, count, t);
	free(t.cuts);
	free(t.unsure);
	free(t.inexact);
}

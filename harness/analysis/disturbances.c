/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Gaps widened by the stretches in which the harness itself cannot be trusted (docs/accuracy.md,
 * "The harness itself").
 */
#include "harness/analysis/internal.h"

#include "harness/base/memory.h"

#include <stdlib.h>
#include <string.h>

/* A stretch of time; several are sorted and do not overlap once they are merged. */
struct span {
	int64_t from_ns, to_ns;
};

/* Stretches that touch one gap. All arrays have room for all disturbances. */
struct touching {
	struct span *cuts;    /* prove no silence: they divide what was proven round them */
	size_t cut_count;
	struct span *unsure;  /* in them a request may have been sent anywhere; they divide nothing */
	size_t unsure_count;
	struct span *doubted; /* in them A and R may be anywhere */
	size_t doubted_count;
};

/*
 * From when on what was sent may be concerned: an answer that was dropped may have been to a probe
 * sent up to a time-out before.
 */
static int64_t concerns_from(const struct disturbance *d, int64_t timeout_ns)
{
	return d->from_ns - (d->kind == DISTURBED_DROPS && d->from_ns != NS_NONE ? timeout_ns : 0);
}

static bool reaches_into(const struct disturbance *d, int64_t timeout_ns, int64_t from_ns,
	int64_t to_ns)
{
	return (d->kind != DISTURBED_CLOCK || d->missing_ns) && concerns_from(d, timeout_ns) <= to_ns &&
		d->to_ns >= from_ns;
}

static int by_from(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	return x->from_ns < y->from_ns ? -1 : x->from_ns > y->from_ns;
}

static size_t merge(struct span *span, size_t count)
{
	size_t n = 0;

	if (count)
		qsort(span, count, sizeof(*span), by_from);
	for (size_t i = 0; i < count; i++) {
		if (n > 0 && span[i].from_ns <= span[n - 1].to_ns) {
			if (span[i].to_ns > span[n - 1].to_ns)
				span[n - 1].to_ns = span[i].to_ns;
		} else {
			span[n++] = span[i];
		}
	}
	return n;
}

static int64_t overlap(int64_t a_from, int64_t a_to, int64_t b_from, int64_t b_to)
{
	/* Without a begin, or an A: no stamp is below 0. */
	int64_t from = ns_max(0, ns_max(a_from, b_from)), to = ns_min(a_to, b_to);

	return ns_max(to - from, 0);
}

/*
 * The longest part of a silent stretch that no cut touches. The last request before a cut and the first
 * one after it are up to a regular step away.
 */
static int64_t longest_part(const struct silent_stretch *stretch, const struct touching *t,
	int64_t step_ns)
{
	int64_t from_ns = stretch->from_ns, to_ns = stretch->to_ns, longest_ns = 0;

	for (size_t i = 0; i < t->unsure_count; i++) {
		const struct span *s = &t->unsure[i];

		if (s->from_ns <= stretch->from_ns && s->to_ns > from_ns)
			from_ns = s->to_ns;
		if (s->to_ns >= stretch->to_ns && s->from_ns < to_ns)
			to_ns = s->from_ns;
	}
	for (size_t i = 0; i < t->cut_count; i++) {
		const struct span *cut = &t->cuts[i];

		if (cut->to_ns < stretch->from_ns || cut->from_ns > stretch->to_ns)
			continue;
		longest_ns = ns_max(longest_ns, ns_min(cut->from_ns - step_ns, to_ns) - from_ns);
		from_ns = ns_max(from_ns, cut->to_ns == INT64_MAX ? INT64_MAX
			: cut->to_ns + step_ns);
	}
	longest_ns = ns_max(longest_ns, to_ns > from_ns ? to_ns - from_ns : 0);
	return ns_min(longest_ns, stretch->most_ns);
}

/*
 * What was seen in a cut proves nothing: the probes lost in it may have been lost by the harness, and
 * the VM may have answered meanwhile. Where A or R lie in a doubted stretch they may lie anywhere in
 * it.
 */
static void widen(const struct gaps *gaps, struct gap *gap, const struct touching *t)
{
	int64_t a_ns = gap->a_ns, r_ns = gap->r_ns;
	struct silent_stretch stretch;

	gap->widened = (struct interval){0, gap->length.hi_ns};
	for (size_t i = 0; gap_stretch(gaps, gap, i, &stretch); i++)
		gap->widened.lo_ns = ns_max(gap->widened.lo_ns,
			longest_part(&stretch, t, gaps->step_ns) - gap->spread_ns);
	gap->widened.lo_ns = ns_min(gap->widened.lo_ns, gap->length.lo_ns);
	for (size_t i = 0; i < t->doubted_count; i++) {
		const struct span *s = &t->doubted[i];

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
 * Adds a disturbance that touches the gap. A lateness no longer than a regular step only made a step longer.
 * Where the kernel stamps, a late engine's stamps are true: A and R stay; elsewhere a request in it may
 * have been sent at any time of it. Missing time is in hi already; where it passed nobody knows.
 */
static void touch(struct touching *t, const struct gaps *gaps, const struct disturbance *d)
{
	bool late = d->kind == DISTURBED_LATE, clock = d->kind == DISTURBED_CLOCK;
	bool short_late = late && d->to_ns - d->from_ns <= gaps->step_ns;
	/* A capture's clock stepped between two requests: both sides are proven as they are. */
	bool between_frames = clock && gaps->frames;

	if (short_late && gaps->user_stamps)
		t->unsure[t->unsure_count++] = (struct span){d->from_ns, d->to_ns};
	if (!short_late && !between_frames)
		t->cuts[t->cut_count++] =
			(struct span){concerns_from(d, gaps->timeout_ns), d->to_ns};
	if (!clock && (gaps->user_stamps || !late))
		t->doubted[t->doubted_count++] = (struct span){d->from_ns, d->to_ns};
}

/* `t` has arrays. */
static void widen_by(const struct gaps *gaps, struct gap *gap, const struct disturbance *disturbances,
	size_t count, struct touching t)
{
	int64_t from_ns = gap->a_ns == NS_NONE ? INT64_MIN : gap->a_ns;
	int64_t to_ns = gap->r_ns == NS_NONE ? INT64_MAX : gap->r_ns;
	int64_t most_ns = -1;

	for (size_t k = 0; k < count; k++) {
		const struct disturbance *d = &disturbances[k];
		int64_t concerns_ns = concerns_from(d, gaps->timeout_ns), shared_ns;

		if (!reaches_into(d, gaps->timeout_ns, from_ns, to_ns))
			continue;
		touch(&t, gaps, d);
		shared_ns = overlap(concerns_ns, d->to_ns, from_ns, to_ns);
		if (shared_ns > most_ns) {
			most_ns = shared_ns;
			gap->disturbed_by = d;
		}
	}
	if (most_ns < 0)
		return;
	t.unsure_count = merge(t.unsure, t.unsure_count);
	/* Several that make a longer one together divide. */
	for (size_t k = 0; k < t.unsure_count; k++)
		if (t.unsure[k].to_ns - t.unsure[k].from_ns > gaps->step_ns)
			t.cuts[t.cut_count++] = t.unsure[k];
	t.cut_count = merge(t.cuts, t.cut_count);
	t.doubted_count = merge(t.doubted, t.doubted_count);
	widen(gaps, gap, &t);
}

void gaps_widen(struct gaps *gaps, const struct disturbance *disturbances, size_t count)
{
	struct touching t = {.cuts = memory_zeroed("disturbances", count + 1, sizeof(*t.cuts)),
		.unsure = memory_zeroed("disturbances", count + 1, sizeof(*t.unsure)),
		.doubted = memory_zeroed("disturbances", count + 1, sizeof(*t.doubted))};
	int64_t unseen_to_ns = gaps->unseen_hi_ns == NS_INF ? INT64_MAX
		: gaps->unseen_from_ns + gaps->unseen_hi_ns;

	for (size_t k = 0; k < count && gaps->unseen_from_ns != NS_NONE &&
			!gaps->unseen_disturbed_by; k++)
		if (reaches_into(&disturbances[k], gaps->timeout_ns, gaps->unseen_from_ns,
			    unseen_to_ns))
			gaps->unseen_disturbed_by = &disturbances[k];
	for (size_t i = 0; i < gaps->count; i++)
		widen_by(gaps, &gaps->gap[i], disturbances, count, t);
	free(t.cuts);
	free(t.unsure);
	free(t.doubted);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Intersects the bounds of two witnesses. They stamp at different points (in the program, in the
 * kernel, at the device), so their times of sending differ; the arrivals of answers are the same.
 * Both ends of a gap are therefore given as arrivals:
 *
 *   the silence began in [A + F, L1 + F + J] and ended in [Ln + F, R + F]
 *
 * with each witness's own F and J. F may be slower than the fastest round trip possible. In one
 * witness's length F is the same at both ends and cancels out; with two witnesses it is not, so
 * each end may be off by the larger J. A gap that a late answer closed has no common end: it ends
 * when a user who waited has an answer, and each witness began to wait at another moment. Only the
 * lengths of such gaps can be compared.
 */
#include "harness/analysis/intersection.h"

/* The ends of a gap as arrivals; INT64_MIN and INT64_MAX where not known. */
struct ends {
	struct interval start, end;
};

static struct ends ends_of(const struct gap *gap, const struct baseline *b)
{
	int64_t trip_ns = b->fastest_ns == NS_NONE ? 0 : b->fastest_ns;

	return (struct ends){.start = {gap->a_ns == NS_NONE ? INT64_MIN : gap->a_ns + trip_ns,
				     gap->l1_ns + trip_ns + b->jitter_ns},
		.end = {gap->ln_ns + trip_ns,
			gap->r_ns == NS_NONE ? INT64_MAX : gap->r_ns + trip_ns}};
}

static struct interval common(struct interval a, struct interval b)
{
	return (struct interval){ns_max(a.lo_ns, b.lo_ns), ns_min(a.hi_ns, b.hi_ns)};
}

static bool meet(const struct ends *x, const struct ends *y)
{
	return x->start.lo_ns < y->end.hi_ns && y->start.lo_ns < x->end.hi_ns;
}

/* Whether the prober paused in a gap or next to it: then it may be several silences. */
static bool has_pauses(const struct gap *gap)
{
	return gap->stretch_count > 1 || gap->paused_ns;
}

/* Whether gaps that meet are one silence: no pauses, proven silences at most a step apart. */
static bool is_one_silence(
	const struct witness *a, const struct gap *x, const struct witness *b, const struct gap *y)
{
	int64_t step_ns = ns_max(a->gaps->step_ns, b->gaps->step_ns);

	return !has_pauses(x) && !has_pauses(y) &&
	       ns_max(x->l1_ns, y->l1_ns) <= ns_min(x->ln_ns, y->ln_ns) + step_ns;
}

/* The only gap of the witness that meets `ends`; NULL if none or several do. */
static const struct gap *only_one(const struct witness *w, const struct ends *ends)
{
	const struct gap *found = NULL;

	for (size_t i = 0; i < w->gaps->count; i++) {
		struct ends own = ends_of(&w->gaps->gap[i], w->baseline);

		if (!meet(&own, ends))
			continue;
		if (found)
			return NULL;
		found = &w->gaps->gap[i];
	}
	return found;
}

static bool has_sound_ends(const struct gap *gap, const struct baseline *b)
{
	return !gap->disturbed_by && !gap->late && b->fastest_ns != NS_NONE;
}

/*
 * Narrows *length by the ends x and y; lo only if the silence is proven to touch the window.
 * Returns false if the ends contradict each other.
 */
static bool narrow_by_ends(const struct ends *x, const struct ends *y, int64_t unsure_ns,
	bool touches, struct interval *length)
{
	struct interval start = common(x->start, y->start), end = common(x->end, y->end);
	struct interval narrowed = *length;

	if (start.lo_ns != INT64_MIN && start.lo_ns - unsure_ns > start.hi_ns)
		return false;
	if (end.hi_ns != INT64_MAX && end.hi_ns + unsure_ns < end.lo_ns)
		return false;
	if (touches)
		narrowed.lo_ns = ns_max(length->lo_ns, end.lo_ns - start.hi_ns - unsure_ns);
	if (start.lo_ns != INT64_MIN && end.hi_ns != INT64_MAX)
		narrowed.hi_ns =
			ns_min(length->hi_ns, ns_max(0, end.hi_ns - start.lo_ns + unsure_ns));
	if (narrowed.lo_ns <= narrowed.hi_ns)
		*length = narrowed;
	return true;
}

/* The length of one silence by both witnesses. Returns false if they contradict each other. */
static bool gap_intersect(const struct witness *judged, const struct gap *x,
	const struct witness *other, const struct gap *y, struct interval *length)
{
	const struct baseline *b = judged->baseline, *c = other->baseline;
	struct ends judged_ends = ends_of(x, b), other_ends = ends_of(y, c);
	bool touches = ns_max(x->ln_ns, y->ln_ns) >= judged->gaps->from_ns &&
		       ns_min(x->l1_ns, y->l1_ns) <= judged->gaps->to_ns;

	*length = common(x->widened, y->widened);
	if (length->lo_ns > length->hi_ns)
		return false;
	return !has_sound_ends(x, b) || !has_sound_ends(y, c) ||
	       narrow_by_ends(&judged_ends, &other_ends, ns_max(b->jitter_ns, c->jitter_ns),
		       touches, length);
}

struct interval gaps_bounds(const struct gaps *gaps)
{
	struct interval known = gaps_longest(gaps, true);

	if (!gaps->covered)
		known.hi_ns = NS_INF;
	return known;
}

bool gaps_intersect(
	const struct witness *judged, const struct witness *other, struct interval *blackout)
{
	struct interval longest = {0, judged->gaps->covered ? judged->gaps->unseen_hi_ns : NS_INF};
	struct interval both;

	*blackout = gaps_bounds(judged->gaps);
	for (size_t i = 0; i < judged->gaps->count; i++) {
		const struct gap *gap = &judged->gaps->gap[i];
		struct ends ends = ends_of(gap, judged->baseline), partner_ends;
		const struct gap *partner = only_one(other, &ends);
		struct interval length = gap->widened;

		if (partner && is_one_silence(judged, gap, other, partner)) {
			partner_ends = ends_of(partner, other->baseline);
			if (only_one(judged, &partner_ends) == gap &&
				!gap_intersect(judged, gap, other, partner, &length))
				return false;
		}
		longest.lo_ns = ns_max(longest.lo_ns, length.lo_ns);
		longest.hi_ns = ns_max(longest.hi_ns, length.hi_ns);
	}
	both = common(longest, gaps_bounds(other->gaps));
	if (both.lo_ns > both.hi_ns)
		return false;
	*blackout = both;
	return true;
}

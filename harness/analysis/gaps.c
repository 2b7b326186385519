/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How a blackout is bounded. Probing samples a VM: no probe sees the moment at which the VM falls
 * silent or answers again. So each end of a gap is known only to lie between two sends:
 *
 *      answered          not answered in time            answered
 *   ------|------------|-------|-------|-------|----------|---------> time of sending
 *         A            L1                      Ln         R
 *
 *   The silence began in [A, L1]: the probe sent at A was answered in time, the one at L1 was not.
 *   It ended in [Ln, R]: the probe sent at Ln was not answered in time. R comes from the earliest
 *   arrival of an answer to any probe sent from L1 on: R is that arrival minus the fastest round
 *   trip F, so a probe that met no silence and arrived then was sent at R.
 *   The length is therefore at least Ln - L1 and at most R - A.
 *
 * Four things make this interval wider:
 *   Delay   A probe reaches the VM after its send, and its answer takes time too. What all probes
 *           share (F) moves both ends alike and cancels out. The rest differs from probe to probe
 *           by up to the spread J. The probe sent at L1 may have travelled longer than the one at
 *           Ln: lo = Ln - L1 - J. F itself may be slower than the fastest way there plus the
 *           fastest way back: hi = R - A + unsure_ns.
 *   Pauses  If the prober paused between two unanswered requests, the VM may have answered in the
 *           pause. A pause divides [L1, Ln] into stretches, and only the longest counts in lo. hi
 *           stays: R - A holds for any distance between requests.
 *   Clocks  Stamps may lack time (series_missing_time), which is added to hi. A clock that was set
 *           ahead makes stretches too long, so a step in a stretch counts at most one interval.
 *   The harness itself may have been late or lost frames: gaps_widen in disturbances.c.
 *
 * A VM may also fall silent between two answered probes without any probe meeting the silence. The
 * longest such unseen silence is an upper bound of the blackout even where there is no gap.
 *
 * gaps_find walks through the probes in order of sending: find_gaps separates gaps and unseen
 * silence, follow_gap takes one gap from L1 to R, bound_length computes its [lo, hi].
 * docs/accuracy.md has the derivations.
 */
#include "harness/analysis/internal.h"
#include "harness/base/memory.h"
#include "harness/facts/facts.h"

#include <stdlib.h>

/*
 * The time of sending that belongs to the arrival of probe i's answer: a probe with the fastest
 * round trip, sent then, is answered at that arrival. By then the silence was over.
 */
static int64_t send_equivalent(const struct probes *probes, size_t i)
{
	int64_t fastest_ns = probes->baseline->fastest_ns;
	int64_t trip_ns = probes->p[i].arrival_ns - probes->p[i].sent_ns;

	/* F covers baseline and window; an answer after the window may be faster. */
	if (fastest_ns == NS_NONE || trip_ns < fastest_ns)
		fastest_ns = trip_ns;
	return probes->p[i].arrival_ns - fastest_ns;
}

int64_t series_missing_time(const struct series *s, int64_t from_ns, int64_t to_ns)
{
	int64_t missing_ns = 0;

	for (size_t i = 0; i < s->step_count && s->steps[i].from_ns <= to_ns; i++) {
		if (s->steps[i].to_ns < from_ns)
			continue;
		if (s->steps[i].missing_ns == NS_INF)
			return NS_INF;
		missing_ns += s->steps[i].missing_ns;
	}
	return missing_ns;
}

/*
 * The upper bound of a silence with stamps from A to R. Stamps are uncertain, and time may be
 * missing between A and the arrival of the answer that gave R.
 */
static int64_t upper_bound(
	const struct gaps *gaps, const struct series *s, int64_t a_ns, int64_t r_ns)
{
	int64_t missing_ns = series_missing_time(s, a_ns, r_ns + gaps->trip_ns);

	return missing_ns == NS_INF ? NS_INF : r_ns - a_ns + missing_ns + gaps->unsure_ns;
}

/* By how much a step between two requests exceeds the prober's interval; 0 if it is no pause. */
static int64_t pause_of(const struct gaps *gaps, const struct series *s, int64_t step_ns)
{
	return step_ns > gaps->step_ns ? step_ns - s->interval_ns : 0;
}

/* ns - by_ns, at least 0; NS_INF stays. */
static int64_t subtract(int64_t ns, int64_t by_ns)
{
	if (ns == NS_INF)
		return NS_INF;
	return ns > by_ns ? ns - by_ns : 0;
}

/*
 * Notes a possible silence that no probe met, from a_ns to r_ns (NS_INF: no end seen), if it is the
 * longest so far. step_ns: the step between the two requests around it.
 */
static void note_unseen(
	struct gaps *gaps, const struct series *s, int64_t a_ns, int64_t r_ns, int64_t step_ns)
{
	int64_t silence_ns, sampled_ns;

	if (a_ns == NS_NONE)
		return;
	r_ns = ns_max(r_ns, a_ns);
	silence_ns = r_ns == NS_INF ? NS_INF : upper_bound(gaps, s, a_ns, r_ns);
	sampled_ns = subtract(r_ns == NS_INF ? NS_INF : r_ns - a_ns, pause_of(gaps, s, step_ns));
	if (sampled_ns > gaps->unseen_sampled_ns)
		gaps->unseen_sampled_ns = sampled_ns;
	if (gaps->unseen_from_ns != NS_NONE && silence_ns <= gaps->unseen_hi_ns)
		return;
	gaps->unseen_from_ns = a_ns;
	gaps->unseen_hi_ns = silence_ns;
}

/*
 * A clock step may lie between any two probes of a span. The unseen silence between them is then up
 * to the span's longest one plus all time that the step lacks.
 */
static void note_unseen_clock_steps(
	struct gaps *gaps, const struct probes *probes, const struct probe_group *p)
{
	const struct series *s = probes->s;
	int64_t fastest_ns =
		probes->baseline->fastest_ns == NS_NONE ? 0 : probes->baseline->fastest_ns;
	int64_t between_ns = p->silence_ns == NS_NONE ? gaps->step_ns : p->silence_ns - fastest_ns;

	for (size_t i = 0; i < s->step_count && s->steps[i].from_ns <= p->last_ns; i++) {
		const struct clock_step *step = &s->steps[i];
		int64_t silence_ns = step->missing_ns == NS_INF
					     ? NS_INF
					     : between_ns + step->missing_ns + gaps->unsure_ns;

		if (step->to_ns < p->sent_ns || step->to_ns < gaps->from_ns ||
			step->from_ns > gaps->to_ns || silence_ns <= gaps->unseen_hi_ns)
			continue;
		gaps->unseen_from_ns = ns_max(step->from_ns, p->sent_ns);
		gaps->unseen_hi_ns = silence_ns;
	}
}

/*
 * Notes the unseen silences that end with probes of group i, all answered in time: from the
 * answered probe before the group, sent at a_ns, to its first probe, and between any two of its
 * probes.
 */
static void note_unseen_until(
	struct gaps *gaps, const struct probes *probes, size_t i, int64_t a_ns)
{
	const struct probe_group *p = &probes->p[i];
	int64_t from_ns = ns_max(p->sent_ns, probes->from_ns);
	int64_t fastest_ns = probes->baseline->fastest_ns, step_ns, r_ns;

	if (p->count > 1)
		note_unseen_clock_steps(gaps, probes, p);
	if (p->silence_ns != NS_NONE) {
		r_ns = p->silence_from_ns + p->silence_ns -
		       (fastest_ns == NS_NONE ? 0 : fastest_ns);
		if (r_ns >= probes->from_ns || p->last_ns >= probes->from_ns)
			note_unseen(gaps, probes->s, p->silence_from_ns, r_ns,
				p->sent_ns - p->silence_from_ns);
		return;
	}
	/* A request sent before the window and answered in it may have waited into it. */
	r_ns = send_equivalent(probes, i);
	if (p->sent_ns >= probes->from_ns || (p->count == 1 && r_ns >= probes->from_ns))
		note_unseen(gaps, probes->s, a_ns, r_ns, p->sent_ns - a_ns);
	if (p->count < 2 || p->last_ns < probes->from_ns)
		return;
	step_ns = (p->last_ns - p->sent_ns + (int64_t)p->count - 2) / (int64_t)(p->count - 1);
	note_unseen(gaps, probes->s, from_ns,
		from_ns + send_equivalent(probes, i) - p->sent_ns + step_ns, step_ns);
}

/*
 * Notes the unseen silence across the window's end: after the last probe of the window that was
 * answered in time, sent at a_ns, the VM may have been silent until the first request after the
 * window (the i-th). If there is none, the silence may reach to the end of window or series.
 */
static void note_unseen_at_end(
	struct gaps *gaps, const struct probes *probes, size_t i, int64_t a_ns)
{
	const struct series *s = probes->s;
	int64_t end_ns = s->observed_to_ns;

	if (a_ns == NS_NONE || a_ns > gaps->to_ns)
		return;
	if (i < probes->count && probes->p[i].in_time) {
		note_unseen_until(gaps, probes, i, a_ns);
		return;
	}
	if (i < probes->count) {
		size_t answer = probes->answer[i];

		note_unseen(gaps, s, a_ns,
			answer == SIZE_MAX ? NS_INF : send_equivalent(probes, answer),
			probes->p[i].sent_ns - a_ns);
		return;
	}
	if (s->count && end_ns < record_last(s, &s->records[s->count - 1]))
		end_ns = record_last(s, &s->records[s->count - 1]);
	/* A plan's window counts to its end, even if the probe ended before. */
	if (gaps->to_ns != INT64_MAX)
		end_ns = gaps->to_ns;
	note_unseen(gaps, s, a_ns, end_ns, end_ns - a_ns);
}

/* Notes the unseen silence from the window's begin to the answer to its first request. */
static void note_unseen_at_begin(struct gaps *gaps, const struct probes *probes)
{
	const struct probe_group *p = probes->p;

	if (probes->count && p->in_time && p->sent_ns >= gaps->from_ns && gaps->from_ns > 0 &&
		p->sent_ns <= gaps->to_ns)
		note_unseen(gaps, probes->s, gaps->from_ns, send_equivalent(probes, 0),
			p->sent_ns - gaps->from_ns);
}

bool gap_stretch(
	const struct gaps *gaps, const struct gap *gap, size_t i, struct silent_stretch *stretch)
{
	if (!gap->stretch_count) {
		*stretch = (struct silent_stretch){gap->l1_ns, gap->ln_ns, NS_INF};
		return i == 0;
	}
	/* A stretch outside the window proves nothing about it. */
	for (; i < gap->stretch_count; i++) {
		*stretch = gaps->stretch[gap->first_stretch + i];
		if (stretch->to_ns >= gaps->from_ns && stretch->from_ns <= gaps->to_ns)
			return true;
	}
	return false;
}

/*
 * Computes the gap's [lo, hi] from its ends and stretches, of which the time up to limit_ns counts.
 */
static void bound_length(
	const struct gaps *gaps, const struct series *s, struct gap *gap, int64_t limit_ns)
{
	bool has_ends = gap->a_ns != NS_NONE && gap->r_ns != NS_NONE;
	struct silent_stretch stretch;

	gap->length = gap->sampled = (struct interval){0, NS_INF};
	for (size_t i = 0; gap_stretch(gaps, gap, i, &stretch); i++) {
		int64_t silent_ns = ns_min(stretch.to_ns, limit_ns) - stretch.from_ns;

		silent_ns = ns_min(silent_ns, stretch.max_ns);
		if (silent_ns - gap->spread_ns > gap->length.lo_ns)
			gap->length.lo_ns = silent_ns - gap->spread_ns;
		gap->sampled.lo_ns = subtract(gap->ln_ns - gap->l1_ns, gap->spread_ns);
	}
	if (has_ends) {
		gap->length.hi_ns = upper_bound(gaps, s, gap->a_ns, gap->r_ns);
		gap->sampled.hi_ns = subtract(gap->r_ns - gap->a_ns, gap->paused_ns);
	}
	gap->widened = gap->length;
}

/*
 * The state while one gap is followed. Probes inside a gap may be answered in time: a VM that holds
 * requests and releases them at once answers the newest ones in time.
 */
struct gap_walk {
	int64_t answered_ns; /* last send answered in time; NS_NONE: none yet */
	int64_t last_ns;     /* last send, whatever its fate */
	/* Since the last probe that was not answered in time: */
	size_t answered;  /* probes answered in time */
	bool skipped;     /* there are requests of unknown fate, too */
	int64_t after_ns; /* the first send; NS_NONE: none yet */
};

/*
 * Adds probes not answered in time to the gap's stretches. A pause before them, or a request of
 * unknown fate, begins another stretch.
 */
static void extend_stretches(struct gaps *gaps, struct probes *probes, struct gap *gap,
	const struct probe_group *group, const struct gap_walk *w)
{
	int64_t pace_ns = probes->s->pace_ns ? probes->s->pace_ns : probes->s->interval_ns;

	if (gap->stretch_count && !w->skipped && group->sent_ns - w->last_ns <= gaps->step_ns) {
		struct silent_stretch *stretch = &gaps->stretch[gaps->stretch_count - 1];

		stretch->to_ns = group->last_ns;
		stretch->max_ns += (int64_t)(w->answered + group->count) * pace_ns;
		return;
	}
	MEMORY_GROW("silences", gaps->stretch, gaps->stretch_count, gaps->stretch_capacity);
	if (!gap->stretch_count++)
		gap->first_stretch = gaps->stretch_count;
	gaps->stretch[gaps->stretch_count++] = (struct silent_stretch){
		group->sent_ns, group->last_ns, (int64_t)(group->count - 1) * pace_ns};
}

/* Adds probes of one fate, sent before R, to the gap. */
static void extend_gap(struct gaps *gaps, struct probes *probes, struct gap *gap,
	const struct probe_group *group, struct gap_walk *w)
{
	w->skipped |= group->skipped;
	if (group->in_time) {
		w->answered_ns = group->last_ns;
		w->answered += group->count;
		if (w->after_ns == NS_NONE)
			w->after_ns = group->sent_ns;
	} else {
		extend_stretches(gaps, probes, gap, group, w);
		w->answered = 0;
		w->skipped = false;
		w->after_ns = NS_NONE;
		gap->ln_ns = group->last_ns;
		if (group->arrival_ns == NS_NONE)
			gap->lost += (unsigned)group->count;
		else
			gap->late += (unsigned)group->count;
	}
	w->last_ns = group->last_ns;
}

/*
 * The A of a gap that begins after this one: the last send answered in time up to R. If a late
 * answer gave R, it is R - J where that is later: the user had that answer, so the silence was
 * over. The answer may have travelled J longer than F, so the VM may have fallen silent again J
 * before R.
 */
static int64_t next_a(const struct gap *gap, int64_t answered_ns, bool late, int64_t jitter_ns)
{
	int64_t a_ns = answered_ns == NS_NONE ? gap->a_ns : answered_ns;

	if (late && (gap->r_ns - jitter_ns > a_ns || a_ns == NS_NONE))
		a_ns = gap->r_ns - jitter_ns;
	return a_ns;
}

/*
 * Follows the gap that begins with group `first`, which was not answered in time, up to R; *a_ns is
 * the gap's A. Returns the index of the first group after the gap and sets *a_ns to the A of a gap
 * that would begin there. A group around R is split, and its later probes remain.
 */
static size_t follow_gap(
	struct gaps *gaps, struct probes *probes, size_t first, int64_t *a_ns, struct gap *gap)
{
	struct gap_walk w = {.answered_ns = NS_NONE, .after_ns = NS_NONE};
	size_t closing = probes->answer[first], i;
	const struct probe_group *before = first ? &probes->p[first - 1] : NULL;

	*gap = (struct gap){.a_ns = *a_ns,
		.l1_ns = probes->p[first].sent_ns,
		.ln_ns = probes->p[first].sent_ns,
		.r_ns = closing == SIZE_MAX ? NS_NONE : send_equivalent(probes, closing),
		.spread_ns = probes->baseline->jitter_ns + probes->s->stamp_spread_ns};
	if (before)
		gap->paused_ns = pause_of(gaps, probes->s, gap->l1_ns - before->last_ns);
	for (i = first; i < probes->count; i++) {
		struct probe_group *p = &probes->p[i];
		bool divided = gap->r_ns != NS_NONE && p->last_ns > gap->r_ns && p->count > 1;
		struct probe_group group;

		if (i > first && gap->r_ns != NS_NONE && p->sent_ns > gap->r_ns)
			break;
		if (p->in_time)
			note_unseen_until(gaps, probes, i, w.answered_ns);
		group = divided ? probe_group_split(p, gap->r_ns) : *p;
		extend_gap(gaps, probes, gap, &group, &w);
		if (divided)
			break;
	}
	if (w.after_ns == NS_NONE && i < probes->count)
		w.after_ns = probes->p[i].sent_ns;
	if (w.after_ns != NS_NONE)
		gap->paused_ns += pause_of(gaps, probes->s, w.after_ns - gap->ln_ns);
	bound_length(gaps, probes->s, gap, INT64_MAX);
	*a_ns = next_a(gap, w.answered_ns, closing != SIZE_MAX && !probes->p[closing].in_time,
		probes->baseline->jitter_ns);
	return i;
}

static void add_gap(struct gaps *gaps, const struct gap *gap)
{
	MEMORY_GROW("gaps", gaps->gap, gaps->count, gaps->capacity);
	gaps->gap[gaps->count++] = *gap;
}

static size_t probes_in_window(const struct probes *probes, int64_t to_ns)
{
	int64_t end_ns = to_ns == INT64_MAX ? to_ns : to_ns + 1;
	size_t n = 0;

	for (size_t i = 0; i < probes->count; i++) {
		const struct probe_group *p = &probes->p[i];

		n += spread_within(p->sent_ns, p->last_ns, p->count, probes->from_ns, end_ns);
	}
	return n;
}

/*
 * Finds the gaps of the window one after another, and the unseen silences between them. Probes from
 * before the window come first, so that a gap which reaches into it has its true begin.
 */
static void find_gaps(struct gaps *gaps, struct probes *probes)
{
	int64_t a_ns = NS_NONE;
	size_t i = 0;

	note_unseen_at_begin(gaps, probes);
	while (i < probes->count && probes->p[i].sent_ns <= gaps->to_ns) {
		const struct probe_group *p = &probes->p[i];
		struct gap gap;

		if (p->in_time) {
			note_unseen_until(gaps, probes, i, a_ns);
			a_ns = p->last_ns;
			i++;
			continue;
		}
		i = follow_gap(gaps, probes, i, &a_ns, &gap);
		if (gap.r_ns == NS_NONE || gap.r_ns >= gaps->from_ns)
			add_gap(gaps, &gap);
	}
	note_unseen_at_end(gaps, probes, i, a_ns);
	gaps->covered = probes->count && probes->p[0].sent_ns <= gaps->from_ns &&
			(i < probes->count || probes->p[i - 1].last_ns >= gaps->to_ns);
}

void gaps_find(const struct series *s, const struct baseline *b, int64_t from_ns, int64_t to_ns,
	struct gaps *gaps)
{
	struct probes probes;

	*gaps = (struct gaps){.unseen_from_ns = NS_NONE,
		.timeout_ns = b->timeout_ns,
		.unsure_ns = b->fastest_unsure_ns + s->stamp_spread_ns + s->answer_unsure_ns,
		.trip_ns = b->fastest_ns >= 0 ? b->fastest_ns : b->timeout_ns,
		.from_ns = from_ns,
		.to_ns = to_ns,
		.step_ns = regular_step_ns(s->interval_ns),
		.frames = s->kind == PROBE_FRAMES,
		.user_stamps = s->kind == PROBE_PING || series_is_session(s)};
	probes_init(&probes, s, b, from_ns, to_ns);
	gaps->probes = probes_in_window(&probes, to_ns);
	find_gaps(gaps, &probes);
	probes_release(&probes);
}

void gaps_cut(struct gaps *gaps, const struct series *s, int64_t limit_ns)
{
	for (size_t i = 0; i < gaps->count; i++) {
		struct gap *gap = &gaps->gap[i];

		if (gap->r_ns != NS_NONE && gap->r_ns <= limit_ns)
			continue;
		gap->r_ns = NS_NONE;
		if (gap->ln_ns > limit_ns)
			gap->ln_ns = limit_ns;
		bound_length(gaps, s, gap, limit_ns);
	}
}

void gap_set_spread(struct gaps *gaps, const struct series *s, struct gap *gap, int64_t spread_ns)
{
	gap->spread_ns = spread_ns + s->stamp_spread_ns;
	bound_length(gaps, s, gap, INT64_MAX);
}

void gaps_release(struct gaps *gaps)
{
	free(gaps->gap);
	free(gaps->stretch);
	*gaps = (struct gaps){.unseen_from_ns = NS_NONE};
}

struct interval gaps_longest(const struct gaps *gaps, bool widened)
{
	struct interval longest = {0, gaps->unseen_hi_ns};

	for (size_t i = 0; i < gaps->count; i++) {
		const struct interval *length =
			widened ? &gaps->gap[i].widened : &gaps->gap[i].length;

		if (length->lo_ns > longest.lo_ns)
			longest.lo_ns = length->lo_ns;
		if (length->hi_ns > longest.hi_ns)
			longest.hi_ns = length->hi_ns;
	}
	return longest;
}

struct interval gaps_sampled(const struct gaps *gaps)
{
	struct interval longest = {0, gaps->unseen_sampled_ns};

	for (size_t i = 0; i < gaps->count; i++) {
		const struct interval *sampled = &gaps->gap[i].sampled;

		if (sampled->lo_ns > longest.lo_ns)
			longest.lo_ns = sampled->lo_ns;
		if (sampled->hi_ns > longest.hi_ns)
			longest.hi_ns = sampled->hi_ns;
	}
	return longest;
}

unsigned gaps_lost_in_a_row(
	const struct series *s, const struct baseline *b, int64_t from_ns, int64_t to_ns)
{
	size_t first = series_first_from(s, from_ns);
	unsigned longest = 0, row = 0;
	bool touches = false;

	while (first > 0 && !record_in_time(s, first - 1, b->timeout_ns))
		first--;
	for (size_t i = first; i < s->count; i++) {
		struct probe_group p = probe_group_of(s, &s->records[i], b->timeout_ns);

		if (!row && p.sent_ns > to_ns)
			break;
		if (!p.count)
			continue;
		if (p.in_time) {
			row = 0;
			touches = false;
			continue;
		}
		row += (unsigned)p.count;
		touches |= p.last_ns >= from_ns && p.sent_ns <= to_ns;
		if (touches && row > longest)
			longest = row;
	}
	return longest;
}

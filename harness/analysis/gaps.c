/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How a blackout is bounded. Probing samples: it never sees the moment at which a VM falls silent
 * or speaks again, only that it did so between two probes. So each end of a gap is an interval,
 * and the gap's length is one:
 *
 *      answered          not answered in time            answered
 *   ------|------------|-------|-------|-------|----------|---------> time of sending
 *         A            L1                      Ln         R
 *
 *   The silence began in [A, L1]: the probe sent at A was answered, that sent at L1 was not.
 *   It ended in [Ln, R]: the probe sent at Ln was not answered in time; at R some answer was on
 *   its way back at last: the earliest arrival of an answer to any probe sent from L1 on, less the
 *   fastest round trip.
 *   So it lasted at least Ln - L1 and at most R - A.
 *
 * That holds while the prober keeps its pace. Where it paused between two unanswered requests nobody
 * knows whether the VM answered meanwhile: the pause divides [L1, Ln] into stretches, of which only the
 * longest is proven. The upper bound needs no such care: R - A holds whoever paused.
 *
 * A probe does not reach the VM at the moment it is sent, and its answer takes its time too. What
 * all probes have in common (the fastest round trip) shifts both ends alike and cancels out. What
 * differs from probe to probe is the spread J: the probe sent at L1 may have been on its way
 * longer than that sent at Ln, so J comes off the lower bound. docs/accuracy.md has the
 * derivations; what the harness itself did wrong meanwhile is in disturbances.c. Round trips and
 * the baseline are in baseline.c; what is known of a single request is in requests.c.
 */
#include "harness/analysis/internal.h"
#include "harness/base/memory.h"
#include "harness/facts/facts.h"

#include <stdlib.h>

/*
 * When the answer that arrived was on its way back at the latest, told as a time of sending: a
 * probe that had met no silence would have had to be sent then to be answered then.
 */
static int64_t send_equivalent(const struct probes *probes, size_t i)
{
	int64_t fastest_ns = probes->baseline->fastest_ns;
	int64_t trip_ns = probes->p[i].arrival_ns - probes->p[i].sent_ns;

	/* After the window an answer may beat the fastest one of the window. */
	if (fastest_ns == NS_NONE || trip_ns < fastest_ns)
		fastest_ns = trip_ns;
	return probes->p[i].arrival_ns - fastest_ns;
}

int64_t missing_time(const struct series *s, int64_t from_ns, int64_t to_ns)
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
 * A silence from A to R by its stamps as an upper bound: they are unsure, and may lack time, up to the
 * answer that gave R.
 */
static int64_t at_most(const struct gaps *gaps, const struct series *s, int64_t a_ns, int64_t r_ns)
{
	int64_t missing_ns = missing_time(s, a_ns, r_ns + gaps->trip_ns);

	return missing_ns == NS_INF ? NS_INF : r_ns - a_ns + missing_ns + gaps->unsure_ns;
}

/* How much longer a step from one request to the next is than the prober's pace, if it is a pause. */
static int64_t pause_of(const struct gaps *gaps, const struct series *s, int64_t step_ns)
{
	return step_ns > gaps->step_ns ? step_ns - s->interval_ns : 0;
}

static int64_t less(int64_t ns, int64_t by_ns)
{
	if (ns == NS_INF)
		return NS_INF;
	return ns > by_ns ? ns - by_ns : 0;
}

/* A silence that no probe met, between a_ns and r_ns (NS_INF: no end seen); its step of sending. */
static void take_unseen(struct gaps *gaps, const struct series *s, int64_t a_ns, int64_t r_ns,
	int64_t step_ns)
{
	int64_t silence_ns, sampled_ns;

	if (a_ns == NS_NONE)
		return;
	r_ns = ns_max(r_ns, a_ns);
	silence_ns = r_ns == NS_INF ? NS_INF : at_most(gaps, s, a_ns, r_ns);
	sampled_ns = less(r_ns == NS_INF ? NS_INF : r_ns - a_ns, pause_of(gaps, s, step_ns));
	if (sampled_ns > gaps->unseen_sampled_ns)
		gaps->unseen_sampled_ns = sampled_ns;
	if (gaps->unseen_from_ns != NS_NONE && silence_ns <= gaps->unseen_hi_ns)
		return;
	gaps->unseen_from_ns = a_ns;
	gaps->unseen_hi_ns = silence_ns;
}

/*
 * Time may be missing between any two probes of a run: then as much may have gone unseen between them as
 * between any others, and all that is missing.
 */
static void take_unseen_steps(struct gaps *gaps, const struct probes *probes, const struct seen *p)
{
	const struct series *s = probes->s;
	int64_t fastest_ns = probes->baseline->fastest_ns == NS_NONE ? 0
		: probes->baseline->fastest_ns;
	int64_t between_ns = p->silence_ns == NS_NONE ? gaps->step_ns : p->silence_ns - fastest_ns;

	for (size_t i = 0; i < s->step_count && s->steps[i].from_ns <= p->last_ns; i++) {
		const struct clock_step *step = &s->steps[i];
		int64_t silence_ns = step->missing_ns == NS_INF ? NS_INF
			: between_ns + step->missing_ns + gaps->unsure_ns;

		if (step->to_ns < p->sent_ns || step->to_ns < gaps->from_ns ||
			step->from_ns > gaps->to_ns || silence_ns <= gaps->unseen_hi_ns)
			continue;
		gaps->unseen_from_ns = ns_max(step->from_ns, p->sent_ns);
		gaps->unseen_hi_ns = silence_ns;
	}
}

/*
 * Silences that no probe missed: between one answered in time, sent at a_ns, and the next one
 * answered in time, the first of i; and between the probes of i.
 */
static void take_unseen_of(struct gaps *gaps, const struct probes *probes, size_t i, int64_t a_ns)
{
	const struct seen *p = &probes->p[i];
	int64_t from_ns = ns_max(p->sent_ns, probes->from_ns);
	int64_t fastest_ns = probes->baseline->fastest_ns, step_ns, r_ns;

	if (p->count > 1)
		take_unseen_steps(gaps, probes, p);
	if (p->silence_ns != NS_NONE) {
		r_ns = p->silence_from_ns + p->silence_ns - (fastest_ns == NS_NONE ? 0 : fastest_ns);
		if (r_ns >= probes->from_ns || p->last_ns >= probes->from_ns)
			take_unseen(gaps, probes->s, p->silence_from_ns, r_ns,
				p->sent_ns - p->silence_from_ns);
		return;
	}
	/* What was sent before the window and answered in it may have waited into it. */
	r_ns = send_equivalent(probes, i);
	if (p->sent_ns >= probes->from_ns || (p->count == 1 && r_ns >= probes->from_ns))
		take_unseen(gaps, probes->s, a_ns, r_ns, p->sent_ns - a_ns);
	if (p->count < 2 || p->last_ns < probes->from_ns)
		return;
	step_ns = (p->last_ns - p->sent_ns + (int64_t)p->count - 2) / (int64_t)(p->count - 1);
	take_unseen(gaps, probes->s, from_ns,
		from_ns + send_equivalent(probes, i) - p->sent_ns + step_ns, step_ns);
}

/*
 * What may have gone unseen at the window's end: A is in it, and nothing was sent from then on until
 * after it; then the silence may reach to the first request there. If there is none, nobody watched
 * beyond the window, or beyond the series.
 */
static void take_unseen_end(struct gaps *gaps, const struct probes *probes, size_t i, int64_t a_ns)
{
	const struct series *s = probes->s;
	int64_t end_ns = s->watched_to_ns;

	if (a_ns == NS_NONE || a_ns > gaps->to_ns)
		return;
	if (i < probes->count && probes->p[i].in_time) {
		take_unseen_of(gaps, probes, i, a_ns);
		return;
	}
	if (i < probes->count) {
		size_t answer = probes->answer[i];

		take_unseen(gaps, s, a_ns,
			answer == SIZE_MAX ? NS_INF : send_equivalent(probes, answer),
			probes->p[i].sent_ns - a_ns);
		return;
	}
	if (s->count && end_ns < record_last(s, &s->records[s->count - 1]))
		end_ns = record_last(s, &s->records[s->count - 1]);
	/* A plan's window is whole, even where its probe ended before. */
	if (gaps->to_ns != INT64_MAX)
		end_ns = gaps->to_ns;
	take_unseen(gaps, s, a_ns, end_ns, end_ns - a_ns);
}

/* At the window's begin: time in it before the first request, and until that was served, is possible silence. */
static void take_unseen_begin(struct gaps *gaps, const struct probes *probes)
{
	const struct seen *p = probes->p;

	if (probes->count && p->in_time && p->sent_ns >= gaps->from_ns && gaps->from_ns > 0 &&
		p->sent_ns <= gaps->to_ns)
		take_unseen(gaps, probes->s, gaps->from_ns, send_equivalent(probes, 0),
			p->sent_ns - gaps->from_ns);
}

bool gap_stretch(const struct gaps *gaps, const struct gap *gap, size_t i,
	struct silent_stretch *stretch)
{
	if (!gap->stretch_count) {
		*stretch = (struct silent_stretch){gap->l1_ns, gap->ln_ns, NS_INF};
		return i == 0;
	}
	/* What was over before the window, or began after it, proves nothing of it. */
	for (; i < gap->stretch_count; i++) {
		*stretch = gaps->stretch[gap->first_stretch + i];
		if (stretch->to_ns >= gaps->from_ns && stretch->from_ns <= gaps->to_ns)
			return true;
	}
	return false;
}

/* Sets its length from its ends and stretches, up to limit_ns. */
static void bound_length(const struct gaps *gaps, const struct series *s, struct gap *gap,
	int64_t limit_ns)
{
	bool unended = gap->r_ns == NS_NONE || gap->a_ns == NS_NONE;
	struct silent_stretch stretch;

	gap->length = gap->sampled = (struct interval){0, NS_INF};
	for (size_t i = 0; gap_stretch(gaps, gap, i, &stretch); i++) {
		int64_t silent_ns = ns_min(stretch.to_ns, limit_ns) -
			stretch.from_ns;

		silent_ns = ns_min(silent_ns, stretch.most_ns);
		if (silent_ns - gap->spread_ns > gap->length.lo_ns)
			gap->length.lo_ns = silent_ns - gap->spread_ns;
		gap->sampled.lo_ns = less(gap->ln_ns - gap->l1_ns, gap->spread_ns);
	}
	if (!unended) {
		gap->length.hi_ns = at_most(gaps, s, gap->a_ns, gap->r_ns);
		gap->sampled.hi_ns = less(gap->r_ns - gap->a_ns, gap->paused_ns);
	}
	gap->widened = gap->length;
}

/* What is known of a gap while it is followed. */
struct following {
	int64_t answered_ns; /* the last send answered in time, NS_NONE: none yet */
	int64_t last_ns;     /* the last send of any fate */
	size_t held;         /* how many answered in time came since the last that was not */
	bool skipped;        /* and requests whose fate is not known */
	int64_t after_ns;    /* the first send after the last unanswered one, NS_NONE: none yet */
};

/*
 * Puts unanswered probes into the gap's stretches: a pause before them, or a request whose fate is not known,
 * begins another one.
 */
static void take_silent(struct gaps *gaps, struct probes *probes, struct gap *gap,
	const struct seen *part, const struct following *f)
{
	int64_t pace_ns = probes->s->pace_ns ? probes->s->pace_ns : probes->s->interval_ns;

	if (gap->stretch_count && !f->skipped && part->sent_ns - f->last_ns <= gaps->step_ns) {
		struct silent_stretch *stretch = &gaps->stretch[gaps->stretch_count - 1];

		stretch->to_ns = part->last_ns;
		stretch->most_ns += (int64_t)(f->held + part->count) * pace_ns;
		return;
	}
	MEMORY_GROW("silences", gaps->stretch, gaps->stretch_count, gaps->stretch_room);
	if (!gap->stretch_count++)
		gap->first_stretch = gaps->stretch_count;
	gaps->stretch[gaps->stretch_count++] = (struct silent_stretch){part->sent_ns,
		part->last_ns, (int64_t)(part->count - 1) * pace_ns};
}

/* Puts probes of one fate, sent before R, into the gap. */
static void take_part(struct gaps *gaps, struct probes *probes, struct gap *gap,
	const struct seen *part, struct following *f)
{
	f->skipped |= part->skipped;
	if (part->in_time) {
		f->answered_ns = part->last_ns;
		f->held += part->count;
		if (f->after_ns == NS_NONE)
			f->after_ns = part->sent_ns;
	} else {
		take_silent(gaps, probes, gap, part, f);
		f->held = 0;
		f->skipped = false;
		f->after_ns = NS_NONE;
		gap->ln_ns = part->last_ns;
		if (part->arrival_ns == NS_NONE)
			gap->lost += (unsigned)part->count;
		else
			gap->late += (unsigned)part->count;
	}
	f->last_ns = part->last_ns;
}

/*
 * The A of a gap that begins after this one. The last probe answered in time up to R; where a late
 * answer gave R, that answer's return, for the user did get it then. It took up to J longer than the
 * fastest, so the VM may have fallen silent again by so much before R.
 */
static int64_t next_a(const struct gap *gap, int64_t answered_ns, bool late, int64_t jitter_ns)
{
	int64_t a_ns = answered_ns == NS_NONE ? gap->a_ns : answered_ns;

	if (late && (gap->r_ns - jitter_ns > a_ns || a_ns == NS_NONE))
		a_ns = gap->r_ns - jitter_ns;
	return a_ns;
}

/*
 * Follows the gap that begins with probe `first`, not answered in time; *a_ns is its A. Returns
 * the first probe after it (of a run that it divides only the rest is left) and sets *a_ns to the
 * A of a gap that would begin there.
 */
static size_t follow_gap(struct gaps *gaps, struct probes *probes, size_t first, int64_t *a_ns,
	struct gap *gap)
{
	struct following f = {.answered_ns = NS_NONE, .after_ns = NS_NONE};
	size_t closing = probes->answer[first], i;
	const struct seen *before = first ? &probes->p[first - 1] : NULL;

	*gap = (struct gap){.a_ns = *a_ns,
		.l1_ns = probes->p[first].sent_ns,
		.ln_ns = probes->p[first].sent_ns,
		.r_ns = closing == SIZE_MAX ? NS_NONE : send_equivalent(probes, closing),
		.spread_ns = probes->baseline->jitter_ns + probes->s->stamp_spread_ns};
	if (before)
		gap->paused_ns = pause_of(gaps, probes->s, gap->l1_ns - before->last_ns);
	for (i = first; i < probes->count; i++) {
		struct seen *p = &probes->p[i];
		bool divided = gap->r_ns != NS_NONE && p->last_ns > gap->r_ns && p->count > 1;
		struct seen part;

		if (i > first && gap->r_ns != NS_NONE && p->sent_ns > gap->r_ns)
			break;
		if (p->in_time)
			take_unseen_of(gaps, probes, i, f.answered_ns);
		part = divided ? seen_split(p, gap->r_ns) : *p;
		take_part(gaps, probes, gap, &part, &f);
		if (divided)
			break;
	}
	if (f.after_ns == NS_NONE && i < probes->count)
		f.after_ns = probes->p[i].sent_ns;
	if (f.after_ns != NS_NONE)
		gap->paused_ns += pause_of(gaps, probes->s, f.after_ns - gap->ln_ns);
	bound_length(gaps, probes->s, gap, INT64_MAX);
	*a_ns = next_a(gap, f.answered_ns, closing != SIZE_MAX && !probes->p[closing].in_time,
		probes->baseline->jitter_ns);
	return i;
}

static void add_gap(struct gaps *gaps, const struct gap *gap)
{
	MEMORY_GROW("gaps", gaps->gap, gaps->count, gaps->room);
	gaps->gap[gaps->count++] = *gap;
}

static size_t probes_in_window(const struct probes *probes, int64_t to_ns)
{
	int64_t end_ns = to_ns == INT64_MAX ? to_ns : to_ns + 1;
	size_t n = 0;

	for (size_t i = 0; i < probes->count; i++) {
		const struct seen *p = &probes->p[i];

		n += spread_within(p->sent_ns, p->last_ns, p->count, probes->from_ns, end_ns);
	}
	return n;
}

/* The gaps of [from_ns, to_ns] one after another. */
static void find_gaps(struct gaps *gaps, struct probes *probes)
{
	int64_t a_ns = NS_NONE;
	size_t i = 0;

	take_unseen_begin(gaps, probes);
	while (i < probes->count && probes->p[i].sent_ns <= gaps->to_ns) {
		const struct seen *p = &probes->p[i];
		struct gap gap;

		if (p->in_time) {
			take_unseen_of(gaps, probes, i, a_ns);
			a_ns = p->last_ns;
			i++;
			continue;
		}
		i = follow_gap(gaps, probes, i, &a_ns, &gap);
		if (gap.r_ns == NS_NONE || gap.r_ns >= gaps->from_ns)
			add_gap(gaps, &gap);
	}
	take_unseen_end(gaps, probes, i, a_ns);
	gaps->covered = probes->count && probes->p[0].sent_ns <= gaps->from_ns &&
		(i < probes->count || probes->p[i - 1].last_ns >= gaps->to_ns);
}

void gaps_find(const struct series *s, const struct baseline *b, int64_t from_ns, int64_t to_ns,
	struct gaps *gaps)
{
	struct probes probes;

	*gaps = (struct gaps){.unseen_from_ns = NS_NONE, .timeout_ns = b->timeout_ns,
		.unsure_ns = b->fastest_unsure_ns + s->stamp_spread_ns + s->answer_unsure_ns,
		.trip_ns = b->fastest_ns >= 0 ? b->fastest_ns : b->timeout_ns,
		.from_ns = from_ns, .to_ns = to_ns, .step_ns = regular_step_ns(s->interval_ns),
		.frames = s->kind == PROBE_FRAMES,
		.user_stamps = s->kind == PROBE_PING || series_is_session(s)};
	probes_make(&probes, s, b, from_ns, to_ns);
	gaps->probes = probes_in_window(&probes, to_ns);
	find_gaps(gaps, &probes);
	probes_free(&probes);
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

void gaps_free(struct gaps *gaps)
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

unsigned lost_in_a_row(const struct series *s, const struct baseline *b, int64_t from_ns,
	int64_t to_ns)
{
	size_t first = series_first_from(s, from_ns);
	unsigned longest = 0, run = 0;
	bool touches = false;

	while (first > 0 && !record_in_time(s, first - 1, b->timeout_ns))
		first--;
	for (size_t i = first; i < s->count; i++) {
		struct seen p = seen_of(s, &s->records[i], b->timeout_ns);

		if (!run && p.sent_ns > to_ns)
			break;
		if (!p.count)
			continue;
		if (p.in_time) {
			run = 0;
			touches = false;
			continue;
		}
		run += (unsigned)p.count;
		touches |= p.last_ns >= from_ns && p.sent_ns <= to_ns;
		if (touches && run > longest)
			longest = run;
	}
	return longest;
}

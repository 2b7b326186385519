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
 * A probe does not reach the VM at the moment it is sent, and its answer takes its time too. What
 * all probes have in common (the fastest round trip) shifts both ends alike and cancels out. What
 * differs from probe to probe is the spread J: the probe sent at L1 may have been on its way
 * longer than that sent at Ln, so J comes off the lower bound. docs/accuracy.md has the
 * derivations; what the harness itself did wrong meanwhile is in analysis_widen.c. Round trips and
 * the baseline are in analysis_baseline.c.
 */
#include "harness/analysis_private.h"
#include "harness/facts.h"

#include <stdlib.h>
#include <string.h>

static bool answered_in_time(const struct probe_record *p, int64_t timeout_ns)
{
	return p->arrival_ns != NS_NONE && probe_round_trip(p) <= timeout_ns;
}

/* A record that counts, as far as it counts: `count` probes, evenly spread. */
struct seen {
	int64_t sent_ns, last_ns, arrival_ns; /* the first send and its answer, the last send */
	size_t count;
	int64_t silence_ns, silence_from_ns; /* of a run that tells, else NS_NONE */
	bool in_time;
};

/* The probes that count, and for each the earliest answer to it or to any later one. */
struct probes {
	struct seen *p;
	size_t *answer; /* index of the probe with that answer; SIZE_MAX: none */
	size_t count;
	const struct baseline *baseline;
	int64_t from_ns; /* of the window */
};

/* Without those of its probes that are open, which may be all of them. */
static struct seen seen_of(const struct series *s, const struct probe_record *record,
	int64_t timeout_ns)
{
	struct seen seen = {.sent_ns = record->sent_ns,
		.last_ns = record_last(s, record),
		.arrival_ns = record->arrival_ns,
		.count = record_count(s, record) - probes_open(s, record, timeout_ns),
		.silence_ns = NS_NONE,
		.in_time = answered_in_time(record, timeout_ns)};

	if (seen.count && seen.count < record_count(s, record))
		seen.last_ns = spread_send(seen.sent_ns, seen.last_ns, record_count(s, record),
			seen.count - 1);
	if (record->run) {
		seen.silence_ns = s->runs[record->run - 1].silence_ns;
		seen.silence_from_ns = s->runs[record->run - 1].silence_from_ns;
	}
	return seen;
}

static bool record_in_time(const struct series *s, size_t i, int64_t timeout_ns)
{
	struct seen seen = seen_of(s, &s->records[i], timeout_ns);

	return seen.count && seen.in_time;
}

/*
 * From which record on a series must be looked at to know all that touches a window from from_ns on. The
 * record was sent before it and answered in time, and so were those before it, back to one whose
 * answer was there when this one was sent: a gap that begins earlier has closed by then, and no gap
 * begins between the two. What is found from there on is what is found from the first record on.
 */
static size_t look_from(const struct series *s, int64_t timeout_ns, int64_t from_ns)
{
	size_t start = SIZE_MAX;

	for (size_t i = series_first_from(s, from_ns); i-- > 0;) {
		if (!record_in_time(s, i, timeout_ns))
			start = SIZE_MAX;
		else if (start == SIZE_MAX)
			start = i;
		else if (s->records[i].arrival_ns < s->records[start].sent_ns)
			return start;
	}
	return 0;
}

/*
 * Up to which record (without it) that is so for a window up to to_ns: all that was sent until the first
 * answer to something sent later, for no later answer comes before that one.
 */
static size_t look_to(const struct series *s, int64_t to_ns)
{
	size_t i = to_ns == INT64_MAX ? s->count : series_first_from(s, to_ns + 1);
	int64_t answer_ns = INT64_MAX;

	for (; i < s->count && s->records[i].sent_ns <= answer_ns; i++) {
		const struct probe_record *p = &s->records[i];

		if (p->arrival_ns != NS_NONE && p->sent_ns > to_ns && p->arrival_ns < answer_ns)
			answer_ns = p->arrival_ns;
	}
	return i;
}

static int probes_make(struct probes *probes, const struct series *s, const struct baseline *b,
	int64_t from_ns, int64_t to_ns, struct err *e)
{
	size_t first = look_from(s, b->timeout_ns, from_ns), end = look_to(s, to_ns);
	size_t earliest = SIZE_MAX, room = end > first ? end - first : 0;

	*probes = (struct probes){.p = calloc(room + 1, sizeof(*probes->p)),
		.answer = calloc(room + 1, sizeof(*probes->answer)),
		.baseline = b,
		.from_ns = from_ns};
	if (!probes->p || !probes->answer) {
		free(probes->p);
		free(probes->answer);
		return err_set(e, "%s-%s: out of memory", s->station, s->probe);
	}
	for (size_t i = first; i < end; i++) {
		struct seen seen = seen_of(s, &s->records[i], b->timeout_ns);

		if (seen.count)
			probes->p[probes->count++] = seen;
	}
	for (size_t i = probes->count; i-- > 0;) {
		if (probes->p[i].arrival_ns != NS_NONE &&
			(earliest == SIZE_MAX ||
				probes->p[i].arrival_ns < probes->p[earliest].arrival_ns))
			earliest = i;
		probes->answer[i] = earliest;
	}
	return 0;
}

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

static void take_unseen(struct gaps *gaps, int64_t a_ns, int64_t silence_ns)
{
	if (a_ns == NS_NONE || (gaps->unseen_from_ns != NS_NONE && silence_ns <= gaps->unseen_hi_ns))
		return;
	gaps->unseen_from_ns = a_ns;
	gaps->unseen_hi_ns = silence_ns > 0 ? silence_ns : 0;
}

/*
 * Silences that no probe missed: between one answered in time, sent at a_ns, and the next one
 * answered in time, the first of i; and between the probes of i.
 */
static void take_unseen_of(struct gaps *gaps, const struct probes *probes, size_t i, int64_t a_ns)
{
	const struct seen *p = &probes->p[i];
	int64_t from_ns = p->sent_ns > probes->from_ns ? p->sent_ns : probes->from_ns;
	int64_t fastest_ns = probes->baseline->fastest_ns, step_ns;

	if (p->last_ns < probes->from_ns)
		return;
	if (p->silence_ns != NS_NONE) {
		take_unseen(gaps, p->silence_from_ns,
			p->silence_ns - (fastest_ns == NS_NONE ? 0 : fastest_ns));
		return;
	}
	if (p->sent_ns >= probes->from_ns)
		take_unseen(gaps, a_ns, send_equivalent(probes, i) - a_ns);
	if (p->count < 2)
		return;
	step_ns = (p->last_ns - p->sent_ns + (int64_t)p->count - 2) / (int64_t)(p->count - 1);
	take_unseen(gaps, from_ns, send_equivalent(probes, i) - p->sent_ns + step_ns);
}

static void bound_length(struct gap *gap, int64_t jitter_ns)
{
	gap->length.lo_ns = gap->ln_ns - gap->l1_ns - jitter_ns;
	if (gap->length.lo_ns < 0)
		gap->length.lo_ns = 0;
	gap->length.hi_ns =
		gap->r_ns == NS_NONE || gap->a_ns == NS_NONE ? NS_INF : gap->r_ns - gap->a_ns;
	gap->widened = gap->length;
}

/*
 * Takes off p what was sent up to ns, its first probe at the least, and returns it. Where a run's
 * probes were sent inside it is known to half a step and a millisecond: both parts keep clear of
 * the cut by so much, which can but widen an interval.
 */
static struct seen take_until(struct seen *p, int64_t ns)
{
	int64_t step_ns = p->count > 1 ? (p->last_ns - p->sent_ns) / (int64_t)(p->count - 1) : 0;
	int64_t unsure_ns = step_ns / 2 + RUN_UNEVEN_NS;
	struct seen part = *p;

	if (p->last_ns <= ns || p->count < 2)
		return part;
	part.count = step_ns ? (size_t)((ns - p->sent_ns) / step_ns) + 1 : 1;
	if (part.count > p->count - 1)
		part.count = p->count - 1;
	part.last_ns = spread_send(p->sent_ns, p->last_ns, p->count, part.count - 1) - unsure_ns;
	if (part.last_ns < p->sent_ns)
		part.last_ns = p->sent_ns;
	p->sent_ns = spread_send(p->sent_ns, p->last_ns, p->count, part.count) + unsure_ns;
	if (p->sent_ns > p->last_ns)
		p->sent_ns = p->last_ns;
	if (p->arrival_ns != NS_NONE)
		p->arrival_ns += p->sent_ns - part.sent_ns;
	p->count -= part.count;
	return part;
}

/* Puts probes of one fate, sent before R, into the gap. */
static void take_part(struct gap *gap, const struct seen *part, int64_t *answered_ns)
{
	if (part->in_time) {
		*answered_ns = part->last_ns;
		return;
	}
	gap->ln_ns = part->last_ns;
	if (part->arrival_ns == NS_NONE)
		gap->lost += (unsigned)part->count;
	else
		gap->late += (unsigned)part->count;
}

/*
 * Follows the gap that begins with probe `first`, not answered in time; *a_ns is its A. Returns
 * the first probe after it (of a run that it divides only the rest is left) and sets *a_ns to the
 * A of a gap that would begin there.
 *
 * That A is the last probe answered in time up to R. Where a late answer gave R, it is R: the
 * user did get an answer then. Where one in time did, its send is what it is for every gap.
 */
static size_t follow_gap(struct gaps *gaps, struct probes *probes, size_t first, int64_t *a_ns,
	struct gap *gap)
{
	int64_t answered_ns = NS_NONE;
	size_t closing = probes->answer[first], i;
	bool late = closing != SIZE_MAX && !probes->p[closing].in_time;

	*gap = (struct gap){.a_ns = *a_ns,
		.l1_ns = probes->p[first].sent_ns,
		.ln_ns = probes->p[first].sent_ns,
		.r_ns = closing == SIZE_MAX ? NS_NONE : send_equivalent(probes, closing)};
	for (i = first; i < probes->count; i++) {
		struct seen *p = &probes->p[i];
		bool divided = gap->r_ns != NS_NONE && p->last_ns > gap->r_ns;
		struct seen part;

		if (i > first && gap->r_ns != NS_NONE && p->sent_ns > gap->r_ns)
			break;
		if (p->in_time)
			take_unseen_of(gaps, probes, i, answered_ns);
		divided &= p->count > 1;
		part = divided ? take_until(p, gap->r_ns) : *p;
		take_part(gap, &part, &answered_ns);
		if (divided)
			break;
	}
	bound_length(gap, probes->baseline->jitter_ns);
	if (answered_ns != NS_NONE)
		*a_ns = answered_ns;
	if (late)
		*a_ns = gap->r_ns;
	return i;
}

static int add_gap(struct gaps *gaps, const struct gap *gap, struct err *e)
{
	if (VEC_ROOM(gaps->gap, gaps->count, gaps->room))
		return err_set(e, "out of memory");
	gaps->gap[gaps->count++] = *gap;
	return 0;
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

int gaps_find(const struct series *s, const struct baseline *b, int64_t from_ns, int64_t to_ns,
	struct gaps *gaps, struct err *e)
{
	int64_t a_ns = NS_NONE;
	struct probes probes;
	int rc = 0;

	*gaps = (struct gaps){.unseen_from_ns = NS_NONE, .timeout_ns = b->timeout_ns,
		.user_stamps = s->kind == PROBE_PING || series_is_session(s)};
	if (probes_make(&probes, s, b, from_ns, to_ns, e))
		return -1;
	gaps->probes = probes_in_window(&probes, to_ns);
	for (size_t i = 0; !rc && i < probes.count;) {
		const struct seen *p = &probes.p[i];
		struct gap gap;

		if (p->sent_ns > to_ns)
			break;
		if (p->in_time) {
			take_unseen_of(gaps, &probes, i, a_ns);
			a_ns = p->last_ns;
			i++;
			continue;
		}
		i = follow_gap(gaps, &probes, i, &a_ns, &gap);
		if (gap.r_ns == NS_NONE || gap.r_ns >= from_ns)
			rc = add_gap(gaps, &gap, e);
	}
	free(probes.p);
	free(probes.answer);
	if (rc)
		gaps_free(gaps);
	return rc;
}

void gaps_cut(struct gaps *gaps, const struct baseline *baseline, int64_t limit_ns)
{
	for (size_t i = 0; i < gaps->count; i++) {
		struct gap *gap = &gaps->gap[i];

		if (gap->r_ns != NS_NONE && gap->r_ns <= limit_ns)
			continue;
		gap->r_ns = NS_NONE;
		if (gap->ln_ns > limit_ns)
			gap->ln_ns = limit_ns;
		bound_length(gap, baseline->jitter_ns);
	}
}

void gaps_free(struct gaps *gaps)
{
	free(gaps->gap);
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

/* `ns` less what a late engine added; no end stays none. */
static int64_t without_late_engine(int64_t ns, int64_t late_ns)
{
	if (ns == NS_INF)
		return NS_INF;
	return ns > late_ns ? ns - late_ns : 0;
}

struct interval gaps_sampled(const struct gaps *gaps)
{
	struct interval longest = {0,
		without_late_engine(gaps->unseen_hi_ns, gaps->unseen_late_engine_ns)};

	for (size_t i = 0; i < gaps->count; i++) {
		const struct gap *gap = &gaps->gap[i];
		int64_t hi_ns = without_late_engine(gap->length.hi_ns, gap->late_engine_ns);

		if (gap->length.lo_ns > longest.lo_ns)
			longest.lo_ns = gap->length.lo_ns;
		if (hi_ns > longest.hi_ns)
			longest.hi_ns = hi_ns;
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

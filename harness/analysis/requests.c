/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is known of each request, or run of requests: whether it counts, whether it was answered in time, and
 * which requests must be known for a window. What follows for a blackout is in gaps.c.
 */
#include "harness/analysis/internal.h"
#include "harness/base/memory.h"
#include "harness/facts/facts.h"

#include <stdlib.h>

static bool answered_in_time(const struct probe_record *p, int64_t timeout_ns)
{
	return p->arrival_ns != NS_NONE && probe_round_trip(p) <= timeout_ns;
}

/*
 * Frames: the sum of those steps between a request and its answer that are longer than limit_ns. In such a
 * step the prober paused, or the capture's clock was set ahead, and the answer came sooner than it seems.
 */
static int64_t long_steps(const struct series *s, size_t number, int64_t limit_ns)
{
	const struct probe_record *p = &s->records[number];
	int64_t sum_ns = 0;

	if (s->kind != PROBE_FRAMES || p->arrival_ns == NS_NONE)
		return 0;
	for (size_t i = number; i + 1 < s->count && record_last(s, &s->records[i]) < p->arrival_ns; i++) {
		int64_t step_ns = s->records[i + 1].sent_ns - record_last(s, &s->records[i]);

		if (step_ns > limit_ns)
			sum_ns += step_ns;
	}
	return sum_ns;
}

/* Whether a late answer may have come in time all the same. */
static bool may_be_in_time(const struct series *s, size_t number, int64_t timeout_ns)
{
	const struct probe_record *p = &s->records[number];
	int64_t paused_ns = long_steps(s, number, regular_step_ns(s->interval_ns));

	return paused_ns && !answered_in_time(p, timeout_ns) &&
		probe_round_trip(p) - paused_ns <= timeout_ns;
}

struct seen seen_of(const struct series *s, const struct probe_record *record,
	int64_t timeout_ns)
{
	struct seen seen = {.sent_ns = record->sent_ns,
		.last_ns = record_last(s, record),
		.arrival_ns = record->arrival_ns,
		.count = record_count(s, record) - probes_open(s, record, timeout_ns),
		.silence_ns = NS_NONE,
		.in_time = answered_in_time(record, timeout_ns),
		.skipped = record->skipped};

	if (seen.count && seen.count < record_count(s, record))
		seen.last_ns = spread_send(seen.sent_ns, seen.last_ns, record_count(s, record),
			seen.count - 1);
	if (record->run) {
		seen.silence_ns = s->runs[record->run - 1].silence_ns;
		seen.silence_from_ns = s->runs[record->run - 1].silence_from_ns;
	}
	return seen;
}

bool record_in_time(const struct series *s, size_t i, int64_t timeout_ns)
{
	struct seen seen = seen_of(s, &s->records[i], timeout_ns);

	return seen.count && seen.in_time;
}

/*
 * From which record on a series must be looked at to know all that touches a window from from_ns on. It
 * was answered in time, and so were those after it, up to one that was sent before the window and
 * after that answer was there: a gap that begins earlier has closed by then, and no gap begins between
 * the two. What is found from there on is what is found from the first record on.
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
			return i;
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

void probes_make(struct probes *probes, const struct series *s, const struct baseline *b,
	int64_t from_ns, int64_t to_ns)
{
	size_t first = look_from(s, b->timeout_ns, from_ns), end = look_to(s, to_ns);
	size_t earliest = SIZE_MAX, room = end > first ? end - first : 0;
	bool skipped = false;

	*probes = (struct probes){.s = s,
		.p = memory_zeroed("probes", room + 1, sizeof(*probes->p)),
		.answer = memory_zeroed("probes", room + 1, sizeof(*probes->answer)),
		.baseline = b,
		.from_ns = from_ns};
	for (size_t i = first; i < end; i++) {
		struct seen seen = seen_of(s, &s->records[i], b->timeout_ns);

		/* If its fate is not known, it counts neither way. */
		seen.skipped |= skipped;
		/* Its answer may have come before the requests that were sent meanwhile. */
		seen.skipped |= seen.in_time && long_steps(s, i, s->pace_ns + s->stamp_spread_ns);
		skipped = !seen.count || may_be_in_time(s, i, b->timeout_ns);
		if (!skipped)
			probes->p[probes->count++] = seen;
	}
	for (size_t i = probes->count; i-- > 0;) {
		if (probes->p[i].arrival_ns != NS_NONE &&
			(earliest == SIZE_MAX ||
				probes->p[i].arrival_ns < probes->p[earliest].arrival_ns))
			earliest = i;
		probes->answer[i] = earliest;
	}
}

void probes_free(struct probes *probes)
{
	free(probes->p);
	free(probes->answer);
}

struct seen seen_split(struct seen *p, int64_t ns)
{
	int64_t step_ns = p->count > 1 ? (p->last_ns - p->sent_ns) / (int64_t)(p->count - 1) : 0;
	int64_t unsure_ns = step_ns / 2 + SPAN_TOLERANCE_NS;
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
	p->skipped = false;
	return part;
}

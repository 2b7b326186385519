/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The fate of each request, or span of requests: whether it counts and whether it was answered in
 * time. Also finds the requests that matter for a window.
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
 * Frames: the sum of the steps longer than limit_ns between a request and its answer. In such a
 * step the prober paused, or the capture's clock was set ahead: then the answer came sooner than
 * stamped.
 */
static int64_t long_steps(const struct series *s, size_t number, int64_t limit_ns)
{
	const struct probe_record *p = &s->records[number];
	int64_t sum_ns = 0;

	if (s->kind != PROBE_FRAMES || p->arrival_ns == NS_NONE)
		return 0;
	for (size_t i = number; i + 1 < s->count && record_last(s, &s->records[i]) < p->arrival_ns;
		i++) {
		int64_t step_ns = s->records[i + 1].sent_ns - record_last(s, &s->records[i]);

		if (step_ns > limit_ns)
			sum_ns += step_ns;
	}
	return sum_ns;
}

/* Whether an answer that is late by its stamps may have come in time (see long_steps). */
static bool may_be_in_time(const struct series *s, size_t number, int64_t timeout_ns)
{
	const struct probe_record *p = &s->records[number];
	int64_t paused_ns = long_steps(s, number, regular_step_ns(s->interval_ns));

	return paused_ns && !answered_in_time(p, timeout_ns) &&
	       probe_round_trip(p) - paused_ns <= timeout_ns;
}

struct probe_group probe_group_of(
	const struct series *s, const struct probe_record *record, int64_t timeout_ns)
{
	struct probe_group group = {.sent_ns = record->sent_ns,
		.last_ns = record_last(s, record),
		.arrival_ns = record->arrival_ns,
		.count = record_count(s, record) - probes_open(s, record, timeout_ns),
		.silence_ns = NS_NONE,
		.in_time = answered_in_time(record, timeout_ns),
		.skipped = record->skipped};

	if (group.count && group.count < record_count(s, record))
		group.last_ns = spread_send(
			group.sent_ns, group.last_ns, record_count(s, record), group.count - 1);
	if (record->span) {
		group.silence_ns = s->spans[record->span - 1].silence_ns;
		group.silence_from_ns = s->spans[record->span - 1].silence_from_ns;
	}
	return group;
}

bool record_in_time(const struct series *s, size_t i, int64_t timeout_ns)
{
	struct probe_group group = probe_group_of(s, &s->records[i], timeout_ns);

	return group.count && group.in_time;
}

/*
 * The index of the first record that matters for a window from from_ns on: the last record i for
 * which a record k, sent before the window and after the answer to i, exists such that i to k were
 * all answered in time. A gap that began before i has closed by then, and no gap begins between i
 * and k, so a search from i finds the same gaps as a search from the series' begin.
 */
static size_t first_needed(const struct series *s, int64_t timeout_ns, int64_t from_ns)
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
 * The index after the last record that matters for a window up to to_ns. The earliest answer to a
 * request sent after the window closes every gap; what was sent after that answer changes nothing.
 */
static size_t end_needed(const struct series *s, int64_t to_ns)
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

void probes_init(struct probes *probes, const struct series *s, const struct baseline *b,
	int64_t from_ns, int64_t to_ns)
{
	size_t first = first_needed(s, b->timeout_ns, from_ns), end = end_needed(s, to_ns);
	size_t earliest = SIZE_MAX, capacity = end > first ? end - first : 0;
	bool skipped = false;

	*probes = (struct probes){.s = s,
		.p = memory_zeroed("probes", capacity + 1, sizeof(*probes->p)),
		.answer = memory_zeroed("probes", capacity + 1, sizeof(*probes->answer)),
		.baseline = b,
		.from_ns = from_ns};
	for (size_t i = first; i < end; i++) {
		struct probe_group group = probe_group_of(s, &s->records[i], b->timeout_ns);

		group.skipped |= skipped;
		/* The answer may have come earlier than requests that precede it in the capture. */
		group.skipped |= group.in_time && long_steps(s, i, s->pace_ns + s->stamp_spread_ns);
		/* A record of unknown fate counts neither as answered nor as lost. */
		skipped = !group.count || may_be_in_time(s, i, b->timeout_ns);
		if (!skipped)
			probes->p[probes->count++] = group;
	}
	for (size_t i = probes->count; i-- > 0;) {
		if (probes->p[i].arrival_ns != NS_NONE &&
			(earliest == SIZE_MAX ||
				probes->p[i].arrival_ns < probes->p[earliest].arrival_ns))
			earliest = i;
		probes->answer[i] = earliest;
	}
}

void probes_release(struct probes *probes)
{
	free(probes->p);
	free(probes->answer);
}

struct probe_group probe_group_split(struct probe_group *p, int64_t ns)
{
	int64_t step_ns = p->count > 1 ? (p->last_ns - p->sent_ns) / (int64_t)(p->count - 1) : 0;
	int64_t unsure_ns = step_ns / 2 + SPAN_TOLERANCE_NS;
	struct probe_group earlier = *p;

	if (p->last_ns <= ns || p->count < 2)
		return earlier;
	earlier.count = step_ns ? (size_t)((ns - p->sent_ns) / step_ns) + 1 : 1;
	if (earlier.count > p->count - 1)
		earlier.count = p->count - 1;
	earlier.last_ns =
		spread_send(p->sent_ns, p->last_ns, p->count, earlier.count - 1) - unsure_ns;
	if (earlier.last_ns < p->sent_ns)
		earlier.last_ns = p->sent_ns;
	p->sent_ns = spread_send(p->sent_ns, p->last_ns, p->count, earlier.count) + unsure_ns;
	if (p->sent_ns > p->last_ns)
		p->sent_ns = p->last_ns;
	if (p->arrival_ns != NS_NONE)
		p->arrival_ns += p->sent_ns - earlier.sent_ns;
	p->count -= earlier.count;
	p->skipped = false;
	return earlier;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Compares the judged probe with its own frames in a capture of its station. The kernel stamps
 * requests and answers as they pass the network device, whatever the probe's process did with them.
 */
#include "harness/timeline/captured_probes.h"
#include "harness/base/memory.h"
#include "harness/verdict/internal.h"

#include <stdlib.h>
#include <string.h>

/* Gets the frames of series `number`; reads the captures at the first call. */
static const struct series *frames_of(struct results *results, size_t number)
{
	const struct timeline *t = results->timeline;

	if (!results->frames) {
		results->frames =
			memory_zeroed("captures", t->series_count, sizeof(struct series *));
		results->frames_read =
			memory_zeroed("captures", t->series_count, sizeof(*results->frames_read));
	}
	if (!results->frames_read[number])
		results->frames[number] = timeline_frames(t, &t->series[number]);
	results->frames_read[number] = true;
	return results->frames[number];
}

/*
 * What disturbed the probe's sending disturbs its frames, too. Of drops, only the capture's own
 * concern the frames.
 */
static void disturb(
	struct observation *o, const struct observation *judged, const struct timeline *t)
{
	for (size_t i = 0; i < judged->disturbance_count; i++)
		if (judged->disturbances[i].kind != DISTURBED_DROPS)
			observation_disturb(o, &judged->disturbances[i]);
	for (size_t i = 0; i < t->disturbance_count; i++) {
		const struct disturbance *d = &t->disturbances[i];

		if (d->kind == DISTURBED_DROPS &&
			timeline_is_capture(t, o->series->station, d->source))
			observation_disturb(o, d);
	}
}

/*
 * Widens the gaps by the error of the wall clock, which stamps frames. False if that error is not
 * known.
 */
static bool widen_by_clock(struct gaps *gaps, const struct timeline *t)
{
	for (size_t i = 0; i < gaps->count; i++) {
		struct gap *gap = &gaps->gap[i];
		int64_t from_ns = gap->a_ns == NS_NONE ? gap->l1_ns : gap->a_ns;
		int64_t error_ns = timeline_clock_spread(
			t, from_ns, gap->r_ns == NS_NONE ? gap->ln_ns : gap->r_ns);

		if (error_ns == NS_NONE)
			return false;
		if (gap->a_ns != NS_NONE)
			gap->a_ns -= error_ns;
		gap->l1_ns += error_ns;
		gap->ln_ns -= error_ns;
		if (gap->r_ns != NS_NONE)
			gap->r_ns += error_ns;
		gap->widened.lo_ns =
			gap->widened.lo_ns > 2 * error_ns ? gap->widened.lo_ns - 2 * error_ns : 0;
		if (gap->widened.hi_ns != NS_INF)
			gap->widened.hi_ns += 2 * error_ns;
	}
	/* Without an upper bound, the error widens nothing. */
	if (gaps->unseen_from_ns != NS_NONE && gaps->unseen_hi_ns != NS_INF) {
		int64_t error_ns = timeline_clock_spread(
			t, gaps->unseen_from_ns, gaps->unseen_from_ns + gaps->unseen_hi_ns);

		if (error_ns == NS_NONE)
			return false;
		gaps->unseen_hi_ns += 2 * error_ns;
	}
	return true;
}

/* Whether the wall clock was set in [from_ns, to_ns]: then round trips may be wrong, too. */
static bool clock_was_set(const struct timeline *t, int64_t from_ns, int64_t to_ns)
{
	for (size_t i = 0; i < t->disturbance_count; i++) {
		const struct disturbance *d = &t->disturbances[i];

		if (d->kind == DISTURBED_CLOCK && d->from_ns <= to_ns && d->to_ns >= from_ns)
			return true;
	}
	return false;
}

/* The record sent nearest to `ns`. The series must not be empty. */
static const struct probe_record *nearest(const struct series *s, int64_t ns)
{
	size_t i = series_first_from(s, ns);

	if (i == s->count || (i > 0 && ns - s->records[i - 1].sent_ns < s->records[i].sent_ns - ns))
		i--;
	return &s->records[i];
}

static bool in_time(const struct probe_record *p, int64_t timeout_ns)
{
	return p->arrival_ns != NS_NONE && p->arrival_ns - p->sent_ns <= timeout_ns;
}

/* Whether the probe's socket may have lost the answer: it counted drops at that time. */
static bool may_have_dropped(const struct observation *o, const struct probe_record *p)
{
	for (size_t i = 0; i < o->disturbance_count; i++) {
		const struct disturbance *d = &o->disturbances[i];

		if (d->kind == DISTURBED_DROPS &&
			d->from_ns <= p->sent_ns + o->baseline.timeout_ns && d->to_ns >= p->sent_ns)
			return true;
	}
	return false;
}

/*
 * Whether every request sent in [from_ns, to_ns] has the same fate in probe and frames. If only one
 * of them has an answer, the other lost it and would give a wrong end of a gap.
 */
static bool same_fates(const struct observation *judged, const struct series *frames,
	int64_t from_ns, int64_t to_ns)
{
	int64_t timeout_ns = judged->baseline.timeout_ns;

	for (size_t i = series_first_from(frames, from_ns); i < frames->count; i++) {
		const struct probe_record *f = &frames->records[i];
		const struct probe_record *p = nearest(judged->series, f->sent_ns);

		if (f->sent_ns > to_ns || f->sent_ns > frames->end_ns - timeout_ns)
			break;
		if (in_time(f, timeout_ns) != in_time(p, timeout_ns) &&
			!may_have_dropped(judged, p))
			return false;
	}
	return true;
}

static void compare(struct move_result *move, const struct observation *judged,
	struct observation *o, const struct timeline *t)
{
	struct frames_result *result = &move->frames;
	int64_t from_ns = move_baseline_begin(move), to_ns = move_window_end(move->move);

	/* Fewer frames than probes: the capture began late, ended early, or sees one direction. */
	if (o->baseline.timeout_ns != judged->baseline.timeout_ns ||
		o->baseline.lost > judged->baseline.lost ||
		o->gaps.probes * 100 < judged->gaps.probes * 95 || clock_was_set(t, from_ns, to_ns))
		return;
	disturb(o, judged, t);
	gaps_widen(&o->gaps, o->disturbances, o->disturbance_count);
	if (!widen_by_clock(&o->gaps, t))
		return;
	result->seen = true;
	result->blackout = gaps_longest(&o->gaps, true);
	result->apart = !observations_intersect(judged, o, &result->common);
	result->used = same_fates(judged, o->series, from_ns, to_ns);
}

void frames_judge(struct results *results, struct move_result *result)
{
	const struct timeline *t = results->timeline;
	const struct observation *judged = move_judged(result);
	const struct series *frames;
	struct observation o;

	/*
	 * A ping cannot be compared: it drops late answers, which its frames have. Nor can a series
	 * with spans, because a span's probes have no single stamps.
	 */
	if (!judged || judged->series->kind != PROBE_BURST || judged->series->span_count ||
		!judged->gaps.probes)
		return;
	frames = frames_of(results, (size_t)(judged->series - t->series));
	if (!frames)
		return;
	move_observe_frames(&o, frames, result);
	compare(result, judged, &o, t);
	observation_release(&o);
}

void frames_release(struct results *results)
{
	for (size_t i = 0; results->frames && i < results->timeline->series_count; i++)
		timeline_frames_free(results->frames[i]);
	free(results->frames);
	free(results->frames_read);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* True lengths compared with bounds: see score.h. */
#include "tools/calibrate/score.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <stdlib.h>

/* Longest time of a request on its way to the responder. */
#define TRANSIT_NS (2 * NS_PER_MS)

const char *score_group_name(enum score_group group)
{
	static const char *const names[] = {
		[SCORE_CUT] = "cut",
		[SCORE_HELD] = "held",
		[SCORE_SLOW] = "slow",
	};

	return names[group];
}

static enum score_group group_of(const struct responder_event *event)
{
	return event->kind == EVENT_HOLD   ? SCORE_HELD
	       : event->kind == EVENT_SLOW ? SCORE_SLOW
					   : SCORE_CUT;
}

static bool touches(const struct gap *gap, const struct responder_event *event)
{
	return gap->l1_ns <= event->end_ns + event->arg_ns + TRANSIT_NS &&
	       (gap->r_ns == NS_NONE || gap->r_ns >= event->begin_ns - TRANSIT_NS);
}

/* Whether probing had begun before the event: a busy machine may take seconds to start a probe. */
static bool was_observed(const struct observation *o, const struct responder_event *event)
{
	return !o->series->count || o->series->records[0].sent_ns <= event->begin_ns;
}

/* The upper bound of "no gap" around the event, widened by the disturbances as every bound is. */
static void unseen_bound(
	const struct observation *o, const struct responder_event *event, int64_t *hi_ns)
{
	struct gaps gaps;

	gaps_find(o->series, &o->baseline, event->begin_ns - TRANSIT_NS,
		event->end_ns + event->arg_ns + o->series->interval_ns + TRANSIT_NS, &gaps);
	gaps_widen(&gaps, o->disturbances, o->disturbance_count);
	*hi_ns = gaps.unseen_hi_ns;
	gaps_release(&gaps);
}

static void score_one(
	struct scored_outage *s, const struct observation *o, const struct responder_event *event)
{
	int64_t length_ns =
		event->kind == EVENT_SLOW ? event->arg_ns : event->end_ns - event->begin_ns;

	*s = (struct scored_outage){.group = group_of(event),
		.begin_ns = event->begin_ns,
		.truth = {length_ns - event->lag_ns, length_ns + event->lag_ns}};
	unseen_bound(o, event, &s->found.hi_ns);
	for (size_t i = 0; i < o->gaps.count; i++) {
		const struct gap *gap = &o->gaps.gap[i];

		if (!touches(gap, event))
			continue;
		s->seen = true;
		if (gap->widened.lo_ns > s->found.lo_ns)
			s->found.lo_ns = gap->widened.lo_ns;
		if (gap->widened.hi_ns > s->found.hi_ns)
			s->found.hi_ns = gap->widened.hi_ns;
	}
	s->inside = s->found.lo_ns <= s->truth.hi_ns && s->truth.lo_ns <= s->found.hi_ns;
}

static void summarise(struct score *score, enum score_group group, double *errors, double *widths)
{
	struct score_summary *line = &score->summary[group];
	size_t n = 0;

	*line = (struct score_summary){
		.median_error_ns = NS_NONE, .worst_error_ns = NS_NONE, .median_width_ns = NS_NONE};
	for (size_t i = 0; i < score->count; i++) {
		const struct scored_outage *s = &score->outages[i];
		int64_t truth_ns = s->truth.lo_ns + (s->truth.hi_ns - s->truth.lo_ns) / 2;

		if (s->group != group)
			continue;
		line->outages++;
		line->inside += s->inside;
		line->seen += s->seen;
		if (s->found.hi_ns == NS_INF) {
			line->endless++;
			continue;
		}
		widths[n] = (double)(s->found.hi_ns - s->found.lo_ns);
		errors[n++] = (double)llabs((s->found.lo_ns + s->found.hi_ns) / 2 - truth_ns);
	}
	if (!n)
		return;
	gsl_sort(errors, 1, n);
	gsl_sort(widths, 1, n);
	line->median_error_ns = (int64_t)gsl_stats_median_from_sorted_data(errors, 1, n);
	line->worst_error_ns = (int64_t)errors[n - 1];
	line->median_width_ns = (int64_t)gsl_stats_median_from_sorted_data(widths, 1, n);
}

static size_t false_gaps(
	const struct gaps *gaps, const struct responder_event *events, size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < gaps->count; i++) {
		bool real = false;

		for (size_t k = 0; k < count && !real; k++)
			real = touches(&gaps->gap[i], &events[k]);
		n += !real;
	}
	return n;
}

int score_init(struct score *score, const struct observation *o,
	const struct responder_event *events, size_t count, struct err *e)
{
	double *errors = calloc(count + 1, sizeof(*errors));
	double *widths = calloc(count + 1, sizeof(*widths));
	int rc = -1;

	*score = (struct score){.outages = calloc(count + 1, sizeof(*score->outages))};
	if (!errors || !widths || !score->outages) {
		err_set(e, "out of memory");
		goto out;
	}
	for (size_t i = 0; i < count; i++) {
		if (!was_observed(o, &events[i]))
			continue;
		score_one(&score->outages[score->count++], o, &events[i]);
		if (events[i].lag_ns > score->lag_ns)
			score->lag_ns = events[i].lag_ns;
	}
	for (size_t group = 0; group < SCORE_GROUPS; group++)
		summarise(score, (enum score_group)group, errors, widths);
	score->false_gaps = false_gaps(&o->gaps, events, count);
	rc = 0;
out:
	free(errors);
	free(widths);
	if (rc)
		score_release(score);
	return rc;
}

void score_release(struct score *score)
{
	free(score->outages);
	*score = (struct score){0};
}

size_t score_count_inside(const struct score *score)
{
	size_t n = 0;

	for (size_t group = 0; group < SCORE_GROUPS; group++)
		n += score->summary[group].inside;
	return n;
}

bool score_is_honest(const struct score *score, int64_t interval_ns, int64_t fine_interval_ns)
{
	const struct score_summary *cut = &score->summary[SCORE_CUT];
	int64_t sampling_ns = interval_ns + (fine_interval_ns ? fine_interval_ns : interval_ns);

	return score->count && score_count_inside(score) == score->count && !score->false_gaps &&
	       cut->median_width_ns != NS_NONE && cut->median_width_ns <= sampling_ns * 3 / 2;
}

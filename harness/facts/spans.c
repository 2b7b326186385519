/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Condenses probes into spans: see spans.h. */
#include "harness/facts/spans.h"

#include "harness/base/trip_histogram.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The time between two lines of a histogram of round trips. */
#define HISTOGRAM_NS (60 * NS_PER_S)

void span_series_init(
	struct span_series *s, const char *subject, double *trips_ns, uint16_t *buckets)
{
	*s = (struct span_series){.subject = subject,
		.trips_ns = trips_ns,
		.buckets = buckets,
		.newest = {.ns = NS_NONE},
		.newest_lost = {.ns = NS_NONE}};
}

/* The planned interval that is nearest to a step from one send to the next. */
static int64_t pace_of(const struct span_writer *w, int64_t step_ns)
{
	int64_t fine_ns = w->fine_interval_ns;

	return fine_ns > 0 && step_ns < (fine_ns + w->interval_ns) / 2 ? fine_ns : w->interval_ns;
}

/*
 * True if the span stays evenly spaced and without a pause when the probe is added. The second
 * probe sets the span's pace.
 */
static bool keeps_pace(const struct span_writer *w, struct span *span, const struct span_probe *p)
{
	int64_t step_ns = p->sent_ns - span->to_ns;
	int64_t pace_ns = pace_of(w, step_ns);

	if (span->n == 1)
		span->pace_ns = pace_ns;
	return p->pace == span->pace && pace_ns == span->pace_ns && step_ns >= 0 &&
	       step_ns <= regular_step_ns(pace_ns) &&
	       llabs(p->sent_ns - span->from_ns - (int64_t)span->n * pace_ns) <=
		       pace_ns / 2 + SPAN_TOLERANCE_NS;
}

static void add_to(struct span *span, const struct span_probe *p)
{
	if (!span->n++) {
		span->first = p->seq;
		span->from_ns = p->sent_ns;
		span->pace = p->pace;
	}
	span->to_ns = p->sent_ns;
	span->ns = p->ns;
}

static void write_answer(
	const struct span_writer *w, const struct span_series *s, const struct span_probe *p)
{
	struct fact_field fields[] = {FI(FIELD_SENT, p->sent_ns), FI(FIELD_SEQ, p->seq),
		FI(FIELD_REPORTED, p->reported_ns)};

	fact_write(
		w->log, p->ns, FACT_ANSWER, s->subject, fields, p->reported_ns == NS_NONE ? 2 : 3);
}

/*
 * Readers take -1 for "none", so a duration of -1 ns (captures have negative durations) becomes -2.
 */
static int64_t not_none(int64_t ns)
{
	return ns == NS_NONE ? ns - 1 : ns;
}

static int64_t trip_quantile(const struct span_series *s, double f)
{
	return not_none(llround(gsl_stats_quantile_from_sorted_data(s->trips_ns, 1, s->ok.n, f)));
}

static void write_ok(const struct span_writer *w, struct span_series *s)
{
	const struct span *span = &s->ok;
	struct fact_field fields[10] = {FI(FIELD_FIRST, span->first), FI(FIELD_N, span->n),
		FI(FIELD_FROM, span->from_ns), FI(FIELD_TO, span->to_ns)};
	size_t count = 4;

	if (!span->n)
		return;
	if (s->trips_ns) {
		gsl_sort(s->trips_ns, 1, span->n);
		fields[count++] =
			(struct fact_field)FI(FIELD_FASTEST, not_none(llround(s->trips_ns[0])));
		fields[count++] = (struct fact_field)FI(FIELD_MEDIAN, trip_quantile(s, 0.5));
		fields[count++] = (struct fact_field)FI(FIELD_P99, trip_quantile(s, 0.99));
		fields[count++] = (struct fact_field)FI(FIELD_P999, trip_quantile(s, 0.999));
	}
	fields[count++] = (struct fact_field)FI(FIELD_SILENCE, not_none(s->silence_ns));
	fields[count++] = (struct fact_field)FI(FIELD_AFTER, s->silence_from_ns);
	fact_write(w->log, span->ns, FACT_OK, s->subject, fields, count);
	s->ok.n = 0;
}

static void write_lost(const struct span_writer *w, struct span_series *s)
{
	struct span *span = &s->lost;

	if (span->n)
		FACT(w->log, span->ns, FACT_LOST, s->subject, FI(FIELD_FIRST, span->first),
			FI(FIELD_N, span->n), FI(FIELD_FROM, span->from_ns),
			FI(FIELD_TO, span->to_ns));
	span->n = 0;
}

static void write_trips(const struct span_writer *w, struct span_series *s)
{
	const struct span *counted = &s->counted;
	char text[HISTOGRAM_BUCKETS * sizeof("999:65535,")];
	size_t length = 0;

	if (!counted->n)
		return;
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		if (s->buckets[i])
			length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%zu:%u",
				length ? "," : "", i, s->buckets[i]);
	FACT(w->log, counted->ns, FACT_TRIPS, s->subject, FI(FIELD_N, counted->n),
		FI(FIELD_FROM, counted->from_ns), FI(FIELD_TO, counted->to_ns),
		FI(FIELD_FASTEST, s->counted_fastest_ns), FS(FIELD_BUCKETS, text));
	memset(s->buckets, 0, HISTOGRAM_BUCKETS * sizeof(*s->buckets));
	s->counted.n = 0;
}

static void count_trip(const struct span_writer *w, struct span_series *s)
{
	int64_t trip_ns = s->newest.ns - s->newest.sent_ns;
	uint16_t *bucket = &s->buckets[histogram_bucket(trip_ns)];

	if (*bucket == UINT16_MAX)
		write_trips(w, s);
	++*bucket;
	if (!s->counted.n || trip_ns < s->counted_fastest_ns)
		s->counted_fastest_ns = trip_ns;
	add_to(&s->counted, &s->newest);
}

/* Adds the answer that was held back to the span, now that another answer follows it. */
static void join_newest(const struct span_writer *w, struct span_series *s)
{
	struct span *span = &s->ok;
	const struct span_probe *newest = &s->newest;
	int64_t silence_ns = newest->ns - s->before_ns;

	if (span->n && (!keeps_pace(w, span, newest) || (s->trips_ns && span->n == w->trips_max)))
		write_ok(w, s);
	if (!span->n || silence_ns > s->silence_ns) {
		s->silence_ns = silence_ns;
		s->silence_from_ns = s->before_ns;
	}
	add_to(span, newest);
	if (s->buckets)
		count_trip(w, s);
	else
		s->trips_ns[span->n - 1] = (double)(newest->ns - newest->sent_ns);
}

/* Writes the span of answers, and a line for the last answer before the interruption. */
static void end_ok(const struct span_writer *w, struct span_series *s)
{
	struct span_probe last = s->newest;

	write_ok(w, s);
	last.reported_ns = NS_NONE;
	if (s->held)
		write_answer(w, s, &last);
	s->held = false;
}

/* True if a probe directly follows `before` in its series and is condensed at its pace. */
static bool follows(
	const struct span_writer *w, const struct span_probe *before, const struct span_probe *p)
{
	if (before->ns == NS_NONE || p->seq != before->seq + 1)
		return false;
	return w->condense ||
	       (w->condense_fine && pace_of(w, p->sent_ns - before->sent_ns) != w->interval_ns);
}

void span_add_answer(const struct span_writer *w, struct span_series *s, const struct span_probe *p)
{
	if (follows(w, &s->newest, p)) {
		if (s->held)
			join_newest(w, s);
		s->before_ns = s->newest.sent_ns;
		s->held = true;
	} else {
		end_ok(w, s);
		/* The first answer after an interruption gets a line; the next begins a span. */
		write_answer(w, s, p);
	}
	s->newest = *p;
}

bool span_add_unanswered(
	const struct span_writer *w, struct span_series *s, const struct span_probe *p, bool single)
{
	struct span *span = &s->lost;

	single |= !w->condense && !follows(w, &s->newest_lost, p);
	if (span->n && (single || p->seq != span->first + span->n || !keeps_pace(w, span, p)))
		write_lost(w, s);
	if (!single)
		add_to(span, p);
	s->newest_lost = *p;
	return single;
}

void span_flush(const struct span_writer *w, struct span_series *s, int64_t now_ns)
{
	write_ok(w, s);
	write_lost(w, s);
	if (s->counted.n && now_ns - s->counted.from_ns >= HISTOGRAM_NS)
		write_trips(w, s);
}

void span_finish(const struct span_writer *w, struct span_series *s)
{
	end_ok(w, s);
	write_lost(w, s);
	if (s->buckets)
		write_trips(w, s);
}

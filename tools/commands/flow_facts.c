/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes the outcomes of a flow as facts: see flow_facts.h. */
#include "tools/commands/flow_facts.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdlib.h>

/* A step is kept in `steps` if it is shorter than the pace by more than 1/16 of the pace. */
#define SHORT_SHARE 16
/* Of few steps, this many of the shortest are left out of the pace's spread. */
#define STEPS_OUTSIDE 3
/* This many short steps in a row are a changed pace of the prober, not steps of the clock. */
#define SHORTS_OF_A_PACE 3

int flow_facts_init(struct flow_facts *f, struct fact_log *log, unsigned number,
	const struct flow *flow, int64_t base_ns, size_t trips_max)
{
	*f = (struct flow_facts){.flow = flow,
		.base_ns = base_ns,
		.first_ns = NS_NONE,
		.last_ns = NS_NONE,
		.pace_ns = flow->pace_ns,
		.writer = {.log = log,
			.interval_ns = flow->interval_ns,
			.condense = true,
			.trips_max = trips_max},
		.trips_ns = calloc(trips_max, sizeof(*f->trips_ns))};
	snprintf(f->subject, sizeof(f->subject), "%u", number);
	span_series_init(&f->span, f->subject, f->trips_ns, NULL);
	return f->trips_ns ? 0 : -1;
}

void flow_facts_release(struct flow_facts *f)
{
	free(f->trips_ns);
	free(f->steps);
	f->trips_ns = NULL;
	f->steps = NULL;
}

static struct span_probe probe_of(const struct flow_facts *f, const struct flow_outcome *o)
{
	return (struct span_probe){.seq = (uint64_t)o->number,
		.sent_ns = o->sent_ns - f->base_ns,
		.ns = (o->what == FLOW_ANSWER ? o->arrival_ns : o->known_ns) - f->base_ns,
		.reported_ns = NS_NONE};
}

static void write_refused(const struct flow_facts *f, const struct flow_outcome *o)
{
	char icmp[16], from[FRAME_ADDRESS_TEXT_MAX];

	snprintf(icmp, sizeof(icmp), "%u/%u", o->icmp_type, o->icmp_code);
	FACT(f->writer.log, o->known_ns - f->base_ns, FACT_UNANSWERED, f->subject,
		FI(FIELD_SENT, o->sent_ns - f->base_ns), FI(FIELD_SEQ, o->number),
		FS(FIELD_ICMP, icmp), FS(FIELD_FROM, frame_address_text(&o->from, from)));
}

static void take_answer(struct flow_facts *f, const struct flow_outcome *o, int64_t timeout_ns)
{
	struct span_probe probe = probe_of(f, o);

	if (o->arrival_ns - o->sent_ns <= timeout_ns) {
		f->answered++;
		span_add_answer(&f->writer, &f->span, &probe);
		return;
	}
	f->late++;
	FACT(f->writer.log, probe.ns, FACT_ANSWER, f->subject, FI(FIELD_SENT, probe.sent_ns),
		FI(FIELD_SEQ, probe.seq));
}

static int take_sent(struct flow_facts *f, const struct flow_outcome *o)
{
	int64_t before_ns = f->last_ns, short_ns;

	f->sent++;
	f->last_ns = o->sent_ns;
	if (before_ns == NS_NONE) {
		f->first_ns = o->sent_ns;
		return 0;
	}
	short_ns = f->pace_ns - (o->sent_ns - before_ns);
	f->counts[short_ns > 0 ? histogram_bucket(short_ns) : 0]++;
	if (short_ns <= f->pace_ns / SHORT_SHARE) {
		if (short_ns > f->kept_short_ns)
			f->kept_short_ns = short_ns;
		f->shorts = 0;
		return 0;
	}
	if (++f->shorts >= SHORTS_OF_A_PACE) {
		if (f->shorts == SHORTS_OF_A_PACE)
			f->step_count -= SHORTS_OF_A_PACE - 1;
		return 0;
	}
	if (ARRAY_GROW(f->steps, f->step_count, f->step_capacity))
		return -1;
	f->steps[f->step_count++] =
		(struct short_step){.from_ns = before_ns, .to_ns = o->sent_ns, .by_ns = short_ns};
	return 0;
}

int flow_facts_take(struct flow_facts *f, const struct flow_outcome *o, int64_t timeout_ns)
{
	struct span_probe probe;

	switch (o->what) {
	case FLOW_SENT:
		return take_sent(f, o);
	case FLOW_ANSWER:
		take_answer(f, o, timeout_ns);
		break;
	case FLOW_UNANSWERED:
		probe = probe_of(f, o);
		if (span_add_unanswered(&f->writer, &f->span, &probe, o->refused))
			write_refused(f, o);
		break;
	case FLOW_DUPLICATE:
		f->duplicates++;
		break;
	case FLOW_STRAY:
		break;
	}
	return 0;
}

/*
 * The spread of the pace: the shortfall that 99 of 100 steps do not exceed. Of few steps the three
 * shortest are left out, because one of them may be a step of the clock. A clock step below the
 * spread cannot be distinguished from the prober's own variation.
 */
static int64_t pace_spread(const struct flow_facts *f)
{
	double steps = f->sent > 1 ? (double)(f->sent - 1) : 1;
	double share = fmin(0.99, fmax(0.5, 1 - STEPS_OUTSIDE / steps));
	int64_t spread_ns = histogram_quantile(f->counts, share);

	/* The first bucket also holds steps that are not short: kept_short_ns is exact there. */
	if (spread_ns <= histogram_bucket_max(0))
		spread_ns = 0;
	/* A shortfall that is not written as a clock step must be included in the spread. */
	return ns_max(f->kept_short_ns, spread_ns);
}

/* Reaches back by the step: answers right after it have stamps from before the step. */
static void write_step(const struct flow_facts *f, const struct short_step *step)
{
	int64_t from_ns = step->from_ns - step->by_ns - f->base_ns;

	FACT(f->writer.log, step->to_ns - 1 - f->base_ns, FACT_CLOCK_STEP, f->subject,
		FI(FIELD_FROM, ns_max(from_ns, 0)), FI(FIELD_MISSING, step->by_ns));
}

void flow_facts_finish(struct flow_facts *f, int64_t now_ns)
{
	int64_t spread_ns = pace_spread(f);

	span_finish(&f->writer, &f->span);
	for (size_t i = 0; i < f->step_count; i++)
		if (f->steps[i].by_ns > spread_ns)
			write_step(f, &f->steps[i]);
	FACT(f->writer.log, now_ns - f->base_ns, FACT_SUMMARY, f->subject, FI(FIELD_SENT, f->sent),
		FI(FIELD_ANSWERED, f->answered), FI(FIELD_LATE, f->late),
		FI(FIELD_DUPLICATES, f->duplicates), FI(FIELD_SPREAD, spread_ns),
		FI(FIELD_UNSURE, f->flow->unsure_ns), FI(FIELD_FIRST, f->first_ns - f->base_ns),
		FI(FIELD_LAST, f->last_ns - f->base_ns));
}

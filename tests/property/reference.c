/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bounds of an ideal observer: see reference.h. */
#include "tests/property/reference.h"

struct observer {
	const struct prober *p;
	const struct observed *w;
	int64_t end_ns;
	int64_t since_ns; /* last known to be up, or observation began; NS_NONE: not yet */
	struct interval bounds;
};

static int64_t trip_ns(const struct observer *o)
{
	return o->p->there_ns + o->p->back_ns;
}

static bool in_time(const struct observer *o, const struct request *r)
{
	return r->answer_seen && r->answer_ns - r->sent_ns <= o->p->timeout_ns;
}

static bool touches(const struct observer *o, int64_t from_ns, int64_t to_ns)
{
	return o->w->window_from_ns == NS_NONE ||
	       (from_ns <= o->w->window_to_ns && to_ns >= o->w->window_from_ns);
}

static void add_possible(struct observer *o, int64_t from_ns, int64_t to_ns)
{
	int64_t length_ns = to_ns == NS_INF ? NS_INF : to_ns - from_ns;

	if (touches(o, from_ns, to_ns) && length_ns > o->bounds.hi_ns)
		o->bounds.hi_ns = length_ns;
}

static void add_proven(struct observer *o, int64_t from_ns, int64_t to_ns)
{
	if (touches(o, from_ns, to_ns) && to_ns - from_ns - o->p->jitter_ns > o->bounds.lo_ns)
		o->bounds.lo_ns = to_ns - from_ns - o->p->jitter_ns;
}

/* The earliest sign of service to request `i` or a later one. */
static const struct request *first_sign(const struct observer *o, size_t i)
{
	const struct request *sign = NULL;

	for (; i < o->p->count; i++) {
		const struct request *r = &o->p->requests[i];

		if (r->answer_seen && (!sign || r->answer_ns < sign->answer_ns))
			sign = r;
	}
	return sign;
}

/* Handles a gap that begins with request `i`. Returns the first request after the gap. */
static size_t follow_gap(struct observer *o, size_t i)
{
	const struct request *sign = first_sign(o, i), *first = NULL, *last = NULL;
	int64_t closed_ns = sign ? sign->answer_ns - trip_ns(o) : NS_INF;

	add_possible(o, o->since_ns, closed_ns);
	for (; i < o->p->count && o->p->requests[i].sent_ns <= closed_ns; i++) {
		const struct request *r = &o->p->requests[i];
		bool lost = r->seen && !in_time(o, r) &&
			    (r->answer_seen || r->sent_ns + o->p->timeout_ns <= o->end_ns);

		if (!r->seen)
			continue;
		/*
		 * Requests that the data do not show (gaps in the numbers) divide the proven
		 * silence.
		 */
		if (!lost || !last || r != last + 1 ||
			!step_is_regular(r->sent_ns - last->sent_ns, o->p->pace_ns))
			first = r;
		last = lost ? r : NULL;
		if (lost)
			add_proven(o, first->sent_ns, r->sent_ns);
	}
	if (sign)
		o->since_ns = in_time(o, sign) ? sign->sent_ns : closed_ns - o->p->jitter_ns;
	return i;
}

struct interval reference_bounds(const struct prober *p, const struct observed *w, int64_t end_ns)
{
	struct observer o = {.p = p, .w = w, .end_ns = end_ns, .since_ns = NS_NONE};
	bool open = false;

	for (size_t i = 0; i < p->count;) {
		const struct request *r = &p->requests[i];

		if (!r->seen) {
			i++;
			continue;
		}
		if (o.since_ns == NS_NONE)
			o.since_ns = r->sent_ns;
		if (!in_time(&o, r)) {
			open = !first_sign(&o, i);
			i = follow_gap(&o, i);
			continue;
		}
		add_possible(&o, o.since_ns, r->answer_ns - trip_ns(&o));
		o.since_ns = r->sent_ns;
		i++;
	}
	if (!open && o.since_ns != NS_NONE && w->to_ns > o.since_ns)
		add_possible(&o, o.since_ns, w->to_ns);
	return o.bounds;
}

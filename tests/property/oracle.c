/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The truth of a generated series: see oracle.h. */
#include "tests/property/oracle.h"

const char *outage_kind_name(enum outage_kind kind)
{
	static const char *const names[] = {
		[OUTAGE_DROP] = "drop",
		[OUTAGE_MUTE] = "mute",
		[OUTAGE_HOLD] = "hold",
		[OUTAGE_BLIP] = "blip",
	};

	return names[kind];
}

bool step_is_regular(int64_t step_ns, int64_t pace_ns)
{
	return step_ns <= pace_ns + pace_ns / 2 + NS_PER_MS;
}

/* True if a request met service in [from_ns, to_ns). */
static bool service_met(const struct observed *w, int64_t from_ns, int64_t to_ns)
{
	for (size_t i = 0; i < w->count; i++) {
		const struct request *r = &w->requests[i];

		if (r->served_ns != NS_NONE && (!r->held || r->answer_seen) &&
			r->served_ns >= from_ns && r->served_ns < to_ns)
			return true;
	}
	return false;
}

/* True if the requests around a stretch of service that ends at to_ns are a regular step apart. */
static bool regular_around(const struct observed *w, int64_t to_ns)
{
	const struct request *before = NULL;

	for (size_t i = 0; i < w->count; i++) {
		const struct request *r = &w->requests[i];

		if (!r->seen)
			continue;
		if (r->reach_ns >= to_ns)
			return before && step_is_regular(r->sent_ns - before->sent_ns, w->pace_ns);
		before = r;
	}
	return false;
}

static bool are_one(const struct observed *w, const struct outage *first, const struct outage *next)
{
	return !service_met(w, first->to_ns, next->from_ns) && regular_around(w, next->from_ns);
}

/* The observed stretch. False: there is none. */
static bool observed_stretch(const struct observed *w, int64_t *from_ns, int64_t *to_ns)
{
	*from_ns = *to_ns = NS_NONE;
	for (size_t i = 0; i < w->count; i++) {
		if (!w->requests[i].seen)
			continue;
		if (*from_ns == NS_NONE)
			*from_ns = w->requests[i].sent_ns;
		*to_ns = w->requests[i].reach_ns;
	}
	if (*from_ns != NS_NONE && w->to_ns != NS_NONE && w->to_ns > *to_ns)
		*to_ns = w->to_ns;
	return *from_ns != NS_NONE;
}

static bool touches(const struct observed *w, int64_t from_ns, int64_t to_ns, int64_t unsure_ns)
{
	if (w->window_from_ns == NS_NONE)
		return true;
	return from_ns < w->window_to_ns + unsure_ns && to_ns > w->window_from_ns - unsure_ns;
}

/* True if an answer shows the end of a held outage. */
static bool end_seen(const struct observed *w, const struct outage *o)
{
	for (size_t i = 0; o->kind == OUTAGE_HOLD && i < w->count; i++)
		if (w->requests[i].held && w->requests[i].answer_seen &&
			w->requests[i].served_ns == o->to_ns)
			return true;
	return false;
}

/* Extends the truth to the length of an outage from from_ns to the end of `last`. */
static void extend_truth(const struct observed *w, int64_t from_ns, const struct outage *last,
	struct interval *truth)
{
	int64_t first_ns, last_ns, to_ns = last->to_ns;

	if (!observed_stretch(w, &first_ns, &last_ns))
		return;
	from_ns = ns_max(from_ns, first_ns);
	if (to_ns < from_ns || from_ns > last_ns)
		return;
	if (to_ns > last_ns && !end_seen(w, last))
		to_ns = last_ns;
	if (touches(w, from_ns, to_ns, w->jitter_ns + 1) && to_ns - from_ns > truth->hi_ns)
		truth->hi_ns = to_ns - from_ns;
	to_ns = ns_min(to_ns, last_ns);
	if (touches(w, from_ns, to_ns, -w->jitter_ns) && to_ns - from_ns > truth->lo_ns)
		truth->lo_ns = to_ns - from_ns;
}

struct interval oracle_truth(const struct observed *w)
{
	struct interval truth = {0, 0};

	for (size_t i = 0; i < w->outage_count;) {
		size_t last = i;

		while (last + 1 < w->outage_count &&
			are_one(w, &w->outages[last], &w->outages[last + 1]))
			last++;
		extend_truth(w, w->outages[i].from_ns, &w->outages[last], &truth);
		i = last + 1;
	}
	return truth;
}

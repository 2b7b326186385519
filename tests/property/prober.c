/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws requests, pauses, outages and the fate of each request: see prober.h. */
#include "tests/property/prober.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const struct outage no_outages[1];

static int64_t grained(const struct prober *p, int64_t ns)
{
	return ns / p->grain_ns * p->grain_ns;
}

size_t prober_first_from(const struct prober *p, int64_t ns)
{
	size_t i = 0;

	while (i < p->count && p->requests[i].sent_ns < ns)
		i++;
	return i;
}

bool prober_paused_before(const struct prober *p, size_t index)
{
	for (size_t i = 0; i < p->pause_count; i++)
		if (p->pauses[i].before == index)
			return true;
	return false;
}

int64_t prober_tolerance(const struct prober *p)
{
	return 2 * p->jitter_ns * 100 < p->pace_ns ? 0 : 2 * p->jitter_ns;
}

static void draw_round_trip(struct prober *p, const struct series_spec *spec, struct dice *dice)
{
	int64_t trip_ns = dice_log(dice, 20 * NS_PER_US, spec->trip_max_ns);
	int kind = (int)dice_between(dice, 0, 99);

	p->there_ns = grained(p, trip_ns * dice_between(dice, 10, 90) / 100);
	p->back_ns = grained(p, trip_ns) - p->there_ns;
	if (spec->route_of) {
		p->there_ns = spec->route_of->there_ns;
		p->back_ns = spec->route_of->back_ns;
	}
	if (kind >= 55)
		p->jitter_ns = grained(p, dice_between(dice, 0, p->pace_ns / 202));
	if (kind >= 85 && !spec->steady)
		p->jitter_ns = grained(p, dice_log(dice, p->pace_ns / 200, p->pace_ns * 15 / 100));
	if (p->jitter_ns > spec->trip_max_ns)
		p->jitter_ns = grained(p, spec->trip_max_ns);
	if (dice_chance(dice, 50))
		p->noise_ns = dice_between(dice, 0, p->pace_ns / (spec->steady ? 400 : 50));
}

static void draw_pauses(struct prober *p, const struct series_spec *spec, struct dice *dice)
{
	size_t wanted = (size_t)dice_between(dice, 0, (int64_t)spec->pauses_max);
	int64_t min_ns = 3 * p->pace_ns + 3 * NS_PER_MS, max_ns = min_ns + 60 * p->pace_ns;

	if (spec->pause_max_ns > min_ns)
		max_ns = spec->pause_max_ns;
	for (size_t i = 0; spec->pauses && i < spec->pause_count; i++)
		p->pauses[p->pause_count++] = spec->pauses[i];
	if (spec->pauses)
		return;
	if (spec->suspension_ns)
		p->pauses[p->pause_count++] = (struct pause){
			(size_t)dice_between(dice, 1, (int64_t)p->count - 1), spec->suspension_ns};
	wanted += p->pause_count;
	while (p->pause_count < wanted && p->pause_count < PAUSES_MAX) {
		size_t before = (size_t)dice_between(dice, 1, (int64_t)p->count - 1);

		if (prober_paused_before(p, before)) {
			wanted--;
			continue;
		}
		p->pauses[p->pause_count++] =
			(struct pause){before, grained(p, dice_log(dice, min_ns, max_ns))};
	}
}

static void draw_sends(struct prober *p, const struct series_spec *spec, struct dice *dice)
{
	int64_t due_ns = spec->first_ns + dice_between(dice, 0, p->pace_ns);

	p->requests = calloc(p->count, sizeof(*p->requests));
	if (!p->requests)
		abort();
	for (size_t i = 0; i < p->count; i++) {
		for (size_t k = 0; k < p->pause_count; k++)
			due_ns += p->pauses[k].before == i ? p->pauses[k].length_ns : 0;
		p->requests[i].sent_ns = grained(p, due_ns + dice_between(dice, 0, p->noise_ns));
		p->requests[i].seen = true;
		due_ns += p->pace_ns;
	}
}

static void add_outage(struct prober *p, struct outage o)
{
	if (ARRAY_GROW(p->outages, p->outage_count, p->outage_capacity))
		abort();
	p->outages[p->outage_count++] = o;
}

/* Draws a time at, next to, or after the sending of a request. */
static int64_t edge(const struct prober *p, size_t i, struct dice *dice)
{
	int64_t at_ns, next_ns;

	if (i >= p->count)
		i = p->count - 1;
	at_ns = p->requests[i].sent_ns;
	next_ns = i + 1 < p->count ? p->requests[i + 1].sent_ns : at_ns + p->pace_ns;
	switch (dice_between(dice, 0, 9)) {
	case 0:
	case 1:
		return at_ns;
	case 2:
	case 3:
	case 4:
		return grained(
			p, at_ns + dice_between(dice, -5, 5) *
					   (dice_chance(dice, 50) ? p->grain_ns : NS_PER_US));
	default:
		return grained(p, dice_between(dice, at_ns, next_ns));
	}
}

static int64_t outage_end(const struct prober *p, size_t i, int64_t from_ns, struct dice *dice)
{
	int64_t last_ns = p->requests[p->count - 1].sent_ns;

	switch (dice_between(dice, 0, 9)) {
	case 0:
	case 1:
		return grained(p, from_ns + dice_between(dice, 1, p->pace_ns));
	case 2:
	case 3:
	case 4:
		return edge(p, i + (size_t)dice_between(dice, 0, 4), dice);
	case 5:
		if (dice_chance(dice, 30))
			return last_ns +
			       grained(p, dice_between(dice, -p->pace_ns, 9 * p->pace_ns));
		/* fall through */
	default:
		return edge(p, i + (size_t)dice_log(dice, 3, 60), dice);
	}
}

static enum outage_kind draw_kind(const struct series_spec *spec, struct dice *dice)
{
	if (spec->holds && dice_chance(dice, 35))
		return OUTAGE_HOLD;
	return dice_chance(dice, 70) ? OUTAGE_DROP : OUTAGE_MUTE;
}

/* Draws the request at which the next outage begins. */
static size_t outage_begin(
	const struct prober *p, const struct series_spec *spec, int64_t after_ns, struct dice *dice)
{
	size_t i = prober_first_from(p, after_ns);

	if (p->pause_count && dice_chance(dice, 45)) {
		const struct pause *pause =
			&p->pauses[dice_between(dice, 0, (int64_t)p->pause_count - 1)];
		size_t before = pause->before - (size_t)dice_between(dice, 0, 3);

		if (before < p->count && before >= i)
			return before;
	}
	if (p->outage_count && !spec->apart_ns && dice_chance(dice, 40))
		return i + (size_t)dice_between(dice, 0, 2);
	return i + (size_t)dice_between(dice, 0, (int64_t)p->count / 2);
}

static void draw_outages(struct prober *p, const struct series_spec *spec, struct dice *dice)
{
	size_t wanted = (size_t)dice_between(dice, 0, (int64_t)spec->outages_max);
	int64_t after_ns = p->requests[0].sent_ns + (spec->apart_ns ? spec->apart_ns : p->grain_ns);

	if (wanted && !spec->apart_ns && dice_chance(dice, 5)) {
		int64_t to_ns = edge(p, (size_t)dice_between(dice, 0, 5), dice);

		add_outage(p, (struct outage){draw_kind(spec, dice),
				      p->requests[0].sent_ns - 3 * p->pace_ns, to_ns});
		after_ns = to_ns + p->grain_ns;
	}
	while (p->outage_count < wanted) {
		size_t i = outage_begin(p, spec, after_ns, dice);
		int64_t from_ns, to_ns;

		if (i >= p->count)
			return;
		from_ns = edge(p, i, dice);
		from_ns = ns_max(from_ns, after_ns);
		to_ns = outage_end(p, i, from_ns, dice);
		if (to_ns <= from_ns)
			to_ns = from_ns + p->grain_ns;
		add_outage(p, (struct outage){draw_kind(spec, dice), from_ns, to_ns});
		after_ns = to_ns + (spec->apart_ns ? spec->apart_ns : p->grain_ns);
	}
}

/* Copies the outages of another prober, except its single lost requests. */
static void share_outages(struct prober *p, const struct series_spec *spec)
{
	for (size_t i = 0; i < spec->outage_count; i++)
		if (spec->outages[i].kind != OUTAGE_BLIP)
			add_outage(p, spec->outages[i]);
}

/* Computes the fate of a request that is not lost by chance. */
static void meet_target(const struct prober *p, struct request *r, struct dice *dice)
{
	int64_t back_ns;

	r->reach_ns = r->sent_ns + grained(p, dice_between(dice, 0, p->jitter_ns));
	back_ns = p->there_ns + p->back_ns + grained(p, dice_between(dice, 0, p->jitter_ns));
	r->served_ns = r->reach_ns;
	r->answer_ns = r->reach_ns + back_ns;
	for (size_t i = 0; i < p->outage_count; i++) {
		const struct outage *o = &p->outages[i];

		if (r->reach_ns < o->from_ns || r->reach_ns >= o->to_ns)
			continue;
		r->held = o->kind == OUTAGE_HOLD;
		r->served_ns = r->held ? o->to_ns : NS_NONE;
		r->answer_ns = r->held ? o->to_ns + back_ns : NS_NONE;
	}
	r->answer_seen = r->answer_ns != NS_NONE;
}

static void lose(struct prober *p, struct request *r)
{
	r->served_ns = r->answer_ns = NS_NONE;
	r->answer_seen = false;
	add_outage(p, (struct outage){OUTAGE_BLIP, r->reach_ns, r->reach_ns});
}

static bool is_lone(const struct prober *p, int64_t at_ns, int64_t lone_ns)
{
	for (size_t i = 0; lone_ns && i < p->outage_count; i++)
		if (at_ns > p->outages[i].from_ns - lone_ns &&
			at_ns < p->outages[i].to_ns + lone_ns)
			return false;
	return true;
}

/*
 * True if a hold ends at at_ns: its answers are service, so a lost request there is another outage.
 */
static bool ends_hold(const struct prober *p, int64_t at_ns)
{
	for (size_t i = 0; i < p->outage_count; i++)
		if (p->outages[i].kind == OUTAGE_HOLD && p->outages[i].to_ns == at_ns)
			return true;
	return false;
}

static bool may_lose(
	const struct prober *p, const struct request *r, const struct series_spec *spec)
{
	bool lone = is_lone(p, r->reach_ns, spec->lone_ns);

	for (size_t i = 0; i < spec->other_count; i++)
		lone &= is_lone(&spec->others[i], r->reach_ns, spec->lone_ns);
	return lone && !ends_hold(p, r->reach_ns) && r->served_ns != NS_NONE && !r->held;
}

/* Loses single requests, sometimes several in a row, often next to a pause. */
static void lose_some(struct prober *p, const struct series_spec *spec, struct dice *dice)
{
	int64_t per_mille = dice_between(dice, 0, 2) ? dice_between(dice, 0, 25) : 0;
	bool lost = false; /* the request before, or this one */

	for (size_t i = 0; i < p->count; i++) {
		struct request *r = &p->requests[i];
		bool near_pause = prober_paused_before(p, i) || prober_paused_before(p, i + 1);

		lost = dice_between(dice, 0, 999) < (lost ? 300 : per_mille) ||
		       (per_mille && near_pause && dice_chance(dice, 30));
		if (lost && may_lose(p, r, spec))
			lose(p, r);
	}
}

static int by_begin(const void *a, const void *b)
{
	const struct outage *x = a, *y = b;

	if (x->from_ns != y->from_ns)
		return x->from_ns < y->from_ns ? -1 : 1;
	return x->to_ns < y->to_ns ? -1 : x->to_ns > y->to_ns;
}

void prober_make(struct prober *p, const struct series_spec *spec, struct dice *dice)
{
	*p = (struct prober){.pace_ns = spec->pace_ns,
		.timeout_ns = spec->timeout_ns,
		.grain_ns = spec->grain_ns,
		.count = spec->count};
	draw_round_trip(p, spec, dice);
	draw_pauses(p, spec, dice);
	draw_sends(p, spec, dice);
	if (spec->outages)
		share_outages(p, spec);
	else
		draw_outages(p, spec, dice);
	for (size_t i = 0; i < p->count; i++)
		meet_target(p, &p->requests[i], dice);
	if (spec->blips)
		lose_some(p, spec, dice);
	if (p->outage_count)
		qsort(p->outages, p->outage_count, sizeof(*p->outages), by_begin);
}

void prober_free(struct prober *p)
{
	free(p->requests);
	free(p->outages);
	memset(p, 0, sizeof(*p));
}

struct observed prober_observed(const struct prober *p)
{
	return (struct observed){.requests = p->requests,
		.count = p->count,
		.outages = p->outages,
		.outage_count = p->outage_count,
		.pace_ns = p->pace_ns,
		.jitter_ns = p->jitter_ns,
		.to_ns = NS_NONE,
		.window_from_ns = NS_NONE,
		.window_to_ns = NS_NONE};
}

void prober_forget(struct prober *p)
{
	for (size_t i = 0; i < p->count; i++)
		p->requests[i].seen = p->requests[i].answer_seen = false;
}

bool prober_is_open(const struct prober *p)
{
	const struct request *first = NULL, *last = NULL;

	for (size_t i = 0; i < p->count; i++) {
		if (!p->requests[i].seen)
			continue;
		first = first ? first : &p->requests[i];
		last = &p->requests[i];
	}
	return !first || !first->answer_seen || !last->answer_seen;
}

void prober_script(const struct prober *p, FILE *to)
{
	fprintf(to,
		"  prober: pace %.6f s, time-out %.6f s, %zu requests from %.9f to %.9f s, "
		"round trip %.6f s + jitter 2 x %.6f s, noise %.6f s\n",
		(double)p->pace_ns / 1e9, (double)p->timeout_ns / 1e9, p->count,
		(double)p->requests[0].sent_ns / 1e9,
		(double)p->requests[p->count - 1].sent_ns / 1e9,
		(double)(p->there_ns + p->back_ns) / 1e9, (double)p->jitter_ns / 1e9,
		(double)p->noise_ns / 1e9);
	for (size_t i = 0; i < p->pause_count; i++)
		fprintf(to, "  pause: %.6f s before request %zu at %.9f s\n",
			(double)p->pauses[i].length_ns / 1e9, p->pauses[i].before,
			(double)p->requests[p->pauses[i].before].sent_ns / 1e9);
	for (size_t i = 0; i < p->outage_count; i++)
		fprintf(to, "  %s: [%.9f, %.9f) s, %.9f s long, first request from then on %zu\n",
			outage_kind_name(p->outages[i].kind), (double)p->outages[i].from_ns / 1e9,
			(double)p->outages[i].to_ns / 1e9,
			(double)(p->outages[i].to_ns - p->outages[i].from_ns) / 1e9,
			prober_first_from(p, p->outages[i].from_ns));
}

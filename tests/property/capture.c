/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The paths of captures: see capture.h. */
#include "tests/property/capture.h"

#include "tests/property/paths.h"
#include "tools/commands/capture_import.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

/* A series of fewer requests is a look, not a watch. */
#define REQUESTS_MIN 3

/* Whether an answer of some prober does not tell its request. */
static bool is_ambiguous(const struct scene *s)
{
	for (size_t i = 0; i < PROBERS_MAX; i++)
		if (s->asker[i].numbering == NUMBER_SAME || s->asker[i].numbering == NUMBER_AGAIN)
			return true;
	return false;
}

/* Whether some prober waits for an answer before it sends its next request. */
static bool is_waiting(const struct scene *s)
{
	for (size_t i = 0; i < PROBERS_MAX; i++)
		if (s->asker[i].numbering == NUMBER_LOOP)
			return true;
	return is_ambiguous(s);
}

static int64_t draw_pace(const struct scene *s)
{
	static const int64_t paces_ms[] = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000};
	struct dice *dice = s->trial->dice;
	int64_t pace_ns = paces_ms[dice_between(dice, 0, 9)] * NS_PER_MS;

	if (dice_chance(dice, 40))
		pace_ns = dice_log(dice, NS_PER_MS, 2 * NS_PER_S) / 1000 * 1000;
	/* So that a copy and a request with the same numbers cannot be taken for each other. */
	if ((s->has.copies || s->has.traceroute || is_ambiguous(s)) && pace_ns <= 20 * NS_PER_MS)
		pace_ns += 20 * NS_PER_MS;
	return pace_ns;
}

static struct wish draw_wish(const struct scene *s)
{
	struct dice *dice = s->trial->dice;
	int64_t pace_ns = draw_pace(s);
	int64_t timeout_ns = ns_max(pace_ns, 50 * NS_PER_MS);
	struct wish wish = {.pace_ns = pace_ns,
		.timeout_ns = timeout_ns,
		.count = (size_t)dice_log(dice, 40, 500),
		.first_ns = NS_PER_S,
		.pauses_max = s->has.pauses ? 3 : 0,
		.outages_max = 3,
		.holds = true,
		.blips = true,
		.trip_max_ns = timeout_ns * 4 / 10,
		.grain_ns = s->nanoseconds ? 1 : 1000,
		.steady = s->has.steps};

	/* Such an answer comes before the next request; a burst swallows one answer at most. */
	if (is_waiting(s) || s->has.loss)
		wish.trip_max_ns = ns_min(wish.trip_max_ns, pace_ns) / 2;
	return wish;
}

static void draw_numbers(struct scene *s, struct asker *a)
{
	struct dice *dice = s->trial->dice;
	int64_t near_wrap = 65536 - dice_between(dice, 0, 300);

	a->ident = (uint16_t)dice_between(dice, 1, 60000);
	a->seq = (uint16_t)(dice_chance(dice, 50) ? dice_between(dice, 0, 2) : near_wrap);
	a->stamped = (int)dice_between(dice, 0, 2);
	a->again = (uint16_t)dice_between(dice, 3, 20);
	if (a->numbering == NUMBER_LOOP)
		a->seq = 1;
	if (a->numbering == NUMBER_AGAIN || a->numbering == NUMBER_SAME)
		a->seq = 0;
	/* Requests of these are told apart by their identifier or not at all. */
	if (a->numbering == NUMBER_LOOP || a->numbering == NUMBER_SAME)
		s->has.traceroute = false;
}

/* The second prober runs beside the first one, and asks its target or another. */
static void add_second(struct scene *s, struct wish wish)
{
	struct dice *dice = s->trial->dice;
	struct asker *first = &s->asker[0], *a = &s->asker[1];
	int64_t length_ns = first->prober.requests[first->prober.count - 1].sent_ns - NS_PER_S;
	/* An identifier that is not seen for long makes room for the other one in its series. */
	bool same = !s->has.idents && !s->has.loss && !first->prober.pause_count &&
		    dice_chance(dice, 40);
	enum numbering numbering = a->numbering;

	s->askers = 2;
	*a = *first;
	memset(&a->prober, 0, sizeof(a->prober));
	a->numbering = numbering;
	wish.pace_ns = wish.pace_ns * dice_between(dice, 60, 170) / 100 / 1000 * 1000;
	wish.count = (size_t)(length_ns / wish.pace_ns) + 2;
	wish.count = wish.count > 1500 ? 1500 : wish.count;
	wish.pauses_max = 0;
	if (same) {
		wish.outages = first->prober.outage_count ? first->prober.outages : no_outages;
		wish.outage_count = first->prober.outage_count;
	}
	prober_make(&a->prober, &wish, dice);
	draw_numbers(s, a);
	a->ident = (uint16_t)(first->ident + 1);
	a->to[a->v6 ? 15 : 3] = (uint8_t)(first->to[a->v6 ? 15 : 3] + !same);
}

static void draw_askers(struct scene *s)
{
	bool v6 = dice_chance(s->trial->dice, 25);
	struct asker *a = &s->asker[0];
	struct wish wish;

	for (size_t i = 0; i < PROBERS_MAX; i++) {
		s->asker[i] = v6 ? (struct asker){.v6 = true,
					   .from = {0x20, 0x01, 0x0d, 0xb8, [15] = 1},
					   .to = {0x20, 0x01, 0x0d, 0xb8, [15] = 0x77}}
				 : (struct asker){.from = {192, 0, 2, 1}, .to = {192, 0, 2, 77}};
		if (s->has.idents && (i == 0 || s->has.two))
			s->asker[i].numbering = (enum numbering)dice_between(
				s->trial->dice, NUMBER_RISING, NUMBER_JUMP);
	}
	s->askers = 1;
	wish = draw_wish(s);
	prober_make(&a->prober, &wish, s->trial->dice);
	draw_numbers(s, a);
	if (s->has.two)
		add_second(s, wish);
	for (size_t i = 0; i < s->askers; i++) {
		const struct prober *p = &s->asker[i].prober;
		int64_t end_ns = p->requests[p->count - 1].sent_ns;

		end_ns += s->has.steps || dice_chance(s->trial->dice, 60)
				  ? 3 * p->timeout_ns + 12 * p->pace_ns
				  : dice_between(s->trial->dice, 0, 2 * p->timeout_ns);
		s->end_ns = ns_max(end_ns, s->end_ns);
	}
}

/* Answers stamped by another queue's clock: off by a constant and a little. */
static void draw_offset(struct scene *s)
{
	struct dice *dice = s->trial->dice;
	const struct prober *p = &s->asker[0].prober;

	/* Where an answer does not tell its request, only its stamp does. */
	if (!s->has.disorder || is_ambiguous(s) || dice_chance(dice, 30))
		return;
	s->answer_offset_ns = -dice_log(dice, 10, 500 * 1000) * 1000;
	if (dice_chance(dice, 50))
		s->answer_spread_ns = dice_between(dice, 0, p->pace_ns / 110);
	trial_say(s->trial, "  answers stamped %.9f s off, and up to %.9f s more\n",
		(double)s->answer_offset_ns / 1e9, (double)s->answer_spread_ns / 1e9);
}

static struct claim asker_claim(const struct scene *s, const struct asker *a)
{
	struct watched w = prober_observed(&a->prober);
	char address[INET6_ADDRSTRLEN];
	struct claim c;
	size_t seen = 0;
	int64_t unsure_ns = 2 * a->prober.jitter_ns + s->answer_spread_ns;

	inet_ntop(a->v6 ? AF_INET6 : AF_INET, a->to, address, sizeof(address));
	c = claim_of(&a->prober, &w, address, s->end_ns);
	for (size_t i = 0; i < a->prober.count; i++)
		seen += a->prober.requests[i].seen;
	c.unmeasured = seen < REQUESTS_MIN;
	if (c.tolerance_ns || unsure_ns * 100 >= a->prober.pace_ns)
		c.tolerance_ns = unsure_ns;
	c.undisturbed &= !s->steps && !s->bursts && !s->answers_lost;
	/* Nor does it tell an ideal observer anything. */
	if (s->answers_lost)
		c.ideal = (struct interval){0, NS_INF};
	return c;
}

static void analyse(struct scene *s, struct claim *claims)
{
	const struct analyse_options options = {.timeout_ns = NS_NONE, .bound_ns = NS_NONE};
	char path[PATH_MAX];
	struct err e = {0};

	scratch_path(s->trial->scratch, "capture.pcap", path);
	scene_write(s, path);
	if (capture_import(path, s->trial->scratch->dir, &options, &e) == 0) {
		standalone_check(s->trial, claims, s->askers);
		return;
	}
	s->trial->tally->series += s->askers;
	if (!claims[0].unmeasured)
		claim_refuse(&claims[0], s->trial, "refused: %s", e.text);
}

static void run(struct trial *t, const struct features *may)
{
	struct scene s = {.trial = t, .nanoseconds = dice_chance(t->dice, 75), .has = *may};
	struct claim claims[PROBERS_MAX];

	s.has.pauses &= dice_chance(t->dice, 50);
	s.has.copies &= dice_chance(t->dice, 30);
	s.has.traceroute &= dice_chance(t->dice, 25);
	s.has.two &= dice_chance(t->dice, 30);
	if (may->steps && may->loss) { /* all of them: some at a time */
		s.has.steps = dice_chance(t->dice, 50);
		s.has.idents = dice_chance(t->dice, 50);
		s.has.disorder = dice_chance(t->dice, 50);
		s.has.loss = dice_chance(t->dice, 50);
	}
	draw_askers(&s);
	draw_offset(&s);
	scene_lose(&s);
	scene_set_clock(&s);
	for (size_t i = 0; i < s.askers; i++) {
		s.asker[i].first_ident = s.asker[i].ident;
		trial_say(t,
			"  prober %zu: numbering %d, ident %u, number %u, again %u, time %d"
			"%s%s\n",
			i, s.asker[i].numbering, s.asker[i].ident, s.asker[i].seq, s.asker[i].again,
			s.asker[i].stamped, s.has.copies ? ", copies" : "",
			s.has.traceroute ? ", traceroute" : "");
	}
	scene_shoot(&s);
	for (size_t i = 0; i < s.askers; i++) {
		claims[i] = asker_claim(&s, &s.asker[i]);
		if (s.askers == 2 && memcmp(s.asker[0].to, s.asker[1].to, 16) == 0)
			claims[i].ident = s.asker[i].first_ident;
	}
	for (size_t i = 0; i < s.askers; i++)
		t->others[i] = &s.asker[i].prober;
	scene_disturb(&s);
	analyse(&s, claims);
	for (size_t i = 0; i < s.askers; i++)
		prober_free(&s.asker[i].prober);
	free(s.shot);
}

void path_capture_plain(struct trial *t)
{
	run(t, &(struct features){.pauses = true, .errors = true});
}

void path_capture_steps(struct trial *t)
{
	run(t, &(struct features){.pauses = true, .errors = true, .steps = true});
}

void path_capture_idents(struct trial *t)
{
	run(t, &(struct features){.pauses = true, .idents = true, .two = true});
}

void path_capture_disorder(struct trial *t)
{
	run(t, &(struct features){.pauses = true,
		       .errors = true,
		       .disorder = true,
		       .copies = true,
		       .traceroute = true,
		       .two = true});
}

void path_capture_loss(struct trial *t)
{
	run(t, &(struct features){.pauses = true, .loss = true});
}

void path_capture_all(struct trial *t)
{
	run(t, &(struct features){true, true, true, true, true, true, true, true, true});
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The paths of captures: see capture.h. */
#include "tests/property/capture.h"

#include "tests/property/paths.h"
#include "tools/commands/capture_import.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

/* The import ignores a series of fewer requests (tools/commands/capture_import.c). */
#define REQUESTS_MIN 3

/* True if the answers of some prober do not identify their requests. */
static bool is_ambiguous(const struct capture *s)
{
	for (size_t i = 0; i < PROBERS_MAX; i++)
		if (s->sender[i].numbering == NUMBER_SAME || s->sender[i].numbering == NUMBER_AGAIN)
			return true;
	return false;
}

/* True if some prober waits for an answer before it sends its next request. */
static bool is_waiting(const struct capture *s)
{
	for (size_t i = 0; i < PROBERS_MAX; i++)
		if (s->sender[i].numbering == NUMBER_LOOP)
			return true;
	return is_ambiguous(s);
}

static int64_t draw_pace(const struct capture *s)
{
	static const int64_t paces_ms[] = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000};
	struct dice *dice = s->trial->dice;
	int64_t pace_ns = paces_ms[dice_between(dice, 0, 9)] * NS_PER_MS;

	if (dice_chance(dice, 40))
		pace_ns = dice_log(dice, NS_PER_MS, 2 * NS_PER_S) / 1000 * 1000;
	/* So that a copy is never mistaken for a later request with the same numbers. */
	if ((s->has.copies || s->has.traceroute || is_ambiguous(s)) && pace_ns <= 20 * NS_PER_MS)
		pace_ns += 20 * NS_PER_MS;
	return pace_ns;
}

static struct series_spec draw_spec(const struct capture *s)
{
	struct dice *dice = s->trial->dice;
	int64_t pace_ns = draw_pace(s);
	int64_t timeout_ns = ns_max(pace_ns, 50 * NS_PER_MS);
	struct series_spec spec = {.pace_ns = pace_ns,
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

	/*
	 * An answer must come before the next request; so a burst of loss takes one answer at most.
	 */
	if (is_waiting(s) || s->has.loss)
		spec.trip_max_ns = ns_min(spec.trip_max_ns, pace_ns) / 2;
	return spec;
}

static void draw_numbers(struct capture *s, struct sender *a)
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
	/*
	 * Traceroute requests need numbers that rise: here only the identifier differs, or nothing.
	 */
	if (a->numbering == NUMBER_LOOP || a->numbering == NUMBER_SAME)
		s->has.traceroute = false;
}

/* Adds a second prober, which probes during the same time: the same target or another. */
static void add_second(struct capture *s, struct series_spec spec)
{
	struct dice *dice = s->trial->dice;
	struct sender *first = &s->sender[0], *a = &s->sender[1];
	int64_t length_ns = first->prober.requests[first->prober.count - 1].sent_ns - NS_PER_S;
	/*
	 * If one identifier is missing for long, the import continues its series with the other
	 * one.
	 */
	bool same = !s->has.idents && !s->has.loss && !first->prober.pause_count &&
		    dice_chance(dice, 40);
	enum numbering numbering = a->numbering;

	s->senders = 2;
	*a = *first;
	memset(&a->prober, 0, sizeof(a->prober));
	a->numbering = numbering;
	spec.pace_ns = spec.pace_ns * dice_between(dice, 60, 170) / 100 / 1000 * 1000;
	spec.count = (size_t)(length_ns / spec.pace_ns) + 2;
	spec.count = spec.count > 1500 ? 1500 : spec.count;
	spec.pauses_max = 0;
	if (same) {
		spec.outages = first->prober.outage_count ? first->prober.outages : no_outages;
		spec.outage_count = first->prober.outage_count;
	}
	prober_make(&a->prober, &spec, dice);
	draw_numbers(s, a);
	a->ident = (uint16_t)(first->ident + 1);
	a->to[a->v6 ? 15 : 3] = (uint8_t)(first->to[a->v6 ? 15 : 3] + !same);
}

static void draw_senders(struct capture *s)
{
	bool v6 = dice_chance(s->trial->dice, 25);
	struct sender *a = &s->sender[0];
	struct series_spec spec;

	for (size_t i = 0; i < PROBERS_MAX; i++) {
		s->sender[i] = v6 ? (struct sender){.v6 = true,
					    .from = {0x20, 0x01, 0x0d, 0xb8, [15] = 1},
					    .to = {0x20, 0x01, 0x0d, 0xb8, [15] = 0x77}}
				  : (struct sender){.from = {192, 0, 2, 1}, .to = {192, 0, 2, 77}};
		if (s->has.idents && (i == 0 || s->has.two))
			s->sender[i].numbering = (enum numbering)dice_between(
				s->trial->dice, NUMBER_RISING, NUMBER_JUMP);
	}
	s->senders = 1;
	spec = draw_spec(s);
	prober_make(&a->prober, &spec, s->trial->dice);
	draw_numbers(s, a);
	if (s->has.two)
		add_second(s, spec);
	for (size_t i = 0; i < s->senders; i++) {
		const struct prober *p = &s->sender[i].prober;
		int64_t end_ns = p->requests[p->count - 1].sent_ns;

		end_ns += s->has.steps || dice_chance(s->trial->dice, 60)
				  ? 3 * p->timeout_ns + 12 * p->pace_ns
				  : dice_between(s->trial->dice, 0, 2 * p->timeout_ns);
		s->end_ns = ns_max(end_ns, s->end_ns);
	}
}

/*
 * Draws how wrong the answers' stamps are (another queue's clock): by a constant and a small
 * spread.
 */
static void draw_offset(struct capture *s)
{
	struct dice *dice = s->trial->dice;
	const struct prober *p = &s->sender[0].prober;

	/* Without identifying numbers only the stamps assign answers to requests. */
	if (!s->has.disorder || is_ambiguous(s) || dice_chance(dice, 30))
		return;
	s->answer_offset_ns = -dice_log(dice, 10, 500 * 1000) * 1000;
	if (dice_chance(dice, 50))
		s->answer_spread_ns = dice_between(dice, 0, p->pace_ns / 110);
	trial_note(s->trial, "  answers stamped %.9f s off, and up to %.9f s more\n",
		(double)s->answer_offset_ns / 1e9, (double)s->answer_spread_ns / 1e9);
}

static struct claim sender_claim(const struct capture *s, const struct sender *a)
{
	struct observed w = prober_observed(&a->prober);
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
	/* Lost answers leave an ideal observer without any bound. */
	if (s->answers_lost)
		c.ideal = (struct interval){0, NS_INF};
	return c;
}

static void analyse(struct capture *s, struct claim *claims)
{
	const struct analyse_options options = {.timeout_ns = NS_NONE, .bound_ns = NS_NONE};
	char path[PATH_MAX];
	struct err e = {0};

	scratch_path(s->trial->scratch, "capture.pcap", path);
	capture_write(s, path);
	if (capture_import(path, s->trial->scratch->dir, &options, &e) == 0) {
		standalone_check(s->trial, claims, s->senders);
		return;
	}
	s->trial->tally->series += s->senders;
	if (!claims[0].unmeasured)
		claim_fail(&claims[0], s->trial, "refused: %s", e.text);
}

static void carry_out(struct trial *t, const struct features *may)
{
	struct capture s = {.trial = t, .nanoseconds = dice_chance(t->dice, 75), .has = *may};
	struct claim claims[PROBERS_MAX];

	s.has.pauses &= dice_chance(t->dice, 50);
	s.has.copies &= dice_chance(t->dice, 30);
	s.has.traceroute &= dice_chance(t->dice, 25);
	s.has.two &= dice_chance(t->dice, 30);
	if (may->steps && may->loss) { /* capture-all: a random selection */
		s.has.steps = dice_chance(t->dice, 50);
		s.has.idents = dice_chance(t->dice, 50);
		s.has.disorder = dice_chance(t->dice, 50);
		s.has.loss = dice_chance(t->dice, 50);
	}
	draw_senders(&s);
	draw_offset(&s);
	capture_draw_losses(&s);
	capture_draw_steps(&s);
	for (size_t i = 0; i < s.senders; i++) {
		s.sender[i].first_ident = s.sender[i].ident;
		trial_note(t,
			"  prober %zu: numbering %d, ident %u, number %u, again %u, time %d"
			"%s%s\n",
			i, s.sender[i].numbering, s.sender[i].ident, s.sender[i].seq,
			s.sender[i].again, s.sender[i].stamped, s.has.copies ? ", copies" : "",
			s.has.traceroute ? ", traceroute" : "");
	}
	capture_make_frames(&s);
	for (size_t i = 0; i < s.senders; i++) {
		claims[i] = sender_claim(&s, &s.sender[i]);
		if (s.senders == 2 && memcmp(s.sender[0].to, s.sender[1].to, 16) == 0)
			claims[i].ident = s.sender[i].first_ident;
	}
	for (size_t i = 0; i < s.senders; i++)
		t->others[i] = &s.sender[i].prober;
	capture_disturb(&s);
	analyse(&s, claims);
	for (size_t i = 0; i < s.senders; i++)
		prober_free(&s.sender[i].prober);
	free(s.frames);
}

void path_capture_plain(struct trial *t)
{
	carry_out(t, &(struct features){.pauses = true, .errors = true});
}

void path_capture_steps(struct trial *t)
{
	carry_out(t, &(struct features){.pauses = true, .errors = true, .steps = true});
}

void path_capture_idents(struct trial *t)
{
	carry_out(t, &(struct features){.pauses = true, .idents = true, .two = true});
}

void path_capture_disorder(struct trial *t)
{
	carry_out(t, &(struct features){.pauses = true,
			     .errors = true,
			     .disorder = true,
			     .copies = true,
			     .traceroute = true,
			     .two = true});
}

void path_capture_loss(struct trial *t)
{
	carry_out(t, &(struct features){.pauses = true, .loss = true});
}

void path_capture_all(struct trial *t)
{
	carry_out(t, &(struct features){true, true, true, true, true, true, true, true, true});
}

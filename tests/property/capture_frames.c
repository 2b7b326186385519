/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a prober's requests, answers and errors look like on the wire: see capture.h. */
#include "tests/property/capture.h"

#include <stdlib.h>
#include <string.h>

static struct shot *add_shot(struct scene *s, size_t prober, int64_t true_ns, bool back)
{
	struct shot *shot;

	if (ARRAY_GROW(s->shot, s->count, s->capacity))
		abort();
	shot = &s->shot[s->count++];
	*shot = (struct shot){.true_ns = true_ns, .prober = (uint8_t)prober, .back = back};
	return shot;
}

/* A time as ping writes it: seconds and microseconds of 8 bytes each, little-endian. */
static void put_time(struct echo *e, int64_t utc_ns)
{
	uint64_t words[2] = {
		(uint64_t)(utc_ns / NS_PER_S), (uint64_t)(utc_ns % NS_PER_S / NS_PER_US)};

	for (int i = 0; i < 16; i++)
		e->payload[i] = (uint8_t)(words[i / 8] >> (8 * (i % 8)));
}

/* The numbers of the next request. */
static struct echo next_echo(struct scene *s, struct asker *a, int64_t sent_ns)
{
	struct dice *dice = s->trial->dice;
	struct echo e = {.v6 = a->v6, .ident = a->ident, .seq = a->seq, .ttl = 64};

	memcpy(e.from, a->from, sizeof(e.from));
	memcpy(e.to, a->to, sizeof(e.to));
	for (int i = 0; i < PAYLOAD_BYTES; i++)
		e.payload[i] = (uint8_t)i;
	if (a->numbering == NUMBER_SAME) {
		e.ip_id = 1;
		return e;
	}
	e.ip_id = (uint16_t)dice_next(dice);
	if (a->stamped == 1)
		put_time(&e, scene_stamp(s, sent_ns) - 20 * NS_PER_US);
	if (a->stamped == 2)
		put_time(&e, scene_stamp(&(struct scene){0}, sent_ns) + 7 * NS_PER_S / 3);
	if (a->numbering == NUMBER_LOOP) {
		a->ident = (uint16_t)(a->ident + 3);
		return e;
	}
	a->seq++;
	if (a->numbering == NUMBER_AGAIN && a->seq == a->again)
		a->seq = 0;
	if (a->numbering == NUMBER_JUMP && dice_chance(dice, 4))
		a->seq = (uint16_t)(a->seq + dice_between(dice, 1, 30000));
	return e;
}

/* Requests that a router on the way ends, as mtr sends them before the one that arrives. */
static void shoot_traceroute(struct scene *s, size_t index, int64_t sent_ns)
{
	struct asker *a = &s->asker[index];
	int64_t quarter_ns = a->prober.pace_ns / 8 / 1000 * 1000;

	for (int hop = 1; hop <= 2; hop++) {
		int64_t at_ns = sent_ns - (3 - hop) * quarter_ns;
		struct echo e = next_echo(s, a, at_ns);

		e.ttl = (uint8_t)hop;
		bytes_request(&add_shot(s, index, at_ns, false)->frame, &e);
		bytes_error(&add_shot(s, index, at_ns + hop * 200 * NS_PER_US, true)->frame, &e,
			ROUTER_TIME_EXCEEDED);
	}
}

static void shoot_request(struct scene *s, size_t index, const struct request *r)
{
	struct dice *dice = s->trial->dice;
	struct asker *a = &s->asker[index];
	struct echo e;

	if (s->has.traceroute && r > a->prober.requests)
		shoot_traceroute(s, index, r->sent_ns);
	e = next_echo(s, a, r->sent_ns);
	if (r->seen)
		bytes_request(&add_shot(s, index, r->sent_ns, false)->frame, &e);
	if (r->answer_ns != NS_NONE)
		bytes_answer(&add_shot(s, index, r->answer_ns, true)->frame, &e);
	else if (s->has.errors && r->seen && dice_chance(dice, 30))
		bytes_error(&add_shot(s, index,
				    r->sent_ns + dice_between(dice, 100, 40000) * NS_PER_US, true)
				     ->frame,
			&e, ROUTER_UNREACHABLE);
}

/* Marks the answers behind the end as not shown. Requests behind it are no part of the series. */
static void cut_end(struct scene *s)
{
	for (size_t i = 0; i < s->askers; i++) {
		struct prober *p = &s->asker[i].prober;

		for (size_t k = 0; k < p->count; k++) {
			struct request *r = &p->requests[k];

			r->seen &= r->sent_ns <= s->end_ns;
			r->answer_seen &= r->seen && r->answer_ns <= s->end_ns;
		}
	}
}

void scene_shoot(struct scene *s)
{
	for (size_t i = 0; i < s->askers; i++)
		for (size_t k = 0; k < s->asker[i].prober.count; k++)
			shoot_request(s, i, &s->asker[i].prober.requests[k]);
	if (dice_chance(s->trial->dice, 40))
		bytes_other(&add_shot(s, 0, s->end_ns, false)->frame);
	cut_end(s);
}

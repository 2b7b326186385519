/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes the frames of a prober's requests, answers and errors: see capture.h. */
#include "tests/property/capture.h"

#include <stdlib.h>
#include <string.h>

static struct timed_frame *add_frame(struct capture *s, size_t prober, int64_t true_ns, bool back)
{
	struct timed_frame *shot;

	if (ARRAY_GROW(s->frames, s->count, s->capacity))
		abort();
	shot = &s->frames[s->count++];
	*shot = (struct timed_frame){.true_ns = true_ns, .prober = (uint8_t)prober, .back = back};
	return shot;
}

/* Writes a time as ping does: seconds and microseconds of 8 bytes each, little-endian. */
static void put_time(struct echo *e, int64_t utc_ns)
{
	uint64_t words[2] = {
		(uint64_t)(utc_ns / NS_PER_S), (uint64_t)(utc_ns % NS_PER_S / NS_PER_US)};

	for (int i = 0; i < 16; i++)
		e->payload[i] = (uint8_t)(words[i / 8] >> (8 * (i % 8)));
}

/* Returns the next request, with its numbers. */
static struct echo next_echo(struct capture *s, struct sender *a, int64_t sent_ns)
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
		put_time(&e, capture_stamp(s, sent_ns) - 20 * NS_PER_US);
	if (a->stamped == 2)
		put_time(&e, capture_stamp(&(struct capture){0}, sent_ns) + 7 * NS_PER_S / 3);
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

/* Adds requests that routers discard (time exceeded), as mtr sends them before one that arrives. */
static void add_traceroute(struct capture *s, size_t index, int64_t sent_ns)
{
	struct sender *a = &s->sender[index];
	int64_t apart_ns = a->prober.pace_ns / 8 / 1000 * 1000;

	for (int hop = 1; hop <= 2; hop++) {
		int64_t at_ns = sent_ns - (3 - hop) * apart_ns;
		struct echo e = next_echo(s, a, at_ns);

		e.ttl = (uint8_t)hop;
		bytes_request(&add_frame(s, index, at_ns, false)->frame, &e);
		bytes_error(&add_frame(s, index, at_ns + hop * 200 * NS_PER_US, true)->frame, &e,
			ROUTER_TIME_EXCEEDED);
	}
}

static void add_request(struct capture *s, size_t index, const struct request *r)
{
	struct dice *dice = s->trial->dice;
	struct sender *a = &s->sender[index];
	struct echo e;

	if (s->has.traceroute && r > a->prober.requests)
		add_traceroute(s, index, r->sent_ns);
	e = next_echo(s, a, r->sent_ns);
	if (r->seen)
		bytes_request(&add_frame(s, index, r->sent_ns, false)->frame, &e);
	if (r->answer_ns != NS_NONE)
		bytes_answer(&add_frame(s, index, r->answer_ns, true)->frame, &e);
	else if (s->has.errors && r->seen && dice_chance(dice, 30))
		bytes_error(&add_frame(s, index,
				    r->sent_ns + dice_between(dice, 100, 40000) * NS_PER_US, true)
				     ->frame,
			&e, ROUTER_UNREACHABLE);
}

/* Marks requests and answers after the end of the file as unseen. */
static void cut_end(struct capture *s)
{
	for (size_t i = 0; i < s->senders; i++) {
		struct prober *p = &s->sender[i].prober;

		for (size_t k = 0; k < p->count; k++) {
			struct request *r = &p->requests[k];

			r->seen &= r->sent_ns <= s->end_ns;
			r->answer_seen &= r->seen && r->answer_ns <= s->end_ns;
		}
	}
}

void capture_make_frames(struct capture *s)
{
	for (size_t i = 0; i < s->senders; i++)
		for (size_t k = 0; k < s->sender[i].prober.count; k++)
			add_request(s, i, &s->sender[i].prober.requests[k]);
	if (dice_chance(s->trial->dice, 40))
		bytes_other(&add_frame(s, 0, s->end_ns, false)->frame);
	cut_end(s);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Puts frames in the order of time: see frame_order.h. */
#include "harness/packet/frame_order.h"

#include <stdlib.h>
#include <string.h>

/* Frames without sequence numbers show a step if they go back by more than this. */
#define STEP_MIN_NS NS_PER_S
/* The number of a flow's sequence numbers that are remembered, to recognise overtaken requests. */
#define SEEN_NUMBERS 64
/* The number of remembered flows. A flow that was replaced in the table cannot show a step. */
#define FLOWS_REMEMBERED 4096
/*
 * The maximum number of steps that frame_order_take_step has not returned yet: each frame in the
 * window may show one. A caller that takes no steps gets no more; they are counted all the same.
 */
#define STEPS_MAX FRAME_ORDER_FRAMES

struct order_entry {
	int64_t ns;
	struct frame frame;
};

/* The newest request of one identifier. */
struct remembered {
	bool used;
	struct frame_address from, to;
	uint16_t ident, seq;
	uint64_t seen; /* bit k: sequence number seq - k was seen */
	uint64_t content;
	unsigned requests;
	int64_t ns;
};

struct frame_order {
	struct order_entry *entry; /* a ring of FRAME_ORDER_FRAMES, in the order of time */
	size_t first, count;
	int64_t latest_ns; /* the latest stamp with the offset; INT64_MIN: no frame yet */
	int64_t offset_ns; /* added to all stamps since the last step */
	struct {
		int64_t at_ns, back_ns;
	} pending[STEPS_MAX];
	size_t pending_count;
	uint64_t steps, unsorted;
	int64_t unsorted_max_ns;
	/* Two tables, by a hash of addresses and identifier, and by a hash of addresses alone. */
	struct remembered *flows;
};

struct frame_order *frame_order_new(void)
{
	struct frame_order *o = calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	o->entry = calloc(FRAME_ORDER_FRAMES, sizeof(*o->entry));
	o->flows = calloc(2 * FLOWS_REMEMBERED, sizeof(*o->flows));
	o->latest_ns = INT64_MIN;
	if (o->entry && o->flows)
		return o;
	frame_order_free(o);
	return NULL;
}

void frame_order_free(struct frame_order *o)
{
	if (!o)
		return;
	free(o->entry);
	free(o->flows);
	free(o);
}

static struct order_entry *entry_at(const struct frame_order *o, size_t i)
{
	return &o->entry[(o->first + i) % FRAME_ORDER_FRAMES];
}

bool frame_order_full(const struct frame_order *o)
{
	return o->count == FRAME_ORDER_FRAMES ||
	       (o->count > 0 && o->latest_ns - entry_at(o, 0)->ns >= FRAME_ORDER_NS);
}

static struct remembered *recall(const struct frame_order *o, const struct frame *f, bool any_ident)
{
	size_t hash = any_ident ? 0 : f->ident;

	for (size_t i = 0; i < sizeof(f->from.bytes); i++)
		hash = hash * 31 + f->from.bytes[i] * 7u + f->to.bytes[i];
	return &o->flows[(any_ident ? FLOWS_REMEMBERED : 0) +
			 (hash ^ hash >> 12) % FLOWS_REMEMBERED];
}

static bool same_addresses(const struct remembered *r, const struct frame *f)
{
	return r->used && frame_address_same(&r->from, &f->from) &&
	       frame_address_same(&r->to, &f->to);
}

static void remember(struct remembered *r, const struct frame *f, int64_t ns)
{
	*r = (struct remembered){.used = true,
		.from = f->from,
		.to = f->to,
		.ident = f->ident,
		.seq = f->seq,
		.seen = 1,
		.content = f->content,
		.requests = 1,
		.ns = ns};
}

/*
 * True if a request, which follows the flow's newest request in the file, was also sent after it:
 * its sequence number is higher, or was seen before because the numbers begin anew. A lower number
 * that was not seen yet and has an earlier stamp belongs to a request that was overtaken. Copies
 * give false. Remembers the request.
 */
static bool is_next(struct remembered *r, const struct frame *f, int64_t ns)
{
	int ahead = (int16_t)(uint16_t)(f->seq - r->seq);

	if (ahead < 0 && ahead > -SEEN_NUMBERS && ns < r->ns && !(r->seen >> -ahead & 1)) {
		r->seen |= UINT64_C(1) << -ahead;
		return false;
	}
	if (ahead == 0 && f->content == r->content && llabs(ns - r->ns) < FRAME_COPY_NS)
		return false;
	r->seen = ahead > 0 && ahead < SEEN_NUMBERS ? r->seen << ahead | 1 : 1;
	r->seq = f->seq;
	r->content = f->content;
	r->requests++;
	return true;
}

/*
 * True if a request's stamp contradicts the order of its flow. If each request has another
 * identifier, the file's order counts.
 */
static bool against_order(struct frame_order *o, const struct frame *f, int64_t ns)
{
	struct remembered *own = recall(o, f, false), *any = recall(o, f, true);
	bool known = same_addresses(own, f) && own->ident == f->ident, against = false;

	if (known && is_next(own, f, ns)) {
		against = ns < own->ns;
		own->ns = ns;
	} else if (!known) {
		against = same_addresses(any, f) && any->requests == 1 && ns < any->ns;
		remember(own, f, ns);
	}
	remember(any, f, ns);
	any->requests = own->requests;
	return against;
}

/*
 * Notes a step and sets the offset so that time goes on after the latest frame. Returns the stamp
 * with the new offset.
 */
static int64_t note_step(struct frame_order *o, int64_t stamp_ns)
{
	int64_t back_ns = o->latest_ns - (stamp_ns + o->offset_ns);

	o->offset_ns = o->latest_ns + 1 - stamp_ns;
	o->steps++;
	if (o->pending_count < STEPS_MAX) {
		o->pending[o->pending_count].at_ns = o->latest_ns;
		o->pending[o->pending_count++].back_ns = back_ns;
	}
	return o->latest_ns + 1;
}

int frame_order_put(struct frame_order *o, const struct frame *f, int64_t stamp_ns)
{
	int64_t ns = stamp_ns + o->offset_ns;
	size_t i = o->count;

	if (ns > FRAME_STAMP_MAX_NS)
		return -1;
	o->count++;
	if (f->what == FRAME_REQUEST
			? against_order(o, f, ns)
			: o->latest_ns != INT64_MIN && ns < o->latest_ns - STEP_MIN_NS) {
		ns = note_step(o, stamp_ns);
		if (f->what == FRAME_REQUEST)
			recall(o, f, false)->ns = recall(o, f, true)->ns = ns;
	}
	if (ns < o->latest_ns) {
		o->unsorted++;
		if (o->latest_ns - ns > o->unsorted_max_ns)
			o->unsorted_max_ns = o->latest_ns - ns;
	} else {
		o->latest_ns = ns;
	}
	for (; i > 0 && entry_at(o, i - 1)->ns > ns; i--)
		*entry_at(o, i) = *entry_at(o, i - 1);
	*entry_at(o, i) = (struct order_entry){ns, *f};
	return 0;
}

bool frame_order_take(struct frame_order *o, struct frame *f, int64_t *ns)
{
	if (!o->count)
		return false;
	*f = entry_at(o, 0)->frame;
	*ns = entry_at(o, 0)->ns;
	o->first = (o->first + 1) % FRAME_ORDER_FRAMES;
	o->count--;
	return true;
}

bool frame_order_take_step(struct frame_order *o, int64_t *at_ns, int64_t *back_ns)
{
	if (!o->pending_count)
		return false;
	*at_ns = o->pending[0].at_ns;
	*back_ns = o->pending[0].back_ns;
	memmove(o->pending, o->pending + 1, --o->pending_count * sizeof(*o->pending));
	return true;
}

uint64_t frame_order_steps(const struct frame_order *o)
{
	return o->steps;
}

uint64_t frame_order_unsorted(const struct frame_order *o, int64_t *max_ns)
{
	*max_ns = o->unsorted_max_ns;
	return o->unsorted;
}

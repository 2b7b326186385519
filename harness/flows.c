/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Requests and answers put together: see flows.h. Each flow has a ring of its newest requests; the
 * place of a request in it is its number, so that an answer finds it in O(1). A request leaves the
 * ring long after its time-out, so late answers still find theirs.
 */
#include "harness/flows.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <stdlib.h>
#include <string.h>

#define FLOW_GAPS 32
#define TIMEOUT_LEAST_NS (50 * NS_PER_MS)
/* How long an answer may be late and still be known; 16 bits of sequence number allow no more. */
#define LATE_NS (60 * NS_PER_S)
#define SLOTS_LEAST 64
#define SLOTS_MOST 65536
/* All rings together. */
#define SLOT_BYTES_MOST ((size_t)96 << 20)
/* A number that comes again within this is the same request, seen twice; later it is a new start. */
#define AGAIN_NS (10 * NS_PER_S)
/* Requests may overtake each other by so many. */
#define OVERTAKEN_MOST 64

struct flow_slot {
	int64_t number; /* which request lies here; -1: none */
	int64_t sent_ns, arrival_ns;
	uint64_t payload; /* the number that it carries */
	bool numbered;
	bool told; /* as unanswered */
};

static uint64_t mix(uint64_t hash, const uint8_t *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 29;
}

static size_t hash_of(const struct frame_address *prober, const struct frame_address *target,
	uint16_t ident)
{
	uint64_t hash = (uint64_t)ident << 8 | prober->size;

	hash = mix(mix(hash, prober->bytes), prober->bytes + 8);
	hash = mix(mix(hash, target->bytes), target->bytes + 8);
	return (size_t)(hash ^ hash >> 32);
}

/* Where the flow of a request is in the table, or where it would be. */
static size_t place_of(const struct flows *flows, const struct frame_address *prober,
	const struct frame_address *target, uint16_t ident)
{
	size_t mask = flows->table_size - 1;
	size_t i = hash_of(prober, target, ident) & mask;

	for (; flows->table[i]; i = (i + 1) & mask) {
		const struct flow *flow = &flows->flow[flows->table[i] - 1];

		if (flow->ident == ident && frame_address_same(&flow->prober, prober) &&
			frame_address_same(&flow->target, target))
			break;
	}
	return i;
}

static struct flow *flow_of(const struct flows *flows, const struct frame *frame)
{
	size_t entry;

	if (!flows->table_size)
		return NULL;
	entry = flows->table[place_of(flows, &frame->request_from, &frame->request_to,
		frame->ident)];
	return entry ? &flows->flow[entry - 1] : NULL;
}

static int table_grow(struct flows *flows)
{
	size_t size = flows->table_size ? flows->table_size * 2 : 64;
	size_t *table = calloc(size, sizeof(*table));

	if (!table)
		return -1;
	free(flows->table);
	flows->table = table;
	flows->table_size = size;
	for (size_t i = 0; i < flows->count; i++) {
		const struct flow *flow = &flows->flow[i];

		table[place_of(flows, &flow->prober, &flow->target, flow->ident)] = i + 1;
	}
	return 0;
}

static int flow_add(struct flows *flows, const struct frame *frame, int64_t utc_ns)
{
	size_t before = flows->room;

	if (flows->count == FLOWS_MOST) {
		flows->too_many++;
		return 0;
	}
	if (VEC_ROOM(flows->flow, flows->count, flows->room))
		return -1;
	if (flows->room != before) {
		int64_t *gaps = realloc(flows->gaps, flows->room * FLOW_GAPS * sizeof(*gaps));

		if (!gaps)
			return -1;
		flows->gaps = gaps;
	}
	if (flows->count * 2 >= flows->table_size && table_grow(flows))
		return -1;
	flows->flow[flows->count] = (struct flow){.prober = frame->request_from,
		.target = frame->request_to,
		.ident = frame->ident,
		.requests = 1,
		.first_ns = utc_ns,
		.last_ns = utc_ns};
	flows->count++;
	flows->table[place_of(flows, &frame->request_from, &frame->request_to, frame->ident)] =
		flows->count;
	return 0;
}

int flows_survey(struct flows *flows, const struct frame *frame, int64_t utc_ns)
{
	struct flow *flow;

	if (frame->what != FRAME_REQUEST && frame->what != FRAME_REPLY)
		return 0;
	flow = flow_of(flows, frame);
	if (frame->what == FRAME_REPLY) {
		if (flow && !flow->replies++ && frame->has_mac) {
			flow->has_mac = true;
			memcpy(flow->mac, frame->mac, FRAME_MAC_BYTES);
		}
		return 0;
	}
	if (!flow)
		return flow_add(flows, frame, utc_ns);
	if (flow->requests <= FLOW_GAPS)
		flows->gaps[(size_t)(flow - flows->flow) * FLOW_GAPS + flow->requests - 1] =
			utc_ns > flow->last_ns ? utc_ns - flow->last_ns : 0;
	flow->requests++;
	if (utc_ns > flow->last_ns)
		flow->last_ns = utc_ns;
	return 0;
}

/* The median of the first distances, not the mean: a pause in them is no pace. */
static int64_t pace(int64_t *gaps, uint64_t requests)
{
	size_t n = requests - 1 < FLOW_GAPS ? (size_t)requests - 1 : FLOW_GAPS;
	double sorted[FLOW_GAPS];
	int64_t median_ns;

	if (!n)
		return NS_PER_S;
	for (size_t i = 0; i < n; i++)
		sorted[i] = (double)gaps[i];
	gsl_sort(sorted, 1, n);
	median_ns = (int64_t)gsl_stats_median_from_sorted_data(sorted, 1, n);
	return median_ns > 0 ? median_ns : 1;
}

static size_t slots_for(const struct flow *flow, size_t most)
{
	int64_t wanted = LATE_NS / flow->interval_ns;
	size_t slots = SLOTS_LEAST;

	while (slots < most && (int64_t)slots < wanted)
		slots *= 2;
	return slots;
}

int flows_ready(struct flows *flows)
{
	size_t most = SLOTS_MOST;

	while (most > SLOTS_LEAST &&
		flows->count * most * sizeof(struct flow_slot) > SLOT_BYTES_MOST)
		most /= 2;
	for (size_t i = 0; i < flows->count; i++) {
		struct flow *flow = &flows->flow[i];
		size_t slots;

		flow->interval_ns = pace(flows->gaps + i * FLOW_GAPS, flow->requests);
		flow->timeout_ns = flow->interval_ns > TIMEOUT_LEAST_NS ? flow->interval_ns
									: TIMEOUT_LEAST_NS;
		slots = slots_for(flow, most);
		flow->slots = malloc(slots * sizeof(*flow->slots));
		if (!flow->slots)
			return -1;
		for (size_t k = 0; k < slots; k++)
			flow->slots[k].number = -1;
		flow->mask = slots - 1;
	}
	return 0;
}

static struct flow_slot *slot_of(const struct flow *flow, int64_t number)
{
	return &flow->slots[(size_t)number & flow->mask];
}

/* What the sink is called with. */
struct teller {
	struct flows *flows;
	flow_sink *sink;
	void *ctx;
};

static int tell(const struct teller *t, const struct flow *flow, enum flow_what what,
	const struct flow_slot *slot, int64_t known_ns)
{
	struct flow_outcome o = {.what = what,
		.flow = (size_t)(flow - t->flows->flow),
		.number = slot->number,
		.sent_ns = slot->sent_ns,
		.arrival_ns = what == FLOW_UNANSWERED ? NS_NONE : slot->arrival_ns,
		.known_ns = known_ns};

	return t->sink(t->ctx, &o);
}

/* The outcome of the request that is due. 1: told; 0: not decided yet; below: the sink's word. */
static int tell_due(const struct teller *t, const struct flow *flow, struct flow_slot *slot,
	int64_t now_ns, bool crowded)
{
	int64_t limit_ns = slot->sent_ns + flow->timeout_ns;
	int rc = 0;

	if (slot->told)
		return 1;
	if (slot->arrival_ns == NS_NONE && now_ns <= limit_ns && !crowded)
		return 0;
	if (slot->arrival_ns == NS_NONE || slot->arrival_ns > limit_ns) {
		rc = tell(t, flow, FLOW_UNANSWERED, slot, limit_ns);
		slot->told = true;
	}
	if (!rc && slot->arrival_ns != NS_NONE)
		rc = tell(t, flow, FLOW_ANSWER, slot, slot->arrival_ns);
	return rc ? rc : 1;
}

/* Tells in order what is decided at now_ns; `number` is about to need its slot. */
static int advance(const struct teller *t, struct flow *flow, int64_t now_ns, int64_t number)
{
	while (flow->begun && flow->due <= flow->newest) {
		struct flow_slot *slot = slot_of(flow, flow->due);
		bool crowded = number - flow->due > (int64_t)flow->mask;
		int rc = 1;

		if (slot->number == flow->due)
			rc = tell_due(t, flow, slot, now_ns, crowded);
		if (rc != 1)
			return rc;
		flow->due++;
	}
	return 0;
}

/* The number of a request of that sequence number, near the newest one. */
static int64_t number_of(const struct flow *flow, uint16_t seq)
{
	return flow->newest + (int16_t)(uint16_t)(seq - flow->newest_seq);
}

/* Puts the flow's newest forward to a request. Returns its number; -1: it is there already. */
static int64_t number_request(struct flows *flows, struct flow *flow, uint16_t seq, int64_t utc_ns)
{
	int64_t number;

	if (!flow->begun) {
		flow->begun = true;
		flow->newest = flow->due = number = seq;
		flow->newest_seq = seq;
		return number;
	}
	number = number_of(flow, seq);
	if (number <= flow->newest) {
		const struct flow_slot *slot = number < 0 ? NULL : slot_of(flow, number);

		if (slot && slot->number == number && utc_ns - slot->sent_ns < AGAIN_NS) {
			flows->doubled++;
			return -1;
		}
		if (slot && slot->number != number && number >= flow->due &&
			flow->newest - number < OVERTAKEN_MOST)
			return number;
		/* Another program, or the same one started anew, under the old identifier. */
		number = flow->newest + 1;
	}
	flow->newest = number;
	flow->newest_seq = seq;
	return number;
}

static int take_request(const struct teller *t, struct flow *flow, const struct frame *frame,
	int64_t utc_ns)
{
	int64_t ahead = flow->begun ? number_of(flow, frame->seq) : frame->seq;
	int64_t number;
	int rc = advance(t, flow, utc_ns, ahead > flow->newest ? ahead : flow->newest + 1);

	if (rc)
		return rc;
	number = number_request(t->flows, flow, frame->seq, utc_ns);
	if (number >= 0)
		*slot_of(flow, number) = (struct flow_slot){.number = number,
			.sent_ns = utc_ns,
			.arrival_ns = NS_NONE,
			.numbered = frame->numbered,
			.payload = frame->number};
	return 0;
}

/* The request that an answer or an error is about, or NULL: none is newer than the newest. */
static struct flow_slot *requested(const struct flow *flow, const struct frame *frame)
{
	int64_t number = flow->newest - (uint16_t)(flow->newest_seq - frame->seq);
	struct flow_slot *slot = flow->begun && number >= 0 ? slot_of(flow, number) : NULL;

	return slot && slot->number == number ? slot : NULL;
}

static int take_reply(const struct teller *t, struct flow *flow, const struct frame *frame,
	int64_t utc_ns)
{
	struct flow_slot *slot = requested(flow, frame);

	if (!slot || utc_ns < slot->sent_ns ||
		(slot->numbered && frame->numbered && slot->payload != frame->number)) {
		t->flows->foreign++;
		return 0;
	}
	if (slot->arrival_ns != NS_NONE)
		return tell(t, flow, FLOW_DUPLICATE, slot, utc_ns);
	slot->arrival_ns = utc_ns;
	if (slot->told)
		return tell(t, flow, FLOW_ANSWER, slot, utc_ns);
	return advance(t, flow, utc_ns, flow->newest);
}

static int take_error(const struct teller *t, const struct flow *flow, const struct frame *frame,
	int64_t utc_ns)
{
	struct flow_slot *slot = requested(flow, frame);
	struct flow_outcome o;

	if (!slot || slot->told || slot->arrival_ns != NS_NONE)
		return 0;
	slot->told = true;
	o = (struct flow_outcome){.what = FLOW_UNANSWERED,
		.flow = (size_t)(flow - t->flows->flow),
		.number = slot->number,
		.sent_ns = slot->sent_ns,
		.arrival_ns = NS_NONE,
		.known_ns = utc_ns,
		.refused = true,
		.icmp_type = frame->icmp_type,
		.icmp_code = frame->icmp_code,
		.from = frame->from};
	return t->sink(t->ctx, &o);
}

int flows_match(struct flows *flows, const struct frame *frame, int64_t utc_ns, flow_sink *sink,
	void *ctx)
{
	struct teller t = {flows, sink, ctx};
	struct flow *flow;

	if (frame->what != FRAME_REQUEST && frame->what != FRAME_REPLY &&
		frame->what != FRAME_ERROR)
		return 0;
	flow = flow_of(flows, frame);
	if (!flow) {
		flows->foreign += frame->what == FRAME_REPLY;
		return 0;
	}
	if (flow->left_out)
		return 0;
	if (frame->what == FRAME_REQUEST)
		return take_request(&t, flow, frame, utc_ns);
	if (frame->what == FRAME_REPLY)
		return take_reply(&t, flow, frame, utc_ns);
	return take_error(&t, flow, frame, utc_ns);
}

int flows_end(struct flows *flows, int64_t utc_ns, flow_sink *sink, void *ctx)
{
	struct teller t = {flows, sink, ctx};
	int rc = 0;

	for (size_t i = 0; !rc && i < flows->count; i++)
		rc = advance(&t, &flows->flow[i], utc_ns, flows->flow[i].newest);
	return rc;
}

void flows_free(struct flows *flows)
{
	for (size_t i = 0; i < flows->count; i++)
		free(flows->flow[i].slots);
	free(flows->flow);
	free(flows->table);
	free(flows->gaps);
	memset(flows, 0, sizeof(*flows));
}

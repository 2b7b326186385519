/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The second pass: matches requests and answers. See echo_flows.h. Each flow has a ring of its
 * newest requests, which are numbered consecutively. An answer finds its request by a key, the
 * identifier and the sequence number: requests whose keys have the same hash form a chain, the
 * newest first. A request stays in the ring until its outcome is decided, and then long enough for
 * late answers.
 */
#include "harness/packet/internal.h"

#include <stdlib.h>
#include <string.h>

/* An answer is recognised up to this long after its request. */
#define LATE_NS (60 * NS_PER_S)
#define EARLY_MAX 4096
#define SLOTS_MIN 64
/* The maximum memory of all rings together, unless undecided requests need more. */
#define SLOT_BYTES_MAX ((size_t)96 << 20)
/* The maximum number of steps along a chain in search of a request. */
#define CHAIN_STEPS_MAX 4096

struct flow_slot {
	int64_t sent_ns, arrival_ns;
	uint64_t content, payload;
	int64_t older; /* the number of the next request in the chain; below `oldest`: none */
	uint16_t ident, seq;
	uint8_t ttl;
	bool numbered;  /* `payload` is valid */
	bool matched;   /* an answer arrived, at arrival_ns */
	bool reported;  /* its outcome in time was reported, or left out as ambiguous */
	bool refused;   /* a router reported that the request did not arrive: no answer follows */
	bool ambiguous; /* an answer in time may belong to this request or to another one */
};

struct flow_match {
	struct flow_slot *slots;
	int64_t *chains; /* for each hash the number of the newest request; -1: none */
	size_t size;     /* of both arrays, a power of two */
	int64_t base;    /* the number of the first request in outcomes; it is 0 in this file */
	int64_t oldest;  /* number of the oldest request in the ring */
	int64_t due;     /* number of the oldest request whose outcome is not decided */
	int64_t next;    /* number of the next request */
	/* The newest matched answer, to recognise copies. */
	uint64_t reply_content;
	int64_t reply_ns;
	bool early; /* an answer was stamped before its request */
};

void flow_match_release(struct flow *flow)
{
	if (flow->match) {
		free(flow->match->slots);
		free(flow->match->chains);
	}
	free(flow->match);
	flow->match = NULL;
}

static struct flow_slot *slot_of(const struct flow_match *m, int64_t number)
{
	return &m->slots[(size_t)number & (m->size - 1)];
}

static size_t chain_of(const struct flow_match *m, uint16_t ident, uint16_t seq)
{
	uint32_t key = ((uint32_t)ident << 16 | seq) * UINT32_C(0x9e3779b1);

	return (key ^ key >> 15) & (m->size - 1);
}

static void link_slot(struct flow_match *m, int64_t number)
{
	struct flow_slot *slot = slot_of(m, number);
	int64_t *chain = &m->chains[chain_of(m, slot->ident, slot->seq)];

	slot->older = *chain;
	*chain = number;
}

static int grow(struct flows *flows, struct flow_match *m)
{
	struct flow_match larger = *m;

	larger.size = m->size ? m->size * 2 : SLOTS_MIN;
	larger.slots = malloc(larger.size * sizeof(*larger.slots));
	larger.chains = malloc(larger.size * sizeof(*larger.chains));
	if (!larger.slots || !larger.chains) {
		free(larger.slots);
		free(larger.chains);
		return -1;
	}
	for (size_t i = 0; i < larger.size; i++)
		larger.chains[i] = -1;
	for (int64_t n = m->oldest; n < m->next; n++) {
		*slot_of(&larger, n) = *slot_of(m, n);
		link_slot(&larger, n);
	}
	flows->slot_bytes += (larger.size - m->size) * (sizeof(*m->slots) + sizeof(*m->chains));
	free(m->slots);
	free(m->chains);
	*m = larger;
	return 0;
}

/* Makes a slot free for one more request. 0 or -1. */
static int reserve_slot(struct flows *flows, struct flow_match *m, int64_t now_ns)
{
	if ((size_t)(m->next - m->oldest) < m->size)
		return 0;
	if (m->size && m->oldest < m->due &&
		(now_ns - slot_of(m, m->oldest)->sent_ns > LATE_NS ||
			flows->slot_bytes > SLOT_BYTES_MAX)) {
		m->oldest++;
		return 0;
	}
	return grow(flows, m);
}

/* Where outcomes are reported. */
struct reporter {
	struct flows *flows;
	flow_sink *sink;
	void *ctx;
};

static int report(const struct reporter *r, const struct flow *flow, enum flow_outcome_kind what,
	int64_t number, int64_t known_ns)
{
	const struct flow_slot *slot = slot_of(flow->match, number);
	struct flow_outcome o = {.what = what,
		.flow = (size_t)(flow - r->flows->flow),
		.number = flow->match->base + number,
		.sent_ns = slot->sent_ns,
		.arrival_ns =
			what == FLOW_UNANSWERED || what == FLOW_SENT ? NS_NONE : slot->arrival_ns,
		.known_ns = known_ns};

	return r->sink(r->ctx, &o);
}

/*
 * Reports a request's outcome. 1: reported or ambiguous; 0: not decided yet; -1: the sink failed.
 */
static int report_due(
	const struct reporter *r, const struct flow *flow, int64_t number, int64_t now_ns)
{
	struct flow_slot *slot = slot_of(flow->match, number);
	int64_t limit_ns = slot->sent_ns + flow->timeout_ns;
	bool late;
	int rc = 0;

	if (slot->reported)
		return 1;
	if (!slot->matched && now_ns <= limit_ns)
		return 0;
	slot->reported = true;
	late = !slot->matched || slot->arrival_ns > limit_ns;
	slot->ambiguous |= r->flows->unsorted_max_ns > 0 &&
			   flow_met_step(r->flows, flow, slot->sent_ns, slot->sent_ns);
	if (late && slot->ambiguous)
		return 1;
	if (late)
		rc = report(r, flow, FLOW_UNANSWERED, number, limit_ns);
	if (!rc && slot->matched)
		rc = report(r, flow, FLOW_ANSWER, number, slot->arrival_ns);
	return rc ? rc : 1;
}

/* Reports the outcomes that are decided at now_ns, in the order of the requests. */
static int advance(const struct reporter *r, struct flow *flow, int64_t now_ns)
{
	struct flow_match *m = flow->match;

	for (; m && m->due < m->next; m->due++) {
		int rc = report_due(r, flow, m->due, now_ns);

		if (rc != 1)
			return rc;
	}
	return 0;
}

static bool same_key(const struct flow_slot *slot, const struct frame *frame)
{
	return slot->ident == frame->ident && slot->seq == frame->seq;
}

/* True if an answer's key is the request's, and its payload is not known to be another one's. */
static bool fits(const struct flow_slot *slot, const struct frame *frame)
{
	return same_key(slot, frame) &&
	       !(slot->numbered && frame->numbered && slot->payload != frame->number);
}

/* The number of the newest request with the frame's key; NS_NONE: none. */
static int64_t newest_with_key(const struct flow_match *m, const struct frame *frame)
{
	int64_t number = m->size ? m->chains[chain_of(m, frame->ident, frame->seq)] : -1;

	for (; number >= m->oldest; number = slot_of(m, number)->older)
		if (same_key(slot_of(m, number), frame))
			return number;
	return NS_NONE;
}

/* The requests that an answer may belong to. */
struct candidates {
	/* The oldest request for which the answer is in time, else the oldest; NS_NONE: none. */
	int64_t number;
	size_t in_time;    /* the number of requests for which the answer is in time */
	int64_t newest_ns; /* when the newest of these was sent */
	uint8_t ttl;   /* their largest TTL: a request with a smaller TTL may not have arrived */
	bool answered; /* a request that fits the answer was answered before */
};

static struct candidates find_candidates(
	const struct flow *flow, const struct frame *frame, int64_t now_ns)
{
	const struct flow_match *m = flow->match;
	struct candidates found = {.number = NS_NONE};
	int64_t number = m->size ? m->chains[chain_of(m, frame->ident, frame->seq)] : -1;

	for (unsigned n = 0; number >= m->oldest && n < CHAIN_STEPS_MAX;
		number = slot_of(m, number)->older, n++) {
		const struct flow_slot *slot = slot_of(m, number);
		int64_t age_ns = now_ns - slot->sent_ns;

		if (age_ns > LATE_NS || (age_ns > flow->timeout_ns && found.in_time))
			break;
		if (!fits(slot, frame))
			continue;
		found.answered |= slot->matched;
		if (slot->matched || slot->refused)
			continue;
		found.number = number;
		if (age_ns <= flow->timeout_ns) {
			found.newest_ns = found.in_time ? found.newest_ns : slot->sent_ns;
			found.in_time++;
			found.ttl = slot->ttl > found.ttl ? slot->ttl : found.ttl;
		}
	}
	return found;
}

/*
 * If an answer may belong to several requests and the request `taken` gets it, the newer requests
 * are no longer known to be unanswered. This holds for a late answer, too: if the clock was set
 * ahead, the answer may have been in time for the newest request.
 */
static void mark_others_ambiguous(const struct flow *flow, const struct frame *frame, int64_t taken)
{
	const struct flow_match *m = flow->match;

	for (int64_t n = newest_with_key(m, frame); n > taken; n = slot_of(m, n)->older) {
		struct flow_slot *slot = slot_of(m, n);

		if (fits(slot, frame) && !slot->matched)
			slot->ambiguous = true;
	}
}

/*
 * Finds the answer that precedes a request in the capture, and removes it from the kept answers.
 * Returns its stamp, or NS_NONE. Sets *ambiguous if an answer may or may not belong to the request.
 */
static int64_t take_early(struct flows *flows, const struct flow *flow, size_t ident,
	const struct frame *frame, bool key_is_new, int64_t utc_ns, bool *ambiguous)
{
	for (size_t i = 0; i < flows->early_count; i++) {
		struct early_reply *early = &flows->early[i];
		int64_t ns = early->ns;

		if (early->ident != ident || early->frame.seq != frame->seq ||
			(frame->numbered && early->frame.numbered &&
				frame->number != early->frame.number))
			continue;
		/* If a number repeats, this may be a second answer to the previous request. */
		if (early->taken || (!key_is_new && utc_ns - ns > flow->interval_ns / 4)) {
			*ambiguous = true;
			continue;
		}
		memmove(early, early + 1, (--flows->early_count - i) * sizeof(*early));
		return ns;
	}
	return NS_NONE;
}

/* Notes that a request with that TTL reached its target. */
static void note_ttl(struct flows *flows, size_t ident, uint8_t ttl, bool in_time)
{
	struct flow_pair *pair = &flows->pairs[flows->idents[ident].pair];
	uint8_t *lowest = in_time ? &pair->ttl_answered : &pair->ttl_late;

	if (!*lowest || ttl < *lowest)
		*lowest = ttl;
}

static int take_request(const struct reporter *r, struct flow *flow, size_t ident,
	const struct frame *frame, int64_t utc_ns)
{
	struct flow_match *m = flow->match;
	int64_t previous = newest_with_key(m, frame), early_ns;
	struct flow_slot *slot;
	bool ambiguous = false;

	if (previous != NS_NONE && slot_of(m, previous)->content == frame->content &&
		utc_ns - slot_of(m, previous)->sent_ns < FRAME_COPY_NS) {
		r->flows->doubled++;
		return 0;
	}
	if (advance(r, flow, utc_ns) || reserve_slot(r->flows, m, utc_ns))
		return -1;
	if (!m->next)
		m->base = frame->seq;
	early_ns = take_early(r->flows, flow, ident, frame,
		previous == NS_NONE && !r->flows->idents[ident].renumbered, utc_ns, &ambiguous);
	/* A step of the clock can make an answer seem early; the round trip is then not known. */
	if (early_ns != NS_NONE && flow_met_step(r->flows, flow, early_ns, utc_ns)) {
		early_ns = NS_NONE;
		ambiguous = true;
	}
	if (early_ns != NS_NONE) {
		m->early = true;
		note_ttl(r->flows, ident, frame->ttl, true);
	}
	slot = slot_of(m, m->next);
	*slot = (struct flow_slot){.sent_ns = utc_ns,
		.arrival_ns = early_ns,
		.matched = early_ns != NS_NONE,
		.ambiguous = ambiguous,
		.content = frame->content,
		.numbered = frame->numbered,
		.payload = frame->number,
		.ident = frame->ident,
		.seq = frame->seq,
		.ttl = frame->ttl};
	link_slot(m, m->next);
	m->next++;
	return report(r, flow, FLOW_SENT, m->next - 1, utc_ns);
}

/* Counts an answer without a request; reports it unless the request may precede the capture. */
static int take_stray(const struct reporter *r, const struct flow_pair *pair, int64_t utc_ns)
{
	struct flow_outcome o = {.what = FLOW_STRAY,
		.flow = SIZE_MAX,
		.sent_ns = NS_NONE,
		.arrival_ns = utc_ns,
		.known_ns = utc_ns};

	r->flows->foreign++;
	if (!pair || utc_ns - pair->first_ns < NS_PER_S)
		return 0;
	return r->sink(r->ctx, &o);
}

/* True if a kept answer has no request in the capture, provided that none follows. */
static bool is_stray(const struct early_reply *early)
{
	return !early->repeated && !early->taken;
}

/* Removes kept answers whose request did not follow within FRAME_EARLY_NS, and reports strays. */
static int expire_early(const struct reporter *r, int64_t now_ns)
{
	struct flows *flows = r->flows;
	size_t n = 0;
	int rc = 0;

	while (!rc && n < flows->early_count && now_ns - flows->early[n].ns > FRAME_EARLY_NS) {
		const struct early_reply *early = &flows->early[n++];

		if (is_stray(early))
			rc = take_stray(
				r, &flows->pairs[flows->idents[early->ident].pair], early->ns);
	}
	if (n)
		memmove(flows->early, flows->early + n,
			(flows->early_count - n) * sizeof(*flows->early));
	flows->early_count -= n;
	return rc;
}

/* Keeps an answer until its request follows; ignores copies. */
static int keep_early(const struct reporter *r, const struct early_reply *reply)
{
	struct flows *flows = r->flows;

	if (!flows->early) {
		flows->early = malloc(EARLY_MAX * sizeof(*flows->early));
		if (!flows->early)
			return -1;
	}
	for (size_t i = flows->early_count;
		i-- > 0 && reply->ns - flows->early[i].ns < FRAME_COPY_NS;)
		if (flows->early[i].ident == reply->ident &&
			flows->early[i].frame.content == reply->frame.content)
			return 0;
	if (flows->early_count == EARLY_MAX)
		return is_stray(reply)
			       ? take_stray(r, &flows->pairs[flows->idents[reply->ident].pair],
					 reply->ns)
			       : 0;
	flows->early[flows->early_count++] = *reply;
	return 0;
}

static int take_reply(const struct reporter *r, struct flow *flow, size_t ident,
	const struct frame *frame, int64_t utc_ns)
{
	struct flow_match *m = flow->match;
	struct candidates found = find_candidates(flow, frame, utc_ns);
	int64_t newest = newest_with_key(m, frame);
	bool copy = m->reply_content == frame->content && utc_ns - m->reply_ns < FRAME_COPY_NS &&
		    flow->interval_ns > 2 * FRAME_COPY_NS;
	bool renumbered = r->flows->idents[ident].renumbered;
	struct early_reply early;
	struct flow_slot *slot;

	if (newest != NS_NONE &&
		(copy || (found.number == NS_NONE && found.answered && !m->early && !renumbered)))
		return report(r, flow, FLOW_DUPLICATE, newest, utc_ns);
	early = (struct early_reply){.ident = ident,
		.frame = *frame,
		.ns = utc_ns,
		.repeated = found.answered,
		.taken = found.number != NS_NONE};
	if (!found.in_time && (!early.taken || renumbered) && keep_early(r, &early))
		return -1;
	if (found.number == NS_NONE)
		return 0;
	mark_others_ambiguous(flow, frame, found.number);
	slot = slot_of(m, found.number);
	slot->matched = true;
	slot->arrival_ns = utc_ns;
	if (found.in_time && found.newest_ns - slot->sent_ns > flow->unsure_ns)
		flow->unsure_ns = found.newest_ns - slot->sent_ns;
	note_ttl(r->flows, ident, found.in_time ? found.ttl : slot->ttl, found.in_time);
	m->reply_content = frame->content;
	m->reply_ns = utc_ns;
	if (slot->reported)
		return slot->ambiguous ? 0 : report(r, flow, FLOW_ANSWER, found.number, utc_ns);
	return advance(r, flow, utc_ns);
}

/* The only request that a router's error can refer to; NS_NONE: none, or more than one. */
static int64_t refused_request(
	const struct flow_match *m, const struct frame *frame, int64_t now_ns)
{
	int64_t number = m->size ? m->chains[chain_of(m, frame->ident, frame->seq)] : -1;
	int64_t found = NS_NONE;

	for (unsigned n = 0; number >= m->oldest && n < CHAIN_STEPS_MAX;
		number = slot_of(m, number)->older, n++) {
		const struct flow_slot *slot = slot_of(m, number);

		if (now_ns - slot->sent_ns > LATE_NS)
			break;
		if (!same_key(slot, frame) || slot->matched || slot->refused)
			continue;
		if (found != NS_NONE)
			return NS_NONE;
		found = number;
	}
	return found;
}

static int take_error(const struct reporter *r, const struct flow *flow, const struct frame *frame,
	int64_t utc_ns)
{
	struct flow_match *m = flow->match;
	int64_t number = refused_request(m, frame, utc_ns);
	struct flow_slot *slot = number == NS_NONE ? NULL : slot_of(m, number);
	struct flow_outcome o;

	if (!slot || slot->reported || slot->ambiguous)
		return 0;
	slot->reported = true;
	slot->refused = true;
	o = (struct flow_outcome){.what = FLOW_UNANSWERED,
		.flow = (size_t)(flow - r->flows->flow),
		.number = m->base + number,
		.sent_ns = slot->sent_ns,
		.arrival_ns = NS_NONE,
		.known_ns = utc_ns,
		.refused = true,
		.icmp_type = frame->icmp_type,
		.icmp_code = frame->icmp_code,
		.from = frame->from};
	return r->sink(r->ctx, &o);
}

/* Resets the state at the beginning of a second pass. */
static void begin(struct flows *flows)
{
	for (size_t i = 0; i < flows->count; i++)
		if (!flows->flow[i].left_out)
			flow_match_release(&flows->flow[i]);
	for (size_t i = 0; i < flows->ident_count; i++)
		flows->idents[i].burst = flows->idents[i].first_burst;
	flows->slot_bytes = flows->early_count = flows->clock_step_count = 0;
	flows->begun = true;
}

void flows_note_step(struct flows *flows, int64_t at_ns, int64_t back_ns)
{
	if (!flows->begun)
		begin(flows);
	flow_step_add(flows, at_ns, back_ns);
}

/* The flow that a frame of an identifier belongs to; NULL: none. */
static struct flow *flow_at(struct flows *flows, struct flow_ident *ident, int64_t utc_ns)
{
	const struct flow_burst *burst = &flows->bursts[ident->burst];

	while (burst->next != SIZE_MAX && utc_ns >= flows->bursts[burst->next].first_ns) {
		ident->burst = burst->next;
		burst = &flows->bursts[ident->burst];
	}
	return burst->flow == SIZE_MAX ? NULL : &flows->flow[burst->flow];
}

static int take_frame(const struct reporter *r, struct flow *flow, size_t ident,
	const struct frame *frame, int64_t utc_ns)
{
	if (!flow->match && !(flow->match = calloc(1, sizeof(*flow->match))))
		return -1;
	if (frame->what == FRAME_REQUEST)
		return take_request(r, flow, ident, frame, utc_ns);
	if (frame->what == FRAME_REPLY)
		return take_reply(r, flow, ident, frame, utc_ns);
	return take_error(r, flow, frame, utc_ns);
}

int flows_match(
	struct flows *flows, const struct frame *frame, int64_t utc_ns, flow_sink *sink, void *ctx)
{
	struct reporter r = {flows, sink, ctx};
	struct flow_ident *ident;
	struct flow_pair *pair;
	struct flow *flow;

	if (!flows->begun)
		begin(flows);
	if (frame->what != FRAME_REQUEST && frame->what != FRAME_REPLY &&
		frame->what != FRAME_ERROR)
		return 0;
	if (expire_early(&r, utc_ns))
		return -1;
	pair = flow_pair_of(flows, frame);
	if (pair && frame->what == FRAME_REQUEST && frame->ttl < pair->ttl_needed) {
		flows->short_lived++;
		return 0;
	}
	ident = flow_ident_of(flows, frame);
	if (!ident || ident->first_burst == SIZE_MAX)
		return frame->what == FRAME_REPLY ? take_stray(&r, pair, utc_ns) : 0;
	flow = flow_at(flows, ident, utc_ns);
	if (!flow || flow->left_out)
		return 0;
	return take_frame(&r, flow, (size_t)(ident - flows->idents), frame, utc_ns);
}

int flows_end(struct flows *flows, int64_t utc_ns, flow_sink *sink, void *ctx)
{
	struct reporter r = {flows, sink, ctx};
	int rc = 0;

	if (!flows->begun)
		begin(flows);
	rc = expire_early(&r, utc_ns);
	for (size_t i = 0; !rc && i < flows->count; i++) {
		struct flow *flow = &flows->flow[i];
		struct flow_match *m = flow->match;

		if (flow->left_out || !m)
			continue;
		for (int64_t n = m->due; !rc && n < m->next; n++)
			rc = report_due(&r, flow, n, utc_ns) < 0 ? -1 : 0;
		m->due = m->next;
	}
	/* The remaining answers are no strays: their requests may follow the end of the file. */
	for (size_t i = 0; i < flows->early_count; i++)
		flows->foreign += is_stray(&flows->early[i]);
	flows->early_count = 0;
	flows->begun = false;
	return rc;
}

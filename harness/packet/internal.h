/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The private state of struct flows. */
#ifndef BLACKOUT_PACKET_INTERNAL_H
#define BLACKOUT_PACKET_INTERNAL_H

#include "harness/packet/echo_flows.h"

/* The pace is the median of the first steps between requests, of this many at most. */
#define FLOW_REQUEST_STEPS 32
/* A request is compared with this many earlier ones, to recognise copies. */
#define FLOW_RECENT 4

/* The first steps from one request to the next. */
struct flow_request_steps {
	int64_t *step_ns; /* FLOW_REQUEST_STEPS durations; NULL: fewer than two requests so far */
	size_t count;
	int64_t last_ns; /* the newest request, UTC */
};

/* A prober and its target, with requests of all identifiers. */
struct flow_pair {
	struct frame_address prober, target;
	uint64_t requests;
	int64_t first_ns;
	struct flow_request_steps request_steps;
	uint8_t ttl_min, ttl_max;
	/* The smallest TTL of a request answered in time, and of one answered late; 0: none. */
	uint8_t ttl_answered, ttl_late;
	uint8_t ttl_needed; /* requests with a smaller TTL are ignored; 0: not determined yet */
	uint64_t replies;
	bool has_mac;
	uint8_t mac[FRAME_MAC_BYTES];
};

/* An identifier of a pair. */
struct flow_ident {
	size_t pair;
	uint16_t ident;
	struct flow_request_steps request_steps;
	/* The newest requests, to recognise copies. */
	struct {
		uint64_t content;
		int64_t ns;
	} recent[FLOW_RECENT];
	uint64_t requests;
	uint16_t seq;    /* of the newest request */
	bool renumbered; /* sequence numbers did not always rise, so a number may repeat */
	size_t first_burst, last_burst; /* SIZE_MAX: none */
	size_t burst;                   /* second pass: the burst of the newest frame */
};

/* Requests of one identifier without a long pause. */
struct flow_burst {
	size_t ident, next; /* `next`: the next burst of the identifier; SIZE_MAX: none */
	uint64_t requests;
	int64_t first_ns, last_ns;
	size_t flow; /* the flow that the burst belongs to; SIZE_MAX: none */
};

/* An answer that may precede its request in the capture. */
struct early_reply {
	size_t ident;
	struct frame frame;
	int64_t ns;
	bool repeated; /* may instead be a second answer to an earlier request */
	bool taken;    /* reported as a late answer, so a matching later request is ambiguous */
};

/*
 * The bucket of a pair or an identifier in its hash table. The bucket holds the index in the array
 * + 1, or 0 if there is no such entry; a new entry must be put into that bucket.
 */
size_t flow_pair_bucket(const struct flows *flows, const struct frame_address *prober,
	const struct frame_address *target);
size_t flow_ident_bucket(const struct flows *flows, size_t pair, uint16_t ident);
/* The pair or identifier of the request that a frame is or refers to; NULL: not surveyed. */
struct flow_pair *flow_pair_of(const struct flows *flows, const struct frame *frame);
struct flow_ident *flow_ident_of(const struct flows *flows, const struct frame *frame);
/*
 * True if the clock may have been set back while a request or its answer, seen in [from_ns, to_ns],
 * was on its way. Of the steps that are not kept one by one, none is known to be elsewhere.
 */
bool flow_met_step(
	const struct flows *flows, const struct flow *flow, int64_t from_ns, int64_t to_ns);
/* Adds a step of the clock: see flows_note_step. */
void flow_step_add(struct flows *flows, int64_t at_ns, int64_t back_ns);
/* Frees the second pass's state of a flow. */
void flow_match_release(struct flow *flow);

#endif

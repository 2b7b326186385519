/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The private state of echo flows. */
#ifndef BLACKOUT_PACKET_INTERNAL_H
#define BLACKOUT_PACKET_INTERNAL_H

#include "harness/packet/echo_flows.h"

/* The pace is the median of this many first steps between requests. */
#define FLOW_GAPS 32
/* A copy of a request is recognised among this many newest ones. */
#define FLOW_RECENT 4

/* The first steps from one request to the next. */
struct flow_gaps {
	int64_t *gap; /* FLOW_GAPS durations, ns; NULL: fewer than two requests so far */
	size_t count;
	int64_t last_ns; /* the newest request */
};

/* A prober and its target, with the requests of all identifiers. */
struct flow_pair {
	struct frame_address prober, target;
	uint64_t requests;
	int64_t first_ns;
	struct flow_gaps gaps;
	uint8_t ttl_min, ttl_max;
	/* Second pass: the smallest TTL of a request answered in time, or late; 0: none yet. */
	uint8_t ttl_answered, ttl_late;
	uint8_t ttl_needed; /* requests with a smaller TTL are no probes; 0: not known, all are */
	uint64_t replies;
	bool has_mac;
	uint8_t mac[FRAME_MAC_BYTES];
};

/* An identifier of a pair. */
struct flow_ident {
	size_t pair;
	uint16_t ident;
	struct flow_gaps gaps;
	/* Its newest requests, to recognise copies. */
	struct {
		uint64_t content;
		int64_t ns;
	} recent[FLOW_RECENT];
	uint64_t requests;
	uint16_t seq;    /* of the newest request */
	bool renumbered; /* sequence numbers did not always rise, so some may have come twice */
	size_t first_burst, last_burst; /* SIZE_MAX: none */
	size_t burst;                   /* second pass: the one that the newest frame belongs to */
};

/* Requests of one identifier without a long pause between them. */
struct flow_burst {
	size_t ident, next; /* next: burst of the same identifier, SIZE_MAX: none */
	uint64_t requests;
	int64_t first_ns, last_ns;
	size_t flow; /* that it is part of; SIZE_MAX: none */
};

/* An answer in the capture that precedes its request, or seems to have none. */
struct early_reply {
	size_t ident;
	struct frame frame;
	int64_t ns;
	bool repeated; /* it may instead be a second answer to an earlier request */
	bool taken;    /* it was reported as a late answer; a request that follows is ambiguous */
};

/*
 * The bucket of a pair or an identifier in its hash table. It holds the index in the array + 1; or
 * 0 if there is no such entry, and then it is the bucket to put it in.
 */
size_t flow_pair_bucket(const struct flows *flows, const struct frame_address *prober,
	const struct frame_address *target);
size_t flow_ident_bucket(const struct flows *flows, size_t pair, uint16_t ident);
/* The pair or identifier of a request; NULL: not seen in the survey. */
struct flow_pair *flow_pair_of(const struct flows *flows, const struct frame *frame);
struct flow_ident *flow_ident_of(const struct flows *flows, const struct frame *frame);
/* Frees the second pass's state of a flow. */
void flow_match_release(struct flow *flow);

#endif

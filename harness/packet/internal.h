/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the echo flows share. */
#ifndef BLACKOUT_PACKET_INTERNAL_H
#define BLACKOUT_PACKET_INTERNAL_H

#include "harness/packet/echo_flows.h"

/* The first distances between requests, of which the pace is the median. */
#define FLOW_GAPS 32
#define FLOW_RECENT 4

/* Distances between requests. */
struct flow_gaps {
	int64_t *gap; /* FLOW_GAPS of them; NULL: fewer than two requests so far */
	size_t count;
	int64_t last_ns;
};

/* A prober and its target. */
struct flow_pair {
	struct frame_address prober, target;
	uint64_t requests;
	int64_t first_ns;
	struct flow_gaps gaps;
	uint8_t ttl_min, ttl_max;
	/* The least that an answer came to, in time or late, in the second pass; 0: none yet. */
	uint8_t ttl_answered, ttl_late;
	uint8_t ttl_needed; /* requests below are no probes; 0: not known, all are */
	uint64_t replies;
	bool has_mac;
	uint8_t mac[FRAME_MAC_BYTES];
};

/* An identifier of a pair. */
struct flow_ident {
	size_t pair;
	uint16_t ident;
	struct flow_gaps gaps;
	/* Its newest requests, to tell copies. */
	struct {
		uint64_t content;
		int64_t ns;
	} recent[FLOW_RECENT];
	uint64_t requests;
	uint16_t seq;    /* of the newest request */
	bool renumbered; /* numbers did not only rise: one of them may have been there before */
	size_t first_burst, last_burst, burst; /* SIZE_MAX: none; the second pass's own */
};

/* Requests of one identifier without a long pause between them. */
struct flow_burst {
	size_t ident, next; /* next of the same identifier, SIZE_MAX: none */
	uint64_t requests;
	int64_t first_ns, last_ns;
	size_t flow;
};

/* An answer that came by before its request. */
struct early_reply {
	size_t ident;
	struct frame frame;
	int64_t ns;
	bool repeated; /* it may instead be one more answer to a request that was answered already */
	bool taken;    /* it was told as a late answer; it only makes its request ambiguous */
};

/* Where a pair or an identifier stands in its table (index + 1), or would stand: 0 is there. */
size_t flow_pair_bucket(const struct flows *flows, const struct frame_address *prober,
	const struct frame_address *target);
size_t flow_ident_bucket(const struct flows *flows, size_t pair, uint16_t ident);
/* The pair or identifier of a request; NULL: not seen in the survey. */
struct flow_pair *flow_pair_of(const struct flows *flows, const struct frame *frame);
struct flow_ident *flow_ident_of(const struct flows *flows, const struct frame *frame);
/* Frees what the second pass made. */
void flow_match_free(struct flow *flow);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Echo requests and answers in a capture, put together: a flow is what one prober sends to one target
 * under one ICMP identifier. Memory is bounded by the number of flows. Pure: frames go in, outcomes
 * come out in order of the requests.
 *
 * Two passes. The first (flows_survey for each frame, then flows_ready) finds the flows and their
 * pace; the second (flows_match for each frame, then flows_end) puts requests and answers together.
 */
#ifndef BLACKOUT_FLOWS_H
#define BLACKOUT_FLOWS_H

#include "harness/frame.h"

/* More flows than this are a flood, not probes: the rest is counted only. */
#define FLOWS_MOST 65536

struct flow_slot;

struct flow {
	struct frame_address prober, target;
	uint16_t ident;
	uint64_t requests, replies;
	bool has_mac;
	uint8_t mac[FRAME_MAC_BYTES]; /* the target's, as its first answer came with it */
	int64_t first_ns, last_ns; /* requests, UTC */
	int64_t interval_ns;       /* between requests: the median of the first ones */
	int64_t timeout_ns;        /* set by the caller between the passes */
	bool left_out;             /* the same: its frames are passed over */
	/* The flow's own book-keeping. */
	struct flow_slot *slots;
	size_t mask;
	bool begun;
	uint16_t newest_seq;
	int64_t newest, due; /* numbers: the newest request; the first that has no outcome yet */
};

enum flow_what { FLOW_ANSWER, FLOW_UNANSWERED, FLOW_DUPLICATE };

/*
 * What became of a request. An answer after the time-out is told twice: UNANSWERED when the time-out had
 * run out, ANSWER when it came. A router's error is UNANSWERED with `refused`.
 */
struct flow_outcome {
	enum flow_what what;
	size_t flow;
	int64_t number;    /* of the request in its flow: the sequence number, unwrapped */
	int64_t sent_ns, arrival_ns; /* UTC; arrival NS_NONE without an answer */
	int64_t known_ns;  /* when this was known */
	bool refused;
	uint8_t icmp_type, icmp_code;
	struct frame_address from; /* who refused it */
};
typedef int flow_sink(void *ctx, const struct flow_outcome *outcome);

struct flows {
	struct flow *flow;
	size_t count, room;
	size_t *table; /* hash of the key to index + 1 */
	size_t table_size;
	int64_t *gaps; /* the first distances between requests, FLOW_GAPS a flow */
	/* What did not fit anywhere. */
	uint64_t foreign; /* answers to requests that were not seen, or with another number */
	uint64_t doubled; /* requests seen twice: a mirror port that shows both directions */
	uint64_t too_many; /* requests of flows beyond FLOWS_MOST */
};

/* First pass. 0, or -1 out of memory. */
int flows_survey(struct flows *flows, const struct frame *frame, int64_t utc_ns);
/* Between the passes: sets intervals and time-outs (the larger of interval and 50 ms). 0 or -1. */
int flows_ready(struct flows *flows);
/* Second pass: may call `sink`; its -1 ends the pass and is returned. */
int flows_match(struct flows *flows, const struct frame *frame, int64_t utc_ns, flow_sink *sink,
	void *ctx);
/* The file ends at utc_ns: tells what is decided by then. What is not stays open and is not told. */
int flows_end(struct flows *flows, int64_t utc_ns, flow_sink *sink, void *ctx);
void flows_free(struct flows *flows);

#endif

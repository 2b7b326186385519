/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Echo requests and answers in a capture, put together. A flow is what one prober sends to one target:
 * under one ICMP identifier, or under several that do not overlap in time (`ping -c1` in a loop). Those
 * that overlap are flows of their own. Memory is bounded by the number of flows and their rate. Pure:
 * frames go in, outcomes come out in the order of the requests.
 *
 * Two passes over the frames in the order of time. The first (flows_survey for each frame, then
 * flows_build) finds the flows and their pace; the second (flows_match for each, then flows_end) puts
 * requests and answers together. Where requests to one target differ in their TTL (traceroute) two passes
 * come in between: see flows_ttl_varies.
 */
#ifndef BLACKOUT_PACKET_ECHO_FLOWS_H
#define BLACKOUT_PACKET_ECHO_FLOWS_H

#include "harness/packet/frame.h"

/* More flows than this are a flood, not probes: the rest is counted only. */
#define FLOWS_MAX 65536
/* So many steps back of the clock are remembered at a time. */
#define FLOW_STEPS 16

struct flow_match;

struct flow {
	struct frame_address prober, target;
	uint16_t ident;   /* the first one */
	bool many_idents;
	uint64_t requests, replies;
	bool has_mac;
	uint8_t mac[FRAME_MAC_BYTES]; /* the target's, as its first answer came with it */
	int64_t first_ns, last_ns; /* requests, UTC */
	int64_t pace_ns;           /* between requests: the median of the first ones */
	/* Their lower quartile: many steps are hardly faster, while a median may be too slow by a little. */
	int64_t pace_quartile_ns;
	int64_t interval_ns;       /* the same; the caller may round it */
	int64_t unsure_ns;         /* second pass: an answer may be of a request so much later */
	int64_t timeout_ns;        /* set by the caller between the passes */
	bool left_out;             /* the same: its frames are passed over */
	struct flow_match *match;  /* the second pass's own */
};

enum flow_what {
	FLOW_ANSWER,
	FLOW_UNANSWERED,
	FLOW_DUPLICATE,
	FLOW_SENT,  /* a request, when it comes by: sent_ns */
	FLOW_STRAY, /* an answer, at arrival_ns, to a request that the capture does not have: it lost frames */
};

/*
 * What became of a request. An answer after the time-out is told twice: UNANSWERED when the time-out had
 * run out, ANSWER when it came. A router's error is UNANSWERED with `refused`. Queues of a card are
 * stamped by clocks of their own: an answer may be stamped up to a second before its request. A request
 * of which it is not certain whether an answer was its own (a number that repeats) is not told at all.
 */
struct flow_outcome {
	enum flow_what what;
	size_t flow;
	int64_t number;    /* of the request in its flow, in a row from its first sequence number on */
	int64_t sent_ns, arrival_ns; /* UTC; arrival NS_NONE without an answer */
	int64_t known_ns;  /* when this was known */
	bool refused;
	uint8_t icmp_type, icmp_code;
	struct frame_address from; /* who refused it */
};
typedef int flow_sink(void *ctx, const struct flow_outcome *outcome);

struct flow_ident;
struct flow_pair;
struct flow_burst;
struct early_reply;

struct flows {
	struct flow *flow; /* after flows_build */
	size_t count, capacity;
	/* What did not fit anywhere. */
	uint64_t foreign; /* answers to requests that were not seen, or with another number */
	uint64_t doubled; /* requests seen twice: a mirror port that shows both directions */
	uint64_t short_lived; /* requests whose TTL does not reach the target: no probes */
	uint64_t too_many; /* requests of identifiers beyond what is looked at */
	/* Its own book-keeping: internal.h. */
	struct flow_ident *idents;
	size_t ident_count, ident_capacity;
	struct flow_pair *pairs;
	size_t pair_count, pair_capacity;
	struct flow_burst *bursts;
	size_t burst_count, burst_capacity;
	size_t *ident_table, *pair_table; /* hash to index + 1 */
	size_t ident_table_size, pair_table_size;
	struct early_reply *early;
	size_t early_count;
	size_t slot_bytes;
	int64_t unsorted_max_ns; /* set by the caller: how far frames stand out of the order of time */
	/* Steps back of the clock: the newest few. */
	struct {
		int64_t at_ns, back_ns;
	} steps[FLOW_STEPS];
	size_t step_count;
	bool begun;
};

/* First pass. 0, or -1 out of memory. */
int flows_survey(struct flows *flows, const struct frame *frame, int64_t utc_ns);
/*
 * Whether requests to one target differ in their TTL. Then those below the least that an answer came to
 * are no probes, and three more steps are needed after the survey: flows_build, a second pass whose
 * outcomes are not needed, and flows_survey_restart, after which the first pass is made once more.
 */
bool flows_ttl_varies(const struct flows *flows);
void flows_survey_restart(struct flows *flows);
/* Between the passes: sets intervals and time-outs (the larger of interval and 50 ms). 0 or -1. */
int flows_build(struct flows *flows);
/*
 * The clock was set back by back_ns after at_ns, which no frame handed on yet has reached. Whether a request
 * on its way then was answered in time is not known.
 */
void flows_note_step(struct flows *flows, int64_t at_ns, int64_t back_ns);
/* Second pass, of the flows that are not left out: may call `sink`; its -1 ends the pass and is returned. */
int flows_match(struct flows *flows, const struct frame *frame, int64_t utc_ns, flow_sink *sink,
	void *ctx);
/*
 * The file ends at utc_ns: tells what is decided by then. A request whose time-out has not run out is not
 * told, and hides none that was sent after it. Another second pass may follow.
 */
int flows_end(struct flows *flows, int64_t utc_ns, flow_sink *sink, void *ctx);
void flows_release(struct flows *flows);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Matches echo requests in a capture with their answers. A flow is the requests of one prober to
 * one target under one ICMP identifier, or under several that do not overlap in time (`ping -c1` in
 * a loop); overlapping identifiers are separate flows. Memory is bounded by the number of flows and
 * their rate. Does no input or output: frames go in, outcomes come out in the order of the
 * requests.
 *
 * It takes two passes over the frames in the order of time. The first (flows_survey for each frame,
 * then flows_build) finds the flows and their pace; the second (flows_match for each frame, then
 * flows_end) matches. If requests to one target differ in their TTL (traceroute), two more passes
 * are needed in between: see flows_ttl_varies.
 */
#ifndef BLACKOUT_PACKET_ECHO_FLOWS_H
#define BLACKOUT_PACKET_ECHO_FLOWS_H

#include "harness/packet/frame.h"

/* More flows than this are a flood, not probes: the requests of further flows are only counted. */
#define FLOWS_MAX 65536
/* The number of steps back of the clock that are kept one by one, the newest ones. */
#define FLOW_CLOCK_STEPS 16

struct flow_match;

struct flow {
	struct frame_address prober, target;
	uint16_t ident; /* the first identifier */
	bool many_idents;
	uint64_t requests, replies;
	bool has_mac;
	uint8_t mac[FRAME_MAC_BYTES]; /* the sender of the target's first answer */
	int64_t first_ns, last_ns;    /* the first and the last request, UTC */
	int64_t pace_ns;              /* the median of the first steps from request to request */
	/* The lower quartile of these steps: the median can be a little above the real interval. */
	int64_t pace_quartile_ns;
	int64_t interval_ns; /* pace_ns, which the caller may round between the passes */
	/* Second pass: an answer may belong to a request that was sent up to this much later. */
	int64_t unsure_ns;
	int64_t timeout_ns;       /* the caller may set it between the passes */
	bool left_out;            /* the caller may set it: the second pass skips the flow */
	struct flow_match *match; /* private to the second pass */
};

enum flow_outcome_kind {
	FLOW_ANSWER,
	FLOW_UNANSWERED,
	FLOW_DUPLICATE,
	FLOW_SENT, /* a request was sent, at sent_ns */
	/* An answer without its request: the capture lost frames. `flow` is SIZE_MAX. */
	FLOW_STRAY,
};

/*
 * The outcome of a request. An answer after the time-out gives two outcomes: UNANSWERED when the
 * time-out runs out, ANSWER when the answer comes. A router's error gives UNANSWERED with
 * `refused`. An answer may be stamped up to a second before its request, because each queue of a
 * network card can have its own clock. If it is uncertain whether an answer belongs to a request
 * (because a sequence number repeats), the request gets only the outcome SENT.
 */
struct flow_outcome {
	enum flow_outcome_kind what;
	size_t flow;
	int64_t number; /* of the request, counted from the flow's first sequence number */
	int64_t sent_ns, arrival_ns; /* UTC, of the request and its first answer; NS_NONE: none */
	int64_t known_ns;            /* when the outcome was certain */
	bool refused;
	uint8_t icmp_type, icmp_code;
	struct frame_address from; /* of a refused request: the router that sent the error */
};
/* Takes an outcome. Returns 0, or -1 to end the pass. */
typedef int flow_sink(void *ctx, const struct flow_outcome *outcome);

struct flow_ident;
struct flow_pair;
struct flow_burst;
struct early_reply;

struct flows {
	struct flow *flow; /* after flows_build */
	size_t count, capacity;
	/* Numbers of frames that belong to no flow. */
	uint64_t foreign; /* answers whose request is not in the capture, or has another payload */
	uint64_t doubled; /* copies of requests, from a mirror port that shows both directions */
	uint64_t short_lived; /* requests whose TTL is too small to reach the target */
	uint64_t too_many;    /* requests beyond the maximum of identifiers or flows */
	/* Private: see internal.h. */
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
	int64_t unsorted_max_ns; /* set by the caller: how far frames are out of order */
	/* The newest steps back of the clock, in a ring. */
	struct {
		int64_t at_ns, back_ns;
	} clock_steps[FLOW_CLOCK_STEPS];
	size_t clock_step_count;
	/* The older steps together: the first, the last, and the largest distance back. */
	int64_t old_steps_from_ns, old_steps_to_ns, old_steps_back_ns;
	bool begun; /* a second pass is under way */
};

/* First pass: takes the next frame. Returns 0, or -1 out of memory. */
int flows_survey(struct flows *flows, const struct frame *frame, int64_t utc_ns);
/*
 * True if requests to one target differ in their TTL, before flows_survey_restart. Requests with a
 * smaller TTL than any answered request then are not probes. To find that TTL, call flows_build
 * after the survey, make a second pass and ignore its outcomes, call flows_survey_restart, and
 * begin again with the first pass.
 */
bool flows_ttl_varies(const struct flows *flows);
void flows_survey_restart(struct flows *flows);
/*
 * Between the passes: builds the flows, with their intervals and time-outs (the larger of the
 * interval and 50 ms). Returns 0, or -1 out of memory.
 */
int flows_build(struct flows *flows);
/*
 * Notes that the clock was set back by back_ns after at_ns. Call it before flows_match gets any
 * frame beyond at_ns. A request that was unanswered at the step may get no outcome, because its
 * round trip is not known.
 */
void flows_note_step(struct flows *flows, int64_t at_ns, int64_t back_ns);
/*
 * Second pass: takes the next frame and calls `sink` with each outcome that the frame decides,
 * except for flows left out. Returns 0, or -1 out of memory or if the sink returned -1, which ends
 * the pass.
 */
int flows_match(
	struct flows *flows, const struct frame *frame, int64_t utc_ns, flow_sink *sink, void *ctx);
/*
 * Ends the second pass at utc_ns, the end of the file, and calls `sink` with the outcomes decided
 * by then. A request whose time-out has not expired gets no outcome; a later request that was
 * answered does. Another second pass may follow. Returns 0, or -1 if the sink returned -1.
 */
int flows_end(struct flows *flows, int64_t utc_ns, flow_sink *sink, void *ctx);
void flows_release(struct flows *flows);

#endif

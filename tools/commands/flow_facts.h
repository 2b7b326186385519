/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One flow of a capture as facts: its outcomes condensed (harness/facts/spans.h), and what the steps between
 * its requests say of the capture's clock.
 */
#ifndef BLACKOUT_TOOLS_COMMANDS_FLOW_FACTS_H
#define BLACKOUT_TOOLS_COMMANDS_FLOW_FACTS_H

#include "harness/base/trip_histogram.h"
#include "harness/facts/spans.h"
#include "harness/packet/echo_flows.h"

/* A step between two requests that is shorter than the pace: the clock may have been set back in it. */
struct short_step {
	int64_t from_ns, to_ns, by_ns; /* the requests on either side, and how much it is short */
};

struct flow_facts {
	const struct flow *flow;
	struct span_writer writer;
	struct span_series span;
	char subject[16];
	int64_t base_ns; /* UTC of the facts' zero */
	double *trips_ns;
	int64_t pace_ns;
	int64_t first_ns, last_ns; /* of the first and newest request, UTC; NS_NONE: none yet */
	/* By how much steps are shorter than the pace, and those that are much shorter. */
	uint64_t counts[HISTOGRAM_BUCKETS];
	int64_t kept_short_ns; /* the most of those that are not much shorter */
	struct short_step *steps;
	size_t step_count, step_room;
	unsigned shorts; /* how many of the newest steps in a row are much shorter */
	uint64_t sent, answered, late, duplicates;
};

/*
 * `flow` has its interval; `trips_max` is the longest run of answers in one line. 0, or -1 out of memory.
 */
int flow_facts_init(struct flow_facts *facts, struct fact_log *log, unsigned number,
	const struct flow *flow, int64_t base_ns, size_t trips_max);
/* Takes an outcome of its flow. 0, or -1 out of memory. */
int flow_facts_take(struct flow_facts *facts, const struct flow_outcome *outcome, int64_t timeout_ns);
/* Writes what is open, `clock-step` facts and the `summary` at now_ns (UTC). */
void flow_facts_finish(struct flow_facts *facts, int64_t now_ns);
void flow_facts_release(struct flow_facts *facts);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writes one flow of a capture as facts: its outcomes as spans (harness/facts/spans.h), and the
 * steps of the capture's clock that the times between its requests show.
 */
#ifndef BLACKOUT_TOOLS_COMMANDS_FLOW_FACTS_H
#define BLACKOUT_TOOLS_COMMANDS_FLOW_FACTS_H

#include "harness/base/trip_histogram.h"
#include "harness/facts/spans.h"
#include "harness/packet/echo_flows.h"

/* A step between two requests, shorter than the pace: the clock may have been set back in it. */
struct short_step {
	int64_t from_ns, to_ns; /* the two requests, UTC */
	int64_t by_ns;          /* pace less step */
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
	uint64_t counts[HISTOGRAM_BUCKETS]; /* all steps, by shortfall (pace less step) */
	int64_t kept_short_ns;    /* the greatest shortfall of the steps that are not in `steps` */
	struct short_step *steps; /* those that are much shorter than the pace */
	size_t step_count, step_capacity;
	unsigned shorts; /* the number of newest steps in a row that are much shorter */
	uint64_t sent, answered, late, duplicates;
};

/*
 * `number` is the target's, base_ns the UTC of the facts' time 0. `flow` has its interval. A span
 * has at most `trips_max` answers. 0, or -1 out of memory.
 */
int flow_facts_init(struct flow_facts *facts, struct fact_log *log, unsigned number,
	const struct flow *flow, int64_t base_ns, size_t trips_max);
/* Takes an outcome of the flow; a later answer than timeout_ns is late. 0, or -1 out of memory. */
int flow_facts_take(
	struct flow_facts *facts, const struct flow_outcome *outcome, int64_t timeout_ns);
/* Writes the open spans, the `clock-step` facts and the `summary`, stamped now_ns (UTC). */
void flow_facts_finish(struct flow_facts *facts, int64_t now_ns);
void flow_facts_release(struct flow_facts *facts);

#endif

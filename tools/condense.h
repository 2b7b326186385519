/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Outcomes of a flow as facts: a stretch of probes of one fate is one line, what stands next to a
 * disturbance has a line of its own (docs/facts.md), so that the facts of a quiet hour are few.
 */
#ifndef BLACKOUT_CONDENSE_H
#define BLACKOUT_CONDENSE_H

#include "harness/facts.h"
#include "harness/flows.h"

struct condenser {
	struct fact_log *log;
	char subject[16];
	int64_t base_ns; /* UTC of the facts' zero */
	int64_t next;    /* the number that continues the run of answers */
	bool running, held;
	struct flow_outcome newest; /* held: answered in time, and maybe the last before a disturbance */
	int64_t ok_first, ok_from_ns, ok_to_ns, ok_known_ns;
	size_t ok_count, room;
	double *trips_ns;
	int64_t lost_first, lost_from_ns, lost_to_ns, lost_known_ns;
	size_t lost_count;
	uint64_t sent, answered, late, duplicates;
};

/* `room`: the longest run of answers in one line. 0, or -1 out of memory. */
int condenser_init(struct condenser *condenser, struct fact_log *log, unsigned number,
	int64_t base_ns, size_t room);
/* Takes an outcome of its flow; `timeout_ns` tells late answers. */
void condenser_take(struct condenser *condenser, const struct flow_outcome *outcome,
	int64_t timeout_ns);
/* Writes what is open and the `summary` at now_ns (UTC). */
void condenser_finish(struct condenser *condenser, int64_t now_ns);
void condenser_free(struct condenser *condenser);

#endif

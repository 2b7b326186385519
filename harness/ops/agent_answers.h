/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The answers of a guest's agent as structs: everybody who asks one reads its lines by these. The protocol is
 * in harness/ops/guest_agent.h. A number that an answer does not have is NS_NONE. Functions that return an int
 * return 0, or -1 with what is wrong: the agent's own words where it says "error", else that the answer makes no
 * sense. Pure.
 */
#ifndef BLACKOUT_OPS_AGENT_ANSWERS_H
#define BLACKOUT_OPS_AGENT_ANSWERS_H

#include "harness/ops/workload.h"

/* To a request whose answer says only that it was done. */
int agent_done_parse(const char *answer, struct err *e);

struct agent_hello {
	int64_t version, fill_bytes;
	bool disk;
};
/* To `hello`. */
int agent_hello_parse(const char *answer, struct agent_hello *hello, struct err *e);

struct agent_fill {
	int64_t pages, filled;
};
/* To `status`. Both numbers are told. */
int agent_fill_parse(const char *answer, struct agent_fill *fill, struct err *e);

enum agent_memory {
	MEMORY_UNTOLD, /* it could not be verified, or nobody knows what the answer means */
	MEMORY_WHOLE,
	MEMORY_CORRUPTED,
};
/* To `verify`. */
enum agent_memory agent_memory_of(const char *answer);

struct agent_clock {
	int64_t mono_ns, wall_ns, jump_ns, jump_at_ns;
};
/* To `clock`. All four are told. */
int agent_clock_parse(const char *answer, struct agent_clock *clock, struct err *e);

/* To `work status`. Its state is one of WORK_NONE to WORK_STOPPED. */
int agent_work_parse(const char *answer, struct workload_status *status, struct err *e);

#endif

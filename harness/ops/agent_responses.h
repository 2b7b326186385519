/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Parsers for the response lines of a guest's agent (protocol: harness/ops/guest_agent.h). A number
 * that a response lacks is NS_NONE. A parser that returns an int returns 0, or -1 with the error:
 * the agent's text if the response is "error TEXT", else that the response is malformed. Pure
 * functions.
 */
#ifndef BLACKOUT_OPS_AGENT_RESPONSES_H
#define BLACKOUT_OPS_AGENT_RESPONSES_H

#include "harness/ops/workload.h"

/* For a request whose response is only "ok". */
int agent_done_parse(const char *response, struct err *e);

struct agent_hello {
	int64_t version, fill_bytes;
	bool disk;
};
/* For `hello`. */
int agent_hello_parse(const char *response, struct agent_hello *hello, struct err *e);

struct agent_fill {
	int64_t pages, filled; /* pages to fill, and those filled so far */
};
/* For `status`. A response without both numbers is malformed. */
int agent_fill_parse(const char *response, struct agent_fill *fill, struct err *e);

enum agent_memory {
	MEMORY_UNVERIFIED, /* it could not be verified, or the response is malformed */
	MEMORY_INTACT,
	MEMORY_CORRUPTED,
};
/* For `verify`. */
enum agent_memory agent_memory_parse(const char *response);

struct agent_clock {
	int64_t mono_ns, wall_ns, jump_ns, jump_at_ns;
};
/* For `clock`. A response without all four numbers is malformed. */
int agent_clock_parse(const char *response, struct agent_clock *clock, struct err *e);

/* For `work status`. The state is one of WORKLOAD_NONE to WORKLOAD_STOPPED. */
int agent_workload_parse(const char *response, struct workload_status *status, struct err *e);

#endif

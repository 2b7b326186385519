/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Parses a request line of the agent's control channel; harness/ops/guest_agent.h has the protocol.
 */
#ifndef BLACKOUT_TOOLS_GUEST_COMMON_CONTROL_REQUEST_H
#define BLACKOUT_TOOLS_GUEST_COMMON_CONTROL_REQUEST_H

#include "tools/guest/common/workload_request.h"

enum control_request_kind {
	CONTROL_HELLO,
	CONTROL_STATUS,
	CONTROL_VERIFY,
	CONTROL_CORRUPT,
	CONTROL_CLOCK,
	CONTROL_CLOCK_RESET,
	CONTROL_WORKLOAD
};

struct control_request {
	enum control_request_kind kind;
	uint64_t index;                   /* of CONTROL_CORRUPT: the page */
	struct workload_request workload; /* of CONTROL_WORKLOAD */
	const char *words; /* of CONTROL_WORKLOAD: the words after `work` in the line */
};

/* Parses a line, which must outlive the request. Returns 0, or -1 with the reason in `why`. */
int control_request_parse(
	const char *line, struct control_request *request, char *why, size_t size);

#endif

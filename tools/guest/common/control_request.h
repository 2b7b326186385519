/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a line on the control channel asks for: the words of harness/ops/guest_agent.h, apart from what the
 * agent then does.
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
	uint64_t index;           /* of `corrupt` */
	struct workload_request workload; /* of `work`, and its words as they stand in the line */
	const char *words;
};

/* -1: what is wrong is in `why`. `line` must outlive the request. */
int control_request_parse(
	const char *line, struct control_request *request, char *why, size_t size);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a line on the control channel asks for: the words of harness/ops/guest_agent.h, apart from what the
 * agent then does.
 */
#ifndef BLACKOUT_TOOLS_GUEST_COMMON_CONTROL_REQUEST_H
#define BLACKOUT_TOOLS_GUEST_COMMON_CONTROL_REQUEST_H

#include "tools/guest/common/work_request.h"

enum request_what {
	REQUEST_HELLO,
	REQUEST_STATUS,
	REQUEST_VERIFY,
	REQUEST_CORRUPT,
	REQUEST_CLOCK,
	REQUEST_CLOCK_RESET,
	REQUEST_WORK
};

struct request {
	enum request_what what;
	uint64_t index;           /* of `corrupt` */
	struct work_request work; /* of `work`, and its words as they stand in the line */
	const char *words;
};

/* -1: what is wrong is in `why`. `line` must outlive the request. */
int request_parse(const char *line, struct request *request, char *why, size_t size);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parses a request line of the control channel: see control_request.h. */
#include "tools/guest/common/control_request.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *line;
	enum control_request_kind kind;
} plain[] = {
	{"hello", CONTROL_HELLO},
	{"status", CONTROL_STATUS},
	{"verify", CONTROL_VERIFY},
	{"clock", CONTROL_CLOCK},
	{"clock reset", CONTROL_CLOCK_RESET},
};

static int parse_index(const char *number, uint64_t *index)
{
	char *end;

	errno = 0;
	*index = strtoull(number, &end, 10);
	return *number < '0' || *number > '9' || *end || errno ? -1 : 0;
}

int control_request_parse(const char *line, struct control_request *request, char *why, size_t size)
{
	memset(request, 0, sizeof(*request));
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		if (strcmp(line, plain[i].line) == 0) {
			request->kind = plain[i].kind;
			return 0;
		}
	}
	if (strncmp(line, "corrupt ", 8) == 0) {
		request->kind = CONTROL_CORRUPT;
		if (parse_index(line + 8, &request->index) == 0)
			return 0;
		snprintf(why, size, "corrupt needs the index of a page");
		return -1;
	}
	if (strncmp(line, "work ", 5) == 0) {
		request->kind = CONTROL_WORKLOAD;
		request->words = line + 5;
		return workload_request_parse(line + 5, &request->workload, why, size);
	}
	snprintf(why, size, "unknown request (hello, status, verify, corrupt INDEX, clock, work)");
	return -1;
}

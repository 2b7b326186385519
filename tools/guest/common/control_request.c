/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tools/guest/common/control_request.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *line;
	enum request_what what;
} plain[] = {
	{"hello", REQUEST_HELLO},
	{"status", REQUEST_STATUS},
	{"verify", REQUEST_VERIFY},
	{"clock", REQUEST_CLOCK},
	{"clock reset", REQUEST_CLOCK_RESET},
};

static int parse_index(const char *number, uint64_t *index)
{
	char *end;

	errno = 0;
	*index = strtoull(number, &end, 10);
	return *number < '0' || *number > '9' || *end || errno ? -1 : 0;
}

int request_parse(const char *line, struct request *request, char *why, size_t size)
{
	memset(request, 0, sizeof(*request));
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		if (strcmp(line, plain[i].line) == 0) {
			request->what = plain[i].what;
			return 0;
		}
	}
	if (strncmp(line, "corrupt ", 8) == 0) {
		request->what = REQUEST_CORRUPT;
		if (parse_index(line + 8, &request->index) == 0)
			return 0;
		snprintf(why, size, "corrupt wants the index of a page");
		return -1;
	}
	if (strncmp(line, "work ", 5) == 0) {
		request->what = REQUEST_WORK;
		request->words = line + 5;
		return work_parse(line + 5, &request->work, why, size);
	}
	snprintf(why, size, "unknown request (hello, status, verify, corrupt INDEX, clock, work)");
	return -1;
}

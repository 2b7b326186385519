/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Feeds arbitrary bytes, in pieces, to the parser of the agent's control channel. */
#include "tests/fuzz/fuzz.h"
#include "tools/guest/common/control_request.h"
#include "tools/guest/common/line_buffer.h"

#include <stdlib.h>
#include <string.h>

/* Checks what the agent and the installation program rely on. */
static void take(const char *line)
{
	struct workload_request workload;
	struct control_request request;
	char why[160] = "";

	if (strlen(line) >= AGENT_LINE_MAX || strpbrk(line, "\n"))
		abort();
	if (control_request_parse(line, &request, why, sizeof(why))) {
		if (!why[0])
			abort();
		return;
	}
	if (request.kind != CONTROL_WORKLOAD)
		return;
	/* The installation program must parse the words as the agent did. */
	if (workload_request_parse(request.words, &workload, why, sizeof(why)) ||
		memcmp(&workload, &request.workload, sizeof(workload)) != 0 ||
		workload.bytes < workload.files || workload.files > WORKLOAD_FILES_MAX)
		abort();
}

int fuzz_control(const uint8_t *data, size_t size)
{
	struct line_buffer lines = {0};
	char line[AGENT_LINE_MAX];

	for (size_t at = 0, piece = 1; at < size; piece = piece * 5 % 523) {
		size_t space_size;
		char *space = line_buffer_reserve(&lines, &space_size);
		size_t n = piece < space_size ? piece : space_size;
		int got;

		n = n < size - at ? n : size - at;
		/* Without space, read() would return 0, which means the end of the file. */
		if (n == 0)
			abort();
		memcpy(space, data + at, n);
		line_buffer_commit(&lines, n);
		at += n;
		while ((got = line_buffer_next(&lines, line)) != 0)
			if (got > 0)
				take(line);
	}
	return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Splits a stream into lines: see line_buffer.h. */
#include "tools/guest/common/line_buffer.h"

#include <string.h>

char *line_buffer_reserve(struct line_buffer *lines, size_t *size)
{
	*size = sizeof(lines->in) - lines->length;
	return lines->in + lines->length;
}

void line_buffer_commit(struct line_buffer *lines, size_t size)
{
	lines->length += size;
}

int line_buffer_next(struct line_buffer *lines, char line[static AGENT_LINE_MAX])
{
	char *end = memchr(lines->in, '\n', lines->length);
	bool malformed;
	size_t length;

	if (!end) {
		if (lines->length == sizeof(lines->in)) {
			lines->length = 0;
			lines->overlong = true;
		}
		return 0;
	}
	length = (size_t)(end - lines->in);
	memcpy(line, lines->in, length);
	lines->length -= length + 1;
	memmove(lines->in, end + 1, lines->length);
	if (length && line[length - 1] == '\r')
		length--;
	line[length] = '\0';
	malformed = lines->overlong || memchr(line, '\0', length);
	lines->overlong = false;
	return malformed ? -1 : 1;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads a file of facts line by line: see lines.h. */
#include "harness/facts/lines.h"

#include <stdlib.h>
#include <unistd.h>

#define BUFFER_BYTES (1 << 18)

int fact_lines_open(struct fact_lines *lines, const char *path, size_t limit, struct err *e)
{
	int fd = file_open_regular(path, e);

	*lines = (struct fact_lines){.path = path, .limit = limit};
	if (fd < 0)
		return -1;
	lines->file = fdopen(fd, "r");
	lines->text = malloc(FACT_LINE_MAX + 1);
	if (lines->file && lines->text) {
		setvbuf(lines->file, NULL, _IOFBF, BUFFER_BYTES);
		return 0;
	}
	if (!lines->file)
		close(fd);
	fact_lines_close(lines);
	return err_set(e, "%s: out of memory", path);
}

/*
 * Reads up to the next LF. Keeps at most FACT_LINE_MAX bytes of the line. Returns the number of
 * bytes read, with the LF; 0 at the end of the file; -1 if it cannot be read.
 */
static int64_t read_line(struct fact_lines *lines)
{
	int64_t got = 0;
	int c = EOF;

	lines->length = 0;
	while (c != '\n' && (c = getc_unlocked(lines->file)) != EOF) {
		got++;
		if (c != '\n' && lines->length < FACT_LINE_MAX)
			lines->text[lines->length++] = (char)c;
	}
	lines->text[lines->length] = '\0';
	lines->cut = got && c != '\n';
	return ferror(lines->file) ? -1 : got;
}

int fact_lines_next(struct fact_lines *lines, struct err *e)
{
	int64_t got;

	lines->offset = lines->next;
	if (lines->next >= lines->limit)
		return 0;
	got = read_line(lines);
	if (got < 0)
		return err_errno(e, "%s: cannot be read", lines->path);
	if (got == 0)
		return 0;
	lines->next += (size_t)got;
	lines->cut |= lines->next > lines->limit;
	if (lines->cut)
		return 0;
	/* An empty text is not parsed as a fact: the line counts as one that is none. */
	if ((size_t)got > FACT_LINE_MAX + 1)
		lines->text[0] = '\0';
	return 1;
}

void fact_lines_close(struct fact_lines *lines)
{
	if (lines->file)
		fclose(lines->file);
	free(lines->text);
	*lines = (struct fact_lines){0};
}

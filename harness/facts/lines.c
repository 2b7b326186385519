/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads a file of facts line by line: see lines.h. */
#include "harness/facts/lines.h"

#include <stdlib.h>

#define BUFFER_BYTES (1 << 18)

int fact_lines_open(struct fact_lines *lines, const char *path, size_t limit, struct err *e)
{
	*lines = (struct fact_lines){.path = path, .limit = limit, .file = fopen(path, "re")};
	if (!lines->file)
		return err_errno(e, "%s: cannot be opened", path);
	setvbuf(lines->file, NULL, _IOFBF, BUFFER_BYTES);
	return 0;
}

int fact_lines_next(struct fact_lines *lines, struct err *e)
{
	ssize_t got;

	lines->offset = lines->next;
	if (lines->next >= lines->limit)
		return 0;
	got = getline(&lines->text, &lines->capacity, lines->file);
	if (got < 0 && !feof(lines->file))
		return err_errno(e, "%s: cannot be read", lines->path);
	if (got <= 0)
		return 0;
	lines->next += (size_t)got;
	lines->length = (size_t)got - 1;
	lines->cut = lines->text[lines->length] != '\n' || lines->next > lines->limit;
	if (lines->cut)
		return 0;
	lines->text[lines->length] = '\0';
	return 1;
}

void fact_lines_close(struct fact_lines *lines)
{
	if (lines->file)
		fclose(lines->file);
	free(lines->text);
	*lines = (struct fact_lines){0};
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A file of facts, line by line: a long plan's files are larger than the memory that a reader of
 * them should need.
 */
#ifndef BLACKOUT_FACTS_LINES_H
#define BLACKOUT_FACTS_LINES_H

#include "harness/base/base.h"

struct fact_lines {
	FILE *file;
	const char *path; /* the caller's */
	char *text;       /* the line, without its LF, NUL-terminated; may be written to */
	size_t length;    /* of text */
	size_t offset;    /* of the line in the file */
	size_t next;      /* of the next one */
	size_t limit;     /* what stands from here on is not read */
	size_t capacity;
	bool cut;         /* at the end: the last line has no LF */
};

/* Opens a file, which is read up to `limit` bytes (SIZE_MAX: whole). `path` must stay. */
int fact_lines_open(struct fact_lines *lines, const char *path, size_t limit, struct err *e);
/* Reads the next line. Returns 1, 0 at the end (see `cut`), -1 if it cannot be read. */
int fact_lines_next(struct fact_lines *lines, struct err *e);
void fact_lines_close(struct fact_lines *lines);

#endif

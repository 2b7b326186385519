/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads facts line by line, because the files of a long plan can be larger than memory. */
#ifndef BLACKOUT_FACTS_LINES_H
#define BLACKOUT_FACTS_LINES_H

#include "harness/base/base.h"

/* A longer line is no fact. Facts are at most some KB long. */
#define FACT_LINE_MAX ((size_t)1 << 20)

struct fact_lines {
	FILE *file;
	const char *path; /* the caller's */
	char *text;       /* the line without its LF, NUL-terminated; the caller may change it */
	size_t length;    /* of text; what exceeds FACT_LINE_MAX is left out */
	size_t offset;    /* of the line in the file */
	size_t next;      /* the offset of the next line */
	size_t limit;     /* reading stops at this offset */
	bool cut;         /* the last line was not returned: it has no LF or exceeds `limit` */
};

/*
 * Opens a regular file for reading up to `limit` bytes (SIZE_MAX: all). `path` must outlive the
 * struct.
 */
int fact_lines_open(struct fact_lines *lines, const char *path, size_t limit, struct err *e);
/* Reads the next line. Returns 1, 0 at the end (see `cut`), -1 if it cannot be read. */
int fact_lines_next(struct fact_lines *lines, struct err *e);
void fact_lines_close(struct fact_lines *lines);

#endif

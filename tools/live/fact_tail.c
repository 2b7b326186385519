/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads facts files while they grow: see fact_tail.h. */
#include "tools/live/fact_tail.h"

#include "harness/base/stop.h"
#include "harness/facts/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK_BYTES (256 << 10)

int fact_tail_init(struct fact_tail *tail, const char *dir, const char *source, struct err *e)
{
	*tail = (struct fact_tail){.fd = -1, .written_utc_ns = NS_NONE};
	if (snprintf(tail->path, sizeof(tail->path), "%s/facts/%s.tsv", dir, source) >=
		(int)sizeof(tail->path))
		return err_set(e, "%s: name too long", dir);
	return 0;
}

void fact_tail_release(struct fact_tail *tail)
{
	if (tail->fd >= 0)
		close(tail->fd);
	free(tail->partial);
	tail->partial = NULL;
	tail->fd = -1;
}

static int check_version(struct fact_tail *tail, const char *line, struct err *e)
{
	static const char name[] = "#blackout-facts ";

	tail->header_read = true;
	if (strcmp(line, FACTS_HEADER) == 0 || strncmp(line, name, sizeof(name) - 1) != 0)
		return 0;
	return err_set(e,
		"%s: facts of version '%.20s', this program reads version 1 (use the "
		"program that wrote them)",
		tail->path, line + sizeof(name) - 1);
}

/* Takes the complete lines out of the buffer and moves the partial line to its front. */
static int take_lines(
	struct fact_tail *tail, void (*take)(void *, const struct fact *), void *ctx, struct err *e)
{
	char *line = tail->partial, *end = tail->partial + tail->length, *stop;
	struct fact fact;

	while ((stop = memchr(line, '\n', (size_t)(end - line)))) {
		*stop = '\0';
		if (!tail->header_read && check_version(tail, line, e))
			return -1;
		if (strlen(line) == (size_t)(stop - line) && fact_parse(line, &fact) == 0)
			take(ctx, &fact);
		line = stop + 1;
	}
	tail->length = (size_t)(end - line);
	if (tail->length > FACT_LINE_MAX)
		tail->length = 0;
	memmove(tail->partial, line, tail->length);
	return 0;
}

int fact_tail_read(
	struct fact_tail *tail, void (*take)(void *, const struct fact *), void *ctx, struct err *e)
{
	off_t left;
	struct stat st;
	ssize_t n;

	if (tail->fd < 0)
		tail->fd = file_open_regular(tail->path, e);
	if (tail->fd < 0)
		return e->code == ENOENT ? 0 : -1;
	if (fstat(tail->fd, &st))
		return err_errno(e, "%s: cannot be read", tail->path);
	tail->written_utc_ns = (int64_t)st.st_mtim.tv_sec * NS_PER_S + (int64_t)st.st_mtim.tv_nsec;
	left = st.st_size - lseek(tail->fd, 0, SEEK_CUR);
	do {
		if (tail->length + CHUNK_BYTES > tail->capacity) {
			char *larger = realloc(tail->partial, tail->length + CHUNK_BYTES);

			if (!larger)
				return err_set(e, "out of memory");
			tail->partial = larger;
			tail->capacity = tail->length + CHUNK_BYTES;
		}
		n = read(tail->fd, tail->partial + tail->length, tail->capacity - tail->length);
		if (n < 0)
			return err_errno(e, "%s: cannot be read", tail->path);
		tail->length += (size_t)n;
		left -= n;
		if (n > 0 && take_lines(tail, take, ctx, e))
			return -1;
	} while (n > 0 && left > 0 && !stop_asked());
	return 0;
}

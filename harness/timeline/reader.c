/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What every file of the timeline's reader uses: notes, copies, and the stamps of facts. The files
 * and their lines are read in timeline.c.
 */
#include "harness/timeline/internal.h"

#include <stdlib.h>
#include <string.h>

void reader_note(struct reader *r, const char *fmt, ...)
{
	struct timeline *t = r->t;
	va_list args;
	char *text;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		text = NULL;
	va_end(args);
	if (!text || ARRAY_GROW(t->notes, t->note_count, t->note_capacity)) {
		free(text);
		r->out_of_memory = true;
		return;
	}
	t->notes[t->note_count++] = text;
}

char *reader_copy(struct reader *r, const char *text)
{
	char *copy = strdup(text ? text : "");

	if (!copy)
		r->out_of_memory = true;
	return copy;
}

int64_t fact_stamp(const struct fact *fact, const char *key)
{
	int64_t value = fact_number(fact, key, NS_NONE);

	return value < 0 || value >= STAMP_MAX ? NS_NONE : value;
}

int64_t folder_time(const struct reader *r, int64_t ns)
{
	return ns == NS_NONE ? NS_NONE : ns + r->shift_ns;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What every file of the timeline's reader uses: notes, copies, and the stamps of facts. The files
 * and their lines are read in timeline.c.
 */
#include "harness/timeline/internal.h"

#include "harness/base/memory.h"

#include <stdlib.h>
#include <string.h>

void reader_note(struct reader *r, const char *fmt, ...)
{
	struct timeline *t = r->t;
	va_list args;
	char *text;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		memory_out("notes", 0);
	va_end(args);
	MEMORY_GROW("notes", t->notes, t->note_count, t->note_capacity);
	t->notes[t->note_count++] = text;
}

char *reader_copy(const char *text)
{
	return memory_text("facts", text ? text : "");
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

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Allocation that ends the program if memory runs out: see memory.h. */
#include "harness/base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void memory_out(const char *what, size_t bytes)
{
	if (bytes)
		fprintf(stderr,
			"blackout: out of memory: %s needs %zu bytes more (free some memory; the "
			"facts are kept, `blackout report` judges them again)\n",
			what, bytes);
	else
		fprintf(stderr,
			"blackout: out of memory: %s needs more (free some memory; the facts are "
			"kept, `blackout report` judges them again)\n",
			what);
	fflush(stdout);
	_exit(STATUS_BROKE_OFF);
}

void *memory_zeroed(const char *what, size_t count, size_t size)
{
	void *memory = calloc(count ? count : 1, size);

	if (!memory)
		memory_out(what, size && count > SIZE_MAX / size ? SIZE_MAX : count * size);
	return memory;
}

char *memory_text(const char *what, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		memory_out(what, strlen(text) + 1);
	return copy;
}

char *memory_format(const char *what, const char *fmt, ...)
{
	va_list args;
	char *text;
	int length;

	va_start(args, fmt);
	length = vasprintf(&text, fmt, args);
	va_end(args);
	if (length < 0)
		memory_out(what, 0);
	return text;
}

void memory_grow(const char *what, void *array, size_t *capacity, size_t count, size_t element_size)
{
	if (array_grow(array, capacity, count, element_size))
		memory_out(what, *capacity * 2 * element_size);
}

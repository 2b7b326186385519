/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Allocation for the judging side and the reports. If memory runs out, these functions end the
 * program with a message and STATUS_BROKE_OFF, so that no caller has to handle the error:
 * everything that the judging side computes can be computed again from the facts. The doing side
 * must not use these functions, because moves may be under way; it checks each allocation itself.
 *
 * `what` names the use of the memory in the message: "charts".
 */
#ifndef BLACKOUT_BASE_MEMORY_H
#define BLACKOUT_BASE_MEMORY_H

#include "harness/base/base.h"

/* `count` zeroed elements of `size` bytes; the caller frees them. */
void *memory_zeroed(const char *what, size_t count, size_t size);
/* A copy of the text; the caller frees it. */
char *memory_text(const char *what, const char *text);
/* A formatted text; the caller frees it. */
char *memory_format(const char *what, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* As array_grow, but ends the program if memory runs out. */
void memory_grow(
	const char *what, void *array, size_t *capacity, size_t count, size_t element_size);
/* memory_grow for `T *a; size_t count, capacity`. */
#define MEMORY_GROW(what, a, count, capacity) \
	memory_grow(what, &(a), &(capacity), (count), sizeof(*(a)))
/* Reports that `bytes` bytes could not be allocated (0: unknown number), and ends the program. */
_Noreturn void memory_out(const char *what, size_t bytes);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Memory of the judging side and of reports. What they make can be made again from the facts, so they end
 * the program where there is none left, and no caller has to tell. The doing side has moves under way and
 * checks each of its own instead.
 */
#ifndef BLACKOUT_BASE_MEMORY_H
#define BLACKOUT_BASE_MEMORY_H

#include "harness/base/base.h"

/* Each ends the program with STATUS_BROKE_OFF, saying `what` was to be kept; what it returns is to be freed. */

/* Zeroed. */
void *memory_zeroed(const char *what, size_t count, size_t size);
char *memory_text(const char *what, const char *text);
char *memory_format(const char *what, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* vec_room. */
void memory_room(const char *what, void *array, size_t *cap, size_t count, size_t element_size);
#define MEMORY_GROW(what, a, n, cap) memory_room(what, &(a), &(cap), (n), sizeof(*(a)))
/* Says it of `bytes` that there were not; 0: it is not known how many. */
_Noreturn void memory_out(const char *what, size_t bytes);

#endif

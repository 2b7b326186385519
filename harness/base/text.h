/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text from elsewhere: names, messages, what a file holds. */
#ifndef BLACKOUT_BASE_TEXT_H
#define BLACKOUT_BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>

/*
 * Text from names and messages made harmless for terminals and charts: control characters, DEL, C1
 * and direction marks, and bytes that are no UTF-8 become \xNN; the rest stays. At most size - 1
 * bytes, cut between characters. Returns buf.
 */
const char *text_safe(const char *text, char *buf, size_t size);
/* The same of text of several lines: LF and TAB stay. TEXT_SAFE_BYTES bytes are room for the whole of n. */
const char *text_safe_lines(const char *text, char *buf, size_t size);
#define TEXT_SAFE_BYTES(n) (4 * (n) + 1)

/* The length of the UTF-8 character at p and its number; 0 if it is none (overlong, surrogate, cut). */
size_t text_utf8_length(const unsigned char *p, uint32_t *point);
/* The number of edits between two words (Levenshtein), to find the nearest known one. */
unsigned text_edit_distance(const char *a, const char *b);

#endif

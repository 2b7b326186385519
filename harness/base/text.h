/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Untrusted text, such as names, messages and the content of files. */
#ifndef BLACKOUT_BASE_TEXT_H
#define BLACKOUT_BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>

/*
 * Copies text to buf so that it is harmless for terminals and charts: control characters, marks
 * that are invisible or change the reading direction, characters beyond U+FFFD, and bytes that are
 * not UTF-8 become \xNN. Writes at most size - 1 bytes and cuts between characters. Returns buf.
 */
const char *text_safe(const char *text, char *buf, size_t size);
/* The same for text of several lines: LF and TAB stay. */
const char *text_safe_lines(const char *text, char *buf, size_t size);
/* The size of a buffer for the copy of any text of n bytes. */
#define TEXT_SAFE_BYTES(n) (4 * (n) + 1)

/*
 * The length in bytes of the UTF-8 character at p; sets *point to its code point. 0 if the
 * character is invalid (overlong, surrogate, cut).
 */
size_t text_utf8_length(const unsigned char *p, uint32_t *point);
/*
 * The number of edits between two words (Levenshtein distance), to find the known word nearest to a
 * misspelt one. UINT_MAX if a word has 64 bytes or more.
 */
unsigned text_edit_distance(const char *a, const char *b);

#endif

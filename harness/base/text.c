/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes untrusted text harmless, and compares words: see text.h. */
#include "harness/base/text.h"

#include "harness/base/base.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

size_t text_utf8_length(const unsigned char *p, uint32_t *point)
{
	static const uint32_t min[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n = p[0] < 0x80 ? 1 : p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : p[0] >= 0xC0 ? 2 : 0;

	if (n == 0 || p[0] > 0xF4)
		return 0;
	*point = n == 1 ? p[0] : p[0] & (0xFFu >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xC0) != 0x80)
			return 0;
		*point = *point << 6 | (p[i] & 0x3F);
	}
	if (*point < min[n] || *point > 0x10FFFF || (*point >= 0xD800 && *point < 0xE000))
		return 0;
	return n;
}

/* Characters that control a terminal, are invisible or change the reading direction. */
static bool is_unsafe(uint32_t point)
{
	return point < 0x20 || (point >= 0x7F && point < 0xA0) ||
	       (point >= 0x200B && point <= 0x200F) || (point >= 0x2028 && point <= 0x202E) ||
	       (point >= 0x2066 && point <= 0x2069) || point == 0xFEFF ||
	       /* Terminals and charts disagree on the width of characters beyond U+FFFD. */
	       point >= 0xFFFE;
}

static const char *safe(const char *text, char *buf, size_t size, bool lines)
{
	const unsigned char *p = (const unsigned char *)(text ? text : "");
	size_t n = 0;

	while (*p) {
		uint32_t point = 0;
		size_t length = text_utf8_length(p, &point);

		bool keep = length && (!is_unsafe(point) || (lines && (*p == '\n' || *p == '\t')));

		if (n + (keep ? length : 4) >= size)
			break;
		if (keep) {
			memcpy(buf + n, p, length);
			n += length;
			p += length;
		} else {
			n += (size_t)snprintf(buf + n, size - n, "\\x%02X", *p++);
		}
	}
	buf[n] = '\0';
	return buf;
}

const char *text_safe(const char *text, char *buf, size_t size)
{
	return safe(text, buf, size, false);
}

const char *text_safe_lines(const char *text, char *buf, size_t size)
{
	return safe(text, buf, size, true);
}

unsigned text_edit_distance(const char *a, const char *b)
{
	unsigned row[64];
	size_t n = strlen(b);

	if (strlen(a) >= ARRAY_SIZE(row) || n >= ARRAY_SIZE(row))
		return UINT_MAX;
	for (unsigned j = 0; j <= n; j++)
		row[j] = j;
	for (unsigned i = 1; a[i - 1]; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			unsigned change = diagonal + (a[i - 1] != b[j - 1]);
			unsigned min = row[j - 1] < row[j] ? row[j - 1] + 1 : row[j] + 1;

			diagonal = row[j];
			row[j] = change < min ? change : min;
		}
	}
	return row[n];
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whether the text typed before the move is still on the screen: compares the pixels that typing changed
 * with a later picture. Other pixels are ignored, such as those of a clock.
 */
#include "probes/rdp/helper/internal.h"

#include <sha2.h>
#include <stdlib.h>
#include <string.h>

/* The fourth byte of a pixel is padding. */
#define COLOURS UINT32_C(0xffffff)

int typed_text_init(struct typed_text *text, size_t pixels)
{
	text->pixels = pixels;
	text->shown = 0;
	text->before = calloc(pixels, sizeof(*text->before));
	text->typed = calloc(pixels, sizeof(*text->typed));
	text->mask = calloc(pixels, sizeof(*text->mask));
	return text->before && text->typed && text->mask ? 0 : -1;
}

void typed_text_release(struct typed_text *text)
{
	free(text->before);
	free(text->typed);
	free(text->mask);
	memset(text, 0, sizeof(*text));
}

void typed_text_set_before(struct typed_text *text, const uint32_t *screen)
{
	memcpy(text->before, screen, text->pixels * sizeof(*screen));
	text->shown = 0;
}

void typed_text_add(struct typed_text *text, const uint32_t *screen, bool first)
{
	if (first)
		memcpy(text->typed, screen, text->pixels * sizeof(*screen));
	text->shown = 0;
	for (size_t i = 0; i < text->pixels; i++) {
		if (first)
			text->mask[i] = ((text->typed[i] ^ text->before[i]) & COLOURS) != 0;
		else if ((text->typed[i] ^ screen[i]) & COLOURS)
			text->mask[i] = false;
		text->shown += text->mask[i];
	}
}

bool typed_text_is_kept(const struct typed_text *text, const uint32_t *screen)
{
	for (size_t i = 0; i < text->pixels; i++)
		if (text->mask[i] && (text->typed[i] ^ screen[i]) & COLOURS)
			return false;
	return text->shown > 0;
}

const char *typed_text_hash(
	const struct typed_text *text, const uint32_t *screen, char buf[static PICTURE_HASH_MAX])
{
	SHA2_CTX hash;

	*buf = '\0';
	if (!text->shown)
		return buf;
	SHA256Init(&hash);
	for (size_t i = 0; i < text->pixels; i++)
		if (text->mask[i]) {
			uint32_t pixel = screen[i] & COLOURS;

			SHA256Update(&hash, (const uint8_t *)&i, sizeof(i));
			SHA256Update(&hash, (const uint8_t *)&pixel, sizeof(pixel));
		}
	SHA256End(&hash, buf);
	return buf;
}

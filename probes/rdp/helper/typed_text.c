/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Decides whether the text typed before the move is still on the screen: compares the pixels that
 * typing changed with a later picture. Other pixels, such as those of a clock, are ignored. Pixels
 * that the server has not sent prove nothing.
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
	text->changed = calloc(pixels, sizeof(*text->changed));
	return text->before && text->typed && text->mask && text->changed ? 0 : -1;
}

void typed_text_release(struct typed_text *text)
{
	free(text->before);
	free(text->typed);
	free(text->mask);
	free(text->changed);
	memset(text, 0, sizeof(*text));
}

void typed_text_set_before(struct typed_text *text, const uint32_t *screen)
{
	memcpy(text->before, screen, text->pixels * sizeof(*screen));
	memset(text->changed, 0, text->pixels * sizeof(*text->changed));
	text->shown = 0;
}

static bool differ(uint32_t a, uint32_t b)
{
	return a != PIXEL_NOT_SENT && b != PIXEL_NOT_SENT && ((a ^ b) & COLOURS);
}

bool typed_text_add(struct typed_text *text, const uint32_t *screen, bool first)
{
	bool more = false;

	if (first)
		memcpy(text->typed, screen, text->pixels * sizeof(*screen));
	text->shown = 0;
	for (size_t i = 0; i < text->pixels; i++) {
		bool changed = differ(screen[i], text->before[i]);

		more |= changed && !text->changed[i];
		text->changed[i] |= changed;
		if (first)
			text->mask[i] = changed;
		else if (differ(text->typed[i], screen[i]))
			text->mask[i] = false;
		text->shown += text->mask[i];
	}
	return more;
}

enum text_kept typed_text_kept(const struct typed_text *text, const uint32_t *screen)
{
	enum text_kept kept = text->shown ? TEXT_KEPT : TEXT_UNKNOWN;

	for (size_t i = 0; i < text->pixels; i++)
		if (text->mask[i] && differ(text->typed[i], screen[i]))
			return TEXT_LOST;
		else if (text->mask[i] && screen[i] == PIXEL_NOT_SENT)
			kept = TEXT_UNKNOWN;
	return kept;
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

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which input a frame answers. Successive refreshes ask for different areas of the screen, so that a
 * frame's area tells which refresh it answers, even if several are under way. A frame of any other area
 * answers the oldest pending key.
 */
#include "probes/rdp/helper/internal.h"

#include <stdlib.h>

#define AREA_PIXELS 8 /* the width and height of a refresh's area */

int answers_init(struct answers *answers)
{
	answers->ring = calloc(ANSWERS_MAX, sizeof(*answers->ring));
	answers_clear(answers);
	return answers->ring ? 0 : -1;
}

void answers_release(struct answers *answers)
{
	free(answers->ring);
	answers->ring = NULL;
}

void answers_clear(struct answers *answers)
{
	answers->head = answers->count = 0;
}

struct rect answers_refresh_rect(int64_t seq)
{
	return (struct rect){.x = AREA_PIXELS * (int)(seq % (SCREEN_WIDTH / AREA_PIXELS)),
		.width = AREA_PIXELS,
		.height = AREA_PIXELS};
}

static struct pending *at(const struct answers *answers, size_t i)
{
	return &answers->ring[(answers->head + i) % ANSWERS_MAX];
}

void answers_add(struct answers *answers, int64_t seq, const struct rect *rect)
{
	struct pending pending = {.seq = seq, .key = !rect};

	if (rect)
		pending.rect = *rect;
	if (answers->count == ANSWERS_MAX) { /* forget the oldest */
		answers->head = (answers->head + 1) % ANSWERS_MAX;
		answers->count--;
	}
	*at(answers, answers->count++) = pending;
}

static bool same(const struct rect *a, const struct rect *b)
{
	return a->x == b->x && a->y == b->y && a->width == b->width && a->height == b->height;
}

static bool inside(const struct rect *small, const struct rect *large)
{
	return small->x >= large->x && small->y >= large->y &&
	       small->x + small->width <= large->x + large->width &&
	       small->y + small->height <= large->y + large->height;
}

/* The ring position, from the oldest, of the input that a frame answers; -1: none. */
static ssize_t find(const struct answers *answers, const struct rect *frame)
{
	ssize_t key = -1, covered = -1;

	for (size_t i = 0; i < answers->count; i++) {
		const struct pending *p = at(answers, i);

		if (p->key) {
			key = key < 0 ? (ssize_t)i : key;
			continue;
		}
		/* Answers come in order, so of refreshes of the same area it answers the oldest. */
		if (same(&p->rect, frame))
			return (ssize_t)i;
		if (inside(&p->rect, frame))
			covered = (ssize_t)i;
	}
	/* Some servers answer with a larger area, which covers that of the refresh. */
	return covered >= 0 ? covered : key;
}

int64_t answers_take_frame(struct answers *answers, const struct rect *frame)
{
	ssize_t i = find(answers, frame);
	int64_t seq;

	if (i < 0)
		return -1;
	seq = at(answers, (size_t)i)->seq;
	answers->head = (answers->head + (size_t)i + 1) % ANSWERS_MAX;
	answers->count -= (size_t)i + 1;
	return seq;
}

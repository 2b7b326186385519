/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which input a frame answers. Successive refreshes ask for different areas of the screen, so that
 * a frame's area identifies the refresh that it answers, even if several are under way. A frame of
 * any other area answers the oldest pending key.
 */
#include "probes/rdp/helper/internal.h"

#include <stdlib.h>

#define AREA_PIXELS 8 /* the width and height of a refresh's area */

int input_queue_init(struct input_queue *queue)
{
	queue->ring = calloc(INPUT_QUEUE_MAX, sizeof(*queue->ring));
	input_queue_clear(queue);
	return queue->ring ? 0 : -1;
}

void input_queue_release(struct input_queue *queue)
{
	free(queue->ring);
	queue->ring = NULL;
}

void input_queue_clear(struct input_queue *queue)
{
	queue->head = queue->count = 0;
}

struct rect input_queue_refresh_rect(int64_t seq)
{
	return (struct rect){.x = AREA_PIXELS * (int)(seq % (SCREEN_WIDTH / AREA_PIXELS)),
		.width = AREA_PIXELS,
		.height = AREA_PIXELS};
}

static struct input *at(const struct input_queue *queue, size_t i)
{
	return &queue->ring[(queue->head + i) % INPUT_QUEUE_MAX];
}

void input_queue_add(struct input_queue *queue, int64_t seq, const struct rect *rect)
{
	struct input pending = {.seq = seq, .key = !rect};

	if (rect)
		pending.rect = *rect;
	if (queue->count == INPUT_QUEUE_MAX) { /* forget the oldest */
		queue->head = (queue->head + 1) % INPUT_QUEUE_MAX;
		queue->count--;
	}
	*at(queue, queue->count++) = pending;
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
static ssize_t find(const struct input_queue *queue, const struct rect *frame)
{
	ssize_t key = -1, covered = -1;

	for (size_t i = 0; i < queue->count; i++) {
		const struct input *p = at(queue, i);

		if (p->key) {
			key = key < 0 ? (ssize_t)i : key;
			continue;
		}
		/* Frames come in order: a frame answers the oldest refresh of its area. */
		if (same(&p->rect, frame))
			return (ssize_t)i;
		if (inside(&p->rect, frame))
			covered = (ssize_t)i;
	}
	/* Some servers answer with a larger area, which covers the area of the refresh. */
	return covered >= 0 ? covered : key;
}

int64_t input_queue_take_frame(struct input_queue *queue, const struct rect *frame)
{
	ssize_t i = find(queue, frame);
	int64_t seq;

	if (i < 0)
		return -1;
	seq = at(queue, (size_t)i)->seq;
	queue->head = (queue->head + (size_t)i + 1) % INPUT_QUEUE_MAX;
	queue->count -= (size_t)i + 1;
	return seq;
}

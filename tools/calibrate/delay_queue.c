/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A priority queue of frames: see delay_queue.h. */
#include "tools/calibrate/delay_queue.h"

#include "harness/base/base.h"

#include <stdlib.h>
#include <string.h>

static bool before(const struct delayed_frame *a, const struct delayed_frame *b)
{
	return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->serial < b->serial;
}

int delay_queue_put(struct delay_queue *queue, int64_t due_ns, const uint8_t *frame, size_t size)
{
	struct delayed_frame new = {.due_ns = due_ns, .serial = queue->serial, .size = size};
	size_t i = queue->count;

	if (ARRAY_GROW(queue->heap, queue->count, queue->capacity))
		return -1;
	new.frame = malloc(size);
	if (!new.frame)
		return -1;
	memcpy(new.frame, frame, size);
	for (; i && before(&new, &queue->heap[(i - 1) / 2]); i = (i - 1) / 2)
		queue->heap[i] = queue->heap[(i - 1) / 2];
	queue->heap[i] = new;
	queue->count++;
	queue->serial++;
	return 0;
}

int64_t delay_queue_due_ns(const struct delay_queue *queue)
{
	return queue->count ? queue->heap[0].due_ns : INT64_MAX;
}

struct delayed_frame delay_queue_take(struct delay_queue *queue)
{
	struct delayed_frame first = queue->heap[0], last = queue->heap[--queue->count];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < queue->count) {
		if (child + 1 < queue->count &&
			before(&queue->heap[child + 1], &queue->heap[child]))
			child++;
		if (!before(&queue->heap[child], &last))
			break;
		queue->heap[i] = queue->heap[child];
		i = child;
	}
	queue->heap[i] = last;
	return first;
}

void delay_queue_release(struct delay_queue *queue)
{
	for (size_t i = 0; i < queue->count; i++)
		free(queue->heap[i].frame);
	free(queue->heap);
	*queue = (struct delay_queue){0};
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames ordered by due time; those due at the same time leave in order of insertion. */
#ifndef BLACKOUT_TOOLS_CALIBRATE_DELAY_QUEUE_H
#define BLACKOUT_TOOLS_CALIBRATE_DELAY_QUEUE_H

#include <stddef.h>
#include <stdint.h>

struct delayed_frame {
	int64_t due_ns;
	uint64_t serial; /* set by the queue: order of insertion */
	size_t size;
	uint8_t *frame;
};

/* A binary heap; {0} is an empty queue. */
struct delay_queue {
	struct delayed_frame *heap;
	size_t count, capacity;
	uint64_t serial;
};

/* Inserts a copy of the frame. -1: out of memory, and the queue is unchanged. */
int delay_queue_put(struct delay_queue *queue, int64_t due_ns, const uint8_t *frame, size_t size);
/* Returns when the first frame is due; INT64_MAX: the queue is empty. */
int64_t delay_queue_due_ns(const struct delay_queue *queue);
/* Removes the first frame of a queue that is not empty; the caller frees its bytes. */
struct delayed_frame delay_queue_take(struct delay_queue *queue);
void delay_queue_release(struct delay_queue *queue);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames that wait for their time: the earliest first, of those due at the same time the first put. */
#ifndef BLACKOUT_TOOLS_CALIBRATE_DELAY_QUEUE_H
#define BLACKOUT_TOOLS_CALIBRATE_DELAY_QUEUE_H

#include <stddef.h>
#include <stdint.h>

struct delayed_frame {
	int64_t due_ns;
	uint64_t serial; /* the queue's own */
	size_t size;
	uint8_t *frame;
};

/* A binary heap; {0} is an empty one. */
struct delay_queue {
	struct delayed_frame *at;
	size_t count, capacity;
	uint64_t serial;
};

/* Copies a frame. -1: out of memory, the queue is as it was. */
int delay_queue_put(struct delay_queue *queue, int64_t due_ns, const uint8_t *frame, size_t size);
/* The next one's time, INT64_MAX if there is none. */
int64_t delay_queue_due_ns(const struct delay_queue *queue);
/* Takes the next one out of a queue that is not empty; the frame is the caller's to free. */
struct delayed_frame delay_queue_take(struct delay_queue *queue);
void delay_queue_release(struct delay_queue *queue);

#endif

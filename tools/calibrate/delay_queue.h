/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames that wait for their time: the earliest first, of those due at the same time the first put. */
#ifndef BLACKOUT_TOOLS_CALIBRATE_DELAY_QUEUE_H
#define BLACKOUT_TOOLS_CALIBRATE_DELAY_QUEUE_H

#include <stddef.h>
#include <stdint.h>

struct queued {
	int64_t due_ns;
	uint64_t serial; /* the queue's own */
	size_t size;
	uint8_t *frame;
};

/* A binary heap; {0} is an empty one. */
struct queue {
	struct queued *at;
	size_t count, room;
	uint64_t serial;
};

/* Copies a frame. -1: out of memory, the queue is as it was. */
int queue_put(struct queue *queue, int64_t due_ns, const uint8_t *frame, size_t size);
/* The next one's time, INT64_MAX if there is none. */
int64_t queue_due(const struct queue *queue);
/* Takes the next one out of a queue that is not empty; the frame is the caller's to free. */
struct queued queue_take(struct queue *queue);
void queue_free(struct queue *queue);

#endif

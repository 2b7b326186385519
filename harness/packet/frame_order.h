/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Frames of a capture put in the order of time. Two things make stamps go back. Queues of a card are
 * written one after the other: then frames are out of order, and are sorted. Or the capturing machine's
 * clock was set back: then all that follows is shifted, so that time goes on, and how much time passed at
 * the step nobody knows. A prober's requests tell which: their numbers have an order of their own, and
 * stamps against it are a step. Pure.
 */
#ifndef BLACKOUT_PACKET_FRAME_ORDER_H
#define BLACKOUT_PACKET_FRAME_ORDER_H

#include "harness/packet/frame.h"

/* Frames are sorted within so many and within so much time. */
#define FRAME_ORDER_FRAMES 1024
#define FRAME_ORDER_NS NS_PER_S

/* Stamps after the year 2099, on the axis that does not go back, are damage. */
#define FRAME_STAMP_MAX_NS (INT64_C(4102444800) * NS_PER_S)

struct frame_order;

struct frame_order *frame_order_new(void);
void frame_order_free(struct frame_order *order);
/* Whether a frame must be taken out before the next is put in. */
bool frame_order_full(const struct frame_order *order);
/*
 * Puts in the file's next frame with its own stamp, 0 to FRAME_STAMP_MAX_NS. Returns 0, or -1: shifted
 * behind a clock that was set back it would be beyond that; left out.
 */
int frame_order_put(struct frame_order *order, const struct frame *frame, int64_t stamp_ns);
/* Takes out the earliest, with its stamp on an axis that does not go back. False: there is none. */
bool frame_order_take(struct frame_order *order, struct frame *frame, int64_t *ns);
/*
 * What was found so far: a step of the clock, told once. *at_ns: the last stamp before it, on that axis;
 * *back_ns: by how much the first request after it seems to be back. What was captured between the
 * step and that request has stamps up to so much before *at_ns. False: there is none that was not told.
 */
bool frame_order_step(struct frame_order *order, int64_t *at_ns, int64_t *back_ns);
/* How many steps back of the clock; how many frames were out of order, the furthest by *max_ns. */
uint64_t frame_order_steps(const struct frame_order *order);
uint64_t frame_order_unsorted(const struct frame_order *order, int64_t *max_ns);

#endif

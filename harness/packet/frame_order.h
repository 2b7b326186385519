/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Puts the frames of a capture in the order of time. Stamps go back for one of two reasons. A
 * network card has several queues, which are written one after the other: such frames are sorted.
 * Or the capturing machine's clock was set back: then all later stamps get an offset, so that time
 * goes on; how much time passed at the step is unknown. The sequence numbers of a prober's requests
 * show the true order: a later request with an earlier stamp means a step of the clock.
 */
#ifndef BLACKOUT_PACKET_FRAME_ORDER_H
#define BLACKOUT_PACKET_FRAME_ORDER_H

#include "harness/packet/frame.h"

/* Frames are sorted within a window of this many frames and this much time. */
#define FRAME_ORDER_FRAMES 1024
#define FRAME_ORDER_NS NS_PER_S

/* Stamps (offset included) after the year 2099 are taken for damage. */
#define FRAME_STAMP_MAX_NS (INT64_C(4102444800) * NS_PER_S)

struct frame_order;

struct frame_order *frame_order_new(void);
void frame_order_free(struct frame_order *order);
/* True if a frame must be taken before the next one is put. */
bool frame_order_full(const struct frame_order *order);
/*
 * Puts the file's next frame with its stamp, 0 to FRAME_STAMP_MAX_NS. Returns 0; or -1 and ignores
 * the frame if the stamp with the offset exceeds FRAME_STAMP_MAX_NS.
 */
int frame_order_put(struct frame_order *order, const struct frame *frame, int64_t stamp_ns);
/* Takes the earliest frame; sets *ns to its stamp with the offset. False: there is none. */
bool frame_order_take(struct frame_order *order, struct frame *frame, int64_t *ns);
/*
 * Takes the next step of the clock that was found; false: no more. *at_ns is the latest stamp
 * before the step was found, with the offset; *back_ns is how far the first request after the step
 * seems to go back. Frames captured between the step and that request have stamps up to *back_ns
 * before *at_ns.
 */
bool frame_order_take_step(struct frame_order *order, int64_t *at_ns, int64_t *back_ns);
/* The number of steps back of the clock so far. */
uint64_t frame_order_steps(const struct frame_order *order);
/* The frames that were out of order so far; *max_ns: the longest time by which one was. */
uint64_t frame_order_unsorted(const struct frame_order *order, int64_t *max_ns);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A capture of one or two probers: makes frames with their true times, then applies the faults of
 * the capturing machine (loss, clock steps, disorder, copies), then writes the file.
 */
#ifndef BLACKOUT_TESTS_PROPERTY_CAPTURE_H
#define BLACKOUT_TESTS_PROPERTY_CAPTURE_H

#include "tests/property/bytes.h"
#include "tests/property/check.h"

#define PROBERS_MAX 2
#define STEPS_MAX 2
#define BURSTS_MAX 3

/* By which numbers requests differ. */
enum numbering {
	NUMBER_RISING, /* one identifier, rising numbers (ping) */
	NUMBER_LOOP,   /* a new identifier for each request, number 1 (ping -c1) */
	NUMBER_SAME,   /* one identifier, one number (scapy) */
	NUMBER_AGAIN,  /* one identifier, N numbers that repeat */
	NUMBER_JUMP,   /* one identifier, rising numbers with jumps */
};

/* What the captures of a path may contain. */
struct features {
	bool pauses, steps, idents, disorder, loss, errors, copies, traceroute, two;
};

/* A frame, when it was captured, and its order in the file. */
struct timed_frame {
	int64_t true_ns, file_ns; /* true time; the frames of the file are sorted by file_ns */
	size_t order;             /* among frames of the same file_ns */
	uint8_t prober;           /* index of its sender */
	bool back, copy;          /* an answer or error; a copy of another frame */
	struct frame_bytes frame;
};

/* A prober whose frames are captured, and the numbers of its requests. */
struct sender {
	struct prober prober;
	bool v6;
	uint8_t from[16], to[16];
	enum numbering numbering;
	uint16_t ident, seq; /* of the next request */
	uint16_t again;      /* NUMBER_AGAIN: how many numbers there are */
	uint16_t first_ident;
	int stamped; /* payload: 0 no time, 1 time of the capture's clock, 2 of another clock */
};

struct capture {
	struct trial *trial;
	struct features has; /* drawn from the features of the path */
	struct sender sender[PROBERS_MAX];
	size_t senders;
	struct timed_frame *frames;
	size_t count, capacity;
	int64_t end_ns; /* true time of the file's end */
	int64_t step_at_ns[STEPS_MAX], step_ns[STEPS_MAX];
	size_t steps;
	int64_t lost_from_ns[BURSTS_MAX], lost_to_ns[BURSTS_MAX];
	size_t bursts;
	bool answers_lost; /* only answers were lost: their requests met service */
	int64_t answer_offset_ns, answer_spread_ns; /* errors of the answers' stamps */
	bool nanoseconds;
};

/* capture_frames.c: makes the frames of all requests, answers and errors. */
void capture_make_frames(struct capture *capture);
/*
 * capture_faults.c. Losses and clock steps are drawn before the frames are made; disturb comes
 * after.
 */
void capture_draw_losses(struct capture *capture);
void capture_draw_steps(struct capture *capture);
void capture_disturb(struct capture *capture);
/* The capture's stamp at a true time. */
int64_t capture_stamp(const struct capture *capture, int64_t true_ns);
void capture_write(struct capture *capture, const char *path);

#endif

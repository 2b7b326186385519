/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A capture of one or two probers: frames with their true times, then what the capturing machine
 * makes of them (loss, clock steps, disorder, copies), then the file.
 */
#ifndef BLACKOUT_TESTS_PROPERTY_CAPTURE_H
#define BLACKOUT_TESTS_PROPERTY_CAPTURE_H

#include "tests/property/bytes.h"
#include "tests/property/check.h"

#define PROBERS_MAX 2
#define STEPS_MAX 2
#define BURSTS_MAX 3

/* How requests are told apart. */
enum numbering {
	NUMBER_RISING, /* one identifier, rising numbers (ping) */
	NUMBER_LOOP,   /* another identifier each request, number 1 (ping -c1) */
	NUMBER_SAME,   /* one identifier, one number (scapy) */
	NUMBER_AGAIN,  /* N numbers, again and again, one identifier */
	NUMBER_JUMP,   /* rising, with jumps */
};

/* What a path's captures may have. */
struct features {
	bool pauses, steps, idents, disorder, loss, errors, copies, traceroute, two;
};

/* A frame and where it belongs. */
struct shot {
	int64_t true_ns, place_ns; /* place_ns: the file's order goes by it */
	size_t order;
	uint8_t prober;
	bool back, copy;
	struct frame_bytes frame;
};

struct asker {
	struct prober prober;
	bool v6;
	uint8_t from[16], to[16];
	enum numbering numbering;
	uint16_t ident, seq, again; /* of the next request; again: how many numbers there are */
	uint16_t first_ident;
	int stamped; /* payload: 0 no time in it, 1 the capture's clock, 2 a clock of its own */
};

struct scene {
	struct trial *trial;
	struct features has; /* drawn from what the path may have */
	struct asker asker[PROBERS_MAX];
	size_t askers;
	struct shot *shot;
	size_t count, capacity;
	int64_t end_ns; /* true time of the file's end */
	int64_t step_at_ns[STEPS_MAX], step_ns[STEPS_MAX];
	size_t steps;
	int64_t lost_from_ns[BURSTS_MAX], lost_to_ns[BURSTS_MAX];
	size_t bursts;
	bool answers_lost;                          /* answers alone: what seems lost was served */
	int64_t answer_offset_ns, answer_spread_ns; /* of their stamps */
	bool nanoseconds;
};

/* capture_frames.c: frames of all requests, answers and errors. */
void scene_shoot(struct scene *scene);
/* capture_faults.c: bursts of loss and clock steps before the frames are made, all else after. */
void scene_lose(struct scene *scene);
void scene_set_clock(struct scene *scene);
void scene_disturb(struct scene *scene);
/* True time to the capture's stamp. */
int64_t scene_stamp(const struct scene *scene, int64_t true_ns);
void scene_write(struct scene *scene, const char *path);

#endif

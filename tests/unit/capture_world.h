/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Synthetic captures with known outages: frames of echo requests, answers and announcements, sorted
 * by their stamps and written as a pcap file.
 */
#ifndef BLACKOUT_TESTS_UNIT_CAPTURE_WORLD_H
#define BLACKOUT_TESTS_UNIT_CAPTURE_WORLD_H

#include "harness/base/base.h"

#define CAPTURE_BYTES 128
/* Time 0 of a capture, in UTC: 2026-01-01T00:00:00Z. */
#define CAPTURE_ZERO_NS (INT64_C(1767225600) * NS_PER_S)

struct capture_frame {
	int64_t at_ns; /* since time 0 */
	uint32_t size;
	uint8_t bytes[CAPTURE_BYTES];
};

struct capture_world {
	struct capture_frame *frame;
	size_t count, capacity;
	int64_t base_ns; /* added to the time of each frame that is put from now on */
	uint8_t ttl;     /* of requests that are put from now on; 0: 64 */
	/* The clock was stepped at stepped_ns: the order of frames is final. */
	bool stepped;
	int64_t stepped_ns;
};

struct capture_echo {
	const char *from, *to; /* addresses of the request, IPv4 or IPv6; its answer swaps them */
	uint16_t ident, seq;
	uint64_t number; /* in the payload, as in requests of blackout: its low 16 bits are seq */
};

void capture_world_release(struct capture_world *c);
/* Appends any frame; the functions below append the frame that they name. */
void capture_put(struct capture_world *c, int64_t at_ns, const uint8_t *bytes, size_t size);
/* An echo request, or its answer. */
void capture_request(struct capture_world *c, int64_t at_ns, const struct capture_echo *echo);
void capture_reply(struct capture_world *c, int64_t at_ns, const struct capture_echo *echo);
/* A router's "host unreachable" or "time exceeded" that quotes the request (IPv4). */
void capture_error(struct capture_world *c, int64_t at_ns, const struct capture_echo *echo);
void capture_exceeded(struct capture_world *c, int64_t at_ns, const struct capture_echo *echo);
/* A gratuitous ARP for an IPv4 address, or a RARP, from the MAC 02:00:00:00:00:last. */
void capture_garp(struct capture_world *c, int64_t at_ns, const char *address, uint8_t last);
void capture_rarp(struct capture_world *c, int64_t at_ns, uint8_t last);

enum capture_fate { CAPTURE_DROPPED, CAPTURE_HELD, CAPTURE_SLOW };
/* A stretch in which the target does not answer as usual; times since time 0. */
struct capture_outage {
	enum capture_fate fate;
	int64_t begin_ns, end_ns;
};
/*
 * Probes every interval_ns from 0 to end_ns, with random round trips of 0.2 to 0.5 ms. In an outage
 * requests are dropped, or held and answered at its end, or answered 200 ms late.
 */
void capture_probes(struct capture_world *c, struct capture_echo echo, int64_t interval_ns,
	int64_t end_ns, const struct capture_outage *outages, size_t count, unsigned seed);
/*
 * Steps the capturing machine's clock by by_ns (negative: back) before the first frame at or after
 * at_ns. No frame may be put afterwards; a further step must be earlier.
 */
void capture_step(struct capture_world *c, int64_t at_ns, int64_t by_ns);
/* Writes the frames in order of their stamps, or after a step in order of time. 0 or -1. */
int capture_write(struct capture_world *c, const char *path, int link, bool nanoseconds);

#endif

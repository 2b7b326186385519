/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Captures made by hand, with known truth: frames of echo requests, answers and announcements,
 * put in order of their stamps and written as a pcap file.
 */
#ifndef BLACKOUT_TESTS_UNIT_CAPTURE_WORLD_H
#define BLACKOUT_TESTS_UNIT_CAPTURE_WORLD_H

#include "harness/base/base.h"

#define CAPTURE_BYTES 128
/* The stamps' zero: 2026-01-01T00:00:00Z. */
#define CAPTURE_ZERO_NS (INT64_C(1767225600) * NS_PER_S)

struct capture_frame {
	int64_t at_ns; /* since the zero */
	uint32_t size;
	uint8_t bytes[CAPTURE_BYTES];
};

struct capture_world {
	struct capture_frame *frame;
	size_t count, capacity;
	int64_t base_ns; /* added to what is put in from here on */
	uint8_t ttl;     /* of requests that are put in from here on; 0: 64 */
	bool stepped;    /* the frames stand in their order, whatever their stamps */
};

struct capture_echo {
	const char *from, *to; /* of the request, IPv4 or IPv6; an answer goes back */
	uint16_t ident, seq;
	uint64_t number; /* in the payload, as our own requests have it; its low 16 bits are seq */
};

void capture_world_release(struct capture_world *c);
/* Any frame. */
void capture_put(struct capture_world *c, int64_t at_ns, const uint8_t *bytes, size_t size);
/* An Ethernet frame of a request, or of its answer. */
void capture_request(struct capture_world *c, int64_t at_ns, const struct capture_echo *echo);
void capture_reply(struct capture_world *c, int64_t at_ns, const struct capture_echo *echo);
/* A router's "host unreachable" or "time exceeded" that quotes the request (IPv4). */
void capture_error(struct capture_world *c, int64_t at_ns, const struct capture_echo *echo);
void capture_exceeded(struct capture_world *c, int64_t at_ns, const struct capture_echo *echo);
/* Gratuitous ARP of an IPv4 address, and a RARP, both from the MAC 02:00:00:00:00:last. */
void capture_garp(struct capture_world *c, int64_t at_ns, const char *address, uint8_t last);
void capture_rarp(struct capture_world *c, int64_t at_ns, uint8_t last);

enum capture_fate { CAPTURE_DROPPED, CAPTURE_HELD, CAPTURE_SLOW };
/* A stretch in which the target did not answer as usual; times since the zero. */
struct capture_outage {
	enum capture_fate fate;
	int64_t begin_ns, end_ns;
};
/*
 * Probes each interval_ns from 0 to end_ns, round trips of 0.2 to 0.5 ms (`seed` says which), with the
 * outages: requests dropped; all held and answered at the end; or answered 200 ms late.
 */
void capture_probes(struct capture_world *c, struct capture_echo echo, int64_t interval_ns,
	int64_t end_ns, const struct capture_outage *outages, size_t count, unsigned seed);
/*
 * The capturing machine's clock steps by by_ns (back where that is negative) before the first frame
 * at or after at_ns. Nothing may be put in afterwards.
 */
void capture_step(struct capture_world *c, int64_t at_ns, int64_t by_ns);
/* Writes all of it, in order of the stamps or, with a step, of time. Returns 0 or -1. */
int capture_write(struct capture_world *c, const char *path, int link, bool nanoseconds);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Captures byte by byte: echo requests, answers and routers' errors as Ethernet frames, and the
 * pcap file around them. Written from RFC 791, RFC 792 and the pcap file format; no library.
 */
#ifndef BLACKOUT_PROPERTY_BYTES_H
#define BLACKOUT_PROPERTY_BYTES_H

#include "harness/base.h"

#define FRAME_BYTES 128
#define PAYLOAD_BYTES 56

struct frame_bytes {
	int64_t stamp_ns; /* UTC */
	uint32_t size;
	uint8_t bytes[FRAME_BYTES];
};

/* One echo request, and what its answer repeats. */
struct echo {
	uint8_t from[4], to[4];
	uint16_t ident, seq, ip_id;
	uint8_t ttl;
	uint8_t payload[PAYLOAD_BYTES];
};

void bytes_request(struct frame_bytes *frame, const struct echo *echo);
void bytes_answer(struct frame_bytes *frame, const struct echo *echo);
/* A router's error of that type and code that quotes the request. */
void bytes_error(struct frame_bytes *frame, const struct echo *echo, uint8_t type, uint8_t code);
/* Writes a file of whole frames in the order given, little-endian. Aborts where it cannot. */
void bytes_write(const char *path, const struct frame_bytes *frames, size_t count,
	bool nanoseconds);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Captures byte by byte: builds echo requests, answers and routers' errors as Ethernet frames, and
 * the pcap file around them. Follows RFC 791, RFC 792, RFC 8200, RFC 4443 and the pcap file format;
 * uses no library.
 */
#ifndef BLACKOUT_TESTS_PROPERTY_BYTES_H
#define BLACKOUT_TESTS_PROPERTY_BYTES_H

#include "harness/base/base.h"

#define FRAME_BYTES 192
#define PAYLOAD_BYTES 56

struct frame_bytes {
	int64_t stamp_ns; /* UTC */
	uint32_t size;
	uint8_t bytes[FRAME_BYTES];
};

/* One echo request: the fields that its answer repeats, and its header's other fields. */
struct echo {
	bool v6;
	uint8_t from[16], to[16]; /* with IPv4 the first 4 bytes of each */
	uint16_t ident, seq, ip_id;
	uint8_t ttl;
	uint8_t payload[PAYLOAD_BYTES];
};

enum router_error { ROUTER_UNREACHABLE, ROUTER_TIME_EXCEEDED };

void bytes_request(struct frame_bytes *frame, const struct echo *echo);
void bytes_answer(struct frame_bytes *frame, const struct echo *echo);
/* Builds a router's error that quotes the request. */
void bytes_error(struct frame_bytes *frame, const struct echo *echo, enum router_error what);
/* Builds a frame unrelated to any request. */
void bytes_other(struct frame_bytes *frame);
/* Writes a little-endian pcap file of whole frames in the given order. Aborts on failure. */
void bytes_write(
	const char *path, const struct frame_bytes *frames, size_t count, bool nanoseconds);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Frames as bytes: which of those that reach the responder ask for something, and what the answers
 * to them look like. Ethernet, ARP (RFC 826), ICMP echo (RFC 792), neighbour discovery (RFC 4861),
 * ICMPv6 (RFC 4443). No sockets, no clocks.
 */
#ifndef BLACKOUT_TOOLS_CALIBRATE_WIRE_H
#define BLACKOUT_TOOLS_CALIBRATE_WIRE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_FRAME_MAX 2048 /* a frame on the way in, and so an answer, is no longer */
#define WIRE_SHORT_MAX 256  /* what refusals and announcements fit into */

/* `count` addresses of each family in a row, all behind one hardware address. */
struct wire_addresses {
	uint8_t mac[6];
	uint32_t count;
	uint32_t first;       /* IPv4, host order */
	struct in6_addr first6;
	bool has_ipv6;
};

enum wire_kind {
	WIRE_OTHER,   /* not for us, or nothing that is answered */
	WIRE_ARP,     /* who has one of the addresses */
	WIRE_SOLICIT, /* the same by neighbour discovery */
	WIRE_ECHO,    /* an IPv4 echo request */
	WIRE_ECHO6,
};

/* What a frame asks of the addresses. */
enum wire_kind wire_classify(const struct wire_addresses *own, const uint8_t *frame, size_t size);
/* Makes an echo request its own answer, in place. */
void wire_answer(enum wire_kind kind, uint8_t *frame);
/* The answer to WIRE_ARP or WIRE_SOLICIT; returns its size. */
size_t wire_resolve(const struct wire_addresses *own, enum wire_kind kind, const uint8_t *frame,
	uint8_t out[static WIRE_SHORT_MAX]);
/* "Host unreachable" to an echo request, quoting all of it that fits; returns its size. */
size_t wire_refuse(enum wire_kind kind, const uint8_t *frame, size_t size,
	uint8_t out[static WIRE_SHORT_MAX]);
/* Makes the answer to an echo request one to another sender's: the payload's first byte differs.
 * Returns false where there is no payload. */
bool wire_forge(enum wire_kind kind, uint8_t *frame, size_t size);
/* A RARP request or a gratuitous ARP of the first address; returns its size. */
size_t wire_announce(const struct wire_addresses *own, bool rarp,
	uint8_t out[static WIRE_SHORT_MAX]);

#endif

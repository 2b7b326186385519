/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The responder's frames as bytes: recognises requests and builds their answers. Ethernet, ARP (RFC
 * 826), ICMP echo (RFC 792), neighbour discovery (RFC 4861), ICMPv6 (RFC 4443). No sockets, no
 * clocks.
 */
#ifndef BLACKOUT_TOOLS_CALIBRATE_WIRE_H
#define BLACKOUT_TOOLS_CALIBRATE_WIRE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_FRAME_MAX 2048 /* bytes of a request, and so of its answer */
#define WIRE_SHORT_MAX 256  /* bytes of any other frame that is built here */

/* `count` consecutive addresses of each family, all with one hardware address. */
struct wire_addresses {
	uint8_t mac[6];
	uint32_t count;
	uint32_t first; /* IPv4, host order */
	struct in6_addr first6;
	bool has_ipv6;
};

enum wire_kind {
	WIRE_OTHER,   /* not to the addresses, or no request */
	WIRE_ARP,     /* an ARP request for one of the addresses */
	WIRE_SOLICIT, /* a neighbour solicitation for one of them */
	WIRE_ECHO,    /* an IPv4 echo request */
	WIRE_ECHO6,   /* an IPv6 echo request */
};

/* Returns which request to the addresses a frame holds. */
enum wire_kind wire_classify(const struct wire_addresses *own, const uint8_t *frame, size_t size);
/* Turns an echo request into its answer, in place. */
void wire_answer(enum wire_kind kind, uint8_t *frame);
/* Builds the answer to WIRE_ARP or WIRE_SOLICIT; returns its size. */
size_t wire_resolve(const struct wire_addresses *own, enum wire_kind kind, const uint8_t *frame,
	uint8_t out[static WIRE_SHORT_MAX]);
/* Builds "host unreachable" for an echo request, with as much of it as fits; returns the size. */
size_t wire_refuse(
	enum wire_kind kind, const uint8_t *frame, size_t size, uint8_t out[static WIRE_SHORT_MAX]);
/*
 * Turns an answer into one to another sender's request: changes the payload's first byte. False:
 * the frame has no payload.
 */
bool wire_forge(enum wire_kind kind, uint8_t *frame, size_t size);
/* Builds a RARP request or a gratuitous ARP for the first address; returns its size. */
size_t wire_announce(
	const struct wire_addresses *own, bool rarp, uint8_t out[static WIRE_SHORT_MAX]);

#endif

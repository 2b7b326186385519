/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What one captured frame says: echo requests and answers, router errors about them, announcements
 * that a machine has moved, and where a TCP segment stands in its connection. Pure; any bytes are allowed, and as many of them as were
 * captured (128 are enough). Fragments say nothing.
 */
#ifndef BLACKOUT_PACKET_FRAME_H
#define BLACKOUT_PACKET_FRAME_H

#include "harness/base/base.h"

#define FRAME_MAC_BYTES 6
/* The same message again within this is a copy, from a mirror port. */
#define FRAME_COPY_NS (5 * NS_PER_MS)
/* The two directions may be stamped by clocks of their own: an answer up to so long before its request. */
#define FRAME_EARLY_NS NS_PER_S

enum frame_what {
	FRAME_OTHER,
	FRAME_REQUEST, /* echo request, ICMP or ICMPv6 */
	FRAME_REPLY,   /* its answer; one with a wrong checksum is FRAME_OTHER */
	FRAME_ERROR,   /* an ICMP error that quotes an echo request */
	FRAME_RARP,
	FRAME_GARP,    /* gratuitous ARP: sender and target address are one */
	FRAME_NA,      /* unsolicited neighbour advertisement */
};

/* An IPv4 or IPv6 address; size 0: none. Bytes beyond `size` are 0, so that all of it compares. */
struct frame_address {
	uint8_t bytes[16];
	uint8_t size; /* 4 or 16 */
};

struct frame {
	enum frame_what what;
	bool has_mac;
	uint8_t mac[FRAME_MAC_BYTES]; /* the sender's */
	/*
	 * Who sent it and to whom (ARP: sender's and target's protocol address). NA: `from` is the
	 * address that it advertises.
	 */
	struct frame_address from, to;
	/* Echo requests and answers; of an error, the request that it quotes. */
	struct frame_address request_from, request_to;
	uint16_t ident, seq;
	bool numbered; /* it carries a 64-bit number as our own requests do */
	uint64_t number;
	uint64_t content; /* a hash of the whole message as far as it was captured: tells copies */
	uint8_t ttl;      /* or hop limit */
	uint8_t icmp_type, icmp_code;
	/* A TCP segment. tcp_length: sequence numbers that it takes, its SYN and FIN among them. */
	bool tcp, tcp_begins;
	uint16_t from_port, to_port;
	uint32_t tcp_seq, tcp_length;
};

/* Whether frames of that libpcap link type (DLT_…) can be read. */
bool frame_link_known(int link);
/* Reads `size` captured bytes of a frame of a known link type; what it does not know is FRAME_OTHER. */
void frame_read(int link, const uint8_t *bytes, size_t size, struct frame *frame);
/* The address as text; "" for none. */
#define FRAME_ADDRESS_TEXT_MAX 46
const char *frame_address_text(
	const struct frame_address *address, char buf[static FRAME_ADDRESS_TEXT_MAX]);
/* "52:54:00:12:34:56" */
#define FRAME_MAC_TEXT_MAX 18
const char *frame_mac_text(const uint8_t mac[static FRAME_MAC_BYTES],
	char buf[static FRAME_MAC_TEXT_MAX]);
bool frame_address_same(const struct frame_address *a, const struct frame_address *b);

#endif

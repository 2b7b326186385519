/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Decodes one captured frame: echo requests and answers, router errors about them, announcements
 * that a machine has moved, and the sequence numbers of a TCP segment. Accepts any bytes, and
 * frames that were cut (128 bytes are enough). Does not decode fragments.
 */
#ifndef BLACKOUT_PACKET_FRAME_H
#define BLACKOUT_PACKET_FRAME_H

#include "harness/base/base.h"

#define FRAME_MAC_BYTES 6
/* The same message a second time within this time is a copy, from a mirror port. */
#define FRAME_COPY_NS (5 * NS_PER_MS)
/* An answer may be stamped this much before its request: each direction can have its own clock. */
#define FRAME_EARLY_NS NS_PER_S

enum frame_kind {
	FRAME_OTHER,
	FRAME_REQUEST, /* echo request, ICMP or ICMPv6 */
	FRAME_REPLY,   /* echo reply; FRAME_OTHER if its checksum is wrong */
	FRAME_ERROR,   /* an ICMP error that quotes an echo request */
	FRAME_RARP,
	FRAME_GARP, /* gratuitous ARP: sender and target address are the same */
	FRAME_NA,   /* unsolicited neighbour advertisement */
};

/* An IPv4 or IPv6 address. Bytes beyond `size` are 0, so that whole structs can be compared. */
struct frame_address {
	uint8_t bytes[16];
	uint8_t size; /* 4 or 16; 0: no address */
};

struct frame {
	enum frame_kind what;
	bool has_mac;
	uint8_t mac[FRAME_MAC_BYTES]; /* the sender's */
	/*
	 * The IP addresses of sender and receiver (ARP: sender's and target's protocol address).
	 * NA: `from` is the advertised address.
	 */
	struct frame_address from, to;
	/* Of an echo request, or of the request that an answer or an error refers to. */
	struct frame_address request_from, request_to;
	uint16_t ident, seq;
	bool numbered; /* the payload has a 64-bit number, as requests of this program do */
	uint64_t number;
	uint64_t content; /* a hash of the captured message, to recognise copies */
	uint8_t ttl;      /* or hop limit */
	uint8_t icmp_type, icmp_code;
	/* tcp_begins: the segment has a SYN. tcp_length: how many sequence numbers it uses. */
	bool tcp, tcp_begins;
	uint16_t from_port, to_port;
	uint32_t tcp_seq, tcp_length;
};

/* The supported link types, by libpcap's numbers (DLT_…): frame.c does not need libpcap. */
enum link_type {
	LINK_ETHERNET = 1,
	LINK_RAW = 12,
	LINK_LINUX_SLL = 113,
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
	LINK_LINUX_SLL2 = 276,
};

/* True if frame_read can decode frames of the link type. */
bool frame_link_known(int link);
/* Decodes `size` captured bytes of a frame; FRAME_OTHER if its kind is not known. */
void frame_read(int link, const uint8_t *bytes, size_t size, struct frame *frame);
/* The address as text; "" for size 0. */
#define FRAME_ADDRESS_TEXT_MAX 46
const char *frame_address_text(
	const struct frame_address *address, char buf[static FRAME_ADDRESS_TEXT_MAX]);
/* "52:54:00:12:34:56" */
#define FRAME_MAC_TEXT_MAX 18
const char *frame_mac_text(
	const uint8_t mac[static FRAME_MAC_BYTES], char buf[static FRAME_MAC_TEXT_MAX]);
bool frame_address_same(const struct frame_address *a, const struct frame_address *b);

#endif

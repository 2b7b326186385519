/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Echo requests as bytes: building them, parsing what came back, and the socket filter that drops
 * the replies to other programs (RFC 792, RFC 4443). Sends nothing, reads no clock.
 */
#ifndef BLACKOUT_PROBES_ENGINE_ICMP_H
#define BLACKOUT_PROBES_ENGINE_ICMP_H

#include "harness/base/base.h"

#include <netinet/in.h>
#include <sys/socket.h>

#define ICMP_PACKET_BYTES 64 /* with the ICMP header, without the IP header */

union icmp_address {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* The content of our requests. */
struct icmp_echo {
	uint16_t ident;
	uint64_t cookie; /* random, one per probe: a forged answer lacks it */
	uint64_t seq;    /* counts the target's requests; the ICMP header has its low 16 bits */
	uint32_t target;
	uint64_t serial; /* counts all requests of the engine (match.h) */
};

enum icmp_what {
	ICMP_FOREIGN, /* any other message, also a damaged or forged one */
	ICMP_ANSWER,  /* an answer to a request of ours */
	ICMP_REFUSED, /* an error that quotes a request of ours */
};

struct icmp_reply {
	enum icmp_what what;
	struct icmp_echo echo;
	bool short_quote; /* the error quotes 8 bytes: of `echo` only 16 bits of seq are known */
	uint8_t type, code;
	uint8_t quoted[16]; /* errors: the destination address of our request */
};

/* Reads a numeric address. Returns 0 or -1. */
int icmp_address_parse(union icmp_address *address, const char *text);
socklen_t icmp_address_size(const union icmp_address *address);
/* The bytes of the address itself; *size is 4 or 16. */
const uint8_t *icmp_address_bytes(const union icmp_address *address, size_t *size);
/* Fills buf with a request. The kernel adds the IP header, and ICMPv6's checksum. */
void icmp_build(sa_family_t family, const struct icmp_echo *echo, uint8_t buf[ICMP_PACKET_BYTES]);
/* Parses what a raw socket received: IPv4 with its IP header, IPv6 without. */
void icmp_parse(sa_family_t family, const uint8_t *data, size_t size, uint16_t ident,
	uint64_t cookie, struct icmp_reply *reply);
/* Parses an ICMP message that has no IP header and whose checksum has been checked. */
void icmp_parse_message(sa_family_t family, const uint8_t *data, size_t size, uint16_t ident,
	uint64_t cookie, struct icmp_reply *reply);
/*
 * Parses the bytes of a request that an error quotes, from the request's ICMP header on. Sets
 * reply->what to ICMP_REFUSED if the request is ours, else leaves it.
 */
void icmp_parse_quoted(const uint8_t *data, size_t size, uint16_t ident, uint64_t cookie,
	struct icmp_reply *reply);
/*
 * Parses a packet that the kernel returns with its send stamp. The packet ends with the request;
 * any headers may precede it. True if it is a request of ours.
 */
bool icmp_parse_sent(
	const uint8_t *data, size_t size, uint16_t ident, uint64_t cookie, struct icmp_echo *echo);
/*
 * Makes a raw socket receive only answers to `ident` and, if `errors`, ICMP errors that quote a
 * request of that identifier. Returns 0, or -1 with errno.
 */
int icmp_attach_filter(int fd, sa_family_t family, uint16_t ident, bool errors);

#endif

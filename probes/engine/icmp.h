/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Echo requests as bytes: building them, telling what came back, and the socket filter that keeps
 * other people's answers out (RFC 792, RFC 4443). No sending, no clocks.
 */
#ifndef BLACKOUT_PROBES_ENGINE_ICMP_H
#define BLACKOUT_PROBES_ENGINE_ICMP_H

#include "harness/base/base.h"

#include <netinet/in.h>
#include <sys/socket.h>

#define ICMP_PACKET_BYTES 64 /* with its ICMP header, without IP */

union icmp_address {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* What our requests carry besides the ICMP header. */
struct icmp_echo {
	uint16_t ident;
	uint64_t cookie; /* random, one a run */
	uint64_t seq;    /* among the target's; its low half is the header's */
	uint32_t target;
	uint64_t serial; /* among all of the engine's (match.h) */
};

enum icmp_what {
	ICMP_FOREIGN, /* not an answer of ours, damaged, or forged */
	ICMP_ANSWER,
	ICMP_REFUSED, /* an error that quotes a request of ours */
};

struct icmp_reply {
	enum icmp_what what;
	struct icmp_echo echo;
	bool short_quote;  /* the error quotes 8 bytes only: 16 bits of seq and nothing else */
	uint8_t type, code;
	uint8_t quoted[16]; /* errors: where our request was going */
};

/* A numeric address. Returns 0 or -1. */
int icmp_address_parse(union icmp_address *address, const char *text);
socklen_t icmp_address_size(const union icmp_address *address);
/* The bytes of the address itself, 4 or 16. */
const uint8_t *icmp_address_bytes(const union icmp_address *address, size_t *size);
/* Fills buf with a request (the kernel adds the IP header, and ICMPv6's checksum). */
void icmp_build(sa_family_t family, const struct icmp_echo *echo, uint8_t buf[ICMP_PACKET_BYTES]);
/* Reads what a raw socket gave: with the IP header for IPv4, without for IPv6. */
void icmp_parse(sa_family_t family, const uint8_t *data, size_t size, uint16_t ident,
	uint64_t cookie, struct icmp_reply *reply);
/* Reads an ICMP message without its IP header, whose checksum somebody else has checked. */
void icmp_parse_message(sa_family_t family, const uint8_t *data, size_t size, uint16_t ident,
	uint64_t cookie, struct icmp_reply *reply);
/* Reads as much of a request of ours as an error quotes, from its ICMP header on. */
void icmp_parse_quoted(const uint8_t *data, size_t size, uint16_t ident, uint64_t cookie,
	struct icmp_reply *reply);
/*
 * Reads a frame that we sent ourselves, as the kernel hands it back with the stamp of its sending:
 * whatever headers come first, the request is the end of it. True if it is one of ours.
 */
bool icmp_parse_sent(const uint8_t *data, size_t size, uint16_t ident, uint64_t cookie,
	struct icmp_echo *echo);
/*
 * Lets only answers to `ident` through to a raw socket; with errors, also those that quote a
 * request of that identifier. Returns 0, or -1 with errno.
 */
int icmp_attach_filter(int fd, sa_family_t family, uint16_t ident, bool errors);

#endif

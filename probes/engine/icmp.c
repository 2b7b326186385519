/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Echo requests as bytes: see icmp.h. */
#include "probes/engine/icmp.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <netdb.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <string.h>

#define HEADER_BYTES 8 /* ICMP and ICMPv6 echo */
#define COOKIE_AT 8
#define SEQ_AT 16
#define TARGET_AT 24
#define SERIAL_AT 28
#define OURS_BYTES 36 /* header, cookie, seq, target and serial */
#define IPV4_BYTES 20 /* our requests have no IP options */
#define IPV6_BYTES 40

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put_be(uint8_t *p, uint64_t v, size_t size)
{
	for (size_t i = 0; i < size; i++)
		p[i] = (uint8_t)(v >> (8 * (size - 1 - i)));
}

static uint64_t get_be(const uint8_t *p, size_t size)
{
	uint64_t v = 0;

	for (size_t i = 0; i < size; i++)
		v = v << 8 | p[i];
	return v;
}

/* The Internet checksum (RFC 1071). Over an undamaged message, checksum included, it is 0. */
static uint16_t checksum(const uint8_t *data, size_t size)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < size; i += 2)
		sum += (uint32_t)get_be(data + i, 2);
	if (size % 2)
		sum += (uint32_t)data[size - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

int icmp_address_parse(union icmp_address *address, const char *text)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST}, *list;

	memset(address, 0, sizeof(*address));
	if (getaddrinfo(text, NULL, &hints, &list))
		return -1;
	if (list->ai_addrlen <= sizeof(*address))
		memcpy(address, list->ai_addr, list->ai_addrlen);
	freeaddrinfo(list);
	return address->sa.sa_family == AF_INET || address->sa.sa_family == AF_INET6 ? 0 : -1;
}

socklen_t icmp_address_size(const union icmp_address *address)
{
	return address->sa.sa_family == AF_INET ? sizeof(address->v4) : sizeof(address->v6);
}

const uint8_t *icmp_address_bytes(const union icmp_address *address, size_t *size)
{
	if (address->sa.sa_family == AF_INET) {
		*size = 4;
		return (const uint8_t *)&address->v4.sin_addr;
	}
	*size = 16;
	return (const uint8_t *)&address->v6.sin6_addr;
}

void icmp_build(sa_family_t family, const struct icmp_echo *echo, uint8_t buf[ICMP_PACKET_BYTES])
{
	memset(buf, 0, ICMP_PACKET_BYTES);
	buf[0] = family == AF_INET ? ICMP_ECHO : ICMP6_ECHO_REQUEST;
	put16(buf + 4, echo->ident);
	put16(buf + 6, (uint16_t)echo->seq);
	put_be(buf + COOKIE_AT, echo->cookie, 8);
	put_be(buf + SEQ_AT, echo->seq, 8);
	put_be(buf + TARGET_AT, echo->target, 4);
	put_be(buf + SERIAL_AT, echo->serial, 8);
	if (family == AF_INET)
		put16(buf + 2, checksum(buf, ICMP_PACKET_BYTES));
}

/* Reads an echo message's fields. False if it is not one of ours. */
static bool parse_echo(
	const uint8_t *p, size_t size, uint16_t ident, uint64_t cookie, struct icmp_echo *echo)
{
	if (size < OURS_BYTES || get_be(p + 4, 2) != ident || get_be(p + COOKIE_AT, 8) != cookie)
		return false;
	*echo = (struct icmp_echo){.ident = ident,
		.cookie = cookie,
		.seq = get_be(p + SEQ_AT, 8),
		.target = (uint32_t)get_be(p + TARGET_AT, 4),
		.serial = get_be(p + SERIAL_AT, 8)};
	return (uint16_t)echo->seq == get_be(p + 6, 2);
}

void icmp_parse_quoted(
	const uint8_t *data, size_t size, uint16_t ident, uint64_t cookie, struct icmp_reply *reply)
{
	if (parse_echo(data, size, ident, cookie, &reply->echo)) {
		reply->what = ICMP_REFUSED;
	} else if (size >= HEADER_BYTES && size < OURS_BYTES && get_be(data + 4, 2) == ident) {
		reply->what = ICMP_REFUSED;
		reply->short_quote = true;
		reply->echo.seq = get_be(data + 6, 2);
	}
}

/* Parses an error's quote: an IP header at p, then at least 8 bytes of the quoted message. */
static void parse_quote(sa_family_t family, const uint8_t *p, size_t size, uint16_t ident,
	uint64_t cookie, struct icmp_reply *reply)
{
	size_t ip = family == AF_INET ? IPV4_BYTES : IPV6_BYTES;
	uint8_t request = family == AF_INET ? ICMP_ECHO : ICMP6_ECHO_REQUEST;
	size_t protocol_at = family == AF_INET ? 9 : 6;
	uint8_t protocol = family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6;

	if (size < ip + HEADER_BYTES || p[protocol_at] != protocol || p[ip] != request ||
		(family == AF_INET && p[0] != 0x45))
		return;
	memcpy(reply->quoted, p + (family == AF_INET ? 16 : 24), family == AF_INET ? 4 : 16);
	icmp_parse_quoted(p + ip, size - ip, ident, cookie, reply);
}

bool icmp_parse_sent(
	const uint8_t *data, size_t size, uint16_t ident, uint64_t cookie, struct icmp_echo *echo)
{
	return size >= ICMP_PACKET_BYTES &&
	       parse_echo(data + size - ICMP_PACKET_BYTES, ICMP_PACKET_BYTES, ident, cookie, echo);
}

void icmp_parse(sa_family_t family, const uint8_t *data, size_t size, uint16_t ident,
	uint64_t cookie, struct icmp_reply *reply)
{
	*reply = (struct icmp_reply){.what = ICMP_FOREIGN};
	if (family == AF_INET) {
		size_t ip = size ? (size_t)(data[0] & 15) * 4 : 0;

		if (size < IPV4_BYTES || ip < IPV4_BYTES || size < ip + HEADER_BYTES)
			return;
		data += ip;
		size -= ip;
		/*
		 * The kernel does not check the ICMP checksum before raw IPv4 sockets receive a
		 * message.
		 */
		if (checksum(data, size))
			return;
	}
	icmp_parse_message(family, data, size, ident, cookie, reply);
}

void icmp_parse_message(sa_family_t family, const uint8_t *data, size_t size, uint16_t ident,
	uint64_t cookie, struct icmp_reply *reply)
{
	*reply = (struct icmp_reply){.what = ICMP_FOREIGN};
	if (size < HEADER_BYTES)
		return;
	reply->type = data[0];
	reply->code = data[1];
	if (data[0] == (family == AF_INET ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY)) {
		if (size == ICMP_PACKET_BYTES &&
			parse_echo(data, size, ident, cookie, &reply->echo))
			reply->what = ICMP_ANSWER;
	} else {
		parse_quote(family, data + HEADER_BYTES, size - HEADER_BYTES, ident, cookie, reply);
	}
}

int icmp_attach_filter(int fd, sa_family_t family, uint16_t ident, bool errors)
{
	/*
	 * IPv4: the index register holds the ICMP header's offset; the quoted IP header has no
	 * options.
	 */
	struct sock_filter v4[] = {
		BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
		BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ICMP_ECHOREPLY, 0, 2),
		BPF_STMT(BPF_LD | BPF_H | BPF_IND, 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ident, 8, 7),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, errors ? ICMP_DEST_UNREACH : 256, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, errors ? ICMP_TIME_EXCEEDED : 256, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JA, 4, 0, 0),
		BPF_STMT(BPF_LD | BPF_B | BPF_IND, HEADER_BYTES + IPV4_BYTES),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ICMP_ECHO, 0, 2),
		BPF_STMT(BPF_LD | BPF_H | BPF_IND, HEADER_BYTES + IPV4_BYTES + 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ident, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
	};
	struct sock_filter v6[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ICMP6_ECHO_REPLY, 0, 2),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ident, 6, 5),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, errors ? ICMP6_PARAM_PROB : 0, 4, 0),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, HEADER_BYTES + IPV6_BYTES),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ICMP6_ECHO_REQUEST, 0, 2),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, HEADER_BYTES + IPV6_BYTES + 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ident, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
	};
	struct sock_fprog program = {.len = family == AF_INET ? ARRAY_SIZE(v4) : ARRAY_SIZE(v6),
		.filter = family == AF_INET ? v4 : v6};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Captures byte by byte: see bytes.h. */
#include "tests/property/bytes.h"

#include <stdlib.h>
#include <string.h>

#define ETHERNET_BYTES 14
#define IPV4_BYTES 20
#define IPV6_BYTES 40
#define ICMP_BYTES 8
#define ECHO_BYTES (ICMP_BYTES + PAYLOAD_BYTES)
#define ICMP 1
#define ICMPV6 58
#define MAGIC_NS UINT32_C(0xa1b23c4d)
#define MAGIC_US UINT32_C(0xa1b2c3d4)
#define LINK_ETHERNET 1
#define TYPE_IPV4 0x0800
#define TYPE_IPV6 0x86dd
#define TYPE_LLDP 0x88cc

static const uint8_t router4[4] = {203, 0, 113, 1};
static const uint8_t router6[16] = {0x20, 0x01, 0x0d, 0xb8, 0, 1, [15] = 1};

static void put16(uint8_t *p, unsigned value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

/*
 * The Internet checksum (RFC 1071) of an even number of bytes, and of bytes with the partial sum
 * `sum`.
 */
static unsigned checksum(const uint8_t *p, size_t size, uint32_t sum)
{
	for (size_t i = 0; i < size; i += 2)
		sum += (uint32_t)(p[i] << 8 | p[i + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

/* Stores the checksum of a packet's ICMP message, which with IPv6 also covers the addresses. */
static void put_sum(uint8_t *ip, bool v6, size_t size)
{
	uint8_t *icmp = ip + (v6 ? IPV6_BYTES : IPV4_BYTES);
	uint32_t sum = 0;

	if (v6)
		sum = (~checksum(ip + 8, 32, 0) & 0xffff) + ICMPV6 + (uint32_t)size;
	put16(icmp + 2, checksum(icmp, size, sum));
}

/* Writes an IP header; returns where its payload begins. */
static uint8_t *put_ip(uint8_t *ip, const struct echo *e, const uint8_t *from, const uint8_t *to,
	uint16_t id, uint8_t ttl, size_t payload)
{
	if (e->v6) {
		ip[0] = 0x60;
		put16(ip + 4, (unsigned)payload);
		ip[6] = ICMPV6;
		ip[7] = ttl;
		memcpy(ip + 8, from, 16);
		memcpy(ip + 24, to, 16);
		return ip + IPV6_BYTES;
	}
	ip[0] = 0x45;
	put16(ip + 2, (unsigned)(IPV4_BYTES + payload));
	put16(ip + 4, id);
	ip[8] = ttl;
	ip[9] = ICMP;
	memcpy(ip + 12, from, 4);
	memcpy(ip + 16, to, 4);
	put16(ip + 10, checksum(ip, IPV4_BYTES, 0));
	return ip + IPV4_BYTES;
}

/* Writes a whole packet with an echo message. */
static void put_echo(uint8_t *ip, const struct echo *e, bool answer, uint8_t ttl)
{
	uint16_t id = answer ? (uint16_t)(e->ip_id ^ 0x5555) : e->ip_id;
	uint8_t *icmp = put_ip(
		ip, e, answer ? e->to : e->from, answer ? e->from : e->to, id, ttl, ECHO_BYTES);

	icmp[0] = e->v6 ? (answer ? 129 : 128) : (answer ? 0 : 8);
	put16(icmp + 4, e->ident);
	put16(icmp + 6, e->seq);
	memcpy(icmp + ICMP_BYTES, e->payload, PAYLOAD_BYTES);
	put_sum(ip, e->v6, ECHO_BYTES);
}

static size_t ip_bytes(const struct echo *e)
{
	return e->v6 ? IPV6_BYTES : IPV4_BYTES;
}

/* Writes the Ethernet header; returns where the packet begins. */
static uint8_t *begin(struct frame_bytes *f, bool back, unsigned type, size_t packet)
{
	static const uint8_t near[6] = {2, 0, 0, 0, 0, 1}, far[6] = {2, 0, 0, 0, 0, 2};

	memset(f->bytes, 0, sizeof(f->bytes));
	memcpy(f->bytes, back ? near : far, 6);
	memcpy(f->bytes + 6, back ? far : near, 6);
	put16(f->bytes + 12, type);
	f->size = (uint32_t)(ETHERNET_BYTES + packet);
	return f->bytes + ETHERNET_BYTES;
}

static unsigned type_of(const struct echo *e)
{
	return e->v6 ? TYPE_IPV6 : TYPE_IPV4;
}

void bytes_request(struct frame_bytes *f, const struct echo *e)
{
	put_echo(begin(f, false, type_of(e), ip_bytes(e) + ECHO_BYTES), e, false, e->ttl);
}

void bytes_answer(struct frame_bytes *f, const struct echo *e)
{
	put_echo(begin(f, true, type_of(e), ip_bytes(e) + ECHO_BYTES), e, true, 57);
}

void bytes_error(struct frame_bytes *f, const struct echo *e, enum router_error what)
{
	static const uint8_t types[2][2] = {{3, 11}, {1, 3}};
	size_t quoted = ip_bytes(e) + ICMP_BYTES;
	uint8_t *ip = begin(f, true, type_of(e), ip_bytes(e) + ICMP_BYTES + quoted);
	uint8_t *icmp = put_ip(ip, e, e->v6 ? router6 : router4, e->from,
		(uint16_t)(e->ip_id ^ 0x3333), 60, ICMP_BYTES + quoted);
	uint8_t whole[IPV6_BYTES + ECHO_BYTES] = {0};

	icmp[0] = types[e->v6][what];
	icmp[1] = !e->v6 && what == ROUTER_UNREACHABLE; /* host unreachable; no route */
	put_echo(whole, e, false, what == ROUTER_TIME_EXCEEDED ? 1 : 60);
	memcpy(icmp + ICMP_BYTES, whole, quoted);
	put_sum(ip, e->v6, ICMP_BYTES + quoted);
}

void bytes_other(struct frame_bytes *f)
{
	begin(f, true, TYPE_LLDP, 46);
}

static void put32(uint8_t *p, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(value >> (8 * i));
}

void bytes_write(const char *path, const struct frame_bytes *frames, size_t count, bool nanoseconds)
{
	uint8_t head[24] = {[4] = 2, [6] = 4};
	FILE *file = fopen(path, "we");
	bool good = file != NULL;

	put32(head, nanoseconds ? MAGIC_NS : MAGIC_US);
	put32(head + 16, 65535);
	put32(head + 20, LINK_ETHERNET);
	good = good && fwrite(head, sizeof(head), 1, file) == 1;
	for (size_t i = 0; good && i < count; i++) {
		const struct frame_bytes *f = &frames[i];
		uint8_t record[16];

		put32(record, (uint32_t)(f->stamp_ns / NS_PER_S));
		put32(record + 4,
			(uint32_t)(f->stamp_ns % NS_PER_S / (nanoseconds ? 1 : NS_PER_US)));
		put32(record + 8, f->size);
		put32(record + 12, f->size);
		good = fwrite(record, sizeof(record), 1, file) == 1 &&
		       fwrite(f->bytes, f->size, 1, file) == 1;
	}
	if (!good || fclose(file)) {
		perror(path);
		abort();
	}
}

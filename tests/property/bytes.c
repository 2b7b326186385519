/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Captures byte by byte: see bytes.h. */
#include "tests/property/bytes.h"

#include <stdlib.h>
#include <string.h>

#define ETHERNET_BYTES 14
#define IP_BYTES 20
#define ICMP_BYTES 8
#define QUOTED_BYTES (IP_BYTES + ICMP_BYTES)
#define MAGIC_NS UINT32_C(0xa1b23c4d)
#define MAGIC_US UINT32_C(0xa1b2c3d4)
#define LINK_ETHERNET 1

static const uint8_t router[4] = {203, 0, 113, 1};

static void put16(uint8_t *p, unsigned value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

/* The sum of RFC 1071 over an even number of bytes. */
static unsigned checksum(const uint8_t *p, size_t size)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < size; i += 2)
		sum += (uint32_t)(p[i] << 8 | p[i + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

static void put_ip(uint8_t *ip, const uint8_t from[4], const uint8_t to[4], uint16_t id,
	uint8_t ttl, size_t payload)
{
	ip[0] = 0x45;
	put16(ip + 2, (unsigned)(IP_BYTES + payload));
	put16(ip + 4, id);
	ip[8] = ttl;
	ip[9] = 1; /* ICMP */
	memcpy(ip + 12, from, 4);
	memcpy(ip + 16, to, 4);
	put16(ip + 10, checksum(ip, IP_BYTES));
}

static void put_echo(uint8_t *icmp, const struct echo *e, uint8_t type)
{
	icmp[0] = type;
	put16(icmp + 4, e->ident);
	put16(icmp + 6, e->seq);
	memcpy(icmp + ICMP_BYTES, e->payload, PAYLOAD_BYTES);
	put16(icmp + 2, checksum(icmp, ICMP_BYTES + PAYLOAD_BYTES));
}

/* The link header; returns where the packet begins. */
static uint8_t *begin(struct frame_bytes *f, bool back, size_t packet)
{
	static const uint8_t near[6] = {2, 0, 0, 0, 0, 1}, far[6] = {2, 0, 0, 0, 0, 2};

	memset(f->bytes, 0, sizeof(f->bytes));
	memcpy(f->bytes, back ? near : far, 6);
	memcpy(f->bytes + 6, back ? far : near, 6);
	put16(f->bytes + 12, 0x0800);
	f->size = (uint32_t)(ETHERNET_BYTES + packet);
	return f->bytes + ETHERNET_BYTES;
}

void bytes_request(struct frame_bytes *f, const struct echo *e)
{
	uint8_t *ip = begin(f, false, IP_BYTES + ICMP_BYTES + PAYLOAD_BYTES);

	put_ip(ip, e->from, e->to, e->ip_id, e->ttl, ICMP_BYTES + PAYLOAD_BYTES);
	put_echo(ip + IP_BYTES, e, 8);
}

void bytes_answer(struct frame_bytes *f, const struct echo *e)
{
	uint8_t *ip = begin(f, true, IP_BYTES + ICMP_BYTES + PAYLOAD_BYTES);

	put_ip(ip, e->to, e->from, (uint16_t)(e->ip_id ^ 0x5555), 57, ICMP_BYTES + PAYLOAD_BYTES);
	put_echo(ip + IP_BYTES, e, 0);
}

void bytes_error(struct frame_bytes *f, const struct echo *e, uint8_t type, uint8_t code)
{
	uint8_t *ip = begin(f, true, IP_BYTES + ICMP_BYTES + QUOTED_BYTES);
	uint8_t *icmp = ip + IP_BYTES, whole[ICMP_BYTES + PAYLOAD_BYTES] = {0};

	put_ip(ip, router, e->from, (uint16_t)(e->ip_id ^ 0x3333), 60, ICMP_BYTES + QUOTED_BYTES);
	icmp[0] = type;
	icmp[1] = code;
	put_ip(icmp + ICMP_BYTES, e->from, e->to, e->ip_id, type == 11 ? 1 : 60,
		ICMP_BYTES + PAYLOAD_BYTES);
	put_echo(whole, e, 8);
	memcpy(icmp + ICMP_BYTES + IP_BYTES, whole, ICMP_BYTES);
	put16(icmp + 2, checksum(icmp, ICMP_BYTES + QUOTED_BYTES));
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

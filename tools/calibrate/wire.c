/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parses and builds frames: see wire.h. */
#include "tools/calibrate/wire.h"

#include <string.h>

#define ETHERNET 14
#define IPV4 (ETHERNET + 20) /* offset of the payload after an IPv4 header without options */
#define IPV6 (ETHERNET + 40)
#define ICMP_HEAD 8
#define ARP_SIZE 42
#define SOLICIT_SIZE (IPV6 + 24)
#define ADVERT_SIZE (IPV6 + 32)
#define NEXT_ICMPV6 58

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void put16(uint8_t *p, uint32_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static void put32(uint8_t *p, uint32_t value)
{
	put16(p, value >> 16);
	put16(p + 2, value);
}

static uint32_t sum16(uint32_t sum, const uint8_t *p, size_t size)
{
	for (size_t i = 0; i + 1 < size; i += 2)
		sum += get16(p + i);
	if (size % 2)
		sum += (uint32_t)p[size - 1] << 8;
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* Stores the Internet checksum (RFC 1071) of `size` bytes at `at`, which is among them. */
static void put_checksum(uint8_t *at, const uint8_t *p, size_t size)
{
	put16(at, 0);
	put16(at, (uint16_t)~fold(sum16(0, p, size)));
}

/* Stores an ICMPv6 checksum, which also covers addresses, length and protocol (RFC 4443, 2.3). */
static void put_checksum6(uint8_t *frame, size_t size)
{
	uint8_t *at = frame + IPV6 + 2;
	uint32_t sum = (uint32_t)(size - IPV6) + NEXT_ICMPV6;

	put16(at, 0);
	sum = sum16(sum, frame + ETHERNET + 8, 32);
	put16(at, (uint16_t)~fold(sum16(sum, frame + IPV6, size - IPV6)));
}

/* Updates a checksum for one changed word of what it covers (RFC 1624). */
static void amend_checksum(uint8_t *at, uint16_t before, uint16_t after)
{
	put16(at, (uint16_t)~fold((uint16_t)~get16(at) + (uint32_t)(uint16_t)~before + after));
}

static void swap(uint8_t *a, uint8_t *b, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		uint8_t t = a[i];

		a[i] = b[i];
		b[i] = t;
	}
}

static bool is_own(const struct wire_addresses *own, const uint8_t *address)
{
	return get32(address) - own->first < own->count;
}

/* The addresses differ in their last four bytes. */
static bool is_own6(const struct wire_addresses *own, const uint8_t *address)
{
	const uint8_t *first = own->first6.s6_addr;

	return own->has_ipv6 && memcmp(address, first, 12) == 0 &&
	       get32(address + 12) - get32(first + 12) < own->count;
}

static bool is_unspecified(const uint8_t *address)
{
	static const uint8_t none[16];

	return memcmp(address, none, sizeof(none)) == 0;
}

enum wire_kind wire_classify(const struct wire_addresses *own, const uint8_t *frame, size_t size)
{
	if (size < IPV4 || size > WIRE_FRAME_MAX)
		return WIRE_OTHER;
	switch (get16(frame + 12)) {
	case 0x0806:
		return size >= ARP_SIZE && get16(frame + 20) == 1 && is_own(own, frame + 38)
			       ? WIRE_ARP
			       : WIRE_OTHER;
	case 0x0800:
		return size >= IPV4 + ICMP_HEAD && frame[ETHERNET] == 0x45 && frame[23] == 1 &&
				       frame[IPV4] == 8 && is_own(own, frame + 30)
			       ? WIRE_ECHO
			       : WIRE_OTHER;
	case 0x86dd:
		if (size < IPV6 + ICMP_HEAD || frame[20] != NEXT_ICMPV6)
			return WIRE_OTHER;
		if (frame[IPV6] == 128)
			return is_own6(own, frame + 38) ? WIRE_ECHO6 : WIRE_OTHER;
		/* A solicitation from :: is duplicate address detection and is not answered. */
		return frame[IPV6] == 135 && size >= SOLICIT_SIZE &&
				       is_own6(own, frame + IPV6 + 8) && !is_unspecified(frame + 22)
			       ? WIRE_SOLICIT
			       : WIRE_OTHER;
	}
	return WIRE_OTHER;
}

void wire_answer(enum wire_kind kind, uint8_t *frame)
{
	swap(frame, frame + 6, 6);
	if (kind == WIRE_ECHO) {
		swap(frame + 26, frame + 30, 4);
		frame[IPV4] = 0;
		amend_checksum(frame + IPV4 + 2, 0x0800, 0);
	} else {
		swap(frame + 22, frame + 38, 16);
		frame[IPV6] = 129;
		amend_checksum(frame + IPV6 + 2, 0x8000, 0x8100);
	}
}

static size_t resolve_arp(const struct wire_addresses *own, const uint8_t *frame, uint8_t *out)
{
	memcpy(out, frame, ARP_SIZE);
	memcpy(out, frame + 6, 6);
	memcpy(out + 6, own->mac, 6);
	out[21] = 2;
	memcpy(out + 22, own->mac, 6);
	memcpy(out + 28, frame + 38, 4);
	memcpy(out + 32, frame + 22, 10);
	return ARP_SIZE;
}

/* Writes the IPv6 header of an ICMPv6 message. */
static void put_ipv6(uint8_t *out, size_t size, const uint8_t *from, const uint8_t *to)
{
	put16(out + 12, 0x86dd);
	out[ETHERNET] = 0x60;
	put16(out + 18, (uint32_t)(size - IPV6));
	out[20] = NEXT_ICMPV6;
	out[21] = 255;
	memcpy(out + 22, from, 16);
	memcpy(out + 38, to, 16);
}

static size_t advertise(const struct wire_addresses *own, const uint8_t *frame, uint8_t *out)
{
	const uint8_t *target = frame + IPV6 + 8;

	memset(out, 0, ADVERT_SIZE);
	memcpy(out, frame + 6, 6);
	memcpy(out + 6, own->mac, 6);
	put_ipv6(out, ADVERT_SIZE, target, frame + 22);
	out[IPV6] = 136;
	out[IPV6 + 4] = 0x60; /* solicited, override */
	memcpy(out + IPV6 + 8, target, 16);
	out[IPV6 + 24] = 2;
	out[IPV6 + 25] = 1;
	memcpy(out + IPV6 + 26, own->mac, 6);
	put_checksum6(out, ADVERT_SIZE);
	return ADVERT_SIZE;
}

size_t wire_resolve(const struct wire_addresses *own, enum wire_kind kind, const uint8_t *frame,
	uint8_t out[static WIRE_SHORT_MAX])
{
	return kind == WIRE_ARP ? resolve_arp(own, frame, out) : advertise(own, frame, out);
}

size_t wire_refuse(
	enum wire_kind kind, const uint8_t *frame, size_t size, uint8_t out[static WIRE_SHORT_MAX])
{
	size_t head = kind == WIRE_ECHO ? IPV4 : IPV6, quoted = size - ETHERNET;

	if (quoted > WIRE_SHORT_MAX - head - ICMP_HEAD)
		quoted = WIRE_SHORT_MAX - head - ICMP_HEAD;
	size = head + ICMP_HEAD + quoted;
	memset(out, 0, WIRE_SHORT_MAX);
	memcpy(out, frame + 6, 6);
	memcpy(out + 6, frame, 6);
	memcpy(out + head + ICMP_HEAD, frame + ETHERNET, quoted);
	if (kind == WIRE_ECHO6) {
		put_ipv6(out, size, frame + 38, frame + 22);
		out[IPV6] = 1;
		out[IPV6 + 1] = 3;
		put_checksum6(out, size);
		return size;
	}
	put16(out + 12, 0x0800);
	out[ETHERNET] = 0x45;
	put16(out + 16, (uint32_t)(size - ETHERNET));
	out[22] = 64;
	out[23] = 1;
	memcpy(out + 26, frame + 30, 4);
	memcpy(out + 30, frame + 26, 4);
	put_checksum(out + 24, out + ETHERNET, 20);
	out[IPV4] = 3;
	out[IPV4 + 1] = 1;
	put_checksum(out + IPV4 + 2, out + IPV4, size - IPV4);
	return size;
}

bool wire_forge(enum wire_kind kind, uint8_t *frame, size_t size)
{
	size_t head = kind == WIRE_ECHO ? IPV4 : IPV6, payload = head + ICMP_HEAD;
	uint16_t before;

	if (size < payload + 2)
		return false;
	before = get16(frame + payload);
	frame[payload] ^= 1;
	amend_checksum(frame + head + 2, before, get16(frame + payload));
	return true;
}

size_t wire_announce(
	const struct wire_addresses *own, bool rarp, uint8_t out[static WIRE_SHORT_MAX])
{
	static const uint8_t head[22] = {
		[12] = 8, [13] = 6, [15] = 1, [16] = 8, [18] = 6, [19] = 4, [21] = 1};

	memset(out, 0, ARP_SIZE);
	memcpy(out, head, sizeof(head));
	memset(out, 0xff, 6);
	memcpy(out + 6, own->mac, 6);
	memcpy(out + 22, own->mac, 6);
	if (rarp) {
		put16(out + 12, 0x8035);
		out[21] = 3;
		memcpy(out + 32, own->mac, 6);
	} else {
		put32(out + 28, own->first);
		put32(out + 38, own->first);
	}
	return ARP_SIZE;
}

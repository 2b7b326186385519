/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Synthetic captures: see capture_world.h. */
#include "tests/unit/capture_world.h"

#include <arpa/inet.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#define ICMP_WHOLE 64
#define LINK_BYTES 14
#define SLOW_NS (200 * NS_PER_MS)
#define TTL 64

static void put16(uint8_t *p, unsigned value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static uint32_t sum16(const uint8_t *p, size_t size, uint32_t sum)
{
	for (size_t i = 0; i + 1 < size; i += 2)
		sum += (uint32_t)(p[i] << 8 | p[i + 1]);
	return sum;
}

static unsigned checksum(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

void capture_world_release(struct capture_world *c)
{
	free(c->frame);
	memset(c, 0, sizeof(*c));
}

void capture_put(struct capture_world *c, int64_t at_ns, const uint8_t *bytes, size_t size)
{
	struct capture_frame *f;

	if (size > CAPTURE_BYTES || ARRAY_GROW(c->frame, c->count, c->capacity))
		abort();
	f = &c->frame[c->count++];
	f->at_ns = c->base_ns + at_ns;
	f->size = (uint32_t)size;
	memcpy(f->bytes, bytes, size);
}

/* Writes the IP header of an echo message; returns its length. */
static size_t put_ip(uint8_t *ip, const char *from, const char *to, size_t payload)
{
	if (strchr(from, ':')) {
		ip[0] = 0x60;
		put16(ip + 4, (unsigned)payload);
		ip[6] = IPPROTO_ICMPV6;
		ip[7] = TTL;
		inet_pton(AF_INET6, from, ip + 8);
		inet_pton(AF_INET6, to, ip + 24);
		return 40;
	}
	ip[0] = 0x45;
	put16(ip + 2, (unsigned)(20 + payload));
	ip[8] = TTL;
	ip[9] = IPPROTO_ICMP;
	inet_pton(AF_INET, from, ip + 12);
	inet_pton(AF_INET, to, ip + 16);
	put16(ip + 10, checksum(sum16(ip, 20, 0)));
	return 20;
}

/* Writes an echo message as an IP packet; returns its size. */
static size_t put_echo(uint8_t *ip, const struct capture_echo *echo, bool reply)
{
	bool v6 = strchr(echo->from, ':');
	size_t header = put_ip(
		ip, reply ? echo->to : echo->from, reply ? echo->from : echo->to, ICMP_WHOLE);
	uint8_t *icmp = ip + header;

	if (v6)
		icmp[0] = reply ? ICMP6_ECHO_REPLY : ICMP6_ECHO_REQUEST;
	else
		icmp[0] = reply ? ICMP_ECHOREPLY : ICMP_ECHO;
	put16(icmp + 4, echo->ident);
	put16(icmp + 6, echo->seq);
	for (int i = 0; i < 8; i++)
		icmp[16 + i] = (uint8_t)(echo->number >> (56 - 8 * i));
	put16(icmp + 2, checksum(sum16(icmp, ICMP_WHOLE,
				v6 ? sum16(ip + 8, 32, IPPROTO_ICMPV6 + ICMP_WHOLE) : 0)));
	return header + ICMP_WHOLE;
}

static uint8_t *put_link(uint8_t *frame, bool from_target, unsigned type)
{
	frame[5] = from_target ? 1 : 2;
	frame[6] = 2;
	frame[11] = from_target ? 2 : 1;
	put16(frame + 12, type);
	return frame + LINK_BYTES;
}

/* Sets the TTL of an IP header. */
static void put_ttl(uint8_t *ip, uint8_t ttl)
{
	if (ip[0] >> 4 == 6) {
		ip[7] = ttl;
		return;
	}
	ip[8] = ttl;
	put16(ip + 10, 0);
	put16(ip + 10, checksum(sum16(ip, 20, 0)));
}

static void put_echo_frame(
	struct capture_world *c, int64_t at_ns, const struct capture_echo *echo, bool reply)
{
	uint8_t frame[CAPTURE_BYTES] = {0};
	uint8_t *ip = put_link(frame, reply, strchr(echo->from, ':') ? 0x86dd : 0x0800);

	size_t size = LINK_BYTES + put_echo(ip, echo, reply);

	if (c->ttl && !reply)
		put_ttl(ip, c->ttl);
	capture_put(c, at_ns, frame, size);
}

void capture_request(struct capture_world *c, int64_t at_ns, const struct capture_echo *echo)
{
	put_echo_frame(c, at_ns, echo, false);
}

void capture_reply(struct capture_world *c, int64_t at_ns, const struct capture_echo *echo)
{
	put_echo_frame(c, at_ns, echo, true);
}

static void put_error(struct capture_world *c, int64_t at_ns, const struct capture_echo *echo,
	uint8_t type, uint8_t code)
{
	uint8_t frame[CAPTURE_BYTES] = {0}, quoted[CAPTURE_BYTES] = {0};
	uint8_t *ip = put_link(frame, true, 0x0800);
	size_t header = put_ip(ip, "10.0.0.254", echo->from, 8 + 28);

	put_echo(quoted, echo, false);
	ip[header] = type;
	ip[header + 1] = code;
	memcpy(ip + header + 8, quoted, 28);
	put16(ip + header + 2, checksum(sum16(ip + header, 36, 0)));
	capture_put(c, at_ns, frame, LINK_BYTES + header + 36);
}

void capture_error(struct capture_world *c, int64_t at_ns, const struct capture_echo *echo)
{
	put_error(c, at_ns, echo, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH);
}

void capture_exceeded(struct capture_world *c, int64_t at_ns, const struct capture_echo *echo)
{
	put_error(c, at_ns, echo, ICMP_TIME_EXCEEDED, ICMP_EXC_TTL);
}

static void put_arp(
	struct capture_world *c, int64_t at_ns, unsigned type, const char *address, uint8_t last)
{
	uint8_t frame[42] = {[6] = 2,
		[11] = last,
		[15] = 1,
		[16] = 8,
		[18] = 6,
		[19] = 4,
		[21] = type == 0x8035 ? 3 : 1,
		[22] = 2,
		[27] = last};

	memset(frame, 0xff, 6);
	put16(frame + 12, type);
	if (address) {
		inet_pton(AF_INET, address, frame + 28);
		inet_pton(AF_INET, address, frame + 38);
	}
	capture_put(c, at_ns, frame, sizeof(frame));
}

void capture_garp(struct capture_world *c, int64_t at_ns, const char *address, uint8_t last)
{
	put_arp(c, at_ns, 0x0806, address, last);
}

void capture_rarp(struct capture_world *c, int64_t at_ns, uint8_t last)
{
	put_arp(c, at_ns, 0x8035, NULL, last);
}

/* Returns when the answer to a request that reaches the target at at_ns arrives; NS_NONE: never. */
static int64_t answered_at(
	int64_t at_ns, int64_t back_ns, const struct capture_outage *outages, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct capture_outage *o = &outages[i];

		if (at_ns < o->begin_ns || at_ns >= o->end_ns)
			continue;
		if (o->fate == CAPTURE_DROPPED)
			return NS_NONE;
		return (o->fate == CAPTURE_HELD ? o->end_ns : at_ns + SLOW_NS) + back_ns;
	}
	return at_ns + back_ns;
}

void capture_probes(struct capture_world *c, struct capture_echo echo, int64_t interval_ns,
	int64_t end_ns, const struct capture_outage *outages, size_t count, unsigned seed)
{
	for (int64_t sent_ns = 0; sent_ns < end_ns; sent_ns += interval_ns) {
		int64_t way_ns = 100 * NS_PER_US + rand_r(&seed) % (150 * NS_PER_US);
		int64_t back_ns = 100 * NS_PER_US + rand_r(&seed) % (150 * NS_PER_US);
		int64_t answer_ns = answered_at(sent_ns + way_ns, back_ns, outages, count);

		capture_request(c, sent_ns, &echo);
		if (answer_ns != NS_NONE)
			capture_reply(c, answer_ns, &echo);
		echo.seq++;
		echo.number += echo.number ? 1 : 0;
	}
}

static int by_stamp(const void *a, const void *b)
{
	const struct capture_frame *x = a, *y = b;

	return x->at_ns < y->at_ns ? -1 : x->at_ns > y->at_ns;
}

void capture_step(struct capture_world *c, int64_t at_ns, int64_t by_ns)
{
	size_t i = 0;

	if (c->stepped && at_ns >= c->stepped_ns)
		abort();
	if (!c->stepped)
		qsort(c->frame, c->count, sizeof(*c->frame), by_stamp);
	c->stepped = true;
	c->stepped_ns = at_ns;
	while (i < c->count && c->frame[i].at_ns < at_ns)
		i++;
	for (; i < c->count; i++)
		c->frame[i].at_ns += by_ns;
}

int capture_write(struct capture_world *c, const char *path, int link, bool nanoseconds)
{
	pcap_t *dead = pcap_open_dead_with_tstamp_precision(
		link, 256, nanoseconds ? PCAP_TSTAMP_PRECISION_NANO : PCAP_TSTAMP_PRECISION_MICRO);
	pcap_dumper_t *dump = dead ? pcap_dump_open(dead, path) : NULL;
	int rc = dump ? 0 : -1;

	if (c->count && !c->stepped)
		qsort(c->frame, c->count, sizeof(*c->frame), by_stamp);
	for (size_t i = 0; dump && i < c->count; i++) {
		const struct capture_frame *f = &c->frame[i];
		int64_t utc_ns = CAPTURE_ZERO_NS + f->at_ns;
		struct pcap_pkthdr header = {.caplen = f->size, .len = f->size};

		header.ts.tv_sec = utc_ns / NS_PER_S;
		header.ts.tv_usec = utc_ns % NS_PER_S / (nanoseconds ? 1 : NS_PER_US);
		pcap_dump((u_char *)dump, &header, f->bytes);
	}
	if (dump) {
		rc = pcap_dump_flush(dump);
		pcap_dump_close(dump);
	}
	if (dead)
		pcap_close(dead);
	return rc;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Decodes a frame: link header and VLAN tags, then ARP (RFC 826), RARP (RFC 903), IPv4 and IPv6
 * with their echo messages (RFC 792, RFC 4443) and neighbour advertisements (RFC 4861), TCP (RFC
 * 9293).
 */
#include "harness/packet/frame.h"

#include <arpa/inet.h>
#include <net/ethernet.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <string.h>

#define TYPE_RARP 0x8035
#define TYPE_VLAN 0x8100
#define TYPE_PROVIDER_VLAN 0x88a8
#define TAG_BYTES 4
#define TAGS_MAX 3
#define ARP_BYTES 28
#define IPV4_BYTES 20
#define IPV6_BYTES 40
#define ICMP_BYTES 8
#define TCP_BYTES 20
#define TCP_FIN 1
#define TCP_SYN 2
#define ADVERTISED_AT 8 /* the offset of the address in a neighbour advertisement */
/* The offset of the number in the requests of this program's probes, after a cookie at 8. */
#define NUMBER_AT 16
#define ADVERTISED_SOLICITED 0x40 /* a flag: the advertisement answers a solicitation */
#define EXTENSIONS_MAX 8

/* The bytes of a frame that are not decoded yet. */
struct rest {
	const uint8_t *p;
	size_t size;
};

static uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static bool skip(struct rest *r, size_t bytes)
{
	if (r->size < bytes)
		return false;
	r->p += bytes;
	r->size -= bytes;
	return true;
}

static void set_address(struct frame_address *a, const uint8_t *bytes, uint8_t size)
{
	memset(a, 0, sizeof(*a));
	memcpy(a->bytes, bytes, size);
	a->size = size;
}

static void set_mac(struct frame *f, const uint8_t *mac)
{
	memcpy(f->mac, mac, FRAME_MAC_BYTES);
	f->has_mac = true;
}

/* The one's complement sum of RFC 1071, before the carries are folded in. */
static uint32_t sum16(const uint8_t *p, size_t size, uint32_t sum)
{
	for (; size > 1; p += 2, size -= 2)
		sum += be16(p);
	return size ? sum + (uint32_t)(*p << 8) : sum;
}

static bool sum_is_right(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff;
}

/* FNV-1a, 64 bits. */
static uint64_t hash_of(const uint8_t *p, size_t size)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ p[i]) * UINT64_C(0x100000001b3);
	return hash;
}

/* The number's low 16 bits repeat the sequence number: this tells such requests from others. */
static void read_echo(struct frame *f, struct rest r, size_t whole)
{
	f->content = hash_of(r.p, r.size);
	f->ident = be16(r.p + 4);
	f->seq = be16(r.p + 6);
	if (whole < NUMBER_AT + 8 || r.size < NUMBER_AT + 8 || be16(r.p + NUMBER_AT + 6) != f->seq)
		return;
	f->numbered = true;
	for (int i = 0; i < 8; i++)
		f->number = f->number << 8 | r.p[NUMBER_AT + i];
}

/* Reads the request that an ICMP error quotes; r begins at the quoted IP header. */
static void read_quote(struct frame *f, struct rest r, bool v6)
{
	size_t ip = v6 ? IPV6_BYTES : IPV4_BYTES;
	uint8_t protocol = v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;

	if (r.size < ip + ICMP_BYTES || r.p[v6 ? 6 : 9] != protocol)
		return;
	if (!v6 && (r.p[0] != 0x45 || be16(r.p + 6) & 0x3fff))
		return;
	if (r.p[ip] != (v6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO))
		return;
	set_address(&f->request_from, r.p + (v6 ? 8 : 12), v6 ? 16 : 4);
	set_address(&f->request_to, r.p + (v6 ? 24 : 16), v6 ? 16 : 4);
	f->ident = be16(r.p + ip + 4);
	f->seq = be16(r.p + ip + 6);
	f->what = FRAME_ERROR;
}

/*
 * r holds the captured bytes of an ICMP message that had `whole` bytes on the wire; `pseudo` is the
 * sum of the IPv6 pseudo-header.
 */
static void read_icmp(struct frame *f, struct rest r, size_t whole, bool v6, uint32_t pseudo)
{
	uint8_t request = v6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
	uint8_t reply = v6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY;

	if (r.size > whole)
		r.size = whole;
	if (r.size < ICMP_BYTES)
		return;
	f->icmp_type = r.p[0];
	f->icmp_code = r.p[1];
	if (r.p[0] == request) {
		f->what = FRAME_REQUEST;
		f->request_from = f->from;
		f->request_to = f->to;
		read_echo(f, r, whole);
	} else if (r.p[0] == reply) {
		/* The checksum of a cut frame cannot be checked and is assumed to be right. */
		if (r.size == whole && !sum_is_right(sum16(r.p, r.size, pseudo)))
			return;
		f->what = FRAME_REPLY;
		f->request_from = f->to;
		f->request_to = f->from;
		read_echo(f, r, whole);
	} else if (v6 ? r.p[0] < ICMP6_ECHO_REQUEST
		      : r.p[0] == ICMP_DEST_UNREACH || r.p[0] == ICMP_TIME_EXCEEDED) {
		skip(&r, ICMP_BYTES);
		read_quote(f, r, v6);
	} else if (v6 && r.p[0] == ND_NEIGHBOR_ADVERT && r.size >= ADVERTISED_AT + 16 &&
		   !(r.p[4] & ADVERTISED_SOLICITED)) {
		f->what = FRAME_NA;
		set_address(&f->from, r.p + ADVERTISED_AT, 16);
	}
}

/* r holds the captured bytes of a segment that had `whole` bytes on the wire. */
static void read_tcp(struct frame *f, struct rest r, size_t whole)
{
	size_t header = r.size < TCP_BYTES ? 0 : (size_t)(r.p[12] >> 4) * 4;

	if (header < TCP_BYTES || header > whole)
		return;
	f->tcp = true;
	f->from_port = be16(r.p);
	f->to_port = be16(r.p + 2);
	f->tcp_seq = (uint32_t)be16(r.p + 4) << 16 | be16(r.p + 6);
	f->tcp_begins = r.p[13] & TCP_SYN;
	f->tcp_length = (uint32_t)(whole - header) + f->tcp_begins + (r.p[13] & TCP_FIN);
}

static void read_ipv4(struct frame *f, struct rest r)
{
	size_t header, total;
	uint8_t protocol;

	if (r.size < IPV4_BYTES || r.p[0] >> 4 != 4)
		return;
	header = (size_t)(r.p[0] & 15) * 4;
	total = be16(r.p + 2);
	protocol = r.p[9];
	f->ttl = r.p[8];
	set_address(&f->from, r.p + 12, 4);
	set_address(&f->to, r.p + 16, 4);
	if (header < IPV4_BYTES || total < header || be16(r.p + 6) & 0x3fff ||
		(protocol != IPPROTO_ICMP && protocol != IPPROTO_TCP) || !skip(&r, header))
		return;
	if (protocol == IPPROTO_TCP)
		read_tcp(f, r, total - header);
	else
		read_icmp(f, r, total - header, false, 0);
}

static void read_ipv6(struct frame *f, struct rest r)
{
	uint32_t pseudo;
	uint8_t next;
	size_t whole;

	if (r.size < IPV6_BYTES || r.p[0] >> 4 != 6)
		return;
	whole = be16(r.p + 4);
	next = r.p[6];
	f->ttl = r.p[7];
	set_address(&f->from, r.p + 8, 16);
	set_address(&f->to, r.p + 24, 16);
	pseudo = sum16(r.p + 8, 32, IPPROTO_ICMPV6);
	skip(&r, IPV6_BYTES);
	for (int i = 0; i < EXTENSIONS_MAX && (next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING ||
						      next == IPPROTO_DSTOPTS);
		i++) {
		size_t bytes;

		if (r.size < 2)
			return;
		next = r.p[0];
		bytes = ((size_t)r.p[1] + 1) * 8;
		if (bytes > whole || !skip(&r, bytes))
			return;
		whole -= bytes;
	}
	if (next == IPPROTO_TCP)
		read_tcp(f, r, whole);
	else if (next == IPPROTO_ICMPV6)
		read_icmp(f, r, whole, true, pseudo + (uint32_t)whole);
}

static void read_arp(struct frame *f, struct rest r)
{
	if (r.size < ARP_BYTES || be16(r.p + 2) != ETHERTYPE_IP || r.p[4] != 6 || r.p[5] != 4)
		return;
	set_mac(f, r.p + 8);
	set_address(&f->from, r.p + 14, 4);
	set_address(&f->to, r.p + 24, 4);
	if (frame_address_same(&f->from, &f->to))
		f->what = FRAME_GARP;
}

static void read_type(struct frame *f, uint16_t type, struct rest r)
{
	for (int i = 0; i < TAGS_MAX && (type == TYPE_VLAN || type == TYPE_PROVIDER_VLAN); i++) {
		if (r.size < TAG_BYTES)
			return;
		type = be16(r.p + 2);
		skip(&r, TAG_BYTES);
	}
	if (type == ETHERTYPE_IP)
		read_ipv4(f, r);
	else if (type == ETHERTYPE_IPV6)
		read_ipv6(f, r);
	else if (type == ETHERTYPE_ARP)
		read_arp(f, r);
	else if (type == TYPE_RARP && f->has_mac)
		f->what = FRAME_RARP;
}

static void read_ethernet(struct frame *f, struct rest r)
{
	const uint8_t *header = r.p;

	if (!skip(&r, ETHER_HDR_LEN))
		return;
	set_mac(f, header + 6);
	read_type(f, be16(header + 12), r);
}

/*
 * Linux cooked captures: `bytes` is the header's length; size_at, mac_at and type_at are the
 * offsets of the link address's length, the link address and the protocol in the header.
 */
static void read_cooked(
	struct frame *f, struct rest r, size_t bytes, size_t size_at, size_t mac_at, size_t type_at)
{
	const uint8_t *header = r.p;

	if (!skip(&r, bytes))
		return;
	if (header[size_at] == FRAME_MAC_BYTES)
		set_mac(f, header + mac_at);
	read_type(f, be16(header + type_at), r);
}

bool frame_link_known(int link)
{
	return link == LINK_ETHERNET || link == LINK_LINUX_SLL || link == LINK_LINUX_SLL2 ||
	       link == LINK_RAW || link == LINK_IPV4 || link == LINK_IPV6;
}

void frame_read(int link, const uint8_t *bytes, size_t size, struct frame *f)
{
	struct rest r = {bytes, size};

	memset(f, 0, sizeof(*f));
	if (!size)
		return;
	switch (link) {
	case LINK_ETHERNET:
		read_ethernet(f, r);
		break;
	case LINK_LINUX_SLL:
		read_cooked(f, r, 16, 5, 6, 14);
		break;
	case LINK_LINUX_SLL2:
		read_cooked(f, r, 20, 11, 12, 0);
		break;
	case LINK_RAW:
	case LINK_IPV4:
	case LINK_IPV6:
		if (*bytes >> 4 == 6)
			read_ipv6(f, r);
		else
			read_ipv4(f, r);
		break;
	}
}

const char *frame_address_text(
	const struct frame_address *a, char buf[static FRAME_ADDRESS_TEXT_MAX])
{
	*buf = '\0';
	if (a->size)
		inet_ntop(a->size == 4 ? AF_INET : AF_INET6, a->bytes, buf, FRAME_ADDRESS_TEXT_MAX);
	return buf;
}

const char *frame_mac_text(
	const uint8_t m[static FRAME_MAC_BYTES], char buf[static FRAME_MAC_TEXT_MAX])
{
	snprintf(buf, FRAME_MAC_TEXT_MAX, "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3],
		m[4], m[5]);
	return buf;
}

bool frame_address_same(const struct frame_address *a, const struct frame_address *b)
{
	return a->size == b->size && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

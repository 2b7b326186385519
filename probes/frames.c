/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a captured frame says of the watched machines: see frames.h. */
#include "probes/frames.h"

#include <net/ethernet.h>
#include <netinet/icmp6.h>
#include <string.h>

#define ETHERTYPE_RARP 0x8035
#define ETHER_BYTES 14
#define ARP_BYTES 28
#define IPV4_BYTES 20
#define IPV6_BYTES 40
#define ADVERTISED_AT 8 /* the target in a neighbour advertisement (RFC 4861) */

const char *frame_what_name(enum frame_what what)
{
	static const char *const names[] = {"plain", "rarp", "garp", "na"};

	return names[what];
}

int frame_mac_parse(uint8_t mac[static 6], const char *text)
{
	unsigned b[6];
	char end;

	if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%c", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5],
			&end) != 6)
		return -1;
	for (int i = 0; i < 6; i++)
		mac[i] = (uint8_t)b[i];
	return 0;
}

static int by_address(const struct frame_host *hosts, size_t count, const uint8_t *bytes,
	size_t size)
{
	for (size_t i = 0; i < count; i++) {
		size_t own_size;
		const uint8_t *own = icmp_address_bytes(&hosts[i].address, &own_size);

		if (own_size == size && memcmp(own, bytes, size) == 0)
			return (int)i;
	}
	return -1;
}

static int by_mac(const struct frame_host *hosts, size_t count, const uint8_t *mac)
{
	for (size_t i = 0; i < count; i++)
		if (hosts[i].mac_known && memcmp(hosts[i].mac, mac, 6) == 0)
			return (int)i;
	return -1;
}

static void learn(struct frame_host *hosts, int i, const uint8_t *mac)
{
	if (i < 0 || hosts[i].mac_known)
		return;
	memcpy(hosts[i].mac, mac, 6);
	hosts[i].mac_known = true;
}

/* ARP for IPv4 over Ethernet (RFC 826); gratuitous: sender and target address are one. */
static int arp_sender(struct frame_host *hosts, size_t count, const uint8_t *arp, size_t size,
	enum frame_what *what)
{
	const uint8_t *sender = arp + 14, *target = arp + 24;
	int i;

	if (size < ARP_BYTES || arp[4] != 6 || arp[5] != 4)
		return -1;
	i = by_address(hosts, count, sender, 4);
	learn(hosts, i, arp + 8);
	if (i >= 0 && memcmp(sender, target, 4) == 0)
		*what = FRAME_GARP;
	return i;
}

static int ipv6_sender(struct frame_host *hosts, size_t count, const uint8_t *ip, size_t size,
	const uint8_t *mac, enum frame_what *what)
{
	const uint8_t *icmp = ip + IPV6_BYTES;
	int i;

	if (size < IPV6_BYTES)
		return -1;
	i = by_address(hosts, count, ip + 8, 16);
	learn(hosts, i, mac);
	if (size >= IPV6_BYTES + ADVERTISED_AT + 16 && ip[6] == IPPROTO_ICMPV6 &&
		icmp[0] == ND_NEIGHBOR_ADVERT && !(icmp[4] & 0x40)) {
		int advertised = by_address(hosts, count, icmp + ADVERTISED_AT, 16);

		if (advertised >= 0) {
			*what = FRAME_NA;
			return advertised;
		}
	}
	return i;
}

int frame_sender(struct frame_host *hosts, size_t count, const uint8_t *frame, size_t size,
	enum frame_what *what)
{
	const uint8_t *mac = frame + 6, *body = frame + ETHER_BYTES;
	int i = -1;

	*what = FRAME_PLAIN;
	if (size < ETHER_BYTES)
		return -1;
	size -= ETHER_BYTES;
	switch (frame[12] << 8 | frame[13]) {
	case ETHERTYPE_RARP:
		i = by_mac(hosts, count, mac);
		if (i >= 0)
			*what = FRAME_RARP;
		return i;
	case ETHERTYPE_ARP:
		i = arp_sender(hosts, count, body, size, what);
		break;
	case ETHERTYPE_IP:
		if (size >= IPV4_BYTES)
			i = by_address(hosts, count, body + 12, 4);
		learn(hosts, i, mac);
		break;
	case ETHERTYPE_IPV6:
		i = ipv6_sender(hosts, count, body, size, mac, what);
		break;
	}
	return i >= 0 ? i : by_mac(hosts, count, mac);
}

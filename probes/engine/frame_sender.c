/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which target sent a captured frame: see frame_sender.h. */
#include "probes/engine/frame_sender.h"

#include <string.h>

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

static int by_address(
	const struct frame_host *hosts, size_t count, const struct frame_address *wanted)
{
	for (size_t i = 0; i < count; i++) {
		size_t own_size;
		const uint8_t *own = icmp_address_bytes(&hosts[i].address, &own_size);

		if (own_size == wanted->size && memcmp(own, wanted->bytes, own_size) == 0)
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

enum sighting_kind frame_announces(enum frame_kind what)
{
	switch (what) {
	case FRAME_RARP:
		return SIGHTING_RARP;
	case FRAME_GARP:
		return SIGHTING_GARP;
	case FRAME_NA:
		return SIGHTING_NA;
	default:
		return SIGHTING_FRAME;
	}
}

int frame_sender(struct frame_host *hosts, size_t count, const uint8_t *bytes, size_t size,
	enum sighting_kind *what)
{
	struct frame frame;
	int i;

	frame_read(LINK_ETHERNET, bytes, size, &frame);
	*what = frame_announces(frame.what);
	i = by_address(hosts, count, &frame.from);
	/* Another machine may send a neighbour advertisement on the host's behalf. */
	if (frame.what != FRAME_NA)
		learn(hosts, i, frame.mac);
	if (i >= 0 || !frame.has_mac)
		return i;
	/* Only RARP announces a MAC; other frames announce an address, and here no host has it. */
	if (frame.what != FRAME_RARP)
		*what = SIGHTING_FRAME;
	return by_mac(hosts, count, frame.mac);
}

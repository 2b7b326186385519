/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which target sent a captured frame, and whether the frame announces that a target has moved
 * (RARP, gratuitous ARP, unsolicited neighbour advertisement). Pure functions.
 */
#ifndef BLACKOUT_PROBES_ENGINE_FRAME_SENDER_H
#define BLACKOUT_PROBES_ENGINE_FRAME_SENDER_H

#include "harness/facts/vocabulary.h"
#include "harness/packet/frame.h"
#include "probes/engine/icmp.h"

struct frame_host {
	union icmp_address address;
	uint8_t mac[6];
	bool mac_known;
};

/* Reads a text such as "52:54:00:12:34:56". Returns 0 or -1. */
int frame_mac_parse(uint8_t mac[static 6], const char *text);
/*
 * Returns the index of the host that sent an Ethernet frame (its first 128 bytes are enough), or
 * -1. *what is the kind of announcement; SIGHTING_FRAME: the frame announces nothing. An unknown
 * MAC of a host is learnt from frames with the host's address as their source, except neighbour
 * advertisements.
 */
int frame_sender(struct frame_host *hosts, size_t count, const uint8_t *bytes, size_t size,
	enum sighting_kind *what);
/* What a frame announces; SIGHTING_FRAME: nothing. */
enum sighting_kind frame_announces(enum frame_kind what);

#endif

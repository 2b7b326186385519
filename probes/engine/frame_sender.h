/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a captured frame says of the watched machines: who sent it, and whether it announces that a
 * machine has moved (RARP, gratuitous ARP, unsolicited neighbour advertisement). Pure.
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

/* "52:54:00:12:34:56". Returns 0 or -1. */
int frame_mac_parse(uint8_t mac[static 6], const char *text);
/*
 * Takes an Ethernet frame (its first 128 bytes are enough). Returns the index of the host that sent
 * it, or -1; *what is SIGHTING_FRAME unless it announces. A host's MAC, where not known, is learnt from what it
 * sends with its own address.
 */
int frame_sender(struct frame_host *hosts, size_t count, const uint8_t *frame, size_t size,
	enum sighting_kind *what);
/* What a frame announces; SIGHTING_FRAME: nothing. */
enum sighting_kind frame_announces(enum frame_what what);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * TCP retransmissions in the captures of a station. They explain why a session's gap is longer than
 * the network's: a sender waits longer before each retransmission, so its first segment after the
 * network's return may be seconds late.
 */
#ifndef BLACKOUT_TIMELINE_RETRANSMISSIONS_H
#define BLACKOUT_TIMELINE_RETRANSMISSIONS_H

#include "harness/timeline/timeline.h"

struct retransmission {
	int64_t at_ns;    /* folder time */
	bool from_target; /* sent by the VM; else by the user's station */
};

struct retransmissions {
	bool captured; /* the captures have segments to or from the port, retransmitted or not */
	struct retransmission *segments; /* in the captures' order */
	size_t count, capacity;
};

/*
 * Finds all retransmissions between the station of a series and port `port` of its target. Captures
 * that are missing or cannot be read are skipped. Returns 0, or -1 out of memory; in either case
 * retransmissions_release frees *found.
 */
int retransmissions_read(struct retransmissions *found, const struct timeline *timeline,
	const struct series *series, uint16_t port, struct err *e);
void retransmissions_release(struct retransmissions *found);

#endif

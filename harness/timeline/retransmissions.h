/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * TCP segments that were sent again, as the captures of a station have them: why a session's gap
 * is longer than the network's. A sender waits for longer and longer before it sends again, so
 * that its first segment after the network's return may be seconds late.
 */
#ifndef BLACKOUT_TIMELINE_RETRANSMISSIONS_H
#define BLACKOUT_TIMELINE_RETRANSMISSIONS_H

#include "harness/timeline/timeline.h"

struct resent_segment {
	int64_t at_ns;    /* folder time */
	bool from_target; /* by the VM's end; else by the user's */
};

struct resent {
	bool captured; /* segments of such connections were seen, sent again or not */
	struct resent_segment *segments; /* in the captures' order */
	size_t count, room;
};

/*
 * All segments sent again between the station of a series and port `port` of its target: those
 * that begin before what was sent already. Captures that are not there or cannot be read tell
 * nothing. Errors: out of memory.
 */
int resent_read(struct resent *resent, const struct timeline *timeline, const struct series *series,
	uint16_t port, struct err *e);
void resent_free(struct resent *resent);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random outages, the same for the same seed. Pure. */
#ifndef BLACKOUT_TOOLS_CALIBRATE_OUTAGE_SCRIPT_H
#define BLACKOUT_TOOLS_CALIBRATE_OUTAGE_SCRIPT_H

#include "tools/calibrate/responder.h"

struct script_shape {
	uint64_t seed;
	int64_t begin_ns, end_ns; /* nothing happens before or after */
	int64_t quiet_ns;         /* at least so long, and at most twice as long, after each */
};

#define SCRIPT_LEAST_NS (5 * NS_PER_MS)
#define SCRIPT_MOST_NS (1500 * NS_PER_MS)
#define SCRIPT_SLOW_NS (200 * NS_PER_MS) /* what every answer takes in a slow spell */

/*
 * Outages of 5 to 1500 ms, and spells of slow answers of 500 to 1500 ms. Of eight in a row four are
 * requests dropped and two answers; one is held and one slow: so few that most of the time
 * answers take what they always do, which is what the analysis tells a slow answer by. Returns how
 * many, at most `room`; the last ends before shape->end_ns.
 */
size_t script_make(const struct script_shape *shape, struct event *events, size_t room);

#endif

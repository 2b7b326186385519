/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random outages, the same for the same seed. Pure. */
#ifndef BLACKOUT_TOOLS_CALIBRATE_OUTAGE_SCRIPT_H
#define BLACKOUT_TOOLS_CALIBRATE_OUTAGE_SCRIPT_H

#include "tools/calibrate/responder.h"

struct outage_script {
	uint64_t seed;
	int64_t begin_ns, end_ns; /* nothing happens before or after */
	int64_t quiet_ns;         /* at least so long, and at most twice as long, after each */
};

#define OUTAGE_MIN_NS (5 * NS_PER_MS)
#define OUTAGE_MAX_NS (1500 * NS_PER_MS)
#define OUTAGE_SLOW_NS (200 * NS_PER_MS) /* what every answer takes in a slow spell */

/*
 * Outages of 5 to 1500 ms, and spells of slow answers of 500 to 1500 ms. Of eight in a row four are
 * requests dropped and two answers; one is held and one slow: so few that most of the time
 * answers take what they always do, which is what the analysis tells a slow answer by. Returns how
 * many, at most `capacity`; the last ends before script->end_ns.
 */
size_t outage_script_make(
	const struct outage_script *script, struct responder_event *events, size_t capacity);

#endif

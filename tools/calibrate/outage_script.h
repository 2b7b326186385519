/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random outages; the same seed gives the same outages. Pure. */
#ifndef BLACKOUT_TOOLS_CALIBRATE_OUTAGE_SCRIPT_H
#define BLACKOUT_TOOLS_CALIBRATE_OUTAGE_SCRIPT_H

#include "tools/calibrate/responder.h"

/* The parameters of the outages. Times are monotonic. */
struct outage_script {
	uint64_t seed;
	int64_t begin_ns, end_ns; /* no outage before or after */
	int64_t quiet_ns;         /* the pause after each outage: once to twice this long */
};

#define OUTAGE_MIN_NS (5 * NS_PER_MS)
#define OUTAGE_MAX_NS (1500 * NS_PER_MS)
#define OUTAGE_SLOW_NS (200 * NS_PER_MS) /* delay of every answer in a slow spell */

/*
 * Fills `events` with outages of 5 to 1500 ms and with spells of slow answers of 500 to 1500 ms. Of
 * eight in a row, four drop requests, two drop answers, one holds requests and one delays answers:
 * most answers keep their usual round trip, which the analysis needs to recognise a slow one.
 * Returns their number, at most `capacity`; 0 if out of memory. None ends after script->end_ns.
 */
size_t outage_script_make(
	const struct outage_script *script, struct responder_event *events, size_t capacity);

#endif

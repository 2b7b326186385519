/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A target whose outages are known: the user-space end of a TAP device that answers ARP, neighbour
 * discovery and echo requests for consecutive addresses, and that falls silent, holds requests or
 * delays answers at planned times. It measures its punctuality (lag_ns) and judges nothing.
 */
#ifndef BLACKOUT_TOOLS_CALIBRATE_RESPONDER_H
#define BLACKOUT_TOOLS_CALIBRATE_RESPONDER_H

#include "harness/base/base.h"
#include "tools/calibrate/wire.h"

enum responder_event_kind {
	EVENT_DROP,   /* requests are dropped */
	EVENT_MUTE,   /* answers are dropped; all answers of this script are delayed by arg_ns */
	EVENT_HOLD,   /* requests are kept; all are answered at the end of the event */
	EVENT_SLOW,   /* answers are delayed by arg_ns */
	EVENT_REFUSE, /* requests are answered by "host unreachable" */
	EVENT_TWICE,  /* every answer is sent twice */
	EVENT_FORGE,  /* every answer is followed by one to another sender's request */
	EVENT_RARP,   /* the address is announced once, at begin_ns */
	EVENT_GARP,   /* the same by gratuitous ARP */
	EVENT_KINDS
};
const char *responder_event_name(enum responder_event_kind kind);

/*
 * What happens to all addresses in [begin_ns, end_ns), by the monotonic clock. The true length is
 * known to ±lag_ns, both ends together: a frame that arrives while the responder is not scheduled
 * may have arrived at any time since it last read the device.
 */
struct responder_event {
	enum responder_event_kind kind;
	int64_t begin_ns, end_ns, arg_ns;
	int64_t lag_ns; /* set by the responder, as is `done` */
	bool done;      /* the event is over */
};

/* Reads "START_MS:LENGTH_MS:WHAT[:MS]"; START_MS counts from start_ns. 0, or -1 with the error. */
int responder_event_parse(
	struct responder_event *event, const char *text, int64_t start_ns, struct err *e);

struct responder;

/* Attaches to TAP device `tap` of this network namespace, or creates it. 0 or -1. */
int responder_new(struct responder **out, const char *tap, const struct wire_addresses *addresses,
	struct err *e);
/*
 * Answers until until_ns (monotonic) and carries out the events. Calls on_done for each event that
 * is over. Returns 0, or -1 with the error: the device is gone, out of memory.
 */
int responder_serve(struct responder *responder, struct responder_event *events, size_t count,
	int64_t until_ns, void (*on_done)(const struct responder_event *event, void *ctx),
	void *ctx, struct err *e);
void responder_free(struct responder *responder);

#endif

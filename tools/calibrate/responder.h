/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Ground truth: the user-space end of a TAP device that answers ARP, neighbour discovery and echo
 * for a row of addresses, and goes silent, holds or delays at planned moments. It says how exactly
 * it kept to each of them, and judges nothing.
 */
#ifndef BLACKOUT_TOOLS_CALIBRATE_RESPONDER_H
#define BLACKOUT_TOOLS_CALIBRATE_RESPONDER_H

#include "harness/base/base.h"
#include "tools/calibrate/wire.h"

enum responder_event_kind {
	EVENT_DROP,   /* requests are thrown away */
	EVENT_MUTE,   /* answers are; every answer of this script then takes `arg_ns` */
	EVENT_HOLD,   /* requests are kept, and all answered at the end */
	EVENT_SLOW,   /* answers come `arg_ns` later */
	EVENT_REFUSE, /* "host unreachable" */
	EVENT_TWICE,  /* every answer twice */
	EVENT_FORGE,  /* besides the answer, one that is another sender's */
	EVENT_RARP,   /* announced once, at the begin */
	EVENT_GARP,
	EVENT_KINDS
};
const char *responder_event_name(enum responder_event_kind kind);

/*
 * Something that happens to every address from `begin_ns` on, until just before `end_ns`. The
 * responder's truth is uncertain by `lag_ns`, at both ends together: what came in while it could not
 * look counts as having come any time since it last could.
 */
struct responder_event {
	enum responder_event_kind kind;
	int64_t begin_ns, end_ns, arg_ns;
	int64_t lag_ns;   /* the responder's, as is `done` */
	bool done;
};

/* "START_MS:LENGTH_MS:WHAT[:MS]", counted from start_ns. */
int responder_event_parse(
	struct responder_event *event, const char *text, int64_t start_ns, struct err *e);

struct responder;

/* Opens TAP device `tap` of this network namespace, which must be there. */
int responder_new(struct responder **responder, const char *tap,
	const struct wire_addresses *addresses, struct err *e);
/*
 * Answers until `until_ns`, and does what `events` say. `on_done` is called with each that is over.
 * Errors: the device is gone, out of memory.
 */
int responder_run(struct responder *responder, struct responder_event *events, size_t count,
	int64_t until_ns, void (*on_done)(const struct responder_event *event, void *ctx),
	void *ctx, struct err *e);
void responder_free(struct responder *responder);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside the rdp probe: what its parts share. probe.c keeps the programs and obeys the runner,
 * events.c makes facts of what the programs say.
 */
#ifndef BLACKOUT_PROBES_RDP_INTERNAL_H
#define BLACKOUT_PROBES_RDP_INTERNAL_H

#include "probes/engine/recorder.h"
#include "probes/rdp/client.h"

/* An input that no frame has answered yet, by its program's number and by ours. */
struct rdp_pending {
	int64_t theirs;
	uint64_t ours;
	int64_t sent_ns;
};

struct rdp_target {
	struct rdp_client client;
	struct rdp_pending *pending; /* in the order of sending, from `first` on */
	size_t first, count, capacity;
	size_t expired; /* of them were told to be unanswered */
	uint64_t seq;   /* the next input's number; its program's begin anew with it */
	int64_t newest_ns; /* the newest input of this session; NS_NONE: none yet */
	bool held;      /* its program has a session, or tries to get a lost one back */
	bool connected, running; /* there is one; it has sent an input */
	bool wants_trial, in_trial;      /* attempts go on; one is under way */
	bool closing, lost;      /* it is being closed, and meanwhile dropped */
	int64_t began_ns;        /* of the attempt that is under way; NS_NONE: none is */
	int64_t try_next_ns;
	char why[192];  /* the newest attempt failed of that */
};

struct rdp_probe {
	struct probe base;
	const struct probe_config *config;
	struct recorder recorder;
	struct record_ring ring; /* from the lines to the recorder, in this one thread */
	struct rdp_target *targets;
	size_t count;
	char program[PATH_MAX];
	bool started;
};

/* How long after a failed attempt the next one begins, where a connection is tried for. */
#define RDP_TRY_AGAIN_NS (NS_PER_S / 4)

/* Makes facts of one line of a target's program, which is taken apart. */
void rdp_take_event(struct rdp_probe *p, struct rdp_target *t, const char *line);
/* Tells which inputs have run out of time by `now`. */
void rdp_expire(struct rdp_probe *p, struct rdp_target *t, int64_t now);
/* Nothing is waited for any more. */
void rdp_forget(struct rdp_target *t);

#endif

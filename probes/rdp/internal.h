/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the rdp probe: its state, and the facts that it makes of its helper programs' events. */
#ifndef BLACKOUT_PROBES_RDP_INTERNAL_H
#define BLACKOUT_PROBES_RDP_INTERNAL_H

#include "probes/engine/recorder.h"
#include "probes/rdp/client.h"

/* An input that no frame has answered yet. */
struct rdp_pending {
	int64_t program_seq; /* its number in the program's events */
	uint64_t seq;        /* its seq in the facts */
	int64_t sent_ns;
};

struct rdp_target {
	struct rdp_client client;
	struct rdp_pending *pending; /* in the order of sending, from `first` on */
	size_t first, count, capacity;
	size_t expired;    /* how many of them, the oldest, were recorded as unanswered */
	uint64_t seq;      /* of the next input; the program's numbers begin anew if it restarts */
	int64_t newest_ns; /* the newest input of this session; NS_NONE: none yet */
	bool held;         /* the program has a session, or tries to reopen one that was lost */
	bool connected, running;    /* there is a session; the program has sent an input in it */
	bool wants_trial, in_trial; /* connection attempts are wanted; one is under way */
	bool closing, lost;         /* the session is being closed; it was dropped meanwhile */
	int64_t began_ns;           /* when the attempt under way began; NS_NONE: none is */
	int64_t try_next_ns;        /* when the next attempt is due */
	char why[192];              /* why the newest attempt failed */
};

struct rdp_probe {
	struct probe base;
	const struct probe_config *config;
	struct recorder recorder;
	struct record_ring ring; /* to the recorder; one thread writes and reads it */
	struct rdp_target *targets;
	size_t count;
	char program[PATH_MAX];
	bool started;
};

/* How long after a failed attempt the next one begins, while attempts are wanted. */
#define RDP_TRY_AGAIN_NS (NS_PER_S / 4)

/* Makes facts of one line of a target's program. */
void rdp_take_event(struct rdp_probe *p, struct rdp_target *t, const char *line);
/* Records the inputs whose time-out has run out by `now` as unanswered. */
void rdp_expire(struct rdp_probe *p, struct rdp_target *t, int64_t now);
/* Forgets all pending inputs: they count neither as answered nor as unanswered. */
void rdp_forget(struct rdp_target *t);

#endif

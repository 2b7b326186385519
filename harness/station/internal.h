/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside the station: the set of open probes (probe_set.c), which lives in the child or, in the
 * simulated world, in the parent; and what parent (station.c) and child (child.c) say to
 * each other over a SOCK_SEQPACKET pair.
 */
#ifndef BLACKOUT_STATION_INTERNAL_H
#define BLACKOUT_STATION_INTERNAL_H

#include "harness/station/station.h"

#define STATION_LIVE_BATCH 64

enum station_message_kind {
	STATION_OPENED,  /* child: every probe is open, or the error */
	STATION_START,   /* parent, each of these is answered */
	STATION_COMMAND,
	STATION_CLOSE,   /* text: the reason for the `end` facts */
	STATION_RESPONSE, /* child */
	STATION_LIVE,    /* child: count entries of a probe, from `first` on */
	STATION_BROKEN,  /* child: text says what broke */
};

struct station_message {
	enum station_message_kind kind;
	uint32_t serial; /* of the request; its answer bears the same */
	int rc;
	uint32_t probe;
	uint32_t first, count;
	union {
		char text[1024];
		struct probe_live live[STATION_LIVE_BATCH];
	};
};
#define STATION_HEAD offsetof(struct station_message, text)

/* The probes of a station, as far as they are open. */
struct probe_set {
	const char *name;
	struct station_probe *probes;
	size_t count, opened, started;
	struct probe **handles;
	struct probe_live **live; /* each probe's newest, `live_count` of them */
	size_t *live_count;
};

/* Makes room; opens nothing. Returns 0 or -1. */
int probe_set_init(struct probe_set *set, const char *name, struct station_probe *probes,
	size_t count, struct err *e);
/* Opens each probe's facts and the probe. On error what was opened stays, for probe_set_close. */
int probe_set_open(struct probe_set *set, const char *dir, const struct clock *clock,
	struct err *e);
int probe_set_start(struct probe_set *set, struct err *e);
/* Drains every probe into its facts, whatever happens to one; -1 with the first error. */
int probe_set_drain(struct probe_set *set, struct err *e);
int probe_set_command(struct probe_set *set, size_t probe, const char *words, struct err *e);
/* Stops, drains, closes; the facts end with `reason`. -1 with the first error; always frees. */
int probe_set_close(struct probe_set *set, const char *reason, struct err *e);
void probe_set_release(struct probe_set *set);

/* The child's life: never returns. `netns` may be NULL. */
_Noreturn void station_child_main(struct probe_set *set, const char *netns, const char *dir,
	const struct clock *clock, int fd, int parent_pid);

#endif

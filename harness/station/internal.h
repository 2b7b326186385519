/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside a station: its set of open probes, which is in the child (in the simulated world, in the
 * parent), and the messages that parent and child exchange over a SOCK_SEQPACKET socket pair.
 */
#ifndef BLACKOUT_STATION_INTERNAL_H
#define BLACKOUT_STATION_INTERNAL_H

#include "harness/station/station.h"

/* The maximum number of live values in one message. */
#define STATION_LIVE_BATCH 64

enum station_message_kind {
	/* The parent's requests, which get a STATION_RESPONSE each. */
	STATION_START,
	STATION_COMMAND, /* text: a command for `probe` */
	STATION_CLOSE,   /* text: the reason for the `end` facts */
	/* The child's messages. */
	STATION_OPENED,   /* rc 0: every probe is open; -1: text is the error */
	STATION_RESPONSE, /* rc 0: done; -1: text is the error */
	STATION_LIVE,     /* `count` live values of `probe`, from target `first` on */
	STATION_BROKEN,   /* text: the error of the first probe that failed */
};

struct station_message {
	enum station_message_kind kind;
	uint32_t serial; /* a request's number, which its response repeats */
	int rc;
	uint32_t probe;
	uint32_t first, count;
	union {
		char text[1024];
		struct probe_live live[STATION_LIVE_BATCH];
	};
};
/* The length of a message without text and live values. */
#define STATION_HEAD offsetof(struct station_message, text)

/* The probes of a station: the first `opened` are open, the first `started` have started. */
struct probe_set {
	const char *name; /* of the station */
	struct station_probe *probes;
	size_t count, opened, started;
	struct probe **handles;
	struct probe_live **live; /* each probe's newest values, one for each target */
	size_t *live_count;       /* how many of a probe's values are valid */
};

/* Allocates the arrays; opens nothing. Returns 0, or -1 out of memory. */
int probe_set_init(struct probe_set *set, const char *name, struct station_probe *probes,
	size_t count, struct err *e);
/* Opens each probe and its facts file. After an error, call probe_set_close. */
int probe_set_open(
	struct probe_set *set, const char *dir, const struct clock *clock, struct err *e);
int probe_set_start(struct probe_set *set, struct err *e);
/* Drains every probe into its facts file, also after an error of one; -1 with the first error. */
int probe_set_drain(struct probe_set *set, struct err *e);
/* Sends a command to the set's probe `i`, counted from 0. */
int probe_set_command(struct probe_set *set, size_t i, const char *words, struct err *e);
/*
 * Stops, drains and closes all probes, ends their facts with `reason` and releases the set, also
 * after errors. Returns 0, or -1 with the first error.
 */
int probe_set_close(struct probe_set *set, const char *reason, struct err *e);
/* Frees the arrays. The probes must have been closed. */
void probe_set_release(struct probe_set *set);

/*
 * The child process. `fd` is its end of the socket pair, `netns` NULL or the namespace to enter.
 */
_Noreturn void station_child_main(struct probe_set *set, const char *netns, const char *dir,
	const struct clock *clock, int fd, int parent_pid);

#endif

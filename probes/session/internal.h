/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the session probe: its state, and the thread that holds the sessions. */
#ifndef BLACKOUT_PROBES_SESSION_INTERNAL_H
#define BLACKOUT_PROBES_SESSION_INTERNAL_H

#include "harness/ops/guest_agent.h"
#include "probes/engine/icmp.h"
#include "probes/engine/match.h"
#include "probes/engine/recorder.h"
#include "probes/engine/schedule.h"

#include <pthread.h>

/* How long a connection attempt may take. */
#define SESSION_CONNECT_NS (2 * NS_PER_S)
#define SESSION_TARGETS_MAX 64

enum session_request { SESSION_NO_REQUEST, SESSION_DO_OPEN, SESSION_DO_CLOSE };
enum session_state { SESSION_CLOSED, SESSION_CONNECTING, SESSION_OPEN };

struct session_target {
	union icmp_address address;
	struct match match;
	atomic_int request; /* from the main thread: enum session_request */
	atomic_int outcome; /* of the request: SESSION_PENDING, 0, or an errno */
	atomic_uint_fast64_t sent;
	struct lateness lateness;
	/* Only the engine's thread uses these. */
	bool wanted;  /* a session should be open */
	bool pending; /* the request is under way */
	enum session_state state;
	int fd;              /* -1: no connection */
	int64_t deadline_ns; /* connecting: the time limit; closed: when to try again */
	uint8_t in[AGENT_UPDATE_BYTES], out[AGENT_UPDATE_BYTES];
	size_t in_size;       /* how many bytes of a record have been received */
	size_t out_left;      /* how many bytes of an update have not been sent */
	uint64_t agent_count; /* the agent's count in its newest echo */
	bool has_agent_count; /* there was an echo in this session */
	bool had_session;     /* an earlier session was not closed by a command */
	bool silent;          /* a time-out has run out since the newest echo */
};
#define SESSION_PENDING (-1)

struct session_probe {
	struct probe base;
	const struct probe_config *config;
	struct recorder recorder;
	struct record_ring ring;
	struct session_target *targets;
	size_t count;
	int wake_fd;    /* an eventfd that wakes the engine: there is a request */
	int outcome_fd; /* an eventfd that wakes the main thread: there is an outcome */
	pthread_t thread;
	bool running;
	atomic_bool stopping;
	struct schedule schedule;
};

/* The thread: serves the sessions until `stopping`. */
void *session_engine(void *arg);

#endif

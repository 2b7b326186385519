/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the session probe: what its parts share (probe.c: life, engine.c: thread). */
#ifndef BLACKOUT_PROBES_SESSION_INTERNAL_H
#define BLACKOUT_PROBES_SESSION_INTERNAL_H

#include "harness/ops/guest_agent.h"
#include "probes/engine/icmp.h"
#include "probes/engine/match.h"
#include "probes/engine/recorder.h"
#include "probes/engine/schedule.h"

#include <pthread.h>

/* How long an `open` may take before it is refused. */
#define SESSION_CONNECT_NS (2 * NS_PER_S)
/* A session that was lost while it should be open is opened again this often. */
#define SESSION_RETRY_NS NS_PER_S

enum session_request { SESSION_NO_REQUEST, SESSION_DO_OPEN, SESSION_DO_CLOSE };
enum session_state { SESSION_CLOSED, SESSION_CONNECTING, SESSION_OPEN };

struct session_target {
	union icmp_address address;
	struct match match;
	atomic_int request;         /* from the main thread: enum session_request */
	atomic_int outcome;         /* of the request: SESSION_PENDING, 0, or an errno */
	atomic_uint_fast64_t sent;
	struct lateness lateness;
	/* The engine's own. */
	bool wanted, pending;
	enum session_state state;
	int fd;
	int64_t deadline_ns;        /* connecting: until when; closed: when to try again */
	uint8_t in[AGENT_UPDATE_BYTES], out[AGENT_UPDATE_BYTES];
	size_t in_size, out_left;   /* a record that came, or went, in part */
	uint64_t agent_count;           /* the agent's last count */
	bool has_agent_count;              /* it has counted in this session */
	bool had_session;           /* there was one before, and the plan did not close it */
	bool silent;                /* an update ran out since the last answer */
};
#define SESSION_PENDING (-1)

struct session_probe {
	struct probe base;
	const struct probe_config *config;
	struct recorder recorder;
	struct record_ring ring;
	struct session_target *targets;
	size_t count;
	int wake_fd;  /* to the engine: something changed */
	int outcome_fd; /* from the engine: an outcome is there */
	pthread_t thread;
	bool running;
	atomic_bool stopping;
	struct schedule schedule;
};

void *session_engine(void *probe);

#endif

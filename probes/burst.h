/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the burst probe: what its parts share (burst.c: life; burst_engine.c: the thread). */
#ifndef BLACKOUT_BURST_H
#define BLACKOUT_BURST_H

#include "probes/icmp.h"
#include "probes/match.h"
#include "probes/record.h"
#include "probes/schedule.h"
#include "probes/stamp.h"

#include <pthread.h>

#define BURST_BATCH 16 /* probes in one system call: a stamp serves all, so few */

struct burst_target {
	union icmp_address address;
	struct match match;
	atomic_uint_fast64_t sent, foreign;
	struct lateness lateness;
};

struct probe {
	const struct probe_config *config;
	struct recorder recorder;
	struct record_ring ring;
	struct burst_target *targets;
	size_t count;
	int fd4, fd6; /* -1: no such target */
	uint16_t ident;
	uint64_t cookie;
	pthread_t thread;
	bool running;
	atomic_bool stopping;
	/* The engine's own. */
	struct schedule schedule;
	int64_t read_ns;       /* when arrivals were last read */
	int64_t distance_ns;   /* wall clock less monotonic, at that time */
	int64_t expire_ns;     /* when to look for time-outs next */
	struct overflow overflows[2]; /* of fd4 and fd6 */
};

void *burst_engine(void *probe);

#endif

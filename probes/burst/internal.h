/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside the burst probe: what its files share (probe.c: life; socket.c: its sockets;
 * send.c: the thread, and sending; receive.c: what comes back).
 */
#ifndef BLACKOUT_PROBES_BURST_INTERNAL_H
#define BLACKOUT_PROBES_BURST_INTERNAL_H

#include "probes/engine/audit.h"
#include "probes/engine/icmp.h"
#include "probes/engine/match.h"
#include "probes/engine/pace.h"
#include "probes/engine/recorder.h"
#include "probes/engine/schedule.h"
#include "probes/engine/stamp.h"
#include "probes/engine/thread.h"

#define BURST_BATCH 32 /* probes in one system call: a stamp may serve all, so few */
/* Up to so many probes a second the kernel is asked when each went out: it takes a second receive. */
#define BURST_STAMPED_RATE 10000

struct burst_target {
	union icmp_address address;
	atomic_uint_fast64_t sent, foreign;
	struct lateness lateness;
};

/* All probes of a family go through one. */
struct burst_socket {
	int fd;         /* -1: no such target */
	sa_family_t family;
	bool ping;      /* a ping socket: no privilege, the identifier is the kernel's choice */
	uint16_t ident;
	struct stamp_overflow overflow;
	uint32_t drops; /* of a ping socket: the kernel's count so far */
};

struct burst_inbox;
struct burst_outbox;

struct burst_probe {
	struct probe base;
	const struct probe_config *config;
	struct recorder recorder;
	struct record_ring ring;
	struct burst_target *targets;
	uint32_t *by_address; /* the targets in order of their addresses */
	size_t count;
	struct match match;
	struct pace pace;
	struct audit audit;
	struct burst_socket sockets[2]; /* IPv4, IPv6 */
	bool stamped; /* the kernel tells when a probe went out */
	uint64_t cookie;
	struct engine engine;
	atomic_bool stopping;
	/* The engine's own. */
	struct burst_inbox *inbox;
	struct burst_outbox *outbox;
	struct schedule schedule;
	int64_t gather_ns;     /* how much longer it sleeps than until what is due */
	int64_t read_ns;       /* when arrivals were last read */
	int64_t wall_offset_ns;   /* wall clock less monotonic, at that time */
	struct burst_unsent {
		int64_t from_ns, until_ns;
		uint64_t count;    /* 0: none since it was last told */
		int error;
	} unsent;
	uint64_t refused;      /* targets that were to be probed at the fine interval, since told */
	int64_t reported_until_ns;       /* when that and the unsent were last told */
};

void *burst_engine(void *probe);

static inline struct burst_socket *burst_socket_of(struct burst_probe *p, sa_family_t family)
{
	return &p->sockets[family == AF_INET6];
}

/* socket.c */

/* Names the sockets; none is open yet. Returns 0, or -1 without random numbers. */
int burst_sockets_init(struct burst_probe *p);
/* Opens the family's socket, if it is not: a raw one where that is permitted, else a ping socket. */
int burst_socket_open(struct burst_probe *p, sa_family_t family, struct err *e);
void burst_sockets_close(struct burst_probe *p);

/* receive.c */

/* Their room. Returns 0, or -1 out of memory. */
int burst_inbox_new(struct burst_probe *p);
int burst_outbox_new(struct burst_probe *p);
/* Takes all arrivals, errors and run-out probes up to now. */
void burst_receive(struct burst_probe *p);
/* Takes the stamps of a batch that was sent between two readings of the clock. */
void burst_take_stamps(struct burst_probe *p, struct burst_socket *s, unsigned sent, int64_t before_ns,
	int64_t after_ns);
/* Orders the targets by address, so that a stranger's is soon told from a target's. */
void burst_sort_addresses(struct burst_probe *p);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the burst probe: its state, its sockets, sending and receiving. */
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

/*
 * Maximum probes in one system call. Few: without send stamps, all probes of a call share a send
 * time.
 */
#define BURST_BATCH 32
/* From this many probes a second on, no send stamps are requested: each costs a second receive. */
#define BURST_STAMPED_RATE 10000

struct burst_target {
	union icmp_address address;
	atomic_uint_fast64_t sent, foreign;
	struct lateness lateness;
};

/* The socket for all targets of an address family. */
struct burst_socket {
	int fd; /* -1: the family has no target */
	sa_family_t family;
	bool ping; /* a ping socket: needs no privilege, the kernel chooses the identifier */
	uint16_t ident;
	struct stamp_overflow overflow;
	uint32_t drops; /* ping socket: how many messages the kernel has dropped so far */
};

struct burst_inbox;
struct burst_outbox;

struct burst_probe {
	struct probe base;
	const struct probe_config *config;
	struct recorder recorder;
	struct record_ring ring;
	struct burst_target *targets;
	uint32_t *by_address; /* the targets' indices, sorted by address */
	size_t count;
	struct match match;
	struct pace pace;
	struct audit audit;
	struct burst_socket sockets[2]; /* IPv4, IPv6 */
	bool stamped;                   /* the kernel is asked for send stamps */
	uint64_t cookie;                /* see icmp.h */
	struct engine engine;
	atomic_bool stopping;
	/* Only the engine's thread uses these. */
	struct burst_inbox *inbox;
	struct burst_outbox *outbox;
	struct schedule schedule;
	int64_t gather_ns;      /* how long after the next probe is due the thread wakes */
	int64_t read_ns;        /* when arrivals were last read */
	int64_t wall_offset_ns; /* stamp_wall_offset at that time */
	/* Not yet recorded: probes that could not be sent, and refusals of the fine interval. */
	struct burst_unsent {
		int64_t from_ns, until_ns;
		uint64_t count;
		int error;
	} unsent;
	uint64_t refused;
	int64_t unsent_recorded_ns; /* when these were last recorded */
};

/* The thread: sends what is due, receives, sleeps, until `stopping`. */
void *burst_engine(void *arg);

static inline struct burst_socket *burst_socket_of(struct burst_probe *p, sa_family_t family)
{
	return &p->sockets[family == AF_INET6];
}

/* Prepares the sockets' structs, without opening. -1: there are no random numbers. */
int burst_sockets_init(struct burst_probe *p);
/* Opens the family's socket unless it is open: a raw socket if permitted, else a ping socket. */
int burst_socket_open(struct burst_probe *p, sa_family_t family, struct err *e);
void burst_sockets_close(struct burst_probe *p);

/* Allocate the buffers for receiving and for sending. Return 0, or -1 out of memory. */
int burst_inbox_new(struct burst_probe *p);
int burst_outbox_new(struct burst_probe *p);
/* Handles all arrivals and errors, and all probes whose time-out has run out. */
void burst_receive(struct burst_probe *p);
/* Reads the send stamps of the newest `sent` probes, which were sent from before_ns to after_ns. */
void burst_take_stamps(struct burst_probe *p, struct burst_socket *s, unsigned sent,
	int64_t before_ns, int64_t after_ns);
/* Sorts the targets by address, for a binary search. */
void burst_sort_addresses(struct burst_probe *p);

#endif

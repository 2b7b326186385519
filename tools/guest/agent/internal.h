/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The guest agent's parts. The agent is one thread that takes turns: it answers whoever asks, then
 * does a slice of memory work (fill, verify or rewrite), then looks again. So no page is ever seen
 * half written, and no lock is needed. Beside it are only the ticker, a thread that shares nothing
 * else, and the works, which are processes of their own.
 */
#ifndef BLACKOUT_TOOLS_GUEST_AGENT_INTERNAL_H
#define BLACKOUT_TOOLS_GUEST_AGENT_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/ops/guest_agent.h"
#include "tools/guest/common/control_request.h"

/* What the kernel's command line asks for; zero or "" where it does not. */
struct agent_options {
	char address[64];     /* ip=A.B.C.D/N */
	char peer[64];        /* peer=A.B.C.D,MAC: a neighbour that need not be asked for */
	char gateway[64];     /* gateway=A.B.C.D,MAC: the same, and the way to everything else */
	uint64_t fill_bytes;  /* fill=BYTES, with K, M or G */
	uint64_t rewrite_bps; /* rewrite=BYTES a second, with K, M or G */
	uint64_t pulse_ms;    /* pulse=MS, 0: none; see boot_pulse */
	bool desktop;         /* blackout.rdp=1: serve a remote desktop */
};

int64_t agent_now_ns(void);
/* One line on the serial console. */
void agent_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Mounts, console, modules and network of process 1. Failures are said and survived. */
void boot_system(struct agent_options *options);
void boot_network(const struct agent_options *options);
/* Starts the process that makes the guest change address spaces each `ms` milliseconds; 0: none. */
void boot_pulse(uint64_t ms);

/* Whether this image has a remote-desktop server, and starting it. */
bool desktop_is_installed(void);
void desktop_start(void);

/* Mounts the guest's disk, if it has one. */
#define WORKLOAD_FOLDER "/disk"
void boot_disk(void);
bool boot_has_disk(void);

enum page_fault { PAGE_OK, PAGE_INDEX, PAGE_GENERATION, PAGE_CHECKSUM, PAGE_TABLE };
const char *page_fault_name(enum page_fault fault);

struct pages;
struct verify_result {
	uint64_t pages, bad, first; /* first: index of the first bad page */
	enum page_fault fault;
	uint64_t expected, found;
};
struct page_counts {
	uint64_t pages, filled, rewritten;
};

/*
 * Reserves address space for the fill, clamped to the memory that is free. NULL: none wanted or
 * had.
 */
struct pages *pages_new(uint64_t fill_bytes, uint64_t rewrite_bps);
/* Does at most a few milliseconds of work; returns how long the agent may sleep before the next. */
int64_t pages_serve(struct pages *pages, int64_t now_ns);
struct page_counts pages_count(const struct pages *pages);
/* Begins to verify; pages_serve carries it out, with the rewriter at rest meanwhile. */
void pages_verify_begin(struct pages *pages);
void pages_verify_cancel(struct pages *pages);
/* True once, when the verification is through. */
bool pages_verify_poll(struct pages *pages, struct verify_result *result);
/* Flips one bit of the page's payload. False: no such page. A second call flips it back. */
bool pages_corrupt(struct pages *pages, uint64_t index);

/*
 * The session server on the user LAN. The descriptor is one epoll, for the agent's own. -1: failed.
 */
int sessions_open(void);
/* Returns how long the agent may sleep before a session's screen changes; INT64_MAX: for ever. */
int64_t sessions_serve(void);
size_t sessions_count(void);

/* The guest's clocks, and the longest time between two ticks since the last reset. */
struct clock_reading {
	int64_t mono_ns, wall_ns, jump_ns, jump_at_ns;
};
void clock_start(void);
struct clock_reading clock_read(void);
void clock_reset(void);

/*
 * The works. workloads_request: true, the answer is in `answer`; false, it is owed:
 * workloads_poll_response gives it within two seconds, and workloads_abandon says that nobody waits
 * any more. The descriptor is one epoll, for the agent's own; after it, workloads_serve.
 */
#define WORKLOAD_PROGRAM "/install"
int workloads_open(void);
void workloads_serve(void);
bool workloads_request(
	const struct control_request *request, int64_t now_ns, char *response, size_t size);
bool workloads_poll_response(enum workload_kind kind, int64_t now_ns, char *response, size_t size);
void workloads_abandon(void);

/* The control channel. -1: the guest has no such port. */
int control_open(void);
void control_serve(struct pages *pages, int64_t now_ns);

#endif

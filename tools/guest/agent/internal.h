/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The guest agent. One thread loops: it serves requests, then fills, verifies or rewrites memory
 * for a few milliseconds. So the pages need no lock, and none is ever half written. Only the ticker
 * of clock.c is a second thread, and the workloads are child processes.
 */
#ifndef BLACKOUT_TOOLS_GUEST_AGENT_INTERNAL_H
#define BLACKOUT_TOOLS_GUEST_AGENT_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/ops/guest_agent.h"
#include "tools/guest/common/control_request.h"

/* The options on the kernel's command line; 0 or "" where one is missing. */
struct agent_options {
	char address[64];     /* ip=A.B.C.D/N */
	char peer[64];        /* peer=A.B.C.D,MAC: a permanent neighbour entry */
	char gateway[64];     /* gateway=A.B.C.D,MAC: the same, and the default route */
	uint64_t fill_bytes;  /* fill=BYTES, with K, M or G */
	uint64_t rewrite_bps; /* rewrite=BYTES a second, with K, M or G */
	uint64_t pulse_ms;    /* pulse=MS, default 200; see boot_pulse */
	bool desktop;         /* blackout.rdp=1: serve a remote desktop */
};

int64_t agent_now_ns(void); /* CLOCK_BOOTTIME */
/* Prints a line on the serial console. */
void agent_log(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * Set up the guest as process 1. After a failure, which is reported on the console, they continue.
 */
void boot_system(struct agent_options *options);
void boot_network(const struct agent_options *options);
/* Starts a process that forks a short-lived child every `ms` milliseconds; 0: does nothing. */
void boot_pulse(uint64_t ms);

/* True if this image has a remote-desktop server. */
bool desktop_is_installed(void);
void desktop_start(void);

#define WORKLOAD_FOLDER "/disk"
/* Mounts the guest's disk there, if the guest has one. */
void boot_disk(void);
/* True if a disk is mounted. */
bool boot_has_disk(void);

/* What is wrong with a page; PAGE_TABLE: the table of generations lost a store. */
enum page_damage { PAGE_OK, PAGE_INDEX, PAGE_GENERATION, PAGE_CHECKSUM, PAGE_TABLE };
const char *page_damage_name(enum page_damage damage);

struct pages;
struct verify_result {
	uint64_t pages, bad;      /* number of all pages, and of damaged ones */
	uint64_t first;           /* index of the first damaged page */
	enum page_damage damage;  /* of that page */
	uint64_t expected, found; /* the word that shows the damage */
};
struct page_counts {
	uint64_t pages, filled, rewritten; /* planned; stamped so far; number of rewrites */
};

/*
 * Reserves address space for fill_bytes, or less if less memory is free. NULL: out of memory;
 * only pages_serve and pages_count accept NULL.
 */
struct pages *pages_new(uint64_t fill_bytes, uint64_t rewrite_bps);
/* Returns, within a few milliseconds, how many ns the agent may sleep before the next call. */
int64_t pages_serve(struct pages *pages, int64_t now_ns);
struct page_counts pages_count(const struct pages *pages);
/* Begins to verify all pages: pages_serve compares them, and rewrites none until that is done. */
void pages_verify_begin(struct pages *pages);
void pages_verify_cancel(struct pages *pages);
/* True, once, with the result when the verification has finished. */
bool pages_verify_poll(struct pages *pages, struct verify_result *result);
/* Flips one bit of a page's payload; a second call flips it back. False: no such page. */
bool pages_corrupt(struct pages *pages, uint64_t index);

/*
 * The session server on the user LAN. Returns an epoll descriptor, which is readable when
 * sessions_serve has something to do; -1: failed.
 */
int sessions_open(void);
/* Returns in how many ns the next session's screen changes; INT64_MAX: none does. */
int64_t sessions_serve(void);
/* Returns the number of open sessions. */
size_t sessions_count(void);

/* The guest's monotonic clock and its clock in UTC. */
struct clock_reading {
	int64_t mono_ns, wall_ns;
	int64_t jump_ns, jump_at_ns; /* longest time between two ticks; time of the later tick */
};
/* Starts the ticker. */
void clock_start(void);
struct clock_reading clock_read(void);
void clock_reset(void);

/*
 * The workloads. workloads_open returns an epoll descriptor, which is readable when workloads_serve
 * has something to do. workloads_request is true if the response is ready; else
 * workloads_poll_response becomes true within two seconds, with the response. workloads_abandon
 * drops a pending response.
 */
#define WORKLOAD_PROGRAM "/install"
int workloads_open(void);
void workloads_serve(void);
bool workloads_request(
	const struct control_request *request, int64_t now_ns, char *response, size_t size);
bool workloads_poll_response(enum workload_kind kind, int64_t now_ns, char *response, size_t size);
void workloads_abandon(void);

/* Opens the control channel. Returns its descriptor; -1: the guest has no such port. */
int control_open(void);
/* Serves the requests that have arrived, without blocking. */
void control_serve(struct pages *pages, int64_t now_ns);

#endif

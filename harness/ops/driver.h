/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Drivers: how a platform is told to move a VM and asked what became of it. Trigger and observation
 * are separate: a job has an id and may have been started by somebody else.
 */
#ifndef BLACKOUT_OPS_DRIVER_H
#define BLACKOUT_OPS_DRIVER_H

#include "harness/base/base.h"
#include "harness/facts/facts.h"
#include "harness/plan/component.h"

struct driver;

struct host_address {
	char name[64];
	char uri[256]; /* as the driver wants it: "qemu+tcp://10.10.0.11/system" */
};

/* What a driver is opened with; all of it outlives the driver. */
struct driver_context {
	const struct plan *plan;
	const struct clock *clock;
	struct fact_log *log;    /* the driver's own: driver.tsv */
	const char *dir;         /* the result folder */
	const struct host_address *hosts;
	size_t host_count;
};

/* A VM as a case wants it. definition: platform text (libvirt: domain XML), NULL: must exist. */
struct vm_spec {
	char name[64];
	char address[64];
	bool owned;
	bool agent; /* the guest runs our agent: it is asked for its fill and its pages */
	uint64_t memory_bytes;
	unsigned vcpus;
	bool disk; /* the site makes its disk, and all hosts see it */
	char *definition;
};

struct move_spec {
	char vm[64];
	char source[64], destination[64];
	bool direct;           /* false: peer-to-peer */
	int64_t bandwidth_bps; /* NS_NONE: unlimited */
	int64_t timeout_ns;    /* the watchdog aborts after this */
	bool disk;             /* as of the VM: the platform need not doubt that it is shared */
};

/* What is known of a VM's latest job now. */
struct job_status {
	enum job_state state;
	char id[64];
	int64_t requested_ns, ended_ns; /* NS_NONE */
	uint64_t total_bytes, processed_bytes, remaining_bytes;
	char message[512];
};

struct vm_place {
	char host[64];
	enum vm_state state;
};

/* What a platform must or may do. Required unless marked optional; driver_check tells what is missing. */
struct driver_ops {
	const struct plan_component *component; /* its row: name and traits */

	/* Connects to all hosts. Errors name the host and the URI. */
	int (*open)(struct driver **driver, const struct driver_context *context, struct err *e);
	void (*close)(struct driver *driver);
	/* Makes sure that the VM runs on `host` (NULL: wherever) as specified; an owned one is defined
	 * anew where it differs. A VM that is not owned is never stopped or redefined. */
	int (*vm_ensure)(struct driver *driver, const struct vm_spec *vm, const char *host, struct err *e);
	/* Stops and removes an owned VM, on every host where it is. */
	int (*vm_remove)(struct driver *driver, const struct vm_spec *vm, struct err *e);
	/* Starts a move and returns at once; what becomes of it is in job_status and in the facts. */
	int (*trigger)(struct driver *driver, const struct move_spec *move, struct err *e);
	/* The VM's latest job requested or seen since `since_ns`. */
	int (*job_status)(struct driver *driver, const char *vm, int64_t since_ns, struct job_status *status,
		struct err *e);
	/* Asks the platform to call the running job off; returns when asked, not when done. */
	int (*cancel)(struct driver *driver, const char *vm, struct err *e);
	/* The VM on every host, one entry a host in the context's order. An unreachable host is VM_UNKNOWN. */
	int (*where)(struct driver *driver, const char *vm, struct vm_place *places, struct err *e);
	/* Connects again to hosts that were lost. */
	int (*reconnect)(struct driver *driver, struct err *e);
	/*
	 * Optional: one line to the guest agent and its one-line answer, not over the user LAN. May be called
	 * from another thread. Ends early when the user asks to stop meanwhile.
	 */
	bool agent_at_once; /* it answers by a simulated clock, which stands still meanwhile */
	int (*agent)(struct driver *driver, const char *vm, const char *request, char *answer, size_t size,
		int64_t timeout_ns, struct err *e);
	/* Optional: versions, CPU, memory of each host as JSON text (malloc'd). */
	char *(*environment)(struct driver *driver);
};

/* The driver of a component in a NULL-ended table, or NULL. */
const struct driver_ops *driver_find(
	const struct driver_ops *const *table, const struct plan_component *component);
/* The name of the first required operation that a row lacks, or NULL. */
const char *driver_missing(const struct driver_ops *ops);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Drivers: the operations by which a platform moves a VM and reports the state of the move.
 * Triggering and observing are separate operations: a job has an id, and may have been started by
 * an operator or another program.
 */
#ifndef BLACKOUT_OPS_DRIVER_H
#define BLACKOUT_OPS_DRIVER_H

#include "harness/base/base.h"
#include "harness/facts/facts.h"
#include "harness/plan/component.h"

struct driver;

struct host_address {
	char name[64];
	char uri[256]; /* in the driver's form: "qemu+tcp://10.10.0.11/system" */
};

/* The arguments of `open`; they outlive the driver. */
struct driver_context {
	const struct plan *plan;
	const struct clock *clock;
	struct fact_log *log; /* where the driver writes: driver.tsv */
	const char *dir;      /* the result folder */
	const struct host_address *hosts;
	size_t host_count;
};

/* A VM as a case needs it. */
struct vm_spec {
	char name[64];
	char address[64];
	bool owned; /* the driver may define, stop and remove it */
	bool agent; /* the guest runs our agent, which fills and verifies memory */
	uint64_t memory_bytes;
	unsigned vcpus;
	bool disk;        /* it has a disk that the site makes and all hosts see */
	char *definition; /* in the platform's form (libvirt: domain XML); NULL: the VM exists */
};

struct move_spec {
	char vm[64];
	char source[64], destination[64];
	bool direct;           /* false: peer-to-peer */
	int64_t bandwidth_bps; /* NS_NONE: unlimited */
	int64_t timeout_ns;    /* the driver aborts the job after this */
	bool disk;             /* all hosts share its disk: the platform must not refuse */
};

/* The present state of a VM's latest job. */
struct job_status {
	enum job_state state;
	char id[64];
	int64_t requested_ns, ended_ns; /* NS_NONE: not yet */
	uint64_t total_bytes, processed_bytes, remaining_bytes;
	char message[512];
};

struct vm_place {
	char host[64];
	enum vm_state state;
};

/* A platform's operations. All are required unless marked optional (see driver_missing). */
struct driver_ops {
	const struct plan_component *component; /* its row: name and traits */

	/* Connects to all hosts. Errors name the host and the URI. */
	int (*open)(struct driver **driver, const struct driver_context *context, struct err *e);
	void (*close)(struct driver *driver);
	/*
	 * Makes sure that the VM runs on `host` (NULL: on any host) as specified. An owned VM whose
	 * definition differs is defined anew; one that is not owned is never stopped or redefined.
	 */
	int (*vm_ensure)(
		struct driver *driver, const struct vm_spec *vm, const char *host, struct err *e);
	/* Stops and removes an owned VM on every host that has it. */
	int (*vm_remove)(struct driver *driver, const struct vm_spec *vm, struct err *e);
	/* Starts a move and returns at once; job_status and the facts show its progress. */
	int (*trigger)(struct driver *driver, const struct move_spec *move, struct err *e);
	/* Reads the state of the VM's latest job among those requested or seen since `since_ns`. */
	int (*job_status)(struct driver *driver, const char *vm, int64_t since_ns,
		struct job_status *status, struct err *e);
	/* Asks the platform to cancel the job; does not wait until it is cancelled. */
	int (*cancel)(struct driver *driver, const char *vm, struct err *e);
	/*
	 * Fills `places` with the VM's state on each host, in the context's order; VM_UNKNOWN if
	 * the host cannot be reached.
	 */
	int (*where)(struct driver *driver, const char *vm, struct vm_place *places, struct err *e);
	/* Connects again to hosts whose connection was lost. */
	int (*reconnect)(struct driver *driver, struct err *e);
	/*
	 * Optional: sends a line to the guest agent and reads its one-line response, over a channel
	 * that is not the user LAN. May be called from another thread. Returns early if the user
	 * interrupts.
	 */
	int (*agent)(struct driver *driver, const char *vm, const char *request, char *response,
		size_t size, int64_t timeout_ns, struct err *e);
	bool agent_at_once; /* `agent` waits in simulated time only, so it needs no thread */
	/* Optional: versions, CPU, memory of each host as JSON text (malloc'd). */
	char *(*environment)(struct driver *driver);
};

/* The first member, `base`, of each driver's own struct. `open` sets it. */
struct driver {
	const struct driver_ops *ops;
};

/* The driver of a component in a NULL-terminated table; NULL if there is none. */
const struct driver_ops *driver_find(
	const struct driver_ops *const *table, const struct plan_component *component);
/* The name of the first required operation that a row lacks; NULL: it is complete. */
const char *driver_missing(const struct driver_ops *ops);
/*
 * The struct that `driver` is the base of, for a function of `ops`; NULL for NULL. Aborts if
 * another driver's `open` made it.
 */
void *driver_downcast(struct driver *driver, const struct driver_ops *ops);

#endif

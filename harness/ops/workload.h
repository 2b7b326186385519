/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Workloads: what a VM does while it moves. Operations that start, poll, verify and stop a
 * workload, one table row per kind. The scenario and the runner decide when to call them.
 */
#ifndef BLACKOUT_OPS_WORKLOAD_H
#define BLACKOUT_OPS_WORKLOAD_H

#include "harness/base/base.h"
#include "harness/facts/vocabulary.h"
#include "harness/plan/component.h"

#include <sys/types.h>

struct workload_status {
	enum workload_state state;
	int percent;                                 /* -1: unknown */
	int64_t done_bytes, files, rate_bytes_per_s; /* NS_NONE: unknown */
	int64_t elapsed_ns;                          /* by the guest's clock; NS_NONE: unknown */
	int held;       /* 1: the rate is near the requested one; 0: it is not; -1: unknown */
	int64_t bad;    /* number of damaged files or pages; NS_NONE: unknown */
	char file[256]; /* the first of them */
	char why[256];
};

/* A channel to the guest's agent. `ask` sends a request line and reads the response: 0 or -1. */
struct workload_channel {
	int (*ask)(void *ctx, const char *request, char *response, size_t size, int64_t timeout_ns,
		struct err *e);
	void *ctx;
};

struct workload;

struct workload_ops {
	const struct plan_component *component; /* its row: name and traits */
	int (*start)(struct workload *workload, struct err *e);
	/* Reads the present state. -1: the guest cannot be asked, or its response is malformed. */
	int (*status)(struct workload *workload, struct workload_status *status, int64_t timeout_ns,
		struct err *e);
	/* Starts to verify what was written; `status` gives the result. */
	int (*verify)(struct workload *workload, struct err *e);
	int (*stop)(struct workload *workload, struct err *e);
	void (*close)(struct workload *workload); /* optional */
};

/* One workload of one VM in a run. */
struct workload {
	const struct workload_ops *ops;
	char name[64]; /* as in [workload NAME]; WORKLOAD_OF_VM for [vm] dirty */
	char vm[64], address[64];
	int64_t bytes, files, seed, rate_bytes_per_s, set_bytes;
	const char *command, *verify, *user; /* kind = command: texts of the plan */
	int64_t lead_ns, timeout_ns;
	struct workload_channel channel;
	/* Of kind = command: */
	pid_t pid;       /* its process; 0: none */
	int output;      /* the pipe with its output; -1: none */
	char tail[8192]; /* the end of its output */
	size_t tail_length;
	bool verifying;
	struct workload_status latest;
};

/*
 * Fills `workloads` with the workloads of a VM in a case: its [workload NAME], and the one of its
 * key `dirty`. Returns their number. table: NULL-terminated; a workload whose kind it lacks gets
 * NULL as ops. The caller fills in channel and address.
 */
#define WORKLOADS_MAX 2
size_t workload_collect(const struct workload_ops *const *table, const struct plan_case *plan_case,
	const struct plan_section *vm, struct workload workloads[WORKLOADS_MAX]);
/* The workload of a component in a NULL-terminated table; NULL if there is none. */
const struct workload_ops *workload_find(
	const struct workload_ops *const *table, const struct plan_component *component);
/* The name of the first required operation that a row lacks; NULL: it is complete. */
const char *workload_missing(const struct workload_ops *ops);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Workloads: what a VM is kept at while it moves, and how it is told and asked. One row a kind; when
 * a work begins, is looked at and has to be over is the scenario's and the runner's business.
 */
#ifndef BLACKOUT_OPS_WORKLOAD_H
#define BLACKOUT_OPS_WORKLOAD_H

#include "harness/base/base.h"
#include "harness/facts/vocabulary.h"
#include "harness/plan/component.h"

#include <sys/types.h>

struct work_status {
	enum work_state state;
	int percent;         /* -1: not told */
	int64_t done_bytes, files, elapsed_ns, rate_bps; /* NS_NONE: not told; elapsed by the guest */
	int held;            /* the rate asked for: 1, 0; -1: not told */
	int64_t bad;         /* how many files or pages are not right; NS_NONE: not told */
	char file[256];      /* the first of them */
	char why[256];
};

/* How a line gets to the guest's agent and its answer back. 0 or -1. */
struct work_channel {
	int (*ask)(void *ctx, const char *request, char *answer, size_t size, int64_t timeout_ns,
		struct err *e);
	void *ctx;
};

struct workload;

struct workload_ops {
	const struct plan_component *component; /* its row: name and traits */
	int (*start)(struct workload *work, struct err *e);
	/* What has become of it. -1: nobody could be asked, or the answer makes no sense. */
	int (*status)(struct workload *work, struct work_status *status, int64_t timeout_ns,
		struct err *e);
	/* Begins to look through what is done; status has the end. */
	int (*verify)(struct workload *work, struct err *e);
	int (*stop)(struct workload *work, struct err *e);
	void (*close)(struct workload *work); /* optional */
};

/* One work of one VM in a run. */
struct workload {
	const struct workload_ops *ops;
	char name[64];           /* as the plan has it; WORK_OF_VM for [vm] dirty */
	char vm[64], address[64];
	int64_t bytes, files, seed, rate_bps, set_bytes;
	const char *command, *verify, *user; /* the plan's */
	int64_t lead_ns, timeout_ns;
	struct work_channel channel;
	/* kind = command: the process that runs it, 0: none, and what it says. */
	pid_t pid;
	int output;
	bool verifying;
	struct work_status latest;
};

/*
 * What a case's VM is to do: its workload, by the ops of a NULL-ended table, and its dirty rate, at most
 * two. Returns how many; the channel and the address are the caller's to fill in. A kind that the table
 * lacks has no ops.
 */
#define WORKS_MAX 2
size_t workload_of(const struct workload_ops *const *table, const struct plan_case *plan_case,
	const struct plan_section *vm, struct workload works[WORKS_MAX]);
/* The ops of a component in a NULL-ended table, or NULL; and the first operation that one lacks. */
const struct workload_ops *workload_find(
	const struct workload_ops *const *table, const struct plan_component *component);
const char *workload_missing(const struct workload_ops *ops);

#endif

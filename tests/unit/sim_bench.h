/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fixture for the simulated world: a world with a driver and a probe, and counts of facts. */
#ifndef BLACKOUT_TESTS_UNIT_SIM_BENCH_H
#define BLACKOUT_TESTS_UNIT_SIM_BENCH_H

#include "harness/ops/driver.h"
#include "harness/ops/probe.h"
#include "harness/sim/world.h"

#define S NS_PER_S
#define MS NS_PER_MS

/* A world with one VM, and a driver and a probe that write to a temporary folder. */
struct bench {
	char dir[128];
	struct sim_world *world;
	const struct clock *clock;
	struct host_address hosts[2];
	struct driver_context context;
	struct driver *driver;
	const struct probe_ops *ops;
	struct probe_config config;
	struct probe_target targets[2];
	struct probe *probe;
};

/* Counts facts of a kind about a subject whose line contains `needle` (NULL: any line). */
struct tally {
	size_t count;
	int64_t first_ns, last_ns;
	int64_t number; /* value of `key` in the last one */
};

/* The VM of these tests: 256 MB, all filled. */
extern const struct vm_spec bench_vm;

struct sim_setup bench_setup(void);
/* A world with the VM defined, and a driver. */
void bench_open(struct bench *b, const struct sim_setup *setup);
/* Starts a probe of the VM (target 1) and, unless it is a capture, of a switch (target 2). */
void bench_probe(
	struct bench *b, const struct probe_ops *ops, int64_t interval_ns, int64_t timeout_ns);
/* Advances virtual time in steps, reading the probe's answers as a station would. */
void bench_pass(struct bench *b, int64_t until_ns, int64_t step_ns);
void bench_pass_for(struct bench *b, int64_t ns);
/* Starts the VM on host a and waits until it has booted. */
void bench_start(struct bench *b);
/* Closes the facts files, so that they are complete. */
void bench_finish(struct bench *b);
void bench_close(struct bench *b);
/* Returns the text of DIR/facts/SOURCE.tsv; the caller frees it. */
char *bench_read(const struct bench *b, const char *source);
struct tally bench_tally(const struct bench *b, const char *source, const char *kind,
	const char *subject, const char *needle, const char *key);

#endif

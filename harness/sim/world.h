/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A simulated world in virtual time: hosts, VMs, a network with scripted outages, and the truth
 * about them. Its clock jumps from event to event when a caller sleeps on it; nothing waits in real
 * time, unless a speed is set. The same seed gives the same facts, byte for byte. The simulated
 * driver, probes and site use the world; it writes no facts itself.
 *
 * Whether an outage hits a request (sent at S, round trip T) depends on the instant at which the
 * request reaches its target (S + T/2) and, for the answer, on an instant on the way back. Trouble
 * can be scripted for the future only: the past never changes. For one thread.
 */
#ifndef BLACKOUT_SIM_WORLD_H
#define BLACKOUT_SIM_WORLD_H

#include "harness/base/base.h"

#include <gsl/gsl_rng.h>

/* The instant at which the world begins. */
#define SIM_START_NS (1000 * NS_PER_S)
#define SIM_START_UTC_NS (INT64_C(1767225600) * NS_PER_S) /* 2026-01-01T00:00:00Z */
/* The time from a VM's start until it answers. */
#define SIM_BOOT_NS (2 * NS_PER_S)
#define SIM_HOSTS_MAX 8

struct sim_world;

/* What trouble does to requests that reach their target while it lasts. */
enum sim_mode {
	SIM_DROP,            /* requests are lost */
	SIM_ANSWERS_DROPPED, /* the answers are lost */
	SIM_HOLD,            /* requests wait until the trouble ends and are answered then */
	SIM_SLOW,            /* each answer takes `delay_ns` longer */
	SIM_DOWN,            /* the VM does not run: requests are lost, connections break */
	SIM_MODES,
};
const char *sim_mode_name(enum sim_mode mode);
/* Finds a mode by its name in a plan: "drop", "answers-dropped", "hold", "slow". -1: none. */
int sim_mode_find(const char *name, enum sim_mode *mode);

/* How a move ends. */
enum sim_job {
	SIM_JOB_COMPLETED,
	SIM_JOB_FAILED,      /* while copying; the VM continues on the source host */
	SIM_JOB_CANCELLED,   /* the same, but reported as cancelled */
	SIM_JOB_WITH_STATUS, /* the same, but reported as completed-with-status */
	SIM_JOB_VANISH,      /* the source host vanishes while copying, and the VM with it */
	SIM_JOB_CORRUPTED,   /* completed, but a memory page was corrupted */
	SIM_JOB_TWO_PLACES,  /* completed, but the VM also continues on the source host */
	SIM_JOBS,
};
const char *sim_job_name(enum sim_job job);
int sim_job_find(const char *name, enum sim_job *job);

/* One row of the script: what happens to one move. */
struct sim_step {
	/* Length, from the source's pause on; SIM_SLOW: the delay, for twice as long. */
	int64_t outage_ns;
	enum sim_mode mode;
	enum sim_job job;
};

/*
 * The set-up of a world. Move k gets outages_ns[k % outage_count], modes[k % mode_count] and
 * jobs[k % job_count]; empty lists mean 0 s, SIM_DROP, SIM_JOB_COMPLETED. sim_world_new copies the
 * lists.
 */
struct sim_setup {
	uint64_t seed;
	int64_t round_trip_ns;
	int64_t jitter_ns; /* round trips are uniform in [round_trip_ns, that + jitter_ns] */
	int64_t link_bps;  /* the bit rate at which memory is copied */
	size_t host_count; /* named a, b, … */
	const int64_t *outages_ns;
	size_t outage_count;
	const enum sim_mode *modes;
	size_t mode_count;
	const enum sim_job *jobs;
	size_t job_count;
	/* Start k, of any VM, fails failed_starts[k % failed_start_count] times, then succeeds. */
	const int64_t *failed_starts;
	size_t failed_start_count;
	bool operator_moves; /* an operator starts each move, 5 s after the run asks for it */
	int64_t speed;       /* at most this many simulated seconds per real one; 0: no limit */
};

/* Errors: out of memory, a host count outside 1 to SIM_HOSTS_MAX, a rate or a time below zero. */
int sim_world_new(struct sim_world **out, const struct sim_setup *setup, struct err *e);
void sim_world_free(struct sim_world *world);

/* The world's clock; sleeping on it makes the calls that are due, and waits only for the speed. */
const struct clock *sim_clock(struct sim_world *world);
/* The world that a clock belongs to; NULL: it is no simulated clock. */
struct sim_world *sim_world_of(const struct clock *clock);
int64_t sim_now_ns(const struct sim_world *world);
const struct sim_setup *sim_setup_of(const struct sim_world *world);
/*
 * Schedules a call of fn(ctx) at an instant; if that is past, in the next sleep. Calls at the same
 * instant are made in the order of scheduling. Returns 0; -1: out of memory.
 */
int sim_schedule(struct sim_world *world, int64_t at_ns, void (*fn)(void *ctx), void *ctx);
/* Removes every scheduled call with this ctx. */
void sim_unschedule(struct sim_world *world, const void *ctx);
/*
 * A new random generator, seeded by the world's seed and a name, so that draws under one name do
 * not change those under another. NULL: out of memory.
 */
gsl_rng *sim_generator(const struct sim_world *world, const char *name);

/*
 * --- What a test or a script does to the world. Each returns 0, or -1 with the error: the instant
 * is in the past, no such host or VM, out of memory. ---
 */

/*
 * Trouble on the way to a target (a VM or a control target, by name) in [from_ns, from_ns +
 * length_ns); length_ns NS_INF: without end. delay_ns is used by SIM_SLOW only.
 */
int sim_outage(struct sim_world *world, const char *target, enum sim_mode mode, int64_t from_ns,
	int64_t length_ns, int64_t delay_ns, struct err *e);
/* Answers to requests that are sent to the target in this time come twice. */
int sim_duplicates(struct sim_world *world, const char *target, int64_t from_ns, int64_t length_ns,
	struct err *e);
/* The probing machine itself stalls: nothing is sent in this time. */
int sim_stall(struct sim_world *world, int64_t from_ns, int64_t length_ns, struct err *e);
/* The probes' sockets overflow: answers that arrive in this time are dropped and counted. */
int sim_overflow(struct sim_world *world, int64_t from_ns, int64_t length_ns, struct err *e);
/* A host vanishes with its VMs at at_ns and is back without them at back_ns; NS_INF: never. */
int sim_host_vanish(
	struct sim_world *world, const char *host, int64_t at_ns, int64_t back_ns, struct err *e);
/* The wall clock is set forward, or back if by_ns is negative. */
int sim_utc_step(struct sim_world *world, int64_t at_ns, int64_t by_ns, struct err *e);
/* The guest's memory is corrupted: its agent reports so until the VM is started again. */
int sim_vm_corrupt(struct sim_world *world, const char *name, struct err *e);
/* The VM runs on every host from now on, until it is stopped. */
int sim_vm_double(struct sim_world *world, const char *name, struct err *e);

/* --- For the simulated driver. --- */

struct sim_vm {
	char name[64];
	uint64_t memory_bytes;
	uint64_t fill_bytes; /* of memory_bytes, filled with data that must be copied */
	int host;            /* index of the host that it runs on; -1: none */
	int incoming;        /* index of the host that an incoming copy waits on; -1: none */
	bool paused;
	bool on_host[SIM_HOSTS_MAX]; /* hosts that a second instance runs on */
	bool corrupted;
	int64_t started_ns;
};

/* Defines a VM, which does not run yet; or changes the size of a VM, which must not run. */
int sim_vm_define(struct sim_world *world, const char *name, uint64_t memory_bytes,
	uint64_t fill_bytes, struct err *e);
struct sim_vm *sim_vm_find(struct sim_world *world, const char *name);
/* Starts a VM that runs nowhere; it answers SIM_BOOT_NS later. */
int sim_vm_start(struct sim_world *world, struct sim_vm *vm, int host, struct err *e);
/* Stops a VM on all hosts. */
int sim_vm_stop(struct sim_world *world, struct sim_vm *vm, struct err *e);
/* True if the VM runs and has booted. */
bool sim_vm_answers(const struct sim_world *world, const struct sim_vm *vm);

size_t sim_host_count(const struct sim_world *world);
const char *sim_host_name(const struct sim_world *world, size_t host);
/* The index of a host; -1: no such host. */
int sim_host_find(const struct sim_world *world, const char *name);
bool sim_host_up(const struct sim_world *world, int host);
/* Sets the one function that is called after a host has vanished; NULL: none. */
void sim_host_listen(struct sim_world *world, void (*vanished)(void *ctx, int host), void *ctx);
/* A VM announces its new place to the network now. Returns 0; -1: out of memory. */
int sim_announce(struct sim_world *world, const char *vm);
/*
 * True if, by the script, this attempt to start a VM or to find it running fails. An attempt that
 * succeeds ends a start; so does sim_start_forget. The next attempt then belongs to the next start
 * of the script.
 */
bool sim_start_fails(struct sim_world *world);
void sim_start_forget(struct sim_world *world);
/* The script's row for the next move. */
struct sim_step sim_script_next(struct sim_world *world);

/* --- For the simulated probes. --- */

/* Draws a round trip, ns, from a target's generator. */
int64_t sim_round_trip(const struct sim_world *world, gsl_rng *generator);
/*
 * The instant at which the answer to a request arrives; NS_NONE: never. Call it only when the clock
 * has passed sent_ns + round_trip_ns, since later trouble could still be scripted before. `stream`:
 * the request is part of a TCP stream, so if it is lost it is retransmitted and arrives when the
 * trouble ends (TCP's back-off is not simulated).
 */
int64_t sim_answer_ns(const struct sim_world *world, const char *target, int64_t sent_ns,
	int64_t round_trip_ns, bool stream);
/* True if the answer to a request comes twice. */
bool sim_duplicated(const struct sim_world *world, const char *target, int64_t sent_ns);
/* The end of the overflow or stall that an instant is in, *from_ns its begin; NS_NONE: in none. */
int64_t sim_overflow_until(const struct sim_world *world, int64_t at_ns, int64_t *from_ns);
int64_t sim_stalled_until(const struct sim_world *world, int64_t at_ns, int64_t *from_ns);
/* True if the target's VM was down at some time since since_ns, which broke its connections. */
bool sim_was_down(const struct sim_world *world, const char *target, int64_t since_ns);
bool sim_is_down(const struct sim_world *world, const char *target);

/* The instant of the VM's first announcement after after_ns; NS_NONE: none so far. */
int64_t sim_announced_after(const struct sim_world *world, const char *vm, int64_t after_ns);

/* --- The truth, to check measurements against. --- */

struct sim_truth {
	char target[64];
	enum sim_mode mode;
	int64_t from_ns, to_ns; /* to_ns NS_INF: no end yet */
	/* The longest wait that the trouble causes: its length, with SIM_SLOW at most the delay. */
	int64_t longest_ns;
};
/* All trouble so far, sorted by its begin, including the times when a VM did not run. */
size_t sim_truth_count(const struct sim_world *world);
struct sim_truth sim_truth_at(const struct sim_world *world, size_t i);

#endif

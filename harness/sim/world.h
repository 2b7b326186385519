/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A simulated world in virtual time: hosts, VMs, a network with scripted outages, and the truth
 * about them. Its clock jumps from event to event when somebody sleeps on it; nothing in it waits,
 * unless a speed is asked for. The same seed gives the same bytes. The driver, the probes and the site of the simulated
 * world stand on it (harness/drivers/sim/driver.c, probes/sim/probe.c, harness/sites/sim.c); it writes no facts
 * itself.
 *
 * What a network outage does to one request (sent at S, round trip T) is decided at the moment when
 * the request reaches its target (S + T/2) and, for answers, on the way back. Scripted things must
 * lie in the future: what happened is never changed. One thread only.
 */
#ifndef BLACKOUT_SIM_WORLD_H
#define BLACKOUT_SIM_WORLD_H

#include "harness/base/base.h"

#include <gsl/gsl_rng.h>

/* The world's first moment. */
#define SIM_START_NS (1000 * NS_PER_S)
#define SIM_START_UTC_NS (INT64_C(1767225600) * NS_PER_S) /* 2026-01-01T00:00:00Z */
/* From a VM's start until it answers. */
#define SIM_BOOT_NS (2 * NS_PER_S)
#define SIM_HOSTS_MAX 8

struct sim_world;

/* What a stretch of trouble does to requests that reach the target in it. */
enum sim_mode {
	SIM_DROP,            /* requests are lost */
	SIM_ANSWERS_DROPPED, /* the answers are lost */
	SIM_HOLD,            /* requests wait until its end and are answered then */
	SIM_SLOW,            /* each answer takes `delay_ns` longer */
	SIM_DOWN,            /* the VM does not run: lost, and connections with them */
	SIM_MODES,
};
const char *sim_mode_name(enum sim_mode mode);
/* By the name that a plan says: "drop", "answers-dropped", "hold", "slow". -1: no such mode. */
int sim_mode_find(const char *name, enum sim_mode *mode);

/* How a move ends. */
enum sim_job {
	SIM_JOB_COMPLETED,
	SIM_JOB_FAILED,      /* in mid-copy; the VM goes on at the source */
	SIM_JOB_CANCELLED,   /* the same, called off by somebody */
	SIM_JOB_WITH_STATUS, /* completed, with a complaint */
	SIM_JOB_VANISH,      /* the source host disappears in mid-copy, and the VM with it */
	SIM_JOB_CORRUPTED,   /* completed, but a page was harmed on the way */
	SIM_JOB_TWO_PLACES,  /* completed, and the source goes on running */
	SIM_JOBS,
};
const char *sim_job_name(enum sim_job job);
int sim_job_find(const char *name, enum sim_job *job);

/* One row of the script: what one move meets. */
struct sim_step {
	int64_t outage_ns; /* from the source's pause; with SIM_SLOW the delay, for twice as long */
	enum sim_mode mode;
	enum sim_job job;
};

/* What a world is made with. Move k meets outages[k % outage_count] and so on; a list of none
 * means 0 s, drop, completed. The lists need live only during sim_world_new. */
struct sim_setup {
	uint64_t seed;
	int64_t round_trip_ns;
	int64_t jitter_ns;     /* round trips are even between round_trip_ns and this much more */
	int64_t link_bps;      /* what memory is copied with */
	size_t host_count;     /* named a, b, … */
	const int64_t *outages_ns;
	size_t outage_count;
	const enum sim_mode *modes;
	size_t mode_count;
	const enum sim_job *jobs;
	size_t job_count;
	const int64_t *failed_starts; /* start k of a VM fails failed_starts[k % count] times first */
	size_t failed_start_count;
	bool operator_moves;   /* somebody else starts the moves, 5 s after they are awaited */
	int64_t speed;         /* at most so many of its seconds pass in a real one; 0: no limit */
};

/* Errors: out of memory, a host count outside 1 to SIM_HOSTS_MAX, a rate or a time below zero. */
int sim_world_new(struct sim_world **world, const struct sim_setup *setup, struct err *e);
void sim_world_free(struct sim_world *world);

/* The world's clock; sleeping on it fires what is due, and waits only as the speed demands. */
const struct clock *sim_clock(struct sim_world *world);
/* The world behind a clock; NULL: it is no simulated one. */
struct sim_world *sim_world_of(const struct clock *clock);
int64_t sim_now_ns(const struct sim_world *world);
const struct sim_setup *sim_setup_of(const struct sim_world *world);
/* Calls fn(ctx) at an instant, in order of time and then of asking; at once where it is past. 0
 * or -1 out of memory. */
int sim_schedule(struct sim_world *world, int64_t at_ns, void (*fn)(void *ctx), void *ctx);
/* Forgets every call that was asked for with this ctx. */
void sim_unschedule(struct sim_world *world, const void *ctx);
/* A generator of its own for a name, so that nobody's draws disturb another's; NULL: out of
 * memory. */
gsl_rng *sim_generator(const struct sim_world *world, const char *name);

/* --- what a test or a script does to the world; 0, or -1 with why: it lies in the past, no
 * memory --- */

/* Trouble on the way to a target (a VM or a control, by name) in [from_ns, from_ns + length_ns);
 * length NS_INF: without end. delay_ns is for SIM_SLOW only. */
int sim_outage(struct sim_world *world, const char *target, enum sim_mode mode, int64_t from_ns,
	int64_t length_ns, int64_t delay_ns, struct err *e);
/* Answers of a target to requests sent in the stretch come twice. */
int sim_duplicates(struct sim_world *world, const char *target, int64_t from_ns, int64_t length_ns,
	struct err *e);
/* The probing machine itself stands still: nothing is sent in the stretch. */
int sim_stall(struct sim_world *world, int64_t from_ns, int64_t length_ns, struct err *e);
/* The probes' sockets overflow: answers that arrive in the stretch are lost there, and counted. */
int sim_overflow(struct sim_world *world, int64_t from_ns, int64_t length_ns, struct err *e);
/* A host disappears, with the VMs on it, and is back (without them) later; NS_INF: never. */
int sim_host_vanish(struct sim_world *world, const char *host, int64_t at_ns, int64_t back_ns,
	struct err *e);
/* The wall clock is set forward or back. */
int sim_utc_step(struct sim_world *world, int64_t at_ns, int64_t by_ns, struct err *e);
/* The guest's memory is harmed: its agent says so from now on, until the VM is started anew. */
int sim_vm_corrupt(struct sim_world *world, const char *vm, struct err *e);
/* The VM runs on every host from now on, until it is removed. */
int sim_vm_double(struct sim_world *world, const char *vm, struct err *e);

/* --- what the simulated driver needs --- */

struct sim_vm {
	char name[64];
	uint64_t memory_bytes;
	uint64_t fill_bytes;   /* of them filled with data that must be copied */
	int host;              /* -1: it runs nowhere */
	int incoming;          /* the host that a copy of it waits on; -1: none */
	bool paused;
	bool on_host[SIM_HOSTS_MAX]; /* where a second one runs as well */
	bool corrupted;
	int64_t started_ns;
};

/* Makes the VM known (it does not run yet) or changes its size while it does not run. */
int sim_vm_define(struct sim_world *world, const char *name, uint64_t memory_bytes,
	uint64_t fill_bytes, struct err *e);
struct sim_vm *sim_vm_find(struct sim_world *world, const char *name);
/* Starts a VM that runs nowhere; it answers SIM_BOOT_NS later. Stops it everywhere. */
int sim_vm_start(struct sim_world *world, struct sim_vm *vm, int host, struct err *e);
int sim_vm_stop(struct sim_world *world, struct sim_vm *vm, struct err *e);
/* Whether it runs and has booted. */
bool sim_vm_answers(const struct sim_world *world, const struct sim_vm *vm);

size_t sim_host_count(const struct sim_world *world);
const char *sim_host_name(const struct sim_world *world, size_t host);
/* -1: no such host. */
int sim_host_find(const struct sim_world *world, const char *name);
bool sim_host_up(const struct sim_world *world, int host);
/* Who is told, once a host has vanished; one listener, NULL: none. */
void sim_host_listen(struct sim_world *world, void (*vanished)(void *ctx, int host), void *ctx);
/* A VM makes its new place known to the network now. */
int sim_announce(struct sim_world *world, const char *vm);
/*
 * Whether this attempt to start a VM, or to find it running, fails by the script. The next one after
 * an attempt that does not fail, or after sim_start_forget, is of another start.
 */
bool sim_start_fails(struct sim_world *world);
void sim_start_forget(struct sim_world *world);
/* The next move's row of the script. */
struct sim_step sim_script_next(struct sim_world *world);

/* --- what the simulated probes need --- */

/* A round trip drawn from a target's generator. */
int64_t sim_round_trip(const struct sim_world *world, gsl_rng *generator);
/*
 * When the answer to a request comes back, or NS_NONE: never. Ask only once the clock has passed
 * sent_ns + round_trip_ns. `stream`: the request is part of a TCP stream, so that what a network
 * loses is sent again and comes through when the trouble ends (the back-off of TCP is not
 * simulated).
 */
int64_t sim_answer_ns(const struct sim_world *world, const char *target, int64_t sent_ns,
	int64_t round_trip_ns, bool stream);
bool sim_duplicated(const struct sim_world *world, const char *target, int64_t sent_ns);
/* The end of the overflow or the stall that an instant lies in; NS_NONE: in none. */
int64_t sim_overflow_until(const struct sim_world *world, int64_t at_ns, int64_t *from_ns);
int64_t sim_stalled_until(const struct sim_world *world, int64_t at_ns, int64_t *from_ns);
/* Whether connections to the target that were open at `since_ns` are broken: its VM was down. */
bool sim_was_down(const struct sim_world *world, const char *target, int64_t since_ns);
bool sim_is_down(const struct sim_world *world, const char *target);

/* The VM's first announcement after an instant, up to now; NS_NONE: none. */
int64_t sim_announced_after(const struct sim_world *world, const char *vm, int64_t after_ns);

/* --- the truth, for those who check what was measured --- */

struct sim_truth {
	char target[64];
	enum sim_mode mode;
	int64_t from_ns, to_ns; /* to: NS_INF while it has no end */
	/* The longest wait that the stretch causes: its length, with SIM_SLOW at most the delay. */
	int64_t longest_ns;
};
/* Everything scripted so far, in order of its begin; stretches in which a VM was not started
 * included. */
size_t sim_truth_count(const struct sim_world *world);
struct sim_truth sim_truth_at(const struct sim_world *world, size_t i);

#endif

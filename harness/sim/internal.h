/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The private state of the simulated world; others use harness/sim/world.h. */
#ifndef BLACKOUT_SIM_INTERNAL_H
#define BLACKOUT_SIM_INTERNAL_H

#include "harness/sim/world.h"

/* A scheduled call; `order` sorts calls at the same instant. */
struct sim_event {
	int64_t at_ns;
	uint64_t order;
	void (*fn)(void *ctx);
	void *ctx;
};

/* Trouble on the way to one target. Kept in order of from_ns. */
struct sim_trouble {
	char target[64];
	enum sim_mode mode;
	int64_t from_ns, to_ns;
	int64_t delay_ns;
	int64_t until_ns; /* the latest end of this and all earlier entries; stops a search */
};

/*
 * A stretch of time with doubled answers, a stall or a full socket buffer; or an announcement,
 * which has no length.
 */
struct sim_stretch {
	char target[64]; /* "" if it concerns the probing machine */
	int64_t from_ns, to_ns;
};

struct sim_stretches {
	struct sim_stretch *stretch;
	size_t count, capacity;
};

/* A step of the wall clock. */
struct sim_clock_step {
	int64_t at_ns, by_ns;
};

/* A scheduled loss of a host: the argument of its call. */
struct sim_host_loss {
	struct sim_world *world;
	int host;
	int64_t back_ns;
};

struct sim_host {
	char name[16];
	bool up;
	int64_t back_ns; /* when a host that is not up is back; NS_INF: never */
};

struct sim_world {
	struct clock clock;
	int64_t now_ns;
	int64_t owed_ns;        /* real time still to be waited, because of the speed */
	struct sim_setup setup; /* its lists are copies */
	uint64_t moves;         /* rows of the script used so far */
	uint64_t starts;        /* entries of failed_starts used so far */
	bool starting;         /* the last attempt to start failed; the next continues that start */
	int64_t failures_left; /* attempts of this start that will still fail */

	struct sim_event *events; /* sorted, the next one last */
	size_t event_count, event_capacity;
	uint64_t order;

	struct sim_clock_step *utc_steps;
	size_t utc_step_count, utc_step_capacity;

	struct sim_trouble *troubles;
	size_t trouble_count, trouble_capacity;
	struct sim_stretches duplicates, stalls, overflows, announcements;

	struct sim_host hosts[SIM_HOSTS_MAX];
	struct sim_vm **vms; /* allocated one by one, so that pointers to them stay valid */
	size_t vm_count, vm_capacity;
	struct sim_host_loss **host_losses;
	size_t host_loss_count, host_loss_capacity;
	void (*vanished)(void *ctx, int host);
	void *vanished_ctx;
};

/* Adds trouble; unlike the public functions, does not refuse trouble in the past. */
int sim_trouble_add(struct sim_world *world, const struct sim_trouble *trouble, struct err *e);
/* Sets the end of the target's SIM_DOWN trouble that has no end yet. */
void sim_trouble_end(struct sim_world *world, const char *target, int64_t to_ns);
/* Returns -1 with the error if an instant is in the past, else 0. */
int sim_check_ahead(const struct sim_world *world, int64_t at_ns, const char *what, struct err *e);
/* from_ns + length_ns; NS_INF if that has no end. */
int64_t sim_end_ns(int64_t from_ns, int64_t length_ns);

#endif

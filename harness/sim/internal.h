/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the simulated world share; everybody else uses harness/sim/world.h. */
#ifndef BLACKOUT_SIM_INTERNAL_H
#define BLACKOUT_SIM_INTERNAL_H

#include "harness/sim/world.h"

/* A call that is due at an instant; `order` keeps calls of one instant in the order of asking. */
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
	int64_t until_ns; /* the latest end up to here: where a search may stop */
};

/* A stretch of another kind: doubled answers, a stall, a full socket buffer; an announcement has no
 * length. */
struct sim_stretch {
	char target[64]; /* "" where it concerns the probing machine */
	int64_t from_ns, to_ns;
};

struct sim_stretches {
	struct sim_stretch *stretch;
	size_t count, capacity;
};

struct sim_clock_step {
	int64_t at_ns, by_ns;
};

/* A vanishing host, as the call that carries it out finds it. */
struct sim_host_loss {
	struct sim_world *world;
	int host;
	int64_t back_ns;
};

struct sim_host {
	char name[16];
	bool up;
	int64_t back_ns; /* of a host that is down; NS_INF: never */
};

struct sim_world {
	struct clock clock;
	int64_t now_ns;
	int64_t owed_ns; /* real time that the speed demands and that was not waited yet */
	struct sim_setup setup; /* its lists are copies */
	uint64_t moves;         /* rows of the script drawn so far */
	uint64_t starts;        /* of failed_starts, the same */
	bool starting;          /* a start has failed and is expected to be tried again … */
	int64_t failures_left;  /* … and fails so often yet */

	struct sim_event *events; /* the next one last */
	size_t event_count, event_capacity;
	uint64_t order;

	struct sim_clock_step *utc_steps;
	size_t utc_step_count, utc_step_capacity;

	struct sim_trouble *troubles;
	size_t trouble_count, trouble_capacity;
	struct sim_stretches duplicates, stalls, overflows, announcements;

	struct sim_host hosts[SIM_HOSTS_MAX];
	struct sim_vm **vms; /* each its own, so that pointers hold */
	size_t vm_count, vm_capacity;
	struct sim_host_loss **host_losses;
	size_t host_loss_count, host_loss_capacity;
	void (*vanished)(void *ctx, int host);
	void *vanished_ctx;
};

/* Adds a stretch of trouble wherever it begins; the public calls check that it lies ahead. */
int sim_trouble_add(struct sim_world *world, const struct sim_trouble *trouble, struct err *e);
/* Ends the target's SIM_DOWN that is without end. */
void sim_trouble_end(struct sim_world *world, const char *target, int64_t to_ns);
/* -1 with the error when an instant lies in the past. */
int sim_check_ahead(const struct sim_world *world, int64_t at_ns, const char *what, struct err *e);
/* from + length, NS_INF where that is without end. */
int64_t sim_end_ns(int64_t from_ns, int64_t length_ns);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the two files of the simulated platform share. */
#ifndef BLACKOUT_DRIVERS_SIM_INTERNAL_H
#define BLACKOUT_DRIVERS_SIM_INTERNAL_H

#include "harness/drivers/jobs.h"
#include "harness/ops/driver.h"
#include "harness/sim/world.h"

#include <stddef.h>

struct sim_move {
	struct platform_job base; /* `started` and so on happened; copying_ns and pause_ns are planned */
	struct driver *driver;
	struct sim_vm *vm;
	struct sim_step step;
	struct move_spec spec;
	bool paused;       /* past it, nobody can call the move off */
	int64_t copying_ns, pause_ns, downtime_ns;
	/* How the script ends it before its switch-over. */
	enum job_state early_state;
	const char *early_message;
};

/* The move of the driver's list that begins with `base`; NULL for NULL. */
static inline struct sim_move *sim_move_of(struct platform_job *base)
{
	_Static_assert(offsetof(struct sim_move, base) == 0, "the list allocates whole moves");
	return (struct sim_move *)base;
}

/* What a guest is kept at, by its agent. */
struct sim_work {
	char vm[64], name[16];
	enum work_state state;
	bool finite, harmed;
	int64_t bytes, begun_ns, verify_ns;
	char rate_text[64];
};

struct driver {
	const struct driver_context *context;
	struct sim_world *world;
	gsl_rng *generator;
	struct job_list jobs;        /* of struct sim_move */
	bool contact[SIM_HOSTS_MAX]; /* as far as we know */
	struct sim_notice {
		struct driver *driver;
		int host;
	} notices[SIM_HOSTS_MAX];    /* what the call that notices a lost host is given */
	bool awaited;                /* the operator was asked for a move and is on his way */
	char awaited_vm[64];
	struct sim_work *works;
	size_t work_count, work_room;
};

/* Starts a move with the script's next row: requested now. Errors name the VM and the host. */
int sim_move_start(struct driver *driver, const struct move_spec *spec, const char *requested_by,
	struct err *e);
/* The latest move of a VM; NULL: none. */
struct sim_move *sim_move_latest(const struct driver *driver, const char *vm);
/* Ends a move that has not ended, or whose end was not known. */
void sim_move_end(struct sim_move *move, enum job_state state, const char *message);
/* Calls the move off, if it is not past its switch-over. */
void sim_move_call_off(struct sim_move *move, const char *message);
/* A host is gone: what was to happen in its moves no longer does, though nobody knows yet. */
void sim_moves_halt(struct driver *driver, int host);
/* Contact with a host was lost or is back: what that means for every move under way. */
void sim_moves_contact(struct driver *driver, int host, bool lost);
/* The answer to a request after `work `. */
void sim_work_answer(struct driver *driver, const struct sim_vm *vm, const char *request,
	char *answer, size_t size);
void sim_moves_release(struct driver *driver);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the sources of the simulated platform. */
#ifndef BLACKOUT_DRIVERS_SIM_INTERNAL_H
#define BLACKOUT_DRIVERS_SIM_INTERNAL_H

#include "harness/drivers/jobs.h"
#include "harness/ops/driver.h"
#include "harness/sim/world.h"

#include <stddef.h>

struct sim_move {
	struct platform_job base;
	struct sim_driver *driver;
	struct sim_vm *vm;
	struct sim_step step;
	struct move_spec spec;
	bool paused; /* the switch-over has begun: the move cannot be called off any more */
	int64_t copying_ns, pause_ns; /* the planned times of these events */
	int64_t downtime_ns;
	/* The end of a move that the script ends before the switch-over. */
	enum job_state early_state;
	const char *early_message;
};

/* The move that contains `base`, a job of the driver's list; NULL for NULL. */
static inline struct sim_move *sim_move_of(struct platform_job *base)
{
	_Static_assert(offsetof(struct sim_move, base) == 0, "the list allocates whole moves");
	return (struct sim_move *)base;
}

/* A workload of a simulated guest. */
struct sim_workload {
	char vm[64], name[16]; /* name: "install" or "dirty" */
	enum workload_state state;
	bool finite, corrupted;
	int64_t bytes;
	int64_t begun_ns, verify_ns; /* when it began to write, and to verify */
	char rate_text[64];          /* of "dirty": the keys rate= and held= of its status */
};

struct sim_driver {
	struct driver base;
	const struct driver_context *context;
	struct sim_world *world;
	gsl_rng *generator;
	struct job_list jobs;        /* of struct sim_move */
	bool contact[SIM_HOSTS_MAX]; /* false once the loss of a host was noticed */
	struct sim_notice {
		struct sim_driver *driver;
		int host;
	} notices[SIM_HOSTS_MAX]; /* arguments of the events that notice the loss of a host */
	bool awaited;             /* an operator's move was asked for and is not started yet */
	char awaited_vm[64];
	struct sim_workload *workloads;
	size_t workload_count, workload_capacity;
};

/* Requests a move now, with the script's next row. Errors name the VM and the host. */
int sim_move_start(struct sim_driver *driver, const struct move_spec *spec,
	const char *requested_by, struct err *e);
/* The latest move of a VM; NULL: none. */
struct sim_move *sim_move_latest(const struct sim_driver *driver, const char *vm);
/* Ends a move whose state is JOB_MOVING or JOB_UNKNOWN. */
void sim_move_end(struct sim_move *move, enum job_state state, const char *message);
/* Calls a move off unless its switch-over has begun. */
void sim_move_call_off(struct sim_move *move, const char *message);
/* Cancels the further events of all moves from or to a host that vanished; no job ends yet. */
void sim_moves_halt(struct sim_driver *driver, int host);
/* Updates the jobs of all moves from or to a host with which contact was lost or is back. */
void sim_moves_contact(struct sim_driver *driver, int host, bool lost);
/* Writes the agent's response to a request; `request` is the text after "work ". */
void sim_workload_respond(struct sim_driver *driver, const struct sim_vm *vm, const char *request,
	char *response, size_t size);
void sim_moves_release(struct sim_driver *driver);

#endif

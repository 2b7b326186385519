/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The simulated world's hosts and VMs: which VM runs on which host. See world.h. */
#include "harness/sim/internal.h"

#include <stdlib.h>
#include <string.h>

static const char *const job_names[SIM_JOBS] = {
	[SIM_JOB_COMPLETED] = "completed",
	[SIM_JOB_FAILED] = "failed",
	[SIM_JOB_CANCELLED] = "cancelled",
	[SIM_JOB_WITH_STATUS] = "completed-with-status",
	[SIM_JOB_VANISH] = "vanish",
	[SIM_JOB_CORRUPTED] = "corrupted",
	[SIM_JOB_TWO_PLACES] = "two-places",
};

const char *sim_job_name(enum sim_job job)
{
	return job_names[job];
}

int sim_job_find(const char *name, enum sim_job *job)
{
	for (size_t i = 0; i < SIM_JOBS; i++)
		if (strcmp(job_names[i], name) == 0) {
			*job = (enum sim_job)i;
			return 0;
		}
	return -1;
}

size_t sim_host_count(const struct sim_world *world)
{
	return world->setup.host_count;
}

const char *sim_host_name(const struct sim_world *world, size_t host)
{
	return world->hosts[host].name;
}

int sim_host_find(const struct sim_world *world, const char *name)
{
	for (size_t i = 0; i < world->setup.host_count; i++)
		if (strcmp(world->hosts[i].name, name) == 0)
			return (int)i;
	return -1;
}

bool sim_host_up(const struct sim_world *world, int host)
{
	const struct sim_host *h = &world->hosts[host];

	return h->up || h->back_ns <= world->now_ns;
}

void sim_host_listen(struct sim_world *world, void (*vanished)(void *ctx, int host), void *ctx)
{
	world->vanished = vanished;
	world->vanished_ctx = ctx;
}

static int go_down(struct sim_world *world, const struct sim_vm *vm, struct err *e)
{
	struct sim_trouble down = {.mode = SIM_DOWN, .from_ns = world->now_ns, .to_ns = NS_INF};

	memcpy(down.target, vm->name, sizeof(down.target));
	return sim_trouble_add(world, &down, e);
}

/* Removes a VM from a host that has vanished; a second instance on another host continues. */
static void lose_vm(struct sim_world *world, struct sim_vm *vm, int host)
{
	struct err e = {0};

	vm->on_host[host] = false;
	if (vm->incoming == host)
		vm->incoming = -1;
	if (vm->host != host)
		return;
	vm->host = -1;
	for (int i = 0; i < (int)world->setup.host_count && vm->host < 0; i++)
		if (vm->on_host[i])
			vm->host = i;
	vm->paused = false;
	if (vm->host < 0)
		go_down(world, vm, &e);
}

static void lose_host(void *ctx)
{
	const struct sim_host_loss *loss = ctx;
	struct sim_world *world = loss->world;

	if (!sim_host_up(world, loss->host))
		return;
	world->hosts[loss->host].up = false;
	world->hosts[loss->host].back_ns = loss->back_ns;
	for (size_t i = 0; i < world->vm_count; i++)
		lose_vm(world, world->vms[i], loss->host);
	if (world->vanished)
		world->vanished(world->vanished_ctx, loss->host);
}

int sim_host_vanish(
	struct sim_world *world, const char *host, int64_t at_ns, int64_t back_ns, struct err *e)
{
	struct sim_host_loss *loss;
	int which = sim_host_find(world, host);

	if (which < 0)
		return err_set(e, "the simulated world has no host %s", host);
	if (sim_check_ahead(world, at_ns, "a vanishing host", e))
		return -1;
	if (ARRAY_GROW(world->host_losses, world->host_loss_count, world->host_loss_capacity))
		return err_set(e, "out of memory");
	loss = malloc(sizeof(*loss));
	if (!loss)
		return err_set(e, "out of memory");
	*loss = (struct sim_host_loss){.world = world, .host = which, .back_ns = back_ns};
	world->host_losses[world->host_loss_count++] = loss;
	if (at_ns == world->now_ns) {
		lose_host(loss);
		return 0;
	}
	return sim_schedule(world, at_ns, lose_host, loss) ? err_set(e, "out of memory") : 0;
}

struct sim_vm *sim_vm_find(struct sim_world *world, const char *name)
{
	for (size_t i = 0; i < world->vm_count; i++)
		if (strcmp(world->vms[i]->name, name) == 0)
			return world->vms[i];
	return NULL;
}

static struct sim_vm *known_vm(struct sim_world *world, const char *name, struct err *e)
{
	struct sim_vm *vm = sim_vm_find(world, name);

	if (!vm)
		err_set(e, "the simulated world has no VM %s", name);
	return vm;
}

int sim_vm_define(struct sim_world *world, const char *name, uint64_t memory_bytes,
	uint64_t fill_bytes, struct err *e)
{
	struct sim_vm *vm = sim_vm_find(world, name);

	if (!vm) {
		if (ARRAY_GROW(world->vms, world->vm_count, world->vm_capacity))
			return err_set(e, "out of memory");
		vm = calloc(1, sizeof(*vm));
		if (!vm)
			return err_set(e, "out of memory");
		snprintf(vm->name, sizeof(vm->name), "%s", name);
		vm->host = vm->incoming = -1;
		world->vms[world->vm_count++] = vm;
		if (go_down(world, vm, e))
			return -1;
	} else if (vm->host >= 0 && vm->memory_bytes != memory_bytes) {
		return err_set(e, "VM %s runs: its memory cannot change now (stop it first)", name);
	}
	vm->memory_bytes = memory_bytes;
	vm->fill_bytes = fill_bytes;
	return 0;
}

int sim_vm_start(struct sim_world *world, struct sim_vm *vm, int host, struct err *e)
{
	if (vm->host >= 0)
		return err_set(
			e, "VM %s runs already, on host %s", vm->name, world->hosts[vm->host].name);
	if (!sim_host_up(world, host))
		return err_set(e, "host %s (sim://%s) cannot be reached", world->hosts[host].name,
			world->hosts[host].name);
	vm->host = host;
	vm->incoming = -1;
	vm->paused = false;
	vm->corrupted = false;
	vm->started_ns = world->now_ns;
	memset(vm->on_host, 0, sizeof(vm->on_host));
	sim_trouble_end(world, vm->name, world->now_ns + SIM_BOOT_NS);
	return 0;
}

int sim_vm_stop(struct sim_world *world, struct sim_vm *vm, struct err *e)
{
	memset(vm->on_host, 0, sizeof(vm->on_host));
	vm->incoming = -1;
	vm->paused = false;
	if (vm->host < 0)
		return 0;
	vm->host = -1;
	return go_down(world, vm, e);
}

bool sim_vm_answers(const struct sim_world *world, const struct sim_vm *vm)
{
	return vm->host >= 0 && world->now_ns >= vm->started_ns + SIM_BOOT_NS;
}

int sim_vm_corrupt(struct sim_world *world, const char *name, struct err *e)
{
	struct sim_vm *vm = known_vm(world, name, e);

	if (!vm)
		return -1;
	vm->corrupted = true;
	return 0;
}

int sim_vm_double(struct sim_world *world, const char *name, struct err *e)
{
	struct sim_vm *vm = known_vm(world, name, e);

	if (!vm)
		return -1;
	for (size_t i = 0; i < world->setup.host_count; i++)
		vm->on_host[i] = true;
	return 0;
}

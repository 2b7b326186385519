/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the VM is, and the job that moves it: starts it, waits for its end, cancels it. */
#include "harness/run/internal.h"
#include "harness/plan/settings.h"

#include <string.h>

#define RECONNECT_NS NS_PER_S
/* Time limit until a cancelled move has ended. */
#define CALL_OFF_NS (60 * NS_PER_S)

size_t run_places(struct vm_run *vm, struct vm_place places[MAX_HOSTS])
{
	const struct host_address *hosts;
	size_t n = vm->state->site_ops->hosts(vm->state->site, &hosts);
	struct err e = {0};

	if (n > MAX_HOSTS ||
		vm->state->driver_ops->where(vm->state->driver, vm->spec.name, places, &e))
		return 0;
	return n;
}

static bool all_unknown(const struct vm_place *places, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (places[i].state != VM_UNKNOWN)
			return false;
	return n > 0;
}

int run_places_check(struct vm_run *vm, const struct vm_place *places, size_t n, struct err *e)
{
	if (!vm->state->platform->starts_moves || !all_unknown(places, n))
		return 0;
	vm->state->status = STATUS_BROKE_OFF;
	return err_set(e,
		"no host can be reached any more (bring them back, then continue: "
		"blackout run --resume %s)",
		vm->state->dir);
}

int run_hosts_check(struct vm_run *vm, struct err *e)
{
	struct vm_place places[MAX_HOSTS];

	return *vm->spec.name ? run_places_check(vm, places, run_places(vm, places), e) : 0;
}

bool run_job_over(struct vm_run *vm)
{
	int64_t now = now_of(vm);
	struct err e = {0};

	if (now < vm->polled_ns + POLL_NS)
		return false;
	vm->polled_ns = now;
	if (vm->state->driver_ops->job_status(
		    vm->state->driver, vm->spec.name, vm->trigger_ns, &vm->job, &e))
		return false;
	if (vm->job.state == JOB_UNKNOWN && now >= vm->reconnected_ns + RECONNECT_NS) {
		vm->reconnected_ns = now;
		vm->state->driver_ops->reconnect(vm->state->driver, &e);
	}
	return vm->job.state != JOB_NONE && vm->job.state != JOB_MOVING &&
	       vm->job.state != JOB_UNKNOWN;
}

int run_trigger(struct vm_run *vm, const char *source, const char *destination, struct err *e)
{
	const struct move_settings settings = move_settings_of(vm->state->plan);
	struct move_spec move = {
		.direct = settings.mode == MODE_DIRECT,
		.bandwidth_bps = settings.bandwidth_bps,
		.timeout_ns = settings.timeout_ns,
		.disk = vm->spec.disk,
	};

	snprintf(move.vm, sizeof(move.vm), "%s", vm->spec.name);
	snprintf(move.source, sizeof(move.source), "%s", source);
	snprintf(move.destination, sizeof(move.destination), "%s", destination);
	vm->trigger_ns = now_of(vm);
	vm->polled_ns = vm->reconnected_ns = 0;
	vm->job = (struct job_status){.requested_ns = NS_NONE, .ended_ns = NS_NONE};
	if (vm->state->driver_ops->trigger(vm->state->driver, &move, e))
		return -1;
	vm->job_running = true;
	return 0;
}

int run_wait_job(struct vm_run *vm, struct err *e)
{
	int64_t limit = move_settings_of(vm->state->plan).timeout_ns +
			plan_settings_of(vm->state->plan).watch_ns;

	if (run_wait(vm, now_of(vm) + limit, run_job_over, e))
		return -1;
	if (vm->job.state != JOB_UNKNOWN && vm->job.state != JOB_MOVING)
		vm->job_running = false;
	return 0;
}

static bool slot_free(struct vm_run *vm)
{
	return vm->state->moving < vm->run->together;
}

int run_slot_take(struct vm_run *vm, struct err *e)
{
	if (!vm->run->together || vm->holds_slot)
		return 0;
	if (run_wait(vm, INT64_MAX, slot_free, e))
		return -1;
	vm->holds_slot = true;
	vm->state->moving++;
	return 0;
}

void run_slot_release(struct vm_run *vm)
{
	if (vm->holds_slot)
		vm->state->moving--;
	vm->holds_slot = false;
}

bool run_moved_by_others(const struct vm_run *vm)
{
	return plan_moved_by_others(vm->state->plan);
}

/* True once the job is over. If contact was lost, reconnects and cancels the job again. */
static bool called_off(struct vm_run *vm)
{
	struct err e = {0};

	if (vm->state->driver_ops->job_status(
		    vm->state->driver, vm->spec.name, vm->trigger_ns, &vm->job, &e))
		return false;
	if (vm->job.state == JOB_UNKNOWN) {
		vm->state->driver_ops->reconnect(vm->state->driver, &e);
		vm->state->driver_ops->cancel(vm->state->driver, vm->spec.name, &e);
	}
	return vm->job.state != JOB_MOVING && vm->job.state != JOB_UNKNOWN;
}

static bool in_one_place(struct vm_run *vm)
{
	struct vm_place places[MAX_HOSTS];
	size_t n = run_places(vm, places), present = 0;

	for (size_t i = 0; i < n; i++)
		present += places[i].state != VM_NONE;
	return present == 1;
}

void run_call_off(struct vm_run *vm)
{
	int64_t limit_ns = now_of(vm) + CALL_OFF_NS;
	struct err e = {0};

	if (!vm->job_running || !vm->state->platform->starts_moves)
		return;
	vm->job_running = false;
	progress_event(vm->state->view, "calling off the move of %s", vm->spec.name);
	if (vm->state->driver_ops->cancel(vm->state->driver, vm->spec.name, &e))
		progress_event(vm->state->view, "%s", e.text);
	run_wait_quietly(vm, limit_ns, called_off);
	if (!run_wait_quietly(vm, limit_ns, in_one_place))
		progress_event(vm->state->view,
			"%s was not on exactly one host within %d s: check the hosts",
			vm->spec.name, (int)(CALL_OFF_NS / NS_PER_S));
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The driver of the simulated platform: VMs, their places, contact with hosts, the guests' agents.
 * Moves are in move.c. All of it is SIMULATED: it tests this program and proves nothing about any
 * hypervisor.
 */
#include "harness/sim/component.h"

#include "harness/drivers/sim/internal.h"
#include "harness/ops/guest_agent.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Time from a host's disappearance until its loss is noticed: a keepalive of 1 s fails twice. */
#define NOTICE_NS (2 * NS_PER_S)
/* How long the operator takes to start a move after it was asked for. */
#define OPERATOR_NS (5 * NS_PER_S)
#define AGENT_ROUND_TRIP_NS (5 * NS_PER_MS)
#define PAGE_BYTES 4096
#define TICK_NS (10 * NS_PER_MS)
/* How fast the guest fills its memory after its boot. */
#define FILL_BYTES_PER_S (INT64_C(1) << 30)

extern const struct driver_ops driver_sim;

static void contact_fact(
	struct sim_driver *d, int host, enum contact_event event, const char *message)
{
	FACT(d->context->log, sim_now_ns(d->world), FACT_CONTACT,
		sim_host_name(d->world, (size_t)host), FS(FIELD_WHAT, contact_event_name(event)),
		FS(FIELD_MESSAGE, message));
}

static void notice_loss(void *ctx)
{
	const struct sim_notice *notice = ctx;
	struct sim_driver *d = notice->driver;

	if (!d->contact[notice->host])
		return;
	d->contact[notice->host] = false;
	contact_fact(d, notice->host, CONTACT_LOST,
		"connection closed due to keepalive timeout (simulated)");
	sim_moves_contact(d, notice->host, true);
}

static void host_vanished(void *ctx, int host)
{
	struct sim_driver *d = ctx;
	struct sim_notice *notice = &d->notices[host];

	sim_moves_halt(d, host);
	*notice = (struct sim_notice){.driver = d, .host = host};
	if (sim_schedule(d->world, sim_now_ns(d->world) + NOTICE_NS, notice_loss, notice))
		notice_loss(notice);
}

static int sim_open(struct driver **out, const struct driver_context *context, struct err *e)
{
	struct sim_world *world = sim_world_of(context->clock);
	struct sim_driver *d;

	if (!world)
		return err_set(
			e, "[platform sim] needs the simulated site (leave [lab] and [host] out)");
	d = calloc(1, sizeof(*d));
	if (!d)
		return err_set(e, "out of memory");
	d->base.ops = &driver_sim;
	d->context = context;
	d->world = world;
	d->generator = sim_generator(world, "moves");
	if (!d->generator || jobs_init(&d->jobs, context, sizeof(struct sim_move), 0)) {
		gsl_rng_free(d->generator);
		free(d);
		return err_set(e, "out of memory");
	}
	for (size_t i = 0; i < sim_host_count(world); i++)
		d->contact[i] = sim_host_up(world, (int)i);
	sim_host_listen(world, host_vanished, d);
	*out = &d->base;
	return 0;
}

static void sim_close(struct driver *base)
{
	struct sim_driver *d = driver_downcast(base, &driver_sim);

	if (!d)
		return;
	sim_host_listen(d->world, NULL, NULL);
	sim_unschedule(d->world, d);
	for (size_t i = 0; i < ARRAY_SIZE(d->notices); i++)
		sim_unschedule(d->world, &d->notices[i]);
	sim_moves_release(d);
	free(d->workloads);
	gsl_rng_free(d->generator);
	free(d);
}

static bool reachable(const struct sim_driver *d, int host)
{
	return d->contact[host] && sim_host_up(d->world, host);
}

/* The bytes of filled memory: N of the site's definition "fill_bytes=N", else all memory. */
static uint64_t fill_of(const struct vm_spec *spec)
{
	uint64_t fill_bytes;

	if (spec->definition && sscanf(spec->definition, "fill_bytes=%" SCNu64, &fill_bytes) == 1)
		return fill_bytes;
	return spec->memory_bytes;
}

static int choose_host(
	struct sim_driver *d, const struct sim_vm *vm, const char *host, struct err *e)
{
	int which = host ? sim_host_find(d->world, host) : vm && vm->host >= 0 ? vm->host : 0;

	if (which < 0)
		return err_set(e, "the simulated world has no host %s", host);
	if (!reachable(d, which))
		return err_set(e, "host %s (sim://%s) cannot be reached (it vanished)",
			sim_host_name(d->world, (size_t)which),
			sim_host_name(d->world, (size_t)which));
	return which;
}

static int sim_vm_ensure(
	struct driver *base, const struct vm_spec *spec, const char *host, struct err *e)
{
	struct sim_driver *d = driver_downcast(base, &driver_sim);
	struct sim_vm *vm = sim_vm_find(d->world, spec->name);
	uint64_t fill_bytes = fill_of(spec);
	int which;

	if (sim_start_fails(d->world))
		return err_set(e, "VM %s cannot be started (simulated)", spec->name);
	if (!spec->owned)
		return vm && vm->host >= 0
			       ? 0
			       : err_set(e, "VM %s runs on no host (start it)", spec->name);
	if (vm && vm->host >= 0 && vm->memory_bytes == spec->memory_bytes &&
		vm->fill_bytes == fill_bytes)
		return 0;
	which = choose_host(d, vm, host, e);
	if (which < 0 || (vm && sim_vm_stop(d->world, vm, e)) ||
		sim_vm_define(d->world, spec->name, spec->memory_bytes, fill_bytes, e))
		return -1;
	vm = sim_vm_find(d->world, spec->name);
	if (sim_vm_start(d->world, vm, which, e))
		return -1;
	jobs_record_event(&d->jobs, sim_now_ns(d->world), spec->name, (size_t)which,
		vm_event_name(VM_EVENT_STARTED), "booted");
	return 0;
}

static int sim_vm_remove(struct driver *base, const struct vm_spec *spec, struct err *e)
{
	struct sim_driver *d = driver_downcast(base, &driver_sim);
	struct sim_vm *vm = sim_vm_find(d->world, spec->name);
	struct sim_move *move = sim_move_latest(d, spec->name);

	if (!spec->owned)
		return err_set(e, "VM %s is not owned, so it is not removed", spec->name);
	sim_start_forget(d->world);
	if (move && move->base.state == JOB_MOVING)
		sim_move_end(move, JOB_CANCELLED, "the VM was removed");
	return vm ? sim_vm_stop(d->world, vm, e) : 0;
}

static int sim_trigger(struct driver *base, const struct move_spec *spec, struct err *e)
{
	struct sim_driver *d = driver_downcast(base, &driver_sim);

	return sim_move_start(d, spec, "sim", e);
}

/* Starts the operator's move, from the VM's host to the next host. */
static void operator_moves(void *ctx)
{
	struct sim_driver *d = ctx;
	const struct sim_vm *vm = sim_vm_find(d->world, d->awaited_vm);
	struct move_spec spec = {.bandwidth_bps = NS_NONE};
	struct err e = {0};

	d->awaited = false;
	if (!vm || vm->host < 0)
		return;
	snprintf(spec.vm, sizeof(spec.vm), "%s", vm->name);
	snprintf(spec.source, sizeof(spec.source), "%s", sim_host_name(d->world, (size_t)vm->host));
	snprintf(spec.destination, sizeof(spec.destination), "%s",
		sim_host_name(d->world, ((size_t)vm->host + 1) % sim_host_count(d->world)));
	/* An error is ignored: the operator tries again when the next move is asked for. */
	sim_move_start(d, &spec, "operator", &e);
}

static void await_operator(struct sim_driver *d, const char *vm)
{
	if (d->awaited || !sim_setup_of(d->world)->operator_moves)
		return;
	d->awaited =
		sim_schedule(d->world, sim_now_ns(d->world) + OPERATOR_NS, operator_moves, d) == 0;
	snprintf(d->awaited_vm, sizeof(d->awaited_vm), "%s", vm);
}

static int sim_job_status(struct driver *base, const char *vm, int64_t since_ns,
	struct job_status *status, struct err *e)
{
	struct sim_driver *d = driver_downcast(base, &driver_sim);

	(void)e;
	if (!jobs_status(&d->jobs, vm, since_ns, status))
		await_operator(d, vm);
	return 0;
}

static int sim_cancel(struct driver *base, const char *vm, struct err *e)
{
	struct sim_driver *d = driver_downcast(base, &driver_sim);
	struct sim_move *m = sim_move_latest(d, vm);

	if (!m || m->base.state != JOB_MOVING)
		return err_set(e, "VM %s is not being moved", vm);
	sim_move_call_off(m, "called off by blackout");
	return 0;
}

static enum vm_state state_on(const struct sim_driver *d, const struct sim_vm *vm, int host)
{
	if (!reachable(d, host))
		return VM_UNKNOWN;
	if (!vm)
		return VM_NONE;
	if (vm->host == host)
		return vm->paused ? VM_PAUSED : VM_RUNNING;
	if (vm->on_host[host])
		return VM_RUNNING;
	return vm->incoming == host ? VM_PAUSED : VM_NONE;
}

static int sim_where(struct driver *base, const char *name, struct vm_place *places, struct err *e)
{
	struct sim_driver *d = driver_downcast(base, &driver_sim);
	const struct sim_vm *vm = sim_vm_find(d->world, name);

	(void)e;
	for (size_t i = 0; i < sim_host_count(d->world); i++) {
		snprintf(places[i].host, sizeof(places[i].host), "%s", sim_host_name(d->world, i));
		places[i].state = state_on(d, vm, (int)i);
	}
	return 0;
}

static int sim_reconnect(struct driver *base, struct err *e)
{
	struct sim_driver *d = driver_downcast(base, &driver_sim);
	int rc = 0;

	for (size_t i = 0; i < sim_host_count(d->world); i++) {
		if (d->contact[i])
			continue;
		if (!sim_host_up(d->world, (int)i)) {
			rc = err_set(e, "host %s (sim://%s) cannot be reached",
				sim_host_name(d->world, i), sim_host_name(d->world, i));
			continue;
		}
		d->contact[i] = true;
		contact_fact(d, (int)i, CONTACT_BACK, "");
		sim_moves_contact(d, (int)i, false);
	}
	return rc;
}

/* Writes the response of a live guest's agent to a request, as harness/ops/guest_agent.h says. */
static void agent_respond(
	struct sim_driver *d, struct sim_vm *vm, const char *request, char *response, size_t size)
{
	uint64_t pages = vm->fill_bytes / PAGE_BYTES, index;
	int64_t up_ns = sim_now_ns(d->world) - vm->started_ns - SIM_BOOT_NS;
	double filled = (double)up_ns / 1e9 * (double)FILL_BYTES_PER_S / PAGE_BYTES;
	int end = 0;

	if (strcmp(request, "hello") == 0)
		snprintf(response, size,
			"ok version=%d pages=%" PRIu64 " fill_bytes=%" PRIu64 " disk=yes rdp=no",
			AGENT_VERSION, pages, vm->fill_bytes);
	else if (strcmp(request, "status") == 0)
		snprintf(response, size,
			"ok pages=%" PRIu64 " filled=%" PRIu64
			" rewritten=0 sessions=0 uptime_ns=%" PRId64,
			pages, filled < (double)pages ? (uint64_t)filled : pages,
			up_ns + SIM_BOOT_NS);
	else if (strcmp(request, "verify") == 0 && vm->corrupted)
		snprintf(response, size,
			"bad pages=%" PRIu64 " bad=1 first=%" PRIu64
			" why=checksum expected=a5a5a5a5 found=a5a5a5a4",
			pages, pages / 2);
	else if (strcmp(request, "verify") == 0)
		snprintf(response, size, "ok pages=%" PRIu64 " bad=0", pages);
	else if (strncmp(request, "work ", 5) == 0)
		sim_workload_respond(d, vm, request + 5, response, size);
	else if (strcmp(request, "clock reset") == 0)
		snprintf(response, size, "ok");
	else if (strcmp(request, "clock") == 0)
		snprintf(response, size,
			"ok mono_ns=%" PRId64 " wall_ns=%" PRId64 " jump_ns=%" PRId64
			" jump_at_ns=%" PRId64,
			up_ns + SIM_BOOT_NS, up_ns + SIM_BOOT_NS, TICK_NS, up_ns);
	else if (sscanf(request, "corrupt %" SCNu64 "%n", &index, &end) == 1 && !request[end] &&
		 index < pages) {
		vm->corrupted = true;
		snprintf(response, size, "ok");
	} else {
		snprintf(response, size, "error no such request or page: %s", request);
	}
}

static int sim_agent(struct driver *base, const char *name, const char *request, char *response,
	size_t size, int64_t timeout_ns, struct err *e)
{
	struct sim_driver *d = driver_downcast(base, &driver_sim);
	const struct clock *clock = d->context->clock;
	struct sim_vm *vm = sim_vm_find(d->world, name);
	char limit[32];

	if (vm && sim_vm_answers(d->world, vm) && !vm->paused && reachable(d, vm->host)) {
		clock->sleep_until(clock, sim_now_ns(d->world) + AGENT_ROUND_TRIP_NS);
		agent_respond(d, vm, request, response, size);
		return 0;
	}
	clock->sleep_until(clock, sim_now_ns(d->world) + timeout_ns);
	units_format(UNIT_TIME, timeout_ns, limit, sizeof(limit));
	return err_set(
		e, "VM %s: its agent did not respond to '%s' within %s", name, request, limit);
}

static char *sim_environment(struct driver *base)
{
	struct sim_driver *d = driver_downcast(base, &driver_sim);
	char *text;

	return asprintf(&text, "{\"simulated\": true, \"hosts\": %zu, \"link_bps\": %" PRId64 "}",
		       sim_host_count(d->world), sim_setup_of(d->world)->link_bps) < 0
		       ? NULL
		       : text;
}

const struct driver_ops driver_sim = {
	.component = &component_platform_sim,
	.open = sim_open,
	.close = sim_close,
	.vm_ensure = sim_vm_ensure,
	.vm_remove = sim_vm_remove,
	.trigger = sim_trigger,
	.job_status = sim_job_status,
	.cancel = sim_cancel,
	.where = sim_where,
	.reconnect = sim_reconnect,
	.agent = sim_agent,
	.agent_at_once = true,
	.environment = sim_environment,
};

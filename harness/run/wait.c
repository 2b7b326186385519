/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Waiting in a run: each of its VMs waits in its coroutine; run_serve polls the stations, flushes
 * facts, calls the registered ticks, and continues the VMs whose wait is over.
 */
#include "harness/base/stop.h"
#include "harness/plan/settings.h"
#include "harness/run/internal.h"

#include <stdlib.h>

/* The polling interval of stations. */
#define STATION_POLL_NS (100 * NS_PER_MS)
/* The polling interval of a quiet wait. */
#define QUIET_POLL_NS (200 * NS_PER_MS)

bool run_interrupted(void)
{
	return stop_asked();
}

static int broke_off(struct run_state *state)
{
	state->status = STATUS_BROKE_OFF;
	return -1;
}

static void flush_facts(struct run_state *state)
{
	fact_log_tick(state->log);
	if (state->driver_log)
		fact_log_tick(state->driver_log);
}

/* Polls every station and flushes facts. */
static int poll_stations(struct run_state *state, struct err *e)
{
	for (size_t i = 0; i < state->station_count; i++) {
		struct run_station *s = &state->stations[i];

		if (station_live(s->station, s->probes[0].config.name, NULL, 0, e) < 0)
			return broke_off(state);
	}
	flush_facts(state);
	if (fact_log_failed(state->log, e) ||
		(state->driver_log && fact_log_failed(state->driver_log, e)))
		return broke_off(state);
	return 0;
}

int64_t run_gap(const struct vm_run *vm)
{
	const struct run_state *state = vm->state;
	const char *judged = judge_settings_of(state->plan).probe;
	const struct probe_live *live = state->live;
	struct err e = {0};

	for (size_t i = 0; i < state->station_count; i++) {
		int n = station_live(
			state->stations[i].station, judged, state->live, state->target_count, &e);

		for (int k = 0; k < n; k++)
			if (live[k].target == vm->number)
				return live[k].answered == 0 && live[k].gap_ns == 0
					       ? 1
					       : live[k].gap_ns;
	}
	return 1; /* no answer yet */
}

bool run_answers(struct vm_run *vm)
{
	return run_gap(vm) == 0;
}

void run_tick_add(struct run_state *state, void (*tick)(struct vm_run *))
{
	/* TICKS_MAX is too small: a bug, which any run of the program shows. */
	if (state->tick_count == ARRAY_SIZE(state->ticks))
		abort();
	state->ticks[state->tick_count++] = tick;
}

int run_wait(struct vm_run *vm, int64_t until_ns, bool (*done)(struct vm_run *), struct err *e)
{
	vm->wait = (struct vm_wait){.until_ns = until_ns, .done = done};
	coroutine_yield(vm->coroutine);
	if (vm->state->status == STATUS_PASS)
		return 0;
	*e = vm->state->e;
	return -1;
}

bool run_wait_quietly(struct vm_run *vm, int64_t until_ns, bool (*done)(struct vm_run *))
{
	while (!done(vm)) {
		if (now_of(vm) >= until_ns)
			return false;
		vm->wait = (struct vm_wait){.until_ns = now_of(vm) + QUIET_POLL_NS, .quiet = true};
		coroutine_yield(vm->coroutine);
	}
	return true;
}

static bool all_met(struct vm_run *vm)
{
	return vm->meetings <= vm->state->met;
}

int run_meet(struct vm_run *vm, struct err *e)
{
	vm->meetings++;
	if (vm->state->vm_count == 1)
		return 0;
	return run_wait(vm, INT64_MAX, all_met, e);
}

/*
 * Counts the meetings that all VMs have come to. Only once in each round, so that the VMs continue
 * in the plan's order, whichever of them came last.
 */
static void count_meetings(struct run_state *state)
{
	state->met = SIZE_MAX;
	for (size_t i = 0; i < state->vm_count; i++)
		if (!state->vms[i].over)
			state->met = size_min(state->vms[i].meetings, state->met);
}

/* Polls stations and signals; sets state->status and state->e if the plan must end. */
static void check_plan(struct run_state *state)
{
	if (state->status != STATUS_PASS) {
		flush_facts(state); /* moves may still be called off */
		return;
	}
	if (poll_stations(state, &state->e) == 0 && run_interrupted()) {
		state->status = STATUS_INTERRUPTED;
		err_set(&state->e, "interrupted");
	}
}

/* True if what a VM waits for has come, or will not come because the plan ends. */
static bool is_ready(struct vm_run *vm)
{
	if (vm->state->status != STATUS_PASS && !vm->wait.quiet)
		return true;
	return (vm->wait.done && vm->wait.done(vm)) || now_of(vm) >= vm->wait.until_ns;
}

static void sleep_until_due(struct run_state *state)
{
	int64_t until_ns = clock_of(state) + STATION_POLL_NS;

	for (size_t i = 0; i < state->vm_count; i++)
		if (!state->vms[i].over)
			until_ns = ns_min(state->vms[i].wait.until_ns, until_ns);
	state->clock->sleep_until(state->clock, until_ns);
}

void run_serve(struct run_state *state)
{
	size_t over = 0;

	while (over < state->vm_count) {
		bool any = false;

		check_plan(state);
		count_meetings(state);
		for (size_t i = 0; i < state->vm_count; i++)
			for (size_t t = 0; t < state->tick_count && !state->vms[i].over; t++)
				state->ticks[t](&state->vms[i]);
		for (size_t i = 0; i < state->vm_count; i++) {
			struct vm_run *vm = &state->vms[i];

			if (vm->over || !is_ready(vm))
				continue;
			any = true;
			vm->over = coroutine_resume(vm->coroutine);
			over += vm->over;
		}
		if (!any)
			sleep_until_due(state);
	}
}

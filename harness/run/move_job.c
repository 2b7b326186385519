/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the VM is, and the job that moves it: starts it, waits for its end, cancels it. */
#include "harness/run/internal.h"
#include "harness/plan/settings.h"

#include <string.h>

#define RECONNECT_NS NS_PER_S
/* Time limit until a cancelled move has ended, and the interval of polling for it. */
#define CALL_OFF_NS (60 * NS_PER_S)
#define CALL_OFF_POLL_NS (200 * NS_PER_MS)

size_t run_places(struct run_state *state, struct vm_place places[MAX_HOSTS])
{
	const struct host_address *hosts;
	size_t n = state->site_ops->hosts(state->site, &hosts);
	struct err e = {0};

	if (n > MAX_HOSTS || state->driver_ops->where(state->driver, state->vm.name, places, &e))
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

int run_places_check(
	struct run_state *state, const struct vm_place *places, size_t n, struct err *e)
{
	if (!state->platform->starts_moves || !all_unknown(places, n))
		return 0;
	state->status = STATUS_BROKE_OFF;
	return err_set(e,
		"no host can be reached any more (bring them back, then continue: "
		"blackout run --resume %s)",
		state->dir);
}

int run_hosts_check(struct run_state *state, struct err *e)
{
	struct vm_place places[MAX_HOSTS];

	return *state->vm.name ? run_places_check(state, places, run_places(state, places), e) : 0;
}

bool run_job_over(struct run_state *state)
{
	int64_t now = now_of(state);
	struct err e = {0};

	if (now < state->polled_ns + POLL_NS)
		return false;
	state->polled_ns = now;
	if (state->driver_ops->job_status(
		    state->driver, state->vm.name, state->trigger_ns, &state->job, &e))
		return false;
	if (state->job.state == JOB_UNKNOWN && now >= state->reconnected_ns + RECONNECT_NS) {
		state->reconnected_ns = now;
		state->driver_ops->reconnect(state->driver, &e);
	}
	return state->job.state != JOB_NONE && state->job.state != JOB_MOVING &&
	       state->job.state != JOB_UNKNOWN;
}

int run_trigger(struct run_state *state, const char *source, const char *destination, struct err *e)
{
	const struct move_settings settings = move_settings_of(state->plan);
	struct move_spec move = {
		.direct = settings.mode == MODE_DIRECT,
		.bandwidth_bps = settings.bandwidth_bps,
		.timeout_ns = settings.timeout_ns,
		.disk = state->vm.disk,
	};

	snprintf(move.vm, sizeof(move.vm), "%s", state->vm.name);
	snprintf(move.source, sizeof(move.source), "%s", source);
	snprintf(move.destination, sizeof(move.destination), "%s", destination);
	state->trigger_ns = now_of(state);
	state->polled_ns = state->reconnected_ns = 0;
	state->job = (struct job_status){.requested_ns = NS_NONE, .ended_ns = NS_NONE};
	if (state->driver_ops->trigger(state->driver, &move, e))
		return -1;
	state->job_running = true;
	return 0;
}

int run_wait_job(struct run_state *state, struct err *e)
{
	int64_t limit =
		move_settings_of(state->plan).timeout_ns + plan_settings_of(state->plan).watch_ns;

	if (run_wait(state, now_of(state) + limit, run_job_over, e))
		return -1;
	if (state->job.state != JOB_UNKNOWN && state->job.state != JOB_MOVING)
		state->job_running = false;
	return 0;
}

bool run_moved_by_others(const struct run_state *state)
{
	return plan_moved_by_others(state->plan);
}

/* True once the job is over. If contact was lost, reconnects and cancels the job again. */
static bool called_off(struct run_state *state)
{
	struct err e = {0};

	if (state->driver_ops->job_status(
		    state->driver, state->vm.name, state->trigger_ns, &state->job, &e))
		return false;
	if (state->job.state == JOB_UNKNOWN) {
		state->driver_ops->reconnect(state->driver, &e);
		state->driver_ops->cancel(state->driver, state->vm.name, &e);
	}
	return state->job.state != JOB_MOVING && state->job.state != JOB_UNKNOWN;
}

static bool in_one_place(struct run_state *state)
{
	struct vm_place places[MAX_HOSTS];
	size_t n = run_places(state, places), present = 0;

	for (size_t i = 0; i < n; i++)
		present += places[i].state != VM_NONE;
	return present == 1;
}

/* Waits without the checks of run_wait: no failed station, full disk or signal ends this wait. */
static bool wait_quietly(
	struct run_state *state, int64_t until_ns, bool (*done)(struct run_state *))
{
	while (!done(state)) {
		int64_t now = now_of(state);

		if (now >= until_ns)
			return false;
		state->clock->sleep_until(state->clock, now + CALL_OFF_POLL_NS);
		fact_log_tick(state->log);
		fact_log_tick(state->driver_log);
	}
	return true;
}

void run_call_off(struct run_state *state)
{
	int64_t limit_ns = now_of(state) + CALL_OFF_NS;
	struct err e = {0};

	if (!state->job_running || !state->platform->starts_moves)
		return;
	state->job_running = false;
	progress_event(state->view, "calling off the move of %s", state->vm.name);
	if (state->driver_ops->cancel(state->driver, state->vm.name, &e))
		progress_event(state->view, "%s", e.text);
	wait_quietly(state, limit_ns, called_off);
	if (!wait_quietly(state, limit_ns, in_one_place))
		progress_event(state->view,
			"%s was not on exactly one host within %d s: check the hosts",
			state->vm.name, (int)(CALL_OFF_NS / NS_PER_S));
}

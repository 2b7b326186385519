/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Prepares a VM for a run: makes its disk, starts it, waits until its memory is filled, and brings
 * it back to the move's source. A failed attempt is repeated until the plan's `answer` time has
 * passed; then the run ends (retry.c).
 */
#include "harness/run/internal.h"

#include "harness/ops/agent_responses.h"
#include "harness/ops/guest_agent.h"
#include "harness/plan/settings.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define FILL_LIMIT_NS (300 * NS_PER_S)

/* The host where the VM runs; NULL: no host, or the hosts cannot be asked. */
static const char *host_of(struct run_state *state, struct vm_place places[MAX_HOSTS])
{
	size_t n = run_places(state, places);

	for (size_t i = 0; i < n; i++)
		if (places[i].state == VM_RUNNING)
			return places[i].host;
	return NULL;
}

void run_choose_hosts(struct run_state *state)
{
	const struct plan_case *c = state->run->plan_case;
	const struct move_settings move = move_settings_of(state->plan);
	const char *from = move.from, *to = move.to;
	const char *first = vm_settings_of(c, state->run->vm).host, *current;
	const struct host_address *hosts;
	size_t n = state->site_ops->hosts(state->site, &hosts);
	struct vm_place places[MAX_HOSTS];

	current = host_of(state, places);
	if (!from)
		from = current ? current : first ? first : n ? hosts[0].name : "";
	snprintf(state->source, sizeof(state->source), "%s", from);
	for (size_t i = 0; !to && i < n; i++)
		if (strcmp(hosts[i].name, from) == 0)
			to = hosts[(i + 1) % n].name;
	snprintf(state->destination, sizeof(state->destination), "%s", to ? to : "");
}

int run_bring_back(struct run_state *state, struct err *e)
{
	struct vm_place places[MAX_HOSTS];
	const char *current = host_of(state, places);
	int rc;

	if (!current || strcmp(current, state->source) == 0 || run_moved_by_others(state))
		return 0;
	RUN_FACT(state, FACT_STEP, FS(FIELD_NAME, step_name(STEP_RETURN)),
		FS(FIELD_WHAT, step_event_name(STEP_EVENT_BEGIN)));
	rc = run_trigger(state, current, state->source, e) || run_wait_job(state, e) ? -1 : 0;
	RUN_FACT(state, FACT_STEP, FS(FIELD_NAME, step_name(STEP_RETURN)),
		FS(FIELD_WHAT, step_event_name(STEP_EVENT_END)));
	if (rc || state->job.state == JOB_COMPLETED)
		return rc;
	err_set(e,
		"%s cannot be brought back to %s before its next move: the job for that is %s%s%s",
		state->vm.name, state->source, job_state_name(state->job.state),
		*state->job.message ? ": " : "", state->job.message);
	/* A job that still runs would make the next attempt fail. */
	run_call_off(state);
	return -1;
}

/* True: all pages are filled, or the agent has not responded for too long (see agent_error). */
static bool filled(struct run_state *state)
{
	char response[AGENT_LINE_MAX];
	struct agent_fill fill;
	int64_t now = now_of(state);
	struct err e = {0};

	if (now < state->polled_ns + POLL_NS)
		return false;
	state->polled_ns = now;
	if (state->driver_ops->agent(state->driver, state->vm.name, "status", response,
		    sizeof(response), AGENT_TIMEOUT_NS, &e)) {
		snprintf(state->agent_error, sizeof(state->agent_error), "%.511s", e.text);
		return now >= state->agent_heard_ns + run_answer_ns(state);
	}
	state->agent_error[0] = '\0';
	state->agent_heard_ns = now_of(state);
	state->filled = !agent_fill_parse(response, &fill, &e) && fill.filled == fill.pages;
	return state->filled;
}

int run_wait_answer(struct run_state *state, int64_t limit_ns, struct err *e)
{
	int64_t now = now_of(state);

	if (run_wait(state, now + limit_ns, run_answers, e))
		return -1;
	return run_answers(state) ? 0 : 1;
}

/*
 * True if the VM has a disk, but this program has not started it with its current definition: then
 * the VM must be stopped, because its disk is made before it starts.
 */
static bool needs_new_disk(const struct run_state *state)
{
	const char *definition = state->run_vm->definition;

	return state->vm.disk && (!definition || strcmp(definition, state->vm.definition) != 0);
}

static int make_disk(struct run_state *state, struct err *e)
{
	free(state->run_vm->definition);
	state->run_vm->definition = strdup(state->vm.definition);
	if (!state->run_vm->definition)
		return err_set(e, "out of memory");
	return state->site_ops->disk(state->site, state->run->vm, e);
}

static int start_vm(struct run_state *state, struct err *e)
{
	const char *host = state->platform->starts_moves ? state->source : NULL;
	struct vm_place places[MAX_HOSTS];
	const char *current = host_of(state, places);

	if (current && needs_new_disk(state) &&
		state->driver_ops->vm_remove(state->driver, &state->vm, e))
		return -1;

	if (state->run_vm->needs_restart && state->vm.owned) {
		progress_event(state->view,
			"restarting %s: its last run left it damaged, silent or half set up",
			state->vm.name);
		if (state->driver_ops->vm_remove(state->driver, &state->vm, e))
			return -1;
	}
	state->run_vm->needs_restart = false;
	current = host_of(state, places);
	if (!current && state->vm.disk && make_disk(state, e))
		return -1;
	if (current)
		host = NULL; /* any host is right: run_bring_back moves the VM to the source */
	return state->driver_ops->vm_ensure(state->driver, &state->vm, host, e);
}

/*
 * Notes a fill that is more than 5 % smaller than the plan's: the guest fills only memory that is
 * free.
 */
static void note_small_fill(struct run_state *state)
{
	const struct vm_settings vm = vm_settings_of(state->run->plan_case, state->run->vm);
	int64_t memory_bytes = vm.memory_bytes;
	int64_t asked_bytes = memory_bytes / 100 * vm.fill_percent;
	char response[AGENT_LINE_MAX], text[256];
	struct agent_hello hello;
	struct err e = {0};

	if (state->driver_ops->agent(state->driver, state->vm.name, "hello", response,
		    sizeof(response), AGENT_TIMEOUT_NS, &e) ||
		agent_hello_parse(response, &hello, &e) || hello.fill_bytes == NS_NONE ||
		hello.fill_bytes >= asked_bytes - asked_bytes / 20)
		return;
	snprintf(text, sizeof(text),
		"%s has %" PRId64 " MB of free memory to fill with random data, not the %" PRId64
		" MB of the plan's fill, so a move copies less (lower the fill, or give it more memory)",
		state->vm.name, hello.fill_bytes >> 20, asked_bytes >> 20);
	RUN_FACT(state, FACT_NOTE, FS(FIELD_TEXT, text));
	progress_event(state->view, "  %s", text);
}

/* Waits until the memory is filled. 0; 1 with an error if it is not in time; -1 as run_wait. */
static int wait_filled(struct run_state *state, struct err *e)
{
	state->polled_ns = 0;
	state->filled = false;
	state->agent_heard_ns = now_of(state);
	state->agent_error[0] = '\0';
	if (run_wait(state, now_of(state) + FILL_LIMIT_NS, filled, e))
		return -1;
	if (state->filled) {
		note_small_fill(state);
		return 0;
	}
	if (*state->agent_error)
		err_set(e, "%s; ping is answered", state->agent_error);
	else
		err_set(e, "%s: the guest's agent had not filled the memory after %" PRId64 " s",
			state->vm.name, FILL_LIMIT_NS / NS_PER_S);
	return 1;
}

/* Prepares the site for the case and starts the VM as the case specifies, if it does not run so. */
static int start_as_specified(struct run_state *state, struct err *e)
{
	free(state->vm.definition);
	state->vm = (struct vm_spec){0};
	if (state->site_ops->vm(
		    state->site, state->run->plan_case, state->run->vm, &state->vm, e) ||
		(state->site_ops->prepare &&
			state->site_ops->prepare(state->site, state->run->plan_case, e)))
		return -1;
	run_choose_hosts(state);
	return start_vm(state, e);
}

int step_ensure(struct run_state *state, const struct step *step, struct err *e)
{
	int rc;

	if (run_retry(state, start_as_specified, e))
		return -1;
	rc = run_wait_answer(state, step->limit_ns, e);
	if (rc > 0)
		err_set(e,
			"%s (%s) did not answer ping within %" PRId64 " s: is it up, and is its "
			"address right?",
			state->vm.name, state->vm.address, step->limit_ns / NS_PER_S);
	if (rc == 0 && run_has_agent(state))
		rc = wait_filled(state, e);
	if (rc)
		return rc > 0 ? run_set_up_failed(state, e) : -1;
	run_choose_hosts(state);
	if (run_retry(state, run_workloads_prepare, e) || run_retry(state, run_bring_back, e))
		return -1;
	return run_session_set(state, e);
}

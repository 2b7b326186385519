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
static const char *host_of(struct vm_run *vm, struct vm_place places[MAX_HOSTS])
{
	size_t n = run_places(vm, places);

	for (size_t i = 0; i < n; i++)
		if (places[i].state == VM_RUNNING)
			return places[i].host;
	return NULL;
}

void run_choose_hosts(struct vm_run *vm)
{
	const struct plan_case *c = vm->run->plan_case;
	const struct move_settings move = move_settings_of(vm->state->plan);
	const char *from = move.from, *to = move.to;
	const char *first = vm_settings_of(c, vm->section).host, *current;
	const struct host_address *hosts;
	size_t n = vm->state->site_ops->hosts(vm->state->site, &hosts);
	struct vm_place places[MAX_HOSTS];

	current = host_of(vm, places);
	if (!from)
		from = current ? current : first ? first : n ? hosts[0].name : "";
	snprintf(vm->source, sizeof(vm->source), "%s", from);
	for (size_t i = 0; !to && i < n; i++)
		if (strcmp(hosts[i].name, from) == 0)
			to = hosts[(i + 1) % n].name;
	snprintf(vm->destination, sizeof(vm->destination), "%s", to ? to : "");
}

int run_bring_back(struct vm_run *vm, struct err *e)
{
	struct vm_place places[MAX_HOSTS];
	const char *current = host_of(vm, places);
	int rc;

	if (!current || strcmp(current, vm->source) == 0 || run_moved_by_others(vm))
		return 0;
	RUN_FACT(vm, FACT_STEP, FS(FIELD_NAME, step_name(STEP_RETURN)),
		FS(FIELD_WHAT, step_event_name(STEP_EVENT_BEGIN)));
	rc = run_slot_take(vm, e) || run_trigger(vm, current, vm->source, e) || run_wait_job(vm, e)
		     ? -1
		     : 0;
	run_slot_release(vm);
	RUN_FACT(vm, FACT_STEP, FS(FIELD_NAME, step_name(STEP_RETURN)),
		FS(FIELD_WHAT, step_event_name(STEP_EVENT_END)));
	if (rc || vm->job.state == JOB_COMPLETED)
		return rc;
	err_set(e,
		"%s cannot be brought back to %s before its next move: the job for that is %s%s%s",
		vm->spec.name, vm->source, job_state_name(vm->job.state),
		*vm->job.message ? ": " : "", vm->job.message);
	/* A job that still runs would make the next attempt fail. */
	run_call_off(vm);
	return -1;
}

int run_wait_answer(struct vm_run *vm, int64_t limit_ns, struct err *e)
{
	int64_t now = now_of(vm);

	if (run_wait(vm, now + limit_ns, run_answers, e))
		return -1;
	return run_answers(vm) ? 0 : 1;
}

/*
 * True if the VM has a disk, but this program has not started it with its current definition: then
 * the VM must be stopped, because its disk is made before it starts.
 */
static bool needs_new_disk(const struct vm_run *vm)
{
	const char *definition = vm->kept->definition;

	return vm->spec.disk && (!definition || strcmp(definition, vm->spec.definition) != 0);
}

static int make_disk(struct vm_run *vm, struct err *e)
{
	free(vm->kept->definition);
	vm->kept->definition = strdup(vm->spec.definition);
	if (!vm->kept->definition)
		return err_set(e, "out of memory");
	return vm->state->site_ops->disk(vm->state->site, vm->section, e);
}

static int start_vm(struct vm_run *vm, struct err *e)
{
	const char *host = vm->state->platform->starts_moves ? vm->source : NULL;
	struct vm_place places[MAX_HOSTS];
	const char *current = host_of(vm, places);

	if (current && needs_new_disk(vm) &&
		vm->state->driver_ops->vm_remove(vm->state->driver, &vm->spec, e))
		return -1;

	if (vm->kept->needs_restart && vm->spec.owned) {
		progress_event(vm->state->view,
			"restarting %s: its last run left it damaged, silent or half set up",
			vm->spec.name);
		if (vm->state->driver_ops->vm_remove(vm->state->driver, &vm->spec, e))
			return -1;
	}
	vm->kept->needs_restart = false;
	current = host_of(vm, places);
	if (!current && vm->spec.disk && make_disk(vm, e))
		return -1;
	if (current)
		host = NULL; /* any host is right: run_bring_back moves the VM to the source */
	return vm->state->driver_ops->vm_ensure(vm->state->driver, &vm->spec, host, e);
}

/*
 * Notes a fill that is more than 5 % smaller than the plan's: the guest fills only memory that is
 * free.
 */
static void note_small_fill(struct vm_run *vm)
{
	const struct vm_settings settings = vm_settings_of(vm->run->plan_case, vm->section);
	int64_t memory_bytes = settings.memory_bytes;
	int64_t asked_bytes = memory_bytes / 100 * settings.fill_percent;
	struct agent_exchange exchange = {.request = "hello", .limit_ns = AGENT_TIMEOUT_NS};
	struct agent_hello hello;
	char text[256];
	struct err e = {0};

	if (run_agent_ask(vm, &exchange, &e) || agent_hello_parse(exchange.response, &hello, &e) ||
		hello.fill_bytes == NS_NONE || hello.fill_bytes >= asked_bytes - asked_bytes / 20)
		return;
	snprintf(text, sizeof(text),
		"%s has %" PRId64 " MB of free memory to fill with random data, not the %" PRId64
		" MB of the plan's fill, so a move copies less (lower the fill, or give it more memory)",
		vm->spec.name, hello.fill_bytes >> 20, asked_bytes >> 20);
	RUN_FACT(vm, FACT_NOTE, FS(FIELD_TEXT, text));
	progress_event(vm->state->view, "  %s", text);
}

/*
 * Waits until the memory is filled. 0; 1 with an error if it is not in time, or if the agent has
 * not responded for the plan's `answer` time; -1 as run_wait.
 */
static int wait_filled(struct vm_run *vm, struct err *e)
{
	int64_t until_ns = now_of(vm) + FILL_LIMIT_NS, heard_ns = now_of(vm);
	struct err last = {0}; /* of the last request; "": it succeeded */

	while (now_of(vm) < until_ns) {
		struct agent_exchange exchange = {
			.request = "status", .limit_ns = AGENT_TIMEOUT_NS};
		struct agent_fill fill;
		int rc = run_agent_ask(vm, &exchange, e);

		if (rc == 0 && !agent_fill_parse(exchange.response, &fill, e) &&
			fill.filled == fill.pages) {
			note_small_fill(vm);
			return 0;
		}
		last = exchange.error;
		heard_ns = rc ? heard_ns : now_of(vm);
		if (rc > 0 && exchange.asked_ns >= heard_ns + run_answer_ns(vm))
			break;
		if (rc < 0 || run_wait(vm, now_of(vm) + POLL_NS, NULL, e))
			return -1;
	}
	if (*last.text)
		err_set(e, "%.511s; ping is answered", last.text);
	else
		err_set(e, "%s: the guest's agent had not filled the memory after %" PRId64 " s",
			vm->spec.name, FILL_LIMIT_NS / NS_PER_S);
	return 1;
}

/* Prepares the site for the case and starts the VM as the case specifies, if it does not run so. */
static int start_as_specified(struct vm_run *vm, struct err *e)
{
	free(vm->spec.definition);
	vm->spec = (struct vm_spec){0};
	if (vm->state->site_ops->vm(
		    vm->state->site, vm->run->plan_case, vm->section, &vm->spec, e) ||
		(vm->state->site_ops->prepare &&
			vm->state->site_ops->prepare(vm->state->site, vm->run->plan_case, e)))
		return -1;
	run_choose_hosts(vm);
	return start_vm(vm, e);
}

int step_ensure(struct vm_run *vm, const struct step *step, struct err *e)
{
	int rc;

	if (run_retry(vm, start_as_specified, e))
		return -1;
	rc = run_wait_answer(vm, step->limit_ns, e);
	if (rc > 0)
		err_set(e,
			"%s (%s) did not answer ping within %" PRId64 " s: is it up, and is its "
			"address right?",
			vm->spec.name, vm->spec.address, step->limit_ns / NS_PER_S);
	if (rc == 0 && run_has_agent(vm))
		rc = wait_filled(vm, e);
	if (rc)
		return rc > 0 ? run_set_up_failed(vm, e) : -1;
	run_choose_hosts(vm);
	if (run_retry(vm, run_workloads_prepare, e) || run_retry(vm, run_bring_back, e))
		return -1;
	return run_session_set(vm, e);
}

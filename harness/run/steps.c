/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The steps of a run: their table, the move and what follows it (ensure_vm.c prepares the VM). A
 * step of the set-up that fails is repeated until the plan's `answer` time has passed; then it ends
 * the run (retry.c). What a move does to a VM becomes a fact, never an error.
 */
#include "harness/run/internal.h"

#include "harness/ops/agent_responses.h"
#include "harness/ops/guest_agent.h"
#include "harness/plan/settings.h"

#include <inttypes.h>

/* A VM that answers for this long without a gap answers steadily. */
#define STEADY_NS NS_PER_S
#define PLACES_LIMIT_NS (10 * NS_PER_S)
/* The warm-up move is cancelled once it has copied memory, at the latest after this time. */
#define WARM_UP_NS (2 * NS_PER_S)

static bool copying(struct vm_run *vm)
{
	run_job_over(vm);
	return vm->job.state != JOB_MOVING || vm->job.processed_bytes > 0;
}

/* An attempt for run_retry: a VM that no host has cannot be moved by trying again. */
static int request_move(struct vm_run *vm, struct err *e)
{
	struct vm_place places[MAX_HOSTS];
	size_t n;

	if (run_trigger(vm, vm->source, vm->destination, e) == 0)
		return 0;
	n = run_places(vm, places);
	for (size_t i = 0; i < n; i++)
		if (places[i].state != VM_NONE)
			return -1;
	return n ? 1 : -1;
}

static int step_warm_up(struct vm_run *vm, const struct step *step, struct err *e)
{
	if (run_slot_take(vm, e) || run_retry(vm, request_move, e))
		return -1;
	if (run_wait(vm, now_of(vm) + WARM_UP_NS, copying, e))
		return -1;
	vm->state->driver_ops->cancel(vm->state->driver, vm->spec.name, e);
	if (run_wait(vm, now_of(vm) + step->limit_ns, run_job_over, e))
		return -1;
	if (vm->job.state == JOB_MOVING || vm->job.state == JOB_UNKNOWN) {
		err_set(e, "the warm-up move of %s could not be called off within %" PRId64 " s",
			vm->spec.name, step->limit_ns / NS_PER_S);
		return run_set_up_failed(vm, e);
	}
	vm->job_running = false;
	run_slot_release(vm);
	/* A very small VM may have moved after all. */
	run_choose_hosts(vm);
	if (run_retry(vm, run_bring_back, e))
		return -1;
	return run_wait_answer(vm, step->limit_ns, e) < 0 ? -1 : 0;
}

static int step_baseline(struct vm_run *vm, const struct step *step, struct err *e)
{
	return run_wait(vm, now_of(vm) + step->limit_ns, NULL, e);
}

static bool job_seen(struct vm_run *vm)
{
	run_job_over(vm);
	return vm->job.state != JOB_NONE;
}

/* Asks the user to start the move, and waits until the driver sees the job (or `blackout mark`). */
static int await_trigger(struct vm_run *vm, int64_t limit_ns, struct err *e)
{
	bool several = plan_section_count(vm->state->plan, SECTION_VM) > 1;

	vm->polled_ns = 0;
	vm->trigger_ns = now_of(vm);
	progress_event(vm->state->view,
		"start the move of %s now on your platform, then type: blackout mark %s start%s%s",
		vm->spec.name, vm->state->dir, several ? " " : "", several ? vm->spec.name : "");
	if (run_wait(vm, now_of(vm) + limit_ns, job_seen, e))
		return -1;
	if (vm->job.state == JOB_NONE) {
		err_set(e, "nobody started a move of %s within %" PRId64 " s", vm->spec.name,
			limit_ns / NS_PER_S);
		return run_set_up_failed(vm, e);
	}
	if (vm->job.requested_ns != NS_NONE)
		vm->trigger_ns = vm->job.requested_ns;
	return 0;
}

/*
 * Requests the VM's move when its turn comes. A refused request means that the run cannot be set
 * up; but if other VMs of the run are already moved, it is an effect of the run's event, which is
 * measured like a move that fails.
 */
static int request_in_turn(struct vm_run *vm, struct err *e)
{
	if (run_slot_take(vm, e))
		return -1;
	if (run_retry(vm, request_move, e) == 0)
		return 0;
	if (!vm->set_up_failed || vm->state->window_begin_ns == NS_NONE)
		return -1;
	vm->set_up_failed = false;
	vm->move_refused = *e;
	return 0;
}

static void record_trigger(const struct vm_run *vm)
{
	struct fact_field fields[4] = {FS(FIELD_VM, vm->spec.name), FS(FIELD_SOURCE, vm->source),
		FS(FIELD_DESTINATION, vm->destination)};
	size_t count = 3;

	if (*vm->move_refused.text)
		fields[count++] = (struct fact_field)FS(FIELD_ERROR, vm->move_refused.text);
	fact_write(vm->state->log, vm->trigger_ns, FACT_TRIGGER, vm->subject, fields, count);
}

static int step_trigger(struct vm_run *vm, const struct step *step, struct err *e)
{
	bool external = run_moved_by_others(vm);

	/* The VMs meet, so that they queue in the plan's order. */
	if (run_guest_clock_record(vm, CLOCK_BEFORE, e) || run_meet(vm, e))
		return -1;
	if (external ? await_trigger(vm, step->limit_ns, e) : request_in_turn(vm, e))
		return -1;
	if (vm->state->window_begin_ns == NS_NONE)
		vm->state->window_begin_ns = vm->trigger_ns;
	vm->try_sessions = true;
	record_trigger(vm);
	return 0;
}

static bool steady(struct vm_run *vm)
{
	int64_t now = now_of(vm);

	if (!run_answers(vm))
		vm->steady_ns = now;
	return now - vm->steady_ns >= STEADY_NS;
}

static int step_watch(struct vm_run *vm, const struct step *step, struct err *e)
{
	bool refused = *vm->move_refused.text;

	if (!refused && run_wait_job(vm, e))
		return -1;
	run_slot_release(vm);
	if (refused)
		progress_event(vm->state->view, "  %sthe move could not be started: %.440s",
			vm->prefix, vm->move_refused.text);
	else
		progress_event(vm->state->view, "  %sjob %s after %.1f s%s%s", vm->prefix,
			job_state_name(vm->job.state), (double)(now_of(vm) - vm->trigger_ns) / 1e9,
			*vm->job.message ? ": " : "", vm->job.message);
	vm->steady_ns = now_of(vm);
	vm->watch_end_ns = now_of(vm) + step->limit_ns;
	return run_wait(vm, vm->watch_end_ns, steady, e);
}

/*
 * A time in which the fastest probe sends a request: the shortest interval of the plan's probes, at
 * most STEADY_NS, plus a quarter.
 */
static int64_t next_request_ns(const struct vm_run *vm)
{
	int64_t min_ns = STEADY_NS;

	for (size_t i = 0; i < plan_section_count(vm->state->plan, SECTION_PROBE); i++) {
		const struct plan_section *probe =
			plan_section_at(vm->state->plan, SECTION_PROBE, i);
		int64_t interval_ns = probe_settings_of(probe).interval_ns;

		if (interval_ns > 0 && interval_ns < min_ns)
			min_ns = interval_ns;
	}
	return min_ns + min_ns / 4;
}

/* Each gap restarts the settle time, until the plan's `watch` is over. */
static int step_settle(struct vm_run *vm, const struct step *step, struct err *e)
{
	int64_t settled = now_of(vm) + step->limit_ns;

	while (now_of(vm) < settled) {
		if (run_wait(vm, now_of(vm) + STEADY_NS / 4, NULL, e))
			return -1;
		if (!run_answers(vm) && now_of(vm) < vm->watch_end_ns)
			settled = now_of(vm) + step->limit_ns;
	}
	if (run_meet(vm, e))
		return -1;
	if (vm->state->window_end_ns == NS_NONE)
		vm->state->window_end_ns = now_of(vm);
	RUN_FACT(vm, FACT_WINDOW, FI(FIELD_FROM, vm->state->window_begin_ns),
		FI(FIELD_TO, vm->state->window_end_ns));
	if (run_answers(vm) && run_guest_clock_record(vm, CLOCK_AFTER, e))
		return -1;
	/* An answer to a request after the window shows that no silence began at its end. */
	if (run_wait(vm, now_of(vm) + next_request_ns(vm), NULL, e))
		return -1;
	return run_session_end(vm, e);
}

/* True if exactly one host has the VM, and the VM runs there. */
static bool one_running(struct vm_run *vm)
{
	struct vm_place places[MAX_HOSTS];
	size_t n = run_places(vm, places), running = 0, present = 0;

	for (size_t i = 0; i < n; i++) {
		running += places[i].state == VM_RUNNING;
		present += places[i].state != VM_NONE;
	}
	return running == 1 && present == 1;
}

/* Writes the agent's response on the memory, or the error if there was none. */
static void record_memory(struct vm_run *vm, const char *response)
{
	enum agent_memory memory = agent_memory_parse(response);
	bool intact = memory == MEMORY_INTACT;

	vm->kept->needs_restart |= !intact;
	if (memory != MEMORY_UNVERIFIED)
		RUN_FACT(vm, FACT_INTEGRITY, FB(FIELD_CHECKED, true), FB(FIELD_OK, intact),
			FS(FIELD_DETAIL, response));
	else
		RUN_FACT(vm, FACT_INTEGRITY, FB(FIELD_CHECKED, false), FS(FIELD_DETAIL, response));
	if (!intact)
		progress_event(vm->state->view, "  %s%s: %s", vm->prefix,
			memory == MEMORY_CORRUPTED ? "MEMORY CORRUPTED" : "memory not checked",
			response);
}

static int record_integrity(struct vm_run *vm, int64_t limit_ns, size_t running, struct err *e)
{
	struct agent_exchange exchange = {.request = "verify", .limit_ns = limit_ns};
	int rc;

	if (!run_has_agent(vm) || running == 0) {
		RUN_FACT(vm, FACT_INTEGRITY, FB(FIELD_CHECKED, false),
			FS(FIELD_DETAIL, running ? "no agent" : "the VM runs nowhere"));
		return 0;
	}
	rc = run_agent_ask(vm, &exchange, e);
	if (rc >= 0)
		record_memory(vm, rc ? exchange.error.text : exchange.response);
	return rc < 0 ? -1 : 0;
}

static int step_integrity(struct vm_run *vm, const struct step *step, struct err *e)
{
	struct vm_place places[MAX_HOSTS];
	size_t n, running = 0;

	if (run_wait(vm, now_of(vm) + PLACES_LIMIT_NS, one_running, e))
		return -1;
	n = run_places(vm, places);
	for (size_t i = 0; i < n; i++) {
		RUN_FACT(vm, FACT_PLACE, FS(FIELD_HOST, places[i].host),
			FS(FIELD_STATE, vm_state_name(places[i].state)));
		running += places[i].state == VM_RUNNING;
	}
	if (record_integrity(vm, run_answers(vm) ? step->limit_ns : AGENT_TIMEOUT_NS, running, e))
		return -1;
	vm->kept->needs_restart |= running != 1;
	return run_places_check(vm, places, n, e);
}

static int finish_workloads(struct vm_run *vm, const struct step *step, struct err *e)
{
	(void)step;
	return step_workload_end(vm, e);
}

static int step_next(struct vm_run *vm, const struct step *step, struct err *e)
{
	if (vm->kept->needs_restart && vm->spec.owned)
		return 0; /* the next run restarts the VM: there is nothing to wait for */
	/* If the VM answers now, it counts as steady. */
	vm->steady_ns = now_of(vm) - STEADY_NS;
	if (run_wait(vm, now_of(vm) + step->limit_ns, steady, e))
		return -1;
	vm->kept->needs_restart |= !run_answers(vm);
	return 0;
}

int run_step(struct vm_run *vm, const struct step *step, struct err *e)
{
	static int (*const steps[STEP_KINDS])(
		struct vm_run *, const struct step *, struct err *) = {
		[STEP_ENSURE] = step_ensure,
		[STEP_WARM_UP] = step_warm_up,
		[STEP_BASELINE] = step_baseline,
		[STEP_WORKLOAD] = step_workload,
		[STEP_TRIGGER] = step_trigger,
		[STEP_WATCH] = step_watch,
		[STEP_SETTLE] = step_settle,
		[STEP_WORKLOAD_END] = finish_workloads,
		[STEP_INTEGRITY] = step_integrity,
		[STEP_NEXT] = step_next,
	};

	return steps[step->kind](vm, step, e);
}

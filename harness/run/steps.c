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

static bool copying(struct run_state *state)
{
	run_job_over(state);
	return state->job.state != JOB_MOVING || state->job.processed_bytes > 0;
}

static int request_move(struct run_state *state, struct err *e)
{
	return run_trigger(state, state->source, state->destination, e);
}

static int step_warm_up(struct run_state *state, const struct step *step, struct err *e)
{
	if (run_retry(state, request_move, e))
		return -1;
	if (run_wait(state, now_of(state) + WARM_UP_NS, copying, e))
		return -1;
	state->driver_ops->cancel(state->driver, state->vm.name, e);
	if (run_wait(state, now_of(state) + step->limit_ns, run_job_over, e))
		return -1;
	if (state->job.state == JOB_MOVING || state->job.state == JOB_UNKNOWN) {
		err_set(e, "the warm-up move of %s could not be called off within %" PRId64 " s",
			state->vm.name, step->limit_ns / NS_PER_S);
		return run_set_up_failed(state, e);
	}
	state->job_running = false;
	/* A very small VM may have moved after all. */
	run_choose_hosts(state);
	if (run_retry(state, run_bring_back, e))
		return -1;
	return run_wait_answer(state, step->limit_ns, e) < 0 ? -1 : 0;
}

static int step_baseline(struct run_state *state, const struct step *step, struct err *e)
{
	return run_wait(state, now_of(state) + step->limit_ns, NULL, e);
}

static bool job_seen(struct run_state *state)
{
	run_job_over(state);
	return state->job.state != JOB_NONE;
}

/* Asks the user to start the move, and waits until the driver sees the job (or `blackout mark`). */
static int await_trigger(struct run_state *state, int64_t limit_ns, struct err *e)
{
	state->polled_ns = 0;
	state->trigger_ns = now_of(state);
	progress_event(state->view,
		"start the move of %s now on your platform, then type: blackout mark %s start",
		state->vm.name, state->dir);
	if (run_wait(state, now_of(state) + limit_ns, job_seen, e))
		return -1;
	if (state->job.state == JOB_NONE) {
		err_set(e, "nobody started a move of %s within %" PRId64 " s", state->vm.name,
			limit_ns / NS_PER_S);
		return run_set_up_failed(state, e);
	}
	if (state->job.requested_ns != NS_NONE)
		state->trigger_ns = state->job.requested_ns;
	return 0;
}

static int step_trigger(struct run_state *state, const struct step *step, struct err *e)
{
	bool external = run_moved_by_others(state);

	run_guest_clock_record(state, CLOCK_BEFORE);
	if (external && await_trigger(state, step->limit_ns, e))
		return -1;
	if (!external && run_retry(state, request_move, e))
		return -1;
	state->try_sessions = true;
	FACT(state->log, state->trigger_ns, FACT_TRIGGER, state->subject,
		FS(FIELD_VM, state->vm.name), FS(FIELD_SOURCE, state->source),
		FS(FIELD_DESTINATION, state->destination));
	return 0;
}

static bool steady(struct run_state *state)
{
	int64_t now = now_of(state);

	if (!run_answers(state))
		state->steady_ns = now;
	return now - state->steady_ns >= STEADY_NS;
}

static int step_watch(struct run_state *state, const struct step *step, struct err *e)
{
	if (run_wait_job(state, e))
		return -1;
	progress_event(state->view, "  job %s after %.1f s%s%s", job_state_name(state->job.state),
		(double)(now_of(state) - state->trigger_ns) / 1e9, *state->job.message ? ": " : "",
		state->job.message);
	state->steady_ns = now_of(state);
	state->watch_end_ns = now_of(state) + step->limit_ns;
	return run_wait(state, state->watch_end_ns, steady, e);
}

/*
 * A time in which the fastest probe sends a request: the shortest interval of the plan's probes, at
 * most STEADY_NS, plus a quarter.
 */
static int64_t next_request_ns(const struct run_state *state)
{
	int64_t min_ns = STEADY_NS;

	for (size_t i = 0; i < plan_section_count(state->plan, SECTION_PROBE); i++) {
		const struct plan_section *probe = plan_section_at(state->plan, SECTION_PROBE, i);
		int64_t interval_ns = probe_settings_of(probe).interval_ns;

		if (interval_ns > 0 && interval_ns < min_ns)
			min_ns = interval_ns;
	}
	return min_ns + min_ns / 4;
}

/* Each gap restarts the settle time, until the plan's `watch` is over. */
static int step_settle(struct run_state *state, const struct step *step, struct err *e)
{
	int64_t settled = now_of(state) + step->limit_ns;

	while (now_of(state) < settled) {
		if (run_wait(state, now_of(state) + STEADY_NS / 4, NULL, e))
			return -1;
		if (!run_answers(state) && now_of(state) < state->watch_end_ns)
			settled = now_of(state) + step->limit_ns;
	}
	RUN_FACT(
		state, FACT_WINDOW, FI(FIELD_FROM, state->trigger_ns), FI(FIELD_TO, now_of(state)));
	if (run_answers(state))
		run_guest_clock_record(state, CLOCK_AFTER);
	/* An answer to a request after the window shows that no silence began at the window's end. */
	if (run_wait(state, now_of(state) + next_request_ns(state), NULL, e))
		return -1;
	return run_session_end(state, e);
}

/* True if exactly one host has the VM, and the VM runs there. */
static bool one_running(struct run_state *state)
{
	struct vm_place places[MAX_HOSTS];
	size_t n = run_places(state, places), running = 0, present = 0;

	for (size_t i = 0; i < n; i++) {
		running += places[i].state == VM_RUNNING;
		present += places[i].state != VM_NONE;
	}
	return running == 1 && present == 1;
}

/* Writes the agent's response on the memory, or the error if there was none. */
static void record_memory(struct run_state *state, const char *response)
{
	enum agent_memory memory = agent_memory_parse(response);
	bool intact = memory == MEMORY_INTACT;

	state->run_vm->needs_restart |= !intact;
	if (memory != MEMORY_UNVERIFIED)
		RUN_FACT(state, FACT_INTEGRITY, FB(FIELD_CHECKED, true), FB(FIELD_OK, intact),
			FS(FIELD_DETAIL, response));
	else
		RUN_FACT(state, FACT_INTEGRITY, FB(FIELD_CHECKED, false),
			FS(FIELD_DETAIL, response));
	if (!intact)
		progress_event(state->view, "  %s: %s",
			memory == MEMORY_CORRUPTED ? "MEMORY CORRUPTED" : "memory not checked",
			response);
}

static int record_integrity(
	struct run_state *state, int64_t limit_ns, size_t running, struct err *e)
{
	char response[AGENT_LINE_MAX] = "";
	struct err response_error = {0};
	int rc;

	if (!run_has_agent(state) || running == 0) {
		RUN_FACT(state, FACT_INTEGRITY, FB(FIELD_CHECKED, false),
			FS(FIELD_DETAIL, running ? "no agent" : "the VM runs nowhere"));
		return 0;
	}
	rc = run_agent_ask(
		state, "verify", response, sizeof(response), limit_ns, &response_error, e);
	if (rc >= 0)
		record_memory(state, rc ? response_error.text : response);
	return rc < 0 ? -1 : 0;
}

static int step_integrity(struct run_state *state, const struct step *step, struct err *e)
{
	struct vm_place places[MAX_HOSTS];
	size_t n, running = 0;

	if (run_wait(state, now_of(state) + PLACES_LIMIT_NS, one_running, e))
		return -1;
	n = run_places(state, places);
	for (size_t i = 0; i < n; i++) {
		RUN_FACT(state, FACT_PLACE, FS(FIELD_HOST, places[i].host),
			FS(FIELD_STATE, vm_state_name(places[i].state)));
		running += places[i].state == VM_RUNNING;
	}
	if (record_integrity(
		    state, run_answers(state) ? step->limit_ns : AGENT_TIMEOUT_NS, running, e))
		return -1;
	state->run_vm->needs_restart |= running != 1;
	return run_places_check(state, places, n, e);
}

static int finish_workloads(struct run_state *state, const struct step *step, struct err *e)
{
	(void)step;
	return step_workload_end(state, e);
}

static int step_next(struct run_state *state, const struct step *step, struct err *e)
{
	if (state->run_vm->needs_restart && state->vm.owned)
		return 0; /* the next run restarts the VM: there is nothing to wait for */
	/* If the VM answers now, it counts as steady. */
	state->steady_ns = now_of(state) - STEADY_NS;
	if (run_wait(state, now_of(state) + step->limit_ns, steady, e))
		return -1;
	state->run_vm->needs_restart |= !run_answers(state);
	return 0;
}

int run_step(struct run_state *state, const struct step *step, struct err *e)
{
	static int (*const steps[STEP_KINDS])(
		struct run_state *, const struct step *, struct err *) = {
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

	return steps[step->kind](state, step, e);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The runner: locks the folder, loops over the runs, and ends them. See run.h. */
#include "harness/base/stop.h"
#include "harness/facts/folder.h"
#include "harness/plan/settings.h"
#include "harness/run/internal.h"
#include "harness/timeline/timeline.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* Locks the folder: two programs that write into it would mix their facts. */
static int folder_lock(struct run_state *state, struct err *e)
{
	char path[PATH_MAX];

	if (path_join(path, sizeof(path), state->dir, "format"))
		return err_set(e, "%s: name too long", state->dir);
	state->lock_fd = open(path, O_RDONLY | O_CLOEXEC);
	if (state->lock_fd < 0)
		return err_errno(e, "%s: no result folder", state->dir);
	if (flock(state->lock_fd, LOCK_EX | LOCK_NB))
		return err_set(e,
			"%s: another run is writing into it (wait until it ends, or interrupt it)",
			state->dir);
	return 0;
}

/* True if the resumed folder has this unmoved run's result already. */
static bool timed_before(const struct run_state *state, const struct scenario_run *run)
{
	for (size_t i = 0; state->resumed && i < state->resumed->workload_count; i++) {
		const struct workload_record *w = &state->resumed->workloads[i];

		if (!w->moved && w->run == run->run && w->state != WORKLOAD_UNREPORTED &&
			strcmp(w->case_name, run->plan_case->name) == 0 &&
			strcmp(w->vm, plan_section_name(run->vm)) == 0)
			return true;
	}
	return false;
}

/* Returns the number of earlier attempts at this run; *completed: one of them was completed. */
static size_t attempts_before(
	const struct run_state *state, const struct scenario_run *run, bool *completed)
{
	size_t attempts = 0;

	*completed = run->unmoved && timed_before(state, run);
	for (size_t i = 0; state->resumed && i < state->resumed->move_count && !run->unmoved; i++) {
		const struct move *m = &state->resumed->moves[i];

		if (strcmp(m->case_name, run->plan_case->name) != 0 || m->run != run->run ||
			m->move != run->move)
			continue;
		attempts = m->attempt > attempts ? m->attempt : attempts;
		*completed |= !m->broke_off;
	}
	return attempts;
}

/* Sets the subject: CASE-INDEX/RUN, such as "0/2"; "0/2/3": the third VM's; "0/unmoved-1". */
static void name_subject(struct run_state *state, const struct scenario_run *run)
{
	char *at = state->subject;
	size_t size = sizeof(state->subject);
	int n = snprintf(at, size, "%zu/%s%zu", run->plan_case->index,
		run->unmoved ? "unmoved-" : "", run->run);

	if (run->move > 1 && n > 0 && (size_t)n < size)
		snprintf(at + n, size - (size_t)n, "/%zu", run->move);
}

static void begin_run(struct run_state *state, const struct scenario_run *run, size_t attempt)
{
	const char *product = platform_settings_of(state->plan).product;

	state->run = run;
	state->run_vm = &state->vms[run->move - 1];
	state->trigger_ns = NS_NONE;
	state->job = (struct job_status){.requested_ns = NS_NONE, .ended_ns = NS_NONE};
	state->job_running = state->try_sessions = state->set_up_failed = false;
	name_subject(state, run);
	progress_run(state->view, run->plan_case->name, run->run, plan_repeat(state->plan));
	if (run->unmoved)
		return; /* an unmoved run has no `run` fact: its workload's facts name case and run */
	RUN_FACT(state, FACT_RUN, FS(FIELD_CASE, run->plan_case->name), FI(FIELD_RUN, run->run),
		FI(FIELD_ATTEMPT, attempt), FI(FIELD_MOVE, run->move),
		FS(FIELD_VM, plan_section_name(run->vm)),
		FS(FIELD_PLATFORM, state->platform->simulated ? "SIMULATED"
				   : product                  ? product
							      : state->driver_ops->component->name),
		FS(FIELD_SOURCE, ""), FS(FIELD_DESTINATION, ""),
		FB(FIELD_SIMULATED, state->platform->simulated));
}

/*
 * Cleans up after a run that could not be set up, so that it does not disturb the next one: stops
 * its workloads, closes its sessions, and marks its VM to be restarted.
 */
static void abandon(struct run_state *state, const struct err *e)
{
	const struct scenario_run *run = state->run;
	char text[704];

	run_workloads_stop(state);
	run_session_close(state);
	state->run_vm->needs_restart = true;
	progress_event(state->view, "  this run could not be set up: %.440s", e->text);
	if (!run->unmoved)
		return;
	snprintf(text, sizeof(text),
		"%.200s: the workload of %.64s without a move (run %zu) could "
		"not be set up, and was not timed: %.300s",
		run->plan_case->name, plan_section_name(run->vm), run->run, e->text);
	RUN_FACT(state, FACT_NOTE, FS(FIELD_TEXT, text));
}

/* Ends the current run because a step failed. */
static void end_early(struct run_state *state, const struct err *e)
{
	run_call_off(state);
	if (state->set_up_failed)
		abandon(state, e);
	RUN_FACT(state, FACT_RUN_END, FB(FIELD_COMPLETED, false),
		FS(FIELD_CODE, folder_state_name(state->set_up_failed ? FOLDER_SET_UP_FAILED
								      : FOLDER_BROKE_OFF)),
		FS(FIELD_WHY, e->text));
	progress_run_end(state->view);
	state->run = NULL;
}

static int carry_out(
	struct run_state *state, const struct scenario_run *run, size_t attempt, struct err *e)
{
	begin_run(state, run, attempt);
	for (size_t i = 0; i < run->step_count; i++) {
		const char *name = step_name(run->steps[i].kind);
		int rc;

		progress_step(state->view, name);
		RUN_FACT(state, FACT_STEP, FS(FIELD_NAME, name),
			FS(FIELD_WHAT, step_event_name(STEP_EVENT_BEGIN)));
		rc = run_step(state, &run->steps[i], e);
		RUN_FACT(state, FACT_STEP, FS(FIELD_NAME, name),
			FS(FIELD_WHAT, step_event_name(STEP_EVENT_END)));
		if (rc) {
			end_early(state, e);
			return -1;
		}
	}
	RUN_FACT(state, FACT_RUN_END, FB(FIELD_COMPLETED, true));
	progress_run_end(state->view);
	state->run = NULL;
	return 0;
}

/* After a run that could not be set up. 0: the plan goes on; -1: it ends. */
static int after_failure(struct run_state *state, const struct scenario_run *run, struct err *e)
{
	run_failure_add(state, run, e);
	if (run_hosts_check(state, e))
		return -1;
	if (state->failure_count < FAILURES_MAX)
		return 0;
	state->status = STATUS_SETUP;
	return run_failures_describe(state, "three runs in a row could not be set up", e);
}

static int carry_out_all(struct run_state *state, struct err *e)
{
	size_t set_up = 0, failed = 0;

	for (size_t i = 0; i < state->scenario.count; i++) {
		const struct scenario_run *run = &state->scenario.runs[i];
		bool completed;
		size_t attempts = attempts_before(state, run, &completed);

		if (completed || carry_out(state, run, attempts + 1, e) == 0) {
			set_up++;
			state->failure_count = completed ? state->failure_count : 0;
			continue;
		}
		if (!state->set_up_failed || after_failure(state, run, e))
			return -1;
		failed++;
	}
	if (failed && !set_up) {
		state->status = STATUS_SETUP;
		return run_failures_describe(state, "no run of the plan could be set up", e);
	}
	if (failed)
		progress_event(state->view,
			"%zu run%s could not be set up; to try again: blackout run --resume %s",
			failed, failed == 1 ? "" : "s", state->dir);
	return 0;
}

static size_t runs_missing(const struct run_state *state)
{
	size_t missing = 0;
	bool completed;

	for (size_t i = 0; i < state->scenario.count; i++) {
		attempts_before(state, &state->scenario.runs[i], &completed);
		missing += !completed;
	}
	return missing;
}

enum status run_folder_make(const struct plan *plan, const char *dir, struct err *e)
{
	char *text = plan_resolved(plan);
	enum status status;

	if (!text) {
		err_set(e, "out of memory");
		return STATUS_SETUP;
	}
	status = folder_make(text, dir, e);
	free(text);
	return status;
}

enum status run_plan(const struct components *components, const struct plan *plan, const char *dir,
	const struct run_options *options, struct err *e)
{
	struct run_state state = {.components = components,
		.plan = plan,
		.options = options,
		.dir = dir,
		.clock = &clock_system,
		.home_netns = -1,
		.lock_fd = -1};
	struct timeline *resumed = NULL;
	struct stop_saved before_stop;

	stop_catch(&before_stop);
	if (folder_lock(&state, e) || scenario_make(&state.scenario, plan, options->only, e)) {
		state.status = STATUS_USAGE;
		goto out;
	}
	if (options->resume && timeline_read(&resumed, dir, e)) {
		state.status = STATUS_USAGE;
		goto out;
	}
	state.resumed = resumed;
	state.view = progress_new(options->progress, !options->live, runs_missing(&state));
	if (runs_missing(&state) == 0)
		goto out;
	if (run_set_up(&state, e)) {
		if (state.status == STATUS_PASS)
			state.status = run_interrupted() ? STATUS_INTERRUPTED
							 : err_status(e, STATUS_SETUP);
	} else if (carry_out_all(&state, e) && state.status == STATUS_PASS) {
		state.status = err_status(e, STATUS_SETUP);
	}
	folder_close(state.log, state.clock, state.status);
	run_take_down(&state, state.status == STATUS_PASS          ? "done"
			      : state.status == STATUS_INTERRUPTED ? "interrupted"
								   : e->text);
out:
	progress_free(state.view);
	timeline_free(resumed);
	scenario_release(&state.scenario);
	if (state.lock_fd >= 0)
		close(state.lock_fd);
	stop_restore(&before_stop);
	return state.status;
}

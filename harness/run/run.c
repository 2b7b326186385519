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
			strcmp(w->vm, plan_section_name(scenario_vm(run, 0))) == 0)
			return true;
	}
	return false;
}

static bool is_of_run(const struct move *m, const struct scenario_run *run)
{
	return strcmp(m->case_name, run->plan_case->name) == 0 && m->run == run->run &&
	       m->move >= run->move && m->move < run->move + run->vm_count;
}

/* True if one attempt of the run moved all its VMs; *attempts is the number of its attempts. */
static bool moved_before(
	const struct run_state *state, const struct scenario_run *run, size_t *attempts)
{
	const struct timeline *t = state->resumed;
	bool all = false;

	*attempts = 0;
	for (size_t i = 0; t && i < t->move_count; i++)
		if (is_of_run(&t->moves[i], run))
			*attempts = size_max(t->moves[i].attempt, *attempts);
	for (size_t attempt = 1; attempt <= *attempts && !all; attempt++) {
		size_t completed = 0;

		for (size_t i = 0; i < t->move_count; i++)
			completed += is_of_run(&t->moves[i], run) && !t->moves[i].broke_off &&
				     t->moves[i].attempt == attempt;
		all = completed == run->vm_count;
	}
	return all;
}

/* Returns the number of earlier attempts at this run; *completed: one of them was completed. */
static size_t attempts_before(
	const struct run_state *state, const struct scenario_run *run, bool *completed)
{
	size_t attempts = 0;

	*completed = run->unmoved ? timed_before(state, run) : moved_before(state, run, &attempts);
	return attempts;
}

/* The number of the run's VMs that could not be set up. */
static size_t vms_not_set_up(const struct run_state *state)
{
	size_t count = 0;

	for (size_t i = 0; i < state->vm_count; i++)
		count += state->vms[i].set_up_failed;
	return count;
}

/* True if none of the run's VMs could be set up. */
static bool run_failed(const struct run_state *state)
{
	return state->vm_count && vms_not_set_up(state) == state->vm_count;
}

/* 0; -1: the plan ends, or none of the run's VMs could be set up. */
static int carry_out(
	struct run_state *state, const struct scenario_run *run, size_t attempt, struct err *e)
{
	state->window_begin_ns = state->window_end_ns = NS_NONE;
	state->steps_shown = 0;
	if (run_make_vms(state, run, e))
		return -1;
	progress_run(state->view, run->plan_case->name, run->run, plan_repeat(state->plan));
	for (size_t i = 0; i < state->vm_count; i++)
		run_begin_vm(&state->vms[i], attempt);
	run_serve(state);
	progress_run_end(state->view);
	*e = run_failed(state) ? state->vms[0].e : state->e;
	return run_failed(state) || state->status != STATUS_PASS ? -1 : 0;
}

/* After a run that could not be set up. 0: the plan goes on; -1: it ends. */
static int after_failure(struct run_state *state, const struct scenario_run *run, struct err *e)
{
	run_failure_add(state, run, e);
	if (run_hosts_check(&state->vms[0], e))
		return -1;
	if (state->failure_count < FAILURES_MAX)
		return 0;
	state->status = STATUS_SETUP;
	return run_failures_describe(state, "three runs in a row could not be set up", e);
}

static void advise_resume(const struct run_state *state, size_t failed, const char *what)
{
	if (failed)
		progress_event(state->view, "%zu run%s %s; to try again: blackout run --resume %s",
			failed, failed == 1 ? "" : "s", what, state->dir);
}

static int carry_out_all(struct run_state *state, struct err *e)
{
	size_t set_up = 0, failed = 0, partly = 0;

	for (size_t i = 0; i < state->scenario.count; i++) {
		const struct scenario_run *run = &state->scenario.runs[i];
		bool completed;
		size_t attempts = attempts_before(state, run, &completed);

		if (completed || carry_out(state, run, attempts + 1, e) == 0) {
			set_up++;
			partly += !completed && vms_not_set_up(state) > 0;
			state->failure_count = completed ? state->failure_count : 0;
			continue;
		}
		if (!run_failed(state) || state->status != STATUS_PASS ||
			after_failure(state, run, e))
			return -1;
		failed++;
	}
	if (failed && !set_up) {
		state->status = STATUS_SETUP;
		return run_failures_describe(state, "no run of the plan could be set up", e);
	}
	advise_resume(state, failed, "could not be set up");
	advise_resume(state, partly, "had a VM that could not be set up");
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
	size_t missing;

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
	missing = runs_missing(&state);
	state.view = progress_new(options->progress, !options->live, missing);
	if (missing == 0)
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

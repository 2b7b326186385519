/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A VM in a run: its coroutine carries out the run's steps one after another. The VMs of a run keep
 * in step with each other: before each step a VM waits for the others.
 */
#include "harness/facts/folder.h"
#include "harness/plan/settings.h"
#include "harness/run/internal.h"

#include <stdlib.h>

/* Sets the subject, CASE-INDEX/RUN/VM such as "0/2/1" or "0/unmoved-1/1", and the prefix. */
static void name_vm(struct vm_run *vm)
{
	const struct scenario_run *run = vm->run;

	if (run->vm_count > 1)
		snprintf(vm->prefix, sizeof(vm->prefix), "%s: ", plan_section_name(vm->section));
	snprintf(vm->subject, sizeof(vm->subject), "%zu/%s%zu/%zu", run->plan_case->index,
		run->unmoved ? "unmoved-" : "", run->run, vm->number);
}

void run_begin_vm(struct vm_run *vm, size_t attempt)
{
	const struct run_state *state = vm->state;
	const struct scenario_run *run = vm->run;
	const char *product = platform_settings_of(state->plan).product;

	if (run->unmoved)
		return; /* an unmoved run has no `run` fact; its workload's facts name it */
	RUN_FACT(vm, FACT_RUN, FS(FIELD_CASE, run->plan_case->name), FI(FIELD_RUN, run->run),
		FI(FIELD_ATTEMPT, attempt), FI(FIELD_MOVE, vm->number),
		FS(FIELD_VM, plan_section_name(vm->section)),
		FS(FIELD_PLATFORM, state->platform->simulated ? "SIMULATED"
				   : product                  ? product
							      : state->driver_ops->component->name),
		FS(FIELD_SOURCE, ""), FS(FIELD_DESTINATION, ""),
		FB(FIELD_SIMULATED, state->platform->simulated));
}

/*
 * Cleans up after a VM that could not be set up, so that it does not disturb the next run: stops
 * its workloads, closes its sessions, and marks it to be restarted.
 */
static void abandon(struct vm_run *vm, const struct err *e)
{
	const struct scenario_run *run = vm->run;
	char text[704];

	run_workloads_stop(vm);
	run_session_close(vm);
	vm->kept->needs_restart = true;
	progress_event(vm->state->view, "  %s could not be set up: %.440s",
		run->vm_count > 1 ? plan_section_name(vm->section) : "this run", e->text);
	if (!run->unmoved)
		return;
	snprintf(text, sizeof(text),
		"%.200s: the workload of %.64s without a move (run %zu) could "
		"not be set up, and was not timed: %.300s",
		run->plan_case->name, plan_section_name(vm->section), run->run, e->text);
	RUN_FACT(vm, FACT_NOTE, FS(FIELD_TEXT, text));
}

/* Ends the run for a VM because a step failed. */
static void end_early(struct vm_run *vm)
{
	struct run_state *state = vm->state;

	/* Before anything waits: it is also the reason why the run ends for its other VMs. */
	if (!vm->set_up_failed && !*state->e.text)
		state->e = vm->e;
	run_call_off(vm);
	run_slot_release(vm);
	if (vm->set_up_failed)
		abandon(vm, &vm->e);
	RUN_FACT(vm, FACT_RUN_END, FB(FIELD_COMPLETED, false),
		FS(FIELD_CODE, folder_state_name(vm->set_up_failed ? FOLDER_SET_UP_FAILED
								   : FOLDER_BROKE_OFF)),
		FS(FIELD_WHY, vm->e.text));
}

static int carry_out_step(struct vm_run *vm, size_t i)
{
	struct run_state *state = vm->state;
	const struct step *step = &vm->run->steps[i];
	const char *name = step_name(step->kind);
	int rc;

	/* A VM is watched from its own trigger on: the others may still wait for theirs. */
	if (step->kind != STEP_WATCH && run_meet(vm, &vm->e))
		return -1;
	if (i == state->steps_shown) {
		progress_step(state->view, name);
		state->steps_shown++;
	}
	RUN_FACT(vm, FACT_STEP, FS(FIELD_NAME, name),
		FS(FIELD_WHAT, step_event_name(STEP_EVENT_BEGIN)));
	rc = run_step(vm, step, &vm->e);
	RUN_FACT(vm, FACT_STEP, FS(FIELD_NAME, name),
		FS(FIELD_WHAT, step_event_name(STEP_EVENT_END)));
	return rc;
}

/* The function of a VM's coroutine. */
static int carry_out_vm(void *ctx)
{
	struct vm_run *vm = ctx;

	for (size_t i = 0; i < vm->run->step_count; i++)
		if (carry_out_step(vm, i)) {
			end_early(vm);
			return -1;
		}
	RUN_FACT(vm, FACT_RUN_END, FB(FIELD_COMPLETED, true));
	return 0;
}

void run_release_vms(struct run_state *state)
{
	for (size_t i = 0; i < state->vm_count; i++) {
		run_workloads_close(&state->vms[i]);
		coroutine_free(state->vms[i].coroutine);
		free(state->vms[i].spec.definition);
	}
	free(state->vms);
	state->vms = NULL;
	state->vm_count = 0;
}

int run_make_vms(struct run_state *state, const struct scenario_run *run, struct err *e)
{
	run_release_vms(state);
	state->vms = calloc(run->vm_count, sizeof(*state->vms));
	if (!state->vms)
		return err_set(e, "out of memory");
	for (; state->vm_count < run->vm_count; state->vm_count++) {
		struct vm_run *vm = &state->vms[state->vm_count];

		*vm = (struct vm_run){.state = state,
			.run = run,
			.section = scenario_vm(run, state->vm_count),
			.number = run->move + state->vm_count,
			.kept = &state->kept[run->move - 1 + state->vm_count],
			.trigger_ns = NS_NONE,
			.job = {.requested_ns = NS_NONE, .ended_ns = NS_NONE}};
		name_vm(vm);
		if (coroutine_new(&vm->coroutine, carry_out_vm, vm, e))
			return -1;
	}
	return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes the runs of a plan and their steps: see scenario.h. */
#include "harness/run/scenario.h"

#include "harness/ops/workload.h"
#include "harness/plan/settings.h"

#include <stdlib.h>
#include <string.h>

/* Time limit of the memory check; long enough for a guest under emulation. */
#define INTEGRITY_LIMIT_NS (180 * NS_PER_S)

static void add_step(struct scenario_run *run, enum step_kind kind, int64_t limit_ns)
{
	run->steps[run->step_count++] = (struct step){.kind = kind, .limit_ns = limit_ns};
}

const struct plan_section *scenario_vm(const struct scenario_run *run, size_t i)
{
	return plan_section_at(run->plan_case->plan, SECTION_VM, run->move - 1 + i);
}

static const struct plan_section *workload_of(
	const struct plan_case *plan_case, const struct plan_section *vm)
{
	const char *name = vm_settings_of(plan_case, vm).workload;

	return name ? plan_section_find(plan_case->plan, SECTION_WORKLOAD, name) : NULL;
}

const struct plan_section *scenario_workload(const struct scenario_run *run)
{
	return workload_of(run->plan_case, scenario_vm(run, 0));
}

static int64_t lead_of(const struct plan_case *plan_case, const struct plan_section *vm)
{
	const struct plan_section *workload = workload_of(plan_case, vm);
	int64_t lead_ns = workload ? workload_settings_of(workload).lead_ns : NS_NONE;

	if (vm_settings_of(plan_case, vm).dirty_bytes_per_s > 0 && lead_ns < WORKLOAD_OF_VM_LEAD_NS)
		lead_ns = WORKLOAD_OF_VM_LEAD_NS;
	return lead_ns;
}

int64_t scenario_lead(const struct scenario_run *run)
{
	int64_t lead_ns = NS_NONE;

	for (size_t i = 0; i < run->vm_count; i++)
		lead_ns = ns_max(lead_of(run->plan_case, scenario_vm(run, i)), lead_ns);
	return lead_ns;
}

/* A finite workload is timed from start to end; one without an end runs for its lead. */
static void add_unmoved_steps(struct scenario_run *run)
{
	const struct plan_settings plan = plan_settings_of(run->plan_case->plan);
	const struct plan_component *kind = component_of(scenario_workload(run));

	add_step(run, STEP_ENSURE, plan.answer_ns);
	add_step(run, STEP_BASELINE, plan.baseline_ns);
	add_step(run, STEP_WORKLOAD, kind->workload.finite ? 0 : scenario_lead(run));
	add_step(run, STEP_WORKLOAD_END, 0);
	add_step(run, STEP_NEXT, plan.watch_ns);
}

static void add_steps(struct scenario_run *run)
{
	const struct plan_case *c = run->plan_case;
	const struct plan_settings plan = plan_settings_of(c->plan);

	add_step(run, STEP_ENSURE, plan.answer_ns);
	if (lab_settings_of(c->plan, c).warm_up && !plan_moved_by_others(c->plan))
		add_step(run, STEP_WARM_UP, plan.watch_ns);
	add_step(run, STEP_BASELINE, plan.baseline_ns);
	if (scenario_lead(run) != NS_NONE)
		add_step(run, STEP_WORKLOAD, scenario_lead(run));
	add_step(run, STEP_TRIGGER, move_settings_of(c->plan).timeout_ns);
	add_step(run, STEP_WATCH, plan.watch_ns);
	add_step(run, STEP_SETTLE, plan.settle_ns);
	if (scenario_lead(run) != NS_NONE)
		add_step(run, STEP_WORKLOAD_END, 0);
	add_step(run, STEP_INTEGRITY, INTEGRITY_LIMIT_NS);
	add_step(run, STEP_NEXT, plan.watch_ns);
}

static int unknown_case(const struct plan *plan, const char *only, struct err *e)
{
	char names[512] = "";
	size_t used = 0;

	for (size_t i = 0; i < plan_case_count(plan) && used < sizeof(names); i++) {
		int n = snprintf(names + used, sizeof(names) - used, "%s'%s'", i ? ", " : "",
			plan_case_at(plan, i)->name);

		used += n > 0 ? (size_t)n : 0;
	}
	return err_set(e, "--only: the plan has no case '%s' (it has %s)", only, names);
}

/* Parses "CASE" or "CASE/RUN"; *run is 0 for all runs. */
static int parse_only(const struct plan *plan, const char *only, const struct plan_case **which,
	size_t *run, struct err *e)
{
	const char *slash = strrchr(only, '/');
	char name[512];
	char *end;

	*run = 0;
	*which = plan_case_find(plan, only);
	if (*which)
		return 0;
	if (!slash || (size_t)(slash - only) >= sizeof(name))
		return unknown_case(plan, only, e);
	memcpy(name, only, (size_t)(slash - only));
	name[slash - only] = '\0';
	*which = plan_case_find(plan, name);
	if (!*which)
		return unknown_case(plan, name, e);
	*run = strtoul(slash + 1, &end, 10);
	if (end == slash + 1 || *end || *run < 1 || *run > plan_repeat(plan))
		return err_set(e, "--only: case '%s' has no run '%s' (1 to %zu)", name, slash + 1,
			plan_repeat(plan));
	return 0;
}

/* Adds a run of one VM, or (together > 0) of all VMs from this one on. */
static int add_run(struct scenario *scenario, const struct plan_case *plan_case, size_t run_number,
	size_t vm, size_t together, bool unmoved)
{
	size_t vms = plan_section_count(plan_case->plan, SECTION_VM);
	struct scenario_run *run;

	if (ARRAY_GROW(scenario->runs, scenario->count, scenario->capacity))
		return -1;
	run = &scenario->runs[scenario->count++];
	*run = (struct scenario_run){.plan_case = plan_case,
		.unmoved = unmoved,
		.run = run_number,
		.move = vm + 1,
		.vm_count = together ? vms : 1,
		.together = together};
	if (unmoved)
		add_unmoved_steps(run);
	else
		add_steps(run);
	return 0;
}

/* The runs of one number: a run of each VM, or one of all of them. */
static int add_moved(struct scenario *scenario, const struct plan_case *plan_case, size_t run)
{
	size_t together = plan_together(plan_case);
	size_t runs = together ? 1 : plan_section_count(plan_case->plan, SECTION_VM);

	for (size_t vm = 0; vm < runs; vm++)
		if (add_run(scenario, plan_case, run, vm, together, false))
			return -1;
	return 0;
}

/* The number of unmoved runs of a VM's workload. */
static size_t unmoved_count(const struct plan_case *plan_case, const struct plan_section *vm)
{
	const struct plan_section *workload = workload_of(plan_case, vm);

	return workload ? (size_t)workload_settings_of(workload).unmoved : 0;
}

static int add_unmoved(struct scenario *scenario, const struct plan_case *plan_case)
{
	size_t vms = plan_section_count(plan_case->plan, SECTION_VM);

	for (size_t v = 0; v < vms; v++) {
		size_t count =
			unmoved_count(plan_case, plan_section_at(plan_case->plan, SECTION_VM, v));

		for (size_t i = 0; i < count; i++)
			if (add_run(scenario, plan_case, i + 1, v, 0, true))
				return -1;
	}
	return 0;
}

int scenario_make(
	struct scenario *scenario, const struct plan *plan, const char *only, struct err *e)
{
	const struct plan_case *one_case = NULL;
	size_t one_run = 0;

	*scenario = (struct scenario){0};
	if (only && parse_only(plan, only, &one_case, &one_run, e))
		return -1;
	for (size_t c = 0; c < plan_case_count(plan); c++) {
		const struct plan_case *plan_case = plan_case_at(plan, c);

		if (one_case && plan_case != one_case)
			continue;
		if (!one_run && add_unmoved(scenario, plan_case))
			return err_set(e, "out of memory");
		for (size_t run = 1; run <= plan_repeat(plan); run++)
			if ((!one_run || run == one_run) && add_moved(scenario, plan_case, run))
				return err_set(e, "out of memory");
	}
	return 0;
}

void scenario_release(struct scenario *scenario)
{
	free(scenario->runs);
	*scenario = (struct scenario){0};
}

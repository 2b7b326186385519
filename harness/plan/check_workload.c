/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The workloads of VMs: defaults by kind, and checks that a VM's `workload` and a workload's `vm`
 * agree.
 */
#include "harness/plan/internal.h"

#include <string.h>

/* The default of `unmoved`: a workload that ends by itself is timed once without a move. */
int plan_fill_workload(struct plan_section *section)
{
	const struct plan_component *kind = component_of(section);

	if (!kind || plan_entry_find(section, "unmoved"))
		return 0;
	return plan_default_add(section, "unmoved", kind->workload.finite ? "1" : "0");
}

static bool is_for(const struct plan_section *workload, const struct plan_section *vm)
{
	const struct plan_value *only = value_of(workload, "vm");

	return !only || strcmp(only->text, vm->name) == 0;
}

/* The default of a VM's `workload`: the first workload that is for this VM. */
int plan_fill_vm_workload(const struct plan *plan, struct plan_section *vm)
{
	const struct plan_section *workload;

	if (plan_entry_find(vm, "workload") || !plan_section_count(plan, SECTION_WORKLOAD))
		return 0;
	for (size_t i = 0; (workload = plan_section_at(plan, SECTION_WORKLOAD, i)); i++)
		if (is_for(workload, vm))
			return plan_default_add(vm, "workload", workload->name);
	return plan_default_add(vm, "workload", "none");
}

static bool has_agent(const struct plan *plan)
{
	if (plan_section_count(plan, SECTION_LAB))
		return true;
	/* A repeated [platform sim] counts too, so that only the repetition is reported. */
	for (size_t i = 0; i < plan->section_count; i++) {
		const struct plan_component *component = component_of(plan->sections[i]);

		if (component && component->platform.simulated)
			return true;
	}
	return false;
}

static bool is_used(const struct plan *plan, const struct plan_section *workload)
{
	const struct plan_section *vm;

	for (size_t i = 0; (vm = plan_section_at(plan, SECTION_VM, i)); i++) {
		const struct plan_entry *entry = plan_entry_find(vm, "workload");

		for (size_t v = 0; entry && v < entry->count; v++)
			if (strcmp(entry->values[v].text, workload->name) == 0)
				return true;
	}
	return false;
}

static void check_kind(struct plan_reader *reader, const struct plan_section *section,
	const struct plan_component *kind)
{
	plan_check_own_keys(reader, section, kind);
	for (size_t i = 0; i < kind->key_count; i++)
		if (kind->keys[i].required && !plan_entry_find(section, kind->keys[i].name))
			complain(&reader->complaints, section->line, "[%s %s] lacks its %s (%s)",
				plan_section_rows[section->kind].word, section->name,
				kind->keys[i].name, kind->keys[i].example);
	plan_check_simulated(reader, section, kind);
	if (kind->workload.agent && !has_agent(reader->plan))
		complain(&reader->complaints, line_of(section, "kind"),
			"kind: %s needs the lab's guest (kind = command runs your own program)",
			kind->name);
}

void plan_check_workload(struct plan_reader *reader, const struct plan_section *section)
{
	const struct plan_component *kind = component_of(section);
	const struct plan_value *vm = value_of(section, "vm");

	if (vm && !plan_section_find(reader->plan, SECTION_VM, vm->text))
		complain(&reader->complaints, line_of(section, "vm"),
			"vm: there is no [vm %.60s] (the NAME of a [vm NAME])", vm->text);
	if (strcmp(section->name, "none") == 0 || strcmp(section->name, WORKLOAD_OF_VM) == 0)
		complain(&reader->complaints, section->line,
			"[workload %s]: this name is reserved (another name)", section->name);
	else if (!is_used(reader->plan, section))
		complain(&reader->complaints, section->line,
			"[workload %s]: no VM uses it (workload = %s in a [vm NAME])",
			section->name, section->name);
	if (kind)
		check_kind(reader, section, kind);
}

static void check_named(struct plan_reader *reader, const struct plan_section *vm, const char *name)
{
	const struct plan_section *workload =
		plan_section_find(reader->plan, SECTION_WORKLOAD, name);
	const struct plan_component *kind = workload ? component_of(workload) : NULL;

	if (strcmp(name, "none") == 0)
		return;
	if (!workload && !reader->presumed[SECTION_WORKLOAD])
		complain(&reader->complaints, line_of(vm, "workload"),
			"workload: there is no [workload %.60s] (the NAME of a [workload NAME], or "
			"none)",
			name);
	else if (workload && !is_for(workload, vm))
		complain(&reader->complaints, line_of(vm, "workload"),
			"workload: [workload %s] is for [vm %s] (another workload)", name,
			value_of(workload, "vm")->text);
	if (kind && kind->workload.pages && plan_entry_find(vm, "dirty"))
		complain(&reader->complaints, line_of(vm, "dirty"),
			"dirty: [workload %s] rewrites memory already (one of the two)", name);
}

void plan_check_vm_workload(struct plan_reader *reader, const struct plan_section *vm)
{
	const struct plan_entry *named = plan_entry_find(vm, "workload");

	for (size_t v = 0; named && !named->bad && v < named->count; v++)
		check_named(reader, vm, named->values[v].text);
	if (plan_entry_find(vm, "dirty") && !has_agent(reader->plan))
		complain(&reader->complaints, line_of(vm, "dirty"),
			"dirty: only the lab's guest rewrites memory (a [workload NAME] with kind "
			"= command runs your own program)");
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a plan says of the work that VMs do while they move: defaults by kind, and that VMs and
 * workloads name each other rightly.
 */
#include "harness/plan/internal.h"

#include <string.h>

#define FILE_BYTES (INT64_C(256) << 10)

/* The keys that not every kind of workload has, and the kinds that have them. */
static const struct {
	const char *key, *kinds, *fallback;
} kind_keys[] = {
	{"size", "install", "1 GB"},
	{"files", "install", NULL},
	{"seed", "install dirty", "1"},
	{"rate", "dirty", NULL},
	{"set", "dirty", "64 MB"},
	{"command", "command", NULL},
	{"verify", "command", NULL},
	{"user", "command", "root"},
	{"unmoved", "install command", "1"},
};

int plan_fill_workload(struct plan_section *section)
{
	const struct plan_value *kind = value_of(section, "kind"), *size;
	char count[32];

	if (!kind)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(kind_keys); i++)
		if (kind_keys[i].fallback && plan_word_known(kind_keys[i].kinds, kind->text) &&
			!plan_entry_find(section, kind_keys[i].key) &&
			plan_default_add(section, kind_keys[i].key, kind_keys[i].fallback))
			return -1;
	if (strcmp(kind->text, "dirty") == 0 && !plan_entry_find(section, "unmoved"))
		return plan_default_add(section, "unmoved", "0");
	size = value_of(section, "size");
	if (!size || strcmp(kind->text, "install") != 0 || plan_entry_find(section, "files"))
		return 0;
	snprintf(count, sizeof(count), "%lld",
		(long long)((size->number + FILE_BYTES - 1) / FILE_BYTES));
	return plan_default_add(section, "files", size->number / FILE_BYTES > 1000000 ? "1000000" : count);
}

static bool is_for(const struct plan_section *workload, const struct plan_section *vm)
{
	const struct plan_value *only = value_of(workload, "vm");

	return !only || strcmp(only->text, vm->name) == 0;
}

/* A VM that says nothing works at the first workload that is for it. */
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
	return plan_section_count(plan, SECTION_LAB) ||
	       plan_section_find(plan, SECTION_PLATFORM, "sim");
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
	const char *kind)
{
	for (size_t i = 0; i < ARRAY_SIZE(kind_keys); i++)
		if (!plan_word_known(kind_keys[i].kinds, kind) &&
			plan_entry_find(section, kind_keys[i].key) &&
			strcmp(kind_keys[i].key, "unmoved") != 0)
			complain(&reader->complaints, line_of(section, kind_keys[i].key),
				"%s: kind = %s has no such thing (remove it)", kind_keys[i].key, kind);
	if (strcmp(kind, "command") == 0) {
		if (!plan_entry_find(section, "command"))
			complain(&reader->complaints, section->line,
				"[workload %s] lacks its command (command = what the guest runs)",
				section->name);
		/* It would be run by ssh on whatever answers at the VM's address. */
		if (plan_section_find(reader->plan, SECTION_PLATFORM, "sim"))
			complain(&reader->complaints, line_of(section, "kind"),
				"kind: the simulated world has no guest that runs a command (kind = "
				"install or dirty)");
		return;
	}
	if (strcmp(kind, "dirty") == 0 && !plan_entry_find(section, "rate"))
		complain(&reader->complaints, section->line,
			"[workload %s] lacks its rate (rate = 100 MB/s)", section->name);
	if (!has_agent(reader->plan))
		complain(&reader->complaints, line_of(section, "kind"),
			"kind: %s needs the lab's guest (kind = command runs a program of one's own)",
			kind);
}

void plan_check_workload(struct plan_reader *reader, const struct plan_section *section)
{
	const struct plan_value *kind = value_of(section, "kind"), *vm = value_of(section, "vm");

	if (vm && !plan_section_find(reader->plan, SECTION_VM, vm->text))
		complain(&reader->complaints, line_of(section, "vm"),
			"vm: there is no [vm %.60s] (the NAME of a [vm NAME])", vm->text);
	if (strcmp(section->name, "none") == 0 || strcmp(section->name, "dirty") == 0)
		complain(&reader->complaints, section->line,
			"[workload %s]: that word means something else (another name)",
			section->name);
	else if (!is_used(reader->plan, section))
		complain(&reader->complaints, section->line,
			"[workload %s]: no VM works at it (workload = %s in a [vm NAME])",
			section->name, section->name);
	if (kind)
		check_kind(reader, section, kind->text);
}

static void check_named(struct plan_reader *reader, const struct plan_section *vm,
	const char *name)
{
	const struct plan_section *workload =
		plan_section_find(reader->plan, SECTION_WORKLOAD, name);
	const struct plan_value *kind = workload ? value_of(workload, "kind") : NULL;

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
	if (kind && strcmp(kind->text, "dirty") == 0 && plan_entry_find(vm, "dirty"))
		complain(&reader->complaints, line_of(vm, "dirty"),
			"dirty: [workload %s] rewrites memory already (one of the two)", name);
}

void plan_check_vm_work(struct plan_reader *reader, const struct plan_section *vm)
{
	const struct plan_entry *named = plan_entry_find(vm, "workload");

	for (size_t v = 0; named && !named->bad && v < named->count; v++)
		check_named(reader, vm, named->values[v].text);
	if (plan_entry_find(vm, "dirty") && !has_agent(reader->plan))
		complain(&reader->complaints, line_of(vm, "dirty"),
			"dirty: only the lab's guest rewrites memory (a [workload NAME] with kind = "
			"command runs a program of one's own)");
}

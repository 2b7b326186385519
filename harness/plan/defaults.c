/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a plan means where it says nothing: the sections that are always there, the fallbacks of the key
 * table, and defaults that depend on other keys.
 */
#include "harness/plan/internal.h"

#include <string.h>

static int add_default_time(struct plan_section *section, const char *key, int64_t ns)
{
	char text[48];

	units_format(UNIT_TIME, ns, text, sizeof(text));
	return plan_default_add(section, key, text);
}

/* A probe's interval and time-out by its kind; a one-second ping's stays below its interval. */
static int fill_probe(struct plan_section *section)
{
	const char *kind = text_of(section, "kind");
	const struct plan_probe_row *row = kind ? plan_probe_row(kind) : NULL;
	int64_t interval_ns, timeout_ns;

	if (!row || row->interval_ns == NS_NONE)
		return 0;
	if (!plan_entry_find(section, "interval") &&
		add_default_time(section, "interval", row->interval_ns))
		return -1;
	interval_ns = number_of(section, "interval");
	if (plan_entry_find(section, "timeout") || interval_ns == NS_NONE)
		return 0;
	timeout_ns = row->timeout_ns;
	if (timeout_ns == NS_NONE)
		timeout_ns = interval_ns > 50 * NS_PER_MS ? interval_ns : 50 * NS_PER_MS;
	if (row->below_interval && timeout_ns >= interval_ns)
		timeout_ns = interval_ns / 100 * 95;
	return add_default_time(section, "timeout", timeout_ns);
}

/* The judged probe where none is named: the first burst, else the first ping. */
static int fill_judge(struct plan *plan, struct plan_section *judge)
{
	static const char *const kinds[] = {"burst", "ping"};

	if (plan_entry_find(judge, "probe"))
		return 0;
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		for (size_t i = 0; i < plan_section_count(plan, SECTION_PROBE); i++) {
			const struct plan_section *probe = plan_section_at(plan, SECTION_PROBE, i);
			const char *kind = text_of(probe, "kind");

			if (kind && strcmp(kind, kinds[k]) == 0)
				return plan_default_add(judge, "probe", probe->name);
		}
	}
	return 0;
}

static int fill_section(const struct plan *plan, struct plan_section *section)
{
	bool lab = plan_section_count(plan, SECTION_LAB) > 0;
	bool made = lab || plan_is_platform(plan, "sim");

	if (section->kind == SECTION_VM && lab && !plan_entry_find(section, "owned") &&
		plan_default_add(section, "owned", "yes"))
		return -1;
	for (size_t i = 0; i < plan_key_count; i++) {
		const struct plan_key *key = &plan_keys[i];

		if (key->section != section->kind || !key->fallback ||
			plan_entry_find(section, key->name) || (key->made && !made) ||
			(key->only && strcmp(key->only, section->name) != 0))
			continue;
		if (plan_default_add(section, key->name, key->fallback))
			return -1;
	}
	return 0;
}

int plan_fill_defaults(struct plan *plan)
{
	for (int kind = 0; kind < SECTION_KINDS; kind++)
		if (plan_section_rows[kind].always &&
			plan_section_count(plan, (enum section_kind)kind) == 0 &&
			!plan_section_add(plan, (enum section_kind)kind, "", 0))
			return -1;
	for (size_t i = 0; i < plan->section_count; i++) {
		struct plan_section *section = plan->sections[i];

		if (fill_section(plan, section))
			return -1;
		if (section->kind == SECTION_PROBE && fill_probe(section))
			return -1;
		if ((section->kind == SECTION_WORKLOAD && plan_fill_workload(section)) ||
			(section->kind == SECTION_VM && plan_fill_vm_workload(plan, section)))
			return -1;
	}
	for (size_t i = 0; i < plan->section_count; i++)
		if (plan->sections[i]->kind == SECTION_JUDGE && fill_judge(plan, plan->sections[i]))
			return -1;
	return 0;
}

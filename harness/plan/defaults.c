/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fills in what a plan leaves out: sections that always exist, the defaults of the key table, and
 * defaults that depend on other keys.
 */
#include "harness/plan/internal.h"

#include <inttypes.h>

static int add_default_time(struct plan_section *section, const char *key, int64_t ns)
{
	char text[48];

	units_format(UNIT_TIME, ns, text, sizeof(text));
	return plan_default_add(section, key, text);
}

/*
 * A probe's interval and time-out by its kind. A kind that blocks gets a time-out below its
 * interval.
 */
static int fill_probe(struct plan_section *section)
{
	const struct plan_component *kind = component_of(section);
	const struct probe_traits *traits = kind ? &kind->probe : NULL;
	int64_t interval_ns, timeout_ns;

	if (!traits || traits->interval_ns == NS_NONE)
		return 0;
	if (!plan_entry_find(section, "interval") &&
		add_default_time(section, "interval", traits->interval_ns))
		return -1;
	interval_ns = number_of(section, "interval");
	if (plan_entry_find(section, "timeout") || interval_ns == NS_NONE)
		return 0;
	timeout_ns = traits->timeout_ns;
	if (timeout_ns == NS_NONE)
		timeout_ns = interval_ns > 50 * NS_PER_MS ? interval_ns : 50 * NS_PER_MS;
	if (traits->below_interval && timeout_ns >= interval_ns)
		timeout_ns = interval_ns / 100 * 95;
	return add_default_time(section, "timeout", timeout_ns);
}

/*
 * The judged probe if [judge] names none: the first probe of the kind with the lowest judged_order.
 */
static int fill_judge(struct plan *plan, struct plan_section *judge)
{
	const struct plan_section *probe, *first = NULL;
	unsigned min = ~0u;

	if (plan_entry_find(judge, "probe"))
		return 0;
	for (size_t i = 0; (probe = plan_section_at(plan, SECTION_PROBE, i)); i++) {
		const struct plan_component *kind = component_of(probe);

		if (kind && kind->probe.judged_order && kind->probe.judged_order < min) {
			min = kind->probe.judged_order;
			first = probe;
		}
	}
	return first ? plan_default_add(judge, "probe", first->name) : 0;
}

/*
 * Defaults of a component's own keys: the fixed ones, or (derived) those computed from other keys.
 */
static int fill_own(struct plan_section *section, bool derived)
{
	const struct plan_component *component = component_of(section);

	for (size_t i = 0; component && i < component->key_count; i++) {
		const struct plan_key *key = &component->keys[i];
		int64_t count = derived && key->derived_from ? number_of(section, key->derived_from)
							     : NS_NONE;
		char text[32];

		if (plan_entry_find(section, key->name))
			continue;
		if (!derived && key->fallback &&
			plan_default_add(section, key->name, key->fallback))
			return -1;
		if (count == NS_NONE)
			continue;
		count = count / key->divisor + (count % key->divisor != 0);
		snprintf(text, sizeof(text), "%" PRId64, count < key->max ? count : key->max);
		if (plan_default_add(section, key->name, text))
			return -1;
	}
	return 0;
}

static int fill_section(const struct plan *plan, struct plan_section *section)
{
	bool lab = plan_section_count(plan, SECTION_LAB) > 0;
	bool made = lab || plan_simulated(plan);
	struct key_walk walk = {.section = section->kind};
	const struct plan_key *key;

	if (section->kind == SECTION_VM && lab && !plan_entry_find(section, "owned") &&
		plan_default_add(section, "owned", "yes"))
		return -1;
	while ((key = key_walk_next(&walk))) {
		if (!key->fallback || plan_key_owner(key) || plan_entry_find(section, key->name) ||
			(key->made_vms && !made))
			continue;
		if (plan_default_add(section, key->name, key->fallback))
			return -1;
	}
	if (fill_own(section, false) ||
		(section->kind == SECTION_WORKLOAD && plan_fill_workload(section)))
		return -1;
	return fill_own(section, true);
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
		if (section->kind == SECTION_VM && plan_fill_vm_workload(plan, section))
			return -1;
	}
	for (size_t i = 0; i < plan->section_count; i++)
		if (plan->sections[i]->kind == SECTION_JUDGE && fill_judge(plan, plan->sections[i]))
			return -1;
	return 0;
}

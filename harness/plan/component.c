/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds components and the traits of those that a plan names. */
#include "harness/plan/internal.h"

#include <string.h>

enum section_kind component_section(enum component_class class)
{
	static const enum section_kind kinds[] = {[COMPONENT_PLATFORM] = SECTION_PLATFORM,
		[COMPONENT_PROBE] = SECTION_PROBE,
		[COMPONENT_WORKLOAD] = SECTION_WORKLOAD};

	return kinds[class];
}

const struct plan_component *component_find(enum component_class class, const char *name)
{
	for (size_t i = 0; plan_components[i]; i++)
		if (plan_components[i]->class == class &&
			strcmp(plan_components[i]->name, name) == 0)
			return plan_components[i];
	return NULL;
}

const struct plan_component *component_of(const struct plan_section *section)
{
	const char *kind;

	if (section->kind == SECTION_PLATFORM)
		return component_find(COMPONENT_PLATFORM, section->name);
	if (section->kind != SECTION_PROBE && section->kind != SECTION_WORKLOAD)
		return NULL;
	kind = text_of(section, "kind");
	if (!kind)
		return NULL;
	return component_find(
		section->kind == SECTION_PROBE ? COMPONENT_PROBE : COMPONENT_WORKLOAD, kind);
}

const struct plan_component *plan_key_owner(const struct plan_key *key)
{
	for (size_t i = 0; plan_components[i]; i++)
		for (size_t k = 0; k < plan_components[i]->key_count; k++)
			if (&plan_components[i]->keys[k] == key)
				return plan_components[i];
	return NULL;
}

const char *component_names(enum component_class class, char buf[static WORDS_MAX])
{
	size_t used = 0;

	buf[0] = '\0';
	for (size_t i = 0; plan_components[i] && used < WORDS_MAX; i++)
		if (plan_components[i]->class == class)
			used += (size_t)snprintf(buf + used, WORDS_MAX - used, "%s%s",
				used ? " " : "", plan_components[i]->name);
	return buf;
}

const char *plan_key_words(const struct plan_key *key, char buf[static WORDS_MAX])
{
	size_t used = 0;

	if (key->type == KEY_FLAG)
		return "yes no";
	if (!key->words)
		return component_names(
			key->section == SECTION_PROBE ? COMPONENT_PROBE : COMPONENT_WORKLOAD, buf);
	buf[0] = '\0';
	for (size_t i = 1; key->words[i] && used < WORDS_MAX; i++)
		used += (size_t)snprintf(
			buf + used, WORDS_MAX - used, "%s%s", used ? " " : "", key->words[i]);
	return buf;
}

const struct plan_component *plan_platform(const struct plan *plan)
{
	const struct plan_section *section = plan_section_at(plan, SECTION_PLATFORM, 0);

	if (section)
		return component_of(section);
	for (size_t i = 0; plan_components[i]; i++)
		if (plan_components[i]->platform.implied)
			return plan_components[i];
	return NULL;
}

bool plan_simulated(const struct plan *plan)
{
	return plan_platform(plan)->platform.simulated;
}

/* The addresses are of a block for documentation (RFC 5737). */
void plan_simulated_address(size_t i, char *buf, size_t size)
{
	/* The blocks for documentation (RFC 5737), then that for benchmarks (RFC 2544). */
	if (i < 200)
		snprintf(buf, size, "192.0.2.%zu", 10 + i);
	else
		snprintf(buf, size, "198.18.%zu.%zu", (i - 200) / 250, 1 + (i - 200) % 250);
}

bool plan_is_lab(const struct plan *plan)
{
	return plan_section_count(plan, SECTION_LAB) && !plan_simulated(plan);
}

bool plan_has_desktop(const struct plan *plan)
{
	const struct plan_section *probe;

	for (size_t i = 0; (probe = plan_section_at(plan, SECTION_PROBE, i)); i++)
		if (component_of(probe)->probe.remote_desktop)
			return true;
	return false;
}

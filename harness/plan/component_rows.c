/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether the rows of all components are whole and agree with each other: for the program's start. */
#include "harness/plan/internal.h"

#include <string.h>

static bool is_alike(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* Whether two kinds that have a key of the same name read it in the same way: which of them a section is
 * may not be known yet when the key is read. */
static bool is_same_form(const struct plan_key *a, const struct plan_key *b)
{
	return a->type == b->type && a->shape == b->shape && a->least == b->least &&
	       a->most == b->most && a->zero == b->zero && a->none == b->none &&
	       a->qualified == b->qualified && is_alike(a->words, b->words);
}

static const char *wrong_key(const struct plan_component *component, const struct plan_key *key)
{
	enum section_kind section = component_section(component->class);
	const struct plan_key *first = plan_key_find(section, NULL, key->name);

	if (key->section != section)
		return "is for another section";
	if (!key->help)
		return "lacks its help";
	if ((key->type == KEY_WORD) != (key->words != NULL))
		return "has no words, or words without being a word";
	if (key->required && !key->example)
		return "lacks its example";
	if (key->each_of && (key->each <= 0 || !component_key(component, key->each_of)))
		return "is derived from nothing";
	if (!plan_key_owner(first))
		return "is a key of all of its class";
	if (component->class != COMPONENT_PLATFORM && !is_same_form(first, key))
		return "is read in another way by another kind";
	return NULL;
}

static const char *wrong_traits(const struct plan_component *component)
{
	const struct probe_traits *probe = &component->probe;
	const struct plan_key *link;

	if (!component->name || !component->help)
		return "lacks its name or help";
	if (component_find(component->class, component->name) != component)
		return "has the name of another one";
	if (component->class != COMPONENT_PLATFORM && component->key_count && !component->without)
		return "lacks what other kinds are told of its keys";
	if (component->class == COMPONENT_PROBE && probe->interval_ns != NS_NONE &&
		(probe->least_interval_ns <= 0 || probe->interval_ns < probe->least_interval_ns))
		return "has a wrong interval";
	if (probe->judged_order && !probe->judged)
		return "is not judged, but has an order";
	if (!component->platform.link)
		return NULL;
	link = component_key(component, component->platform.link);
	return link && link->type == KEY_RATE ? NULL : "lacks its key for the link";
}

const char *components_wrong(char *buf, size_t size)
{
	size_t implied = 0;

	for (size_t i = 0; plan_components[i]; i++) {
		const struct plan_component *component = plan_components[i];
		const char *wrong = wrong_traits(component), *key = "";

		for (size_t k = 0; !wrong && k < component->key_count; k++) {
			key = component->keys[k].name;
			wrong = wrong_key(component, &component->keys[k]);
		}
		if (wrong) {
			snprintf(buf, size, "%s%s%s %s", component->name ? component->name : "?",
				*key ? ": " : "", key, wrong);
			return buf;
		}
		implied += component->class == COMPONENT_PLATFORM && component->platform.implied;
	}
	if (implied == 1)
		return NULL;
	snprintf(buf, size, "%zu platforms are that of a plan that names none", implied);
	return buf;
}

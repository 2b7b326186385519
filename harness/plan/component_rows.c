/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checks at the program's start that the rows of all components are complete and agree. */
#include "harness/plan/internal.h"

#include <string.h>

/* True if two lists of words are equal; both begin at index 1 and end with NULL. */
static bool is_alike(const char *const *a, const char *const *b)
{
	if (!a || !b)
		return a == b;
	for (size_t i = 1; a[i] || b[i]; i++)
		if (!a[i] || !b[i] || strcmp(a[i], b[i]) != 0)
			return false;
	return true;
}

/*
 * Checks that a key's setting type fits its key type. The macro SETTING checks the member's C type.
 */
static const char *wrong_setting(const struct plan_key *key)
{
	static const enum setting_type types[] = {[KEY_TIME] = SETTING_NUMBER,
		[KEY_BYTES] = SETTING_NUMBER,
		[KEY_RATE] = SETTING_NUMBER,
		[KEY_WRITES] = SETTING_NUMBER,
		[KEY_PERCENT] = SETTING_NUMBER,
		[KEY_COUNT] = SETTING_NUMBER,
		[KEY_FLAG] = SETTING_FLAG,
		[KEY_WORD] = SETTING_WORD,
		[KEY_TEXT] = SETTING_TEXT};
	bool named = key->type == KEY_WORD && !key->words;

	if (named ? key->setting == SETTING_UNSET
		  : key->setting == (key->shape == KEY_LIST ? SETTING_LIST : types[key->type]))
		return NULL;
	return key->type == KEY_WORD && key->setting == SETTING_TEXT
		       ? NULL
		       : "fills no member of its type";
}

/*
 * True if two kinds read their keys of the same name alike. They must, because a section's `kind`
 * may follow the key, so the kind is not known when the key is read.
 */
static bool is_same_form(const struct plan_key *a, const struct plan_key *b)
{
	return a->type == b->type && a->shape == b->shape && a->min == b->min && a->max == b->max &&
	       a->zero == b->zero && a->none == b->none && a->qualified == b->qualified &&
	       is_alike(a->words, b->words);
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
		return "is a KEY_WORD without words, or has words and is none";
	if (wrong_setting(key))
		return wrong_setting(key);
	if (key->offset >= component->settings_size)
		return "fills a member beyond the settings";
	if (key->required && !key->example)
		return "lacks its example";
	if (key->derived_from &&
		(key->divisor <= 0 || !component_key(component, key->derived_from)))
		return "is derived from an unknown key, or without a divisor";
	if (!plan_key_owner(first))
		return "is also a key that all of its class have";
	if (component->class != COMPONENT_PLATFORM && !is_same_form(first, key))
		return "is read differently by another kind";
	return NULL;
}

static const char *wrong_traits(const struct plan_component *component)
{
	const struct probe_traits *probe = &component->probe;
	const struct plan_key *link;

	if (!component->name || !component->help)
		return "lacks its name or help";
	if (component_find(component->class, component->name) != component)
		return "has the name of another component of its class";
	if (component->class != COMPONENT_PLATFORM && component->key_count && !component->without)
		return "lacks `without`, the message for its keys in other kinds";
	if (component->class == COMPONENT_PROBE && probe->interval_ns != NS_NONE &&
		(probe->min_interval_ns <= 0 || probe->interval_ns < probe->min_interval_ns))
		return "has a wrong interval";
	if (probe->judged_order && !probe->judged)
		return "is not judged, but has an order";
	if (probe->port && !component_key(component, probe->port))
		return "lacks its key for the port";
	if (component->workload.size && !component_key(component, component->workload.size))
		return "lacks its key for the size";
	if (!component->platform.link)
		return NULL;
	link = component_key(component, component->platform.link);
	return link && link->type == KEY_RATE ? NULL : "lacks its key for the link";
}

/* Checks the keys that all components share. */
static bool wrong_common(char *buf, size_t size)
{
	for (int kind = 0; kind < SECTION_KINDS; kind++) {
		struct key_walk walk = {.section = (enum section_kind)kind};
		const struct plan_key *key;

		while ((key = key_walk_next(&walk))) {
			if (plan_key_owner(key) || !wrong_setting(key))
				continue;
			snprintf(buf, size, "%s %s: %s", plan_section_rows[kind].header, key->name,
				wrong_setting(key));
			return true;
		}
	}
	return false;
}

const char *components_wrong(char *buf, size_t size)
{
	size_t implied = 0;

	if (wrong_common(buf, size))
		return buf;
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
	snprintf(buf, size, "%zu platforms are marked as implied, instead of one", implied);
	return buf;
}

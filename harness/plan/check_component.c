/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checks that a section's keys and platform go with the component that it names. */
#include "harness/plan/internal.h"

void plan_check_own_keys(struct plan_reader *reader, const struct plan_section *section,
	const struct plan_component *component)
{
	for (size_t i = 0; i < section->count; i++) {
		const struct plan_key *key = section->entries[i].key;
		const struct plan_component *owner = plan_key_owner(key);

		if (owner && !component_key(component, key->name))
			complain(&reader->complaints, line_of(section, key->name),
				"%s: kind = %s %s (remove it)", key->name, component->name,
				owner->without);
	}
}

void plan_check_simulated(struct plan_reader *reader, const struct plan_section *section,
	const struct plan_component *component)
{
	if (component->not_simulated && plan_simulated(reader->plan))
		complain(&reader->complaints, line_of(section, "kind"), "kind: %s",
			component->not_simulated);
}

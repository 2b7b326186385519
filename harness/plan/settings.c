/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The values of a plan as others ask for them, case by case. */
#include "harness/plan/internal.h"

#include <stdlib.h>
#include <string.h>

static void bug(const struct plan_section *section, const char *key, const char *what)
	__attribute__((noreturn));
static void bug(const struct plan_section *section, const char *key, const char *what)
{
	fprintf(stderr, "plan: [%s] %s: %s\n",
		section ? plan_section_rows[section->kind].word : "(none)", key, what);
	abort();
}

static const struct plan_key *row_of(const struct plan_section *section, const char *key)
{
	return section ? plan_key_find(section->kind, component_of(section), key) : NULL;
}

/* The value of a scalar or axis in a case; NULL if the key is absent. A key without row is a bug.
 */
static const struct plan_value *find_value(const struct plan_case *plan_case,
	const struct plan_section *section, const char *key, bool number)
{
	const struct plan_key *row = row_of(section, key);
	const struct plan_entry *entry;
	size_t chosen = 0;

	if (!row)
		bug(section, key, "no such key in the table");
	if (row->shape == KEY_LIST)
		bug(section, key, "a list was asked for as one value");
	if (number && (row->type == KEY_TEXT || row->type == KEY_WORD))
		bug(section, key, "text was asked for as a number");
	entry = plan_entry_find(section, key);
	if (!entry)
		return NULL;
	if (plan_case && entry->axis != PLAN_NO_AXIS)
		chosen = plan_case->choice[entry->axis];
	return &entry->values[chosen];
}

int64_t plan_number(
	const struct plan_case *plan_case, const struct plan_section *section, const char *key)
{
	const struct plan_value *value = find_value(plan_case, section, key, true);

	return value ? value->number : NS_NONE;
}

const char *plan_text(
	const struct plan_case *plan_case, const struct plan_section *section, const char *key)
{
	const struct plan_value *value = find_value(plan_case, section, key, false);

	return value ? value->text : NULL;
}

static const struct plan_entry *find_list(const struct plan_section *section, const char *key)
{
	const struct plan_key *row = row_of(section, key);

	if (!row || row->shape == KEY_SCALAR)
		bug(section, key, "no such list in the table");
	return plan_entry_find(section, key);
}

size_t plan_list_count(const struct plan_section *section, const char *key)
{
	const struct plan_entry *entry = find_list(section, key);

	return entry ? entry->count : 0;
}

const char *plan_list_text(const struct plan_section *section, const char *key, size_t i)
{
	const struct plan_entry *entry = find_list(section, key);

	return entry && i < entry->count ? entry->values[i].text : NULL;
}

int64_t plan_list_number(const struct plan_section *section, const char *key, size_t i)
{
	const struct plan_entry *entry = find_list(section, key);

	if (entry && (entry->key->type == KEY_TEXT || entry->key->type == KEY_WORD))
		bug(section, key, "text was asked for as a number");
	return entry && i < entry->count ? entry->values[i].number : NS_NONE;
}

size_t plan_repeat(const struct plan *plan)
{
	return (size_t)plan_number(NULL, plan_section_find(plan, SECTION_PLAN, ""), "repeat");
}

bool plan_moved_by_others(const struct plan *plan)
{
	const struct plan_section *move = plan_section_find(plan, SECTION_MOVE, "");

	return !plan_platform(plan)->platform.starts_moves ||
	       strcmp(plan_text(NULL, move, "start"), "external") == 0;
}

int64_t plan_link_bps(const struct plan *plan)
{
	const struct plan_section *lab = plan_section_at(plan, SECTION_LAB, 0);
	const struct plan_section *platform = plan_section_at(plan, SECTION_PLATFORM, 0);
	const char *key = plan_platform(plan)->platform.link;

	if (platform && key)
		return plan_number(NULL, platform, key);
	return lab ? plan_number(NULL, lab, "link") : NS_NONE;
}

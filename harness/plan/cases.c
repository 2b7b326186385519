/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Axes, cases, and the bound of a case. Every key with several values is an axis; a case is one
 * combination of their values. The first axis in the file varies slowest.
 */
#include "harness/plan/internal.h"

#include <stdlib.h>
#include <string.h>

static bool is_axis(const struct plan_section *section, const struct plan_entry *entry)
{
	return entry->key->shape == KEY_AXIS && !section->duplicate && !section->copy &&
	       !entry->bad && entry->count > 1;
}

/* True if another section varies the same key, so that the axis needs its section's name too. */
static bool is_shared(
	const struct plan *plan, const struct plan_section *section, const struct plan_entry *entry)
{
	for (size_t i = 0; i < plan->section_count; i++) {
		const struct plan_section *other = plan->sections[i];
		const struct plan_entry *twin = plan_entry_find(other, entry->key->name);

		if (other != section && twin && is_axis(other, twin))
			return true;
	}
	return false;
}

static int add_axis(struct plan *plan, const struct plan_section *section, struct plan_entry *entry)
{
	bool shared = is_shared(plan, section, entry);
	struct plan_axis axis = {.section = section, .entry = entry};

	if (ARRAY_GROW(plan->axes, plan->axis_count, plan->axis_capacity) ||
		asprintf(&axis.name, "%s%s%s", shared ? section->name : "", shared ? "." : "",
			entry->key->name) < 0)
		return -1;
	entry->axis = plan->axis_count;
	plan->axes[plan->axis_count++] = axis;
	return 0;
}

/* Finds the axes and counts the cases. Complains if there are too many; -1: out of memory. */
static int find_axes(struct plan_reader *reader, size_t *cases)
{
	struct plan *plan = reader->plan;

	*cases = 1;
	for (size_t i = 0; i < plan->section_count; i++) {
		struct plan_section *section = plan->sections[i];

		for (size_t k = 0; k < section->count; k++) {
			struct plan_entry *entry = &section->entries[k];

			if (!is_axis(section, entry))
				continue;
			*cases *= entry->count;
			if (*cases > PLAN_CASES_MAX) {
				complain(&reader->complaints, entry->line,
					"%s: the plan has more than %d cases (fewer values, or "
					"several plans)",
					entry->key->name, PLAN_CASES_MAX);
				return 0;
			}
			if (add_axis(plan, section, entry))
				return -1;
		}
	}
	return 0;
}

/* "memory=2GB session=attached"; "all" if the plan has no axes. malloc'd. */
static char *name_of(const struct plan_case *plan_case)
{
	char *name = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&name, &size);

	if (!f)
		return NULL;
	for (size_t a = 0; a < plan_case->plan->axis_count; a++)
		fprintf(f, "%s%s=%s", a ? " " : "", plan_axis_name(plan_case->plan, a),
			plan_axis_value(plan_case, a));
	if (plan_case->plan->axis_count == 0)
		fputs("all", f);
	if (fclose(f) == 0)
		return name;
	free(name);
	return NULL;
}

/* Enumerates all combinations; the last axis varies fastest. */
static int build_cases(struct plan *plan, size_t count)
{
	plan->cases = calloc(count, sizeof(*plan->cases));
	if (!plan->cases)
		return -1;
	for (size_t i = 0; i < count; i++) {
		struct plan_case *c = &plan->cases[i];
		size_t rest = i;

		c->plan = plan;
		c->index = i;
		c->choice = calloc(plan->axis_count + 1, sizeof(*c->choice));
		plan->case_count++;
		if (!c->choice)
			return -1;
		for (size_t a = plan->axis_count; a-- > 0;) {
			c->choice[a] = rest % plan->axes[a].entry->count;
			rest /= plan->axes[a].entry->count;
		}
		c->name = name_of(c);
		if (!c->name)
			return -1;
	}
	return 0;
}

/* True if an axis key has the value `word` in this case, or (NULL) in any case. */
static bool has_word(const struct plan *plan, const struct plan_case *plan_case, const char *word)
{
	for (size_t i = 0; i < plan->section_count; i++) {
		const struct plan_section *section = plan->sections[i];

		for (size_t k = 0; k < section->count; k++) {
			const struct plan_entry *entry = &section->entries[k];
			size_t chosen = plan_case && entry->axis != PLAN_NO_AXIS
						? plan_case->choice[entry->axis]
						: 0;

			if (entry->key->shape != KEY_AXIS)
				continue;
			for (size_t v = 0; v < entry->count; v++)
				if ((!plan_case || v == chosen) &&
					strcmp(entry->values[v].text, word) == 0)
					return true;
		}
	}
	return false;
}

static bool any_bad_axis(const struct plan *plan)
{
	for (size_t i = 0; i < plan->section_count; i++)
		for (size_t k = 0; k < plan->sections[i]->count; k++)
			if (plan->sections[i]->entries[k].bad &&
				plan->sections[i]->entries[k].key->shape == KEY_AXIS)
				return true;
	return false;
}

static void list_words(const struct plan *plan, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < plan->section_count; i++) {
		const struct plan_section *section = plan->sections[i];

		for (size_t k = 0; !section->copy && k < section->count; k++) {
			const struct plan_entry *entry = &section->entries[k];

			for (size_t v = 0; entry->key->shape == KEY_AXIS && v < entry->count; v++)
				if (used < size)
					used += (size_t)snprintf(buf + used, size - used, "%s%s",
						used ? ", " : "", entry->values[v].text);
		}
	}
}

/*
 * In bound.WORD, WORD must be an axis value of some case. Not checked if an axis has a wrong value,
 * because that value may be the one that WORD means.
 */
static void check_words(struct plan_reader *reader)
{
	const struct plan *plan = reader->plan;

	if (any_bad_axis(plan))
		return;
	for (size_t i = 0; i < plan->section_count; i++) {
		const struct plan_section *section = plan->sections[i];

		for (size_t k = 0; k < section->count; k++) {
			const struct plan_entry *entry = &section->entries[k];
			char known[256];

			if (!entry->word || has_word(plan, NULL, entry->word))
				continue;
			list_words(plan, known, sizeof(known));
			complain(&reader->complaints, entry->line,
				"%s.%.60s: no case has the value '%.60s' (known: %s)",
				entry->key->name, entry->word, entry->word, known);
		}
	}
}

int plan_make_cases(struct plan_reader *reader)
{
	size_t cases;

	check_words(reader);
	if (find_axes(reader, &cases))
		return -1;
	plan_copy_axes(reader->plan);
	return reader->complaints.count ? 0 : build_cases(reader->plan, cases);
}

size_t plan_case_count(const struct plan *plan)
{
	return plan->case_count;
}

const struct plan_case *plan_case_at(const struct plan *plan, size_t i)
{
	return i < plan->case_count ? &plan->cases[i] : NULL;
}

const struct plan_case *plan_case_find(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->case_count; i++)
		if (strcmp(plan->cases[i].name, name) == 0)
			return &plan->cases[i];
	return NULL;
}

size_t plan_axis_count(const struct plan *plan)
{
	return plan->axis_count;
}

const char *plan_axis_name(const struct plan *plan, size_t axis)
{
	return plan->axes[axis].name;
}

const char *plan_axis_value(const struct plan_case *plan_case, size_t axis)
{
	return plan_case->plan->axes[axis].entry->values[plan_case->choice[axis]].text;
}

/* The last qualified bound that fits the case, else the unqualified bound. */
int64_t plan_bound(const struct plan_case *plan_case)
{
	const struct plan_section *section = plan_section_find(plan_case->plan, SECTION_PLAN, "");
	int64_t bound_ns = plan_number(plan_case, section, "bound");

	for (size_t k = 0; k < section->count; k++) {
		const struct plan_entry *entry = &section->entries[k];

		if (entry->word && strcmp(entry->key->name, "bound") == 0 &&
			has_word(plan_case->plan, plan_case, entry->word))
			bound_ns = entry->values[0].number;
	}
	return bound_ns;
}

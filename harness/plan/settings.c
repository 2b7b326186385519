/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gives the values of a plan's sections in a case, as structs or by key. */
#include "harness/plan/settings.h"

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

/* The value of a scalar or axis in a case; NULL: absent. A key that has no row is a bug. */
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

size_t plan_together(const struct plan_case *plan_case)
{
	int64_t together = plan_number(
		plan_case, plan_section_at(plan_case->plan, SECTION_MOVE, 0), "together");

	return together == NS_NONE ? 0 : (size_t)together;
}

size_t plan_repeat(const struct plan *plan)
{
	return (size_t)plan_number(NULL, plan_section_find(plan, SECTION_PLAN, ""), "repeat");
}

/* Structs. */

static void put(void *settings, const struct plan_key *key, const struct plan_entry *entry,
	const struct plan_value *value)
{
	void *member = (char *)settings + key->offset;

	switch (key->setting) {
	case SETTING_NUMBER:
		*(int64_t *)member = value ? value->number : NS_NONE;
		break;
	case SETTING_FLAG:
		*(bool *)member = value && value->number == 1;
		break;
	case SETTING_WORD:
		*(unsigned *)member = value ? (unsigned)value->number : 0;
		break;
	case SETTING_TEXT:
		*(const char **)member = value ? value->text : NULL;
		break;
	case SETTING_LIST:
		*(struct plan_list *)member =
			(struct plan_list){entry ? entry->values : NULL, entry ? entry->count : 0};
		break;
	case SETTING_UNSET:
		break;
	}
}

static void fill(const struct plan_key *key, const struct plan_case *plan_case,
	const struct plan_section *section, void *settings)
{
	const struct plan_entry *entry = section ? plan_entry_find(section, key->name) : NULL;
	size_t chosen = plan_case && entry && entry->axis != PLAN_NO_AXIS
				? plan_case->choice[entry->axis]
				: 0;

	put(settings, key, entry, entry && chosen < entry->count ? &entry->values[chosen] : NULL);
}

static void read_section(enum section_kind kind, const struct plan_case *plan_case,
	const struct plan_section *section, void *settings)
{
	struct key_walk walk = {.section = kind};
	const struct plan_key *key;

	while ((key = key_walk_next(&walk)))
		if (!plan_key_owner(key))
			fill(key, plan_case, section, settings);
}

void component_settings_read(
	const struct plan_component *component, const struct plan_section *section, void *settings)
{
	for (size_t i = 0; i < component->key_count; i++)
		fill(&component->keys[i], NULL, section, settings);
}

void *component_settings_new(
	const struct plan_component *component, const struct plan_section *section)
{
	void *settings = component->settings_size ? calloc(1, component->settings_size) : NULL;

	if (settings)
		component_settings_read(component, section, settings);
	return settings;
}

#define READ(type, kind, plan_case, section)               \
	struct type settings = {0};                        \
                                                           \
	read_section(kind, plan_case, section, &settings); \
	return settings;

struct plan_settings plan_settings_of(const struct plan *plan)
{
	READ(plan_settings, SECTION_PLAN, NULL, plan_section_at(plan, SECTION_PLAN, 0))
}

struct lab_settings lab_settings_of(const struct plan *plan, const struct plan_case *plan_case)
{
	READ(lab_settings, SECTION_LAB, plan_case, plan_section_at(plan, SECTION_LAB, 0))
}

struct platform_settings platform_settings_of(const struct plan *plan)
{
	READ(platform_settings, SECTION_PLATFORM, NULL, plan_section_at(plan, SECTION_PLATFORM, 0))
}

struct move_settings move_settings_of(const struct plan *plan)
{
	READ(move_settings, SECTION_MOVE, NULL, plan_section_at(plan, SECTION_MOVE, 0))
}

struct judge_settings judge_settings_of(const struct plan *plan)
{
	READ(judge_settings, SECTION_JUDGE, NULL, plan_section_at(plan, SECTION_JUDGE, 0))
}

struct host_settings host_settings_of(const struct plan_section *host)
{
	READ(host_settings, SECTION_HOST, NULL, host)
}

struct vm_settings vm_settings_of(const struct plan_case *plan_case, const struct plan_section *vm)
{
	READ(vm_settings, SECTION_VM, plan_case, vm)
}

struct probe_settings probe_settings_of(const struct plan_section *probe)
{
	READ(probe_settings, SECTION_PROBE, NULL, probe)
}

struct control_settings control_settings_of(const struct plan_section *control)
{
	READ(control_settings, SECTION_CONTROL, NULL, control)
}

struct station_settings station_settings_of(const struct plan_section *station)
{
	READ(station_settings, SECTION_STATION, NULL, station)
}

struct workload_settings workload_settings_of(const struct plan_section *workload)
{
	READ(workload_settings, SECTION_WORKLOAD, NULL, workload)
}

/*
 * The key of a kind of section that fills the member at `offset`, or NULL; not a component's own.
 */
static const struct plan_key *key_at(enum section_kind kind, size_t offset)
{
	struct key_walk walk = {.section = kind};
	const struct plan_key *key;

	while ((key = key_walk_next(&walk)))
		if (key->setting != SETTING_UNSET && !plan_key_owner(key) && key->offset == offset)
			return key;
	return NULL;
}

struct plan_list settings_values(const struct plan_section *section, size_t offset)
{
	const struct plan_key *key = section ? key_at(section->kind, offset) : NULL;
	const struct plan_entry *entry = key ? plan_entry_find(section, key->name) : NULL;

	return (struct plan_list){entry ? entry->values : NULL, entry ? entry->count : 0};
}

const char *settings_text(const struct plan_section *section, size_t offset)
{
	struct plan_list list = settings_values(section, offset);

	return list.count ? list.value[0].text : NULL;
}

bool plan_moved_by_others(const struct plan *plan)
{
	return !plan_platform(plan)->platform.starts_moves ||
	       move_settings_of(plan).start == START_EXTERNAL;
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

uint16_t plan_session_port(const struct plan_section *probe)
{
	const struct probe_traits *traits = &component_of(probe)->probe;
	int64_t port = traits->port ? number_of(probe, traits->port) : NS_NONE;

	return port == NS_NONE ? 0 : (uint16_t)port;
}

int64_t plan_disk_bytes(const struct plan_section *workload)
{
	const struct workload_traits *traits = &component_of(workload)->workload;

	return traits->size ? number_of(workload, traits->size) : NS_NONE;
}

const char *vm_session_name(enum vm_session session)
{
	const struct plan_key *key = key_at(SECTION_VM, offsetof(struct vm_settings, session));

	return session == SESSION_UNSET ? "" : key->words[session];
}

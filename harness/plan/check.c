/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Checks the sections of a plan against each other: required sections and keys, and names that must
 * exist. Keys with a wrong value are skipped, because values.c has complained of them already.
 */
#include "harness/plan/internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/*
 * True if it is known where the hosts come from. False after a misspelt header that was probably
 * [lab] or [platform NAME]: complaints about its consequences would mislead.
 */
static bool site_known(const struct plan_reader *reader)
{
	return (!reader->presumed[SECTION_LAB] || plan_section_count(reader->plan, SECTION_LAB)) &&
	       (!reader->presumed[SECTION_PLATFORM] ||
		       plan_section_count(reader->plan, SECTION_PLATFORM));
}

static void check_required(struct plan_reader *reader, const struct plan_section *section)
{
	struct key_walk walk = {.section = section->kind};
	const struct plan_key *key;

	while ((key = key_walk_next(&walk)))
		if (key->required && !plan_key_owner(key) && !plan_entry_find(section, key->name))
			complain(&reader->complaints, section->line, "[%s %s] lacks '%s' (%s)",
				plan_section_rows[section->kind].word, section->name, key->name,
				key->help);
}

/* Required sections. A section whose header is misspelt is not also reported as missing. */
static void check_present(struct plan_reader *reader)
{
	static const struct {
		enum section_kind kind;
		const char *message;
	} compulsory[] = {
		{SECTION_VM, "no VM to move (add [vm desk])"},
		{SECTION_PROBE, "no probe (add [probe fine] with kind = burst)"},
		{SECTION_CONTROL,
			"no control target, so a blackout cannot be distinguished from a broken "
			"probe (add [control switch] with target = lab-switch)"},
	};
	const struct plan *plan = reader->plan;
	size_t line = reader->complaints.last_line;
	size_t hosts = plan_section_count(plan, SECTION_HOST);
	const struct plan_section *lab = plan_section_at(plan, SECTION_LAB, 0);

	for (size_t i = 0; i < ARRAY_SIZE(compulsory); i++)
		if (!reader->presumed[compulsory[i].kind])
			complain(&reader->complaints, line, "%s", compulsory[i].message);
	if (lab && hosts)
		complain(&reader->complaints, lab->line,
			"both [lab] and [host %s] in line %zu (keep the embedded lab or your own "
			"hosts)",
			plan_section_at(plan, SECTION_HOST, 0)->name,
			plan_section_at(plan, SECTION_HOST, 0)->line);
	if (!plan_platform(plan)->platform.needs_hosts || lab || !site_known(reader))
		return;
	if (!reader->presumed[SECTION_HOST])
		complain(&reader->complaints, line,
			"no hosts (add [lab], or two sections [host NAME] with uri = "
			"qemu+ssh://…)");
	else if (hosts == 1)
		complain(&reader->complaints, plan_section_at(plan, SECTION_HOST, 0)->line,
			"only one host (a move needs two sections [host NAME])");
	if (hosts > PLAN_HOSTS_MAX)
		complain(
			&reader->complaints, line, "%zu hosts (at most %d)", hosts, PLAN_HOSTS_MAX);
}

/* A probe writes its facts to STATION-PROBE.tsv, so two probes must not get the same file name. */
static void check_facts_name(struct plan_reader *reader, const struct plan_section *section)
{
	const struct plan_section *other;
	const char *station = text_of(section, "station");
	char name[2 * PLAN_NAME_MAX + 8], taken[2 * PLAN_NAME_MAX + 8];

	snprintf(name, sizeof(name), "%s-%s", station ? station : "", section->name);
	for (size_t i = 0; (other = plan_section_at(reader->plan, SECTION_PROBE, i)) != section;
		i++) {
		const char *from = text_of(other, "station");

		snprintf(taken, sizeof(taken), "%s-%s", from ? from : "", other->name);
		if (station && from && strcmp(name, taken) == 0)
			complain(&reader->complaints, section->line,
				"[probe %s] from %s would write to the same file of facts as "
				"[probe %s] from %s (another name)",
				section->name, station, other->name, from);
	}
}

static void check_probe(struct plan_reader *reader, const struct plan_section *section)
{
	const struct plan_component *component = component_of(section);
	const char *kind = component ? component->name : NULL,
		   *station = text_of(section, "station");
	const struct probe_traits *traits = component ? &component->probe : NULL;
	int64_t interval_ns = number_of(section, "interval");
	int64_t timeout_ns = number_of(section, "timeout");
	char min[48];

	if (station && strcmp(station, "local") != 0 &&
		!plan_section_find(reader->plan, SECTION_STATION, station))
		complain(&reader->complaints, line_of(section, "station"),
			"station: there is no [station %.60s] (add it, or station = local)",
			station);
	check_facts_name(reader, section);
	if (!traits)
		return;
	plan_check_simulated(reader, section, component);
	plan_check_own_keys(reader, section, component);
	if (traits->interval_ns == NS_NONE) {
		if (interval_ns != NS_NONE || timeout_ns != NS_NONE)
			complain(&reader->complaints,
				line_of(section, interval_ns != NS_NONE ? "interval" : "timeout"),
				"kind = %s sends nothing, so it has no interval and no timeout "
				"(remove it)",
				kind);
		return;
	}
	units_format(UNIT_TIME, traits->min_interval_ns, min, sizeof(min));
	if (interval_ns != NS_NONE && interval_ns < traits->min_interval_ns)
		complain(&reader->complaints, line_of(section, "interval"),
			"interval: %s is too short for kind = %s (at least %s)",
			text_of(section, "interval"), kind, min);
	else if (traits->below_interval && timeout_ns != NS_NONE && interval_ns != NS_NONE &&
		 timeout_ns >= interval_ns)
		complain(&reader->complaints, line_of(section, "timeout"),
			"timeout: %s is not below the interval of %s (kind = %s blocks until its "
			"time-out; "
			"say timeout = 950 ms with interval = 1 s)",
			text_of(section, "timeout"), text_of(section, "interval"), kind);
}

static void check_judge(struct plan_reader *reader, const struct plan_section *judge)
{
	const char *name = text_of(judge, "probe");
	const struct plan_section *probe;
	const struct plan_component *kind;

	if (!reader->presumed[SECTION_PROBE])
		return;
	if (!name) {
		/* A probe of an unknown kind, already reported, may be the one to judge by. */
		for (size_t i = 0; i < plan_section_count(reader->plan, SECTION_PROBE); i++)
			if (!component_of(plan_section_at(reader->plan, SECTION_PROBE, i)))
				return;
		if (!plan_entry_find(judge, "probe") &&
			plan_section_count(reader->plan, SECTION_PROBE))
			complain(&reader->complaints, reader->complaints.last_line,
				"no probe to judge by (add one with kind = burst or ping)");
		return;
	}
	probe = plan_section_find(reader->plan, SECTION_PROBE, name);
	kind = probe ? component_of(probe) : NULL;
	if (!probe)
		complain(&reader->complaints, line_of(judge, "probe"),
			"[judge] names no probe of this plan: '%.60s' (the NAME of a [probe NAME])",
			name);
	else if (kind && !kind->probe.judged)
		complain(&reader->complaints, line_of(judge, "probe"),
			"[judge] names '%s', but no verdict can rest on kind = %s (a burst or a "
			"ping)",
			name, kind->name);
}

/* The host that a key names must exist in the plan or in the lab. */
static void check_host(
	struct plan_reader *reader, const struct plan_section *section, const char *key)
{
	const struct plan_section *lab = plan_section_at(reader->plan, SECTION_LAB, 0);
	const char *name = text_of(section, key);
	int64_t count = lab ? number_of(lab, "hosts") : 0;

	if (!name || plan_simulated(reader->plan) || !site_known(reader))
		return;
	if (lab && count != NS_NONE &&
		(strlen(name) != 1 || name[0] < 'a' || name[0] >= 'a' + count))
		complain(&reader->complaints, line_of(section, key),
			"%s: the lab has no host '%.60s' (its %" PRId64 " hosts are a to %c)", key,
			name, count, (char)('a' + count - 1));
	else if (!lab && !plan_section_find(reader->plan, SECTION_HOST, name))
		complain(&reader->complaints, line_of(section, key),
			"%s: there is no [host %.60s] (the NAME of a [host NAME])", key, name);
}

/* False if a [vm NAME] with `count` was not expanded; a complaint says why. */
static bool vms_are_known(const struct plan *plan)
{
	for (size_t i = 0; i < plan_section_count(plan, SECTION_VM); i++) {
		const struct plan_section *vm = plan_section_at(plan, SECTION_VM, i);
		const struct plan_entry *count = plan_entry_find(vm, "count");

		if (count && (count->bad || count->count) && !vm->copy)
			return false;
	}
	return true;
}

static void check_parallel_moves(struct plan_reader *reader, const struct plan_section *move)
{
	const struct plan_entry *entry = plan_entry_find(move, "together");
	size_t vms = plan_section_count(reader->plan, SECTION_VM);

	if (!entry || entry->bad || !vms)
		return;
	for (size_t i = 0; i < entry->count; i++)
		if ((size_t)entry->values[i].number > vms && vms_are_known(reader->plan))
			complain(&reader->complaints, entry->line,
				"together: %s moves at a time, but the plan has %zu VM%s (at most "
				"%zu; or [vm NAME] with count = N)",
				entry->values[i].text, vms, vms == 1 ? "" : "s", vms);
	if (plan_moved_by_others(reader->plan))
		complain(&reader->complaints, entry->line,
			"together: somebody else starts the moves, one VM after another "
			"(remove it, or start = migrate)");
}

static void check_move(struct plan_reader *reader, const struct plan_section *move)
{
	const char *from = text_of(move, "from"), *to = text_of(move, "to");
	const struct plan_component *platform = plan_platform(reader->plan);
	const char *start = text_of(move, "start");

	check_host(reader, move, "from");
	check_host(reader, move, "to");
	if (from && to && strcmp(from, to) == 0)
		complain(&reader->complaints, line_of(move, "to"),
			"from and to are both '%.60s' (two different hosts)", from);
	if (start && strcmp(start, "migrate") == 0 && !platform->platform.starts_moves)
		complain(&reader->complaints,
			move->line ? line_of(move, "start") : reader->complaints.last_line,
			"[platform %s] starts no moves ([move] with start = external)",
			platform->name);
	check_parallel_moves(reader, move);
}

/* The kernel setting behind first-probe, delay_first_probe_time, takes whole seconds. */
static void check_lab(struct plan_reader *reader, const struct plan_section *lab)
{
	int64_t ns = number_of(lab, "first-probe");

	if (ns != NS_NONE && ns % NS_PER_S)
		complain(&reader->complaints, line_of(lab, "first-probe"),
			"first-probe: %s is not in whole seconds (first-probe = 1 s)",
			text_of(lab, "first-probe"));
}

static void check_station(struct plan_reader *reader, const struct plan_section *station)
{
	const struct plan_section *lab = plan_section_at(reader->plan, SECTION_LAB, 0);
	const char *position = text_of(station, "place");

	if (!position || !site_known(reader))
		return;
	if (!lab)
		complain(&reader->complaints, line_of(station, "place"),
			"place: only the embedded lab has the place '%s' (netns = NAME)", position);
	else if (text_of(station, "netns"))
		complain(&reader->complaints, line_of(station, "place"),
			"place: [station %.60s] is in a netns already (one of the two)",
			station->name);
	else if (strcmp(position, "router") == 0 && !plan_has_value(lab, "prober", "router"))
		complain(&reader->complaints, line_of(station, "place"),
			"place: the lab has no router ([lab] with prober = router)");
}

static void check_vm(struct plan_reader *reader, const struct plan_section *vm)
{
	const struct platform_traits *platform = &plan_platform(reader->plan)->platform;
	bool lab = plan_section_count(reader->plan, SECTION_LAB) > 0;
	const struct plan_entry *memory = plan_entry_find(vm, "memory");
	const struct plan_entry *vcpus = plan_entry_find(vm, "vcpus");
	const struct plan_value *value = value_of(vm, "owned");
	bool owned = value && value->number;

	check_host(reader, vm, "host");
	if (site_known(reader))
		plan_check_vm_workload(reader, vm);
	if (!lab && plan_entry_find(vm, "announce") && site_known(reader))
		complain(&reader->complaints, line_of(vm, "announce"),
			"announce: only the embedded lab can keep its VMs from being announced "
			"(remove it)");
	if (!lab && plan_entry_find(vm, "disk") && site_known(reader))
		complain(&reader->complaints, line_of(vm, "disk"),
			"disk: only the embedded lab makes disks (remove it)");
	if (lab && value && !owned)
		complain(&reader->complaints, line_of(vm, "owned"),
			"owned: the lab makes its VMs itself (remove it)");
	if (lab || platform->simulated || !site_known(reader) ||
		(platform->needs_hosts && !reader->presumed[SECTION_HOST]))
		return;
	if (!plan_entry_find(vm, "address"))
		complain(&reader->complaints, vm->line,
			plan_entry_find(vm, "count")
				? "[vm %s] lacks its addresses (address = 192.0.2.7, 192.0.2.8, …: "
				  "one for each VM)"
				: "[vm %s] lacks its address (address = 192.0.2.7, where it answers)",
			vm->name);
	if (owned && !plan_entry_find(vm, "xml") && platform->makes_vms)
		complain(&reader->complaints, vm->line,
			"[vm %s] is owned, but has no domain XML to be made from (xml = desk.xml)",
			vm->name);
	if (!value || owned)
		return;
	if (plan_entry_find(vm, "xml"))
		complain(&reader->complaints, line_of(vm, "xml"),
			"xml: [vm %s] is not owned, so it is never made (owned = yes, or remove "
			"it)",
			vm->name);
	if ((memory && memory->count > 1) || (vcpus && vcpus->count > 1))
		complain(&reader->complaints,
			line_of(vm, memory && memory->count > 1 ? "memory" : "vcpus"),
			"[vm %s] is not owned, so its size is never changed (one value, or owned = "
			"yes)",
			vm->name);
}

/*
 * True if libvirt would execute a command that the URI gives: in `command=`, in the transport ext,
 * or as an option of ssh in the place of a user or host.
 */
static bool executes(const char *uri, const char *authority)
{
	const char *query = strchr(authority, '?');
	size_t n = strcspn(authority, "/?#");
	const char *at = memchr(authority, '@', n);

	return memmem(uri, (size_t)(authority - uri), "+ext:", 5) || authority[0] == '-' ||
	       (at && at[1] == '-') || (query && strstr(query, "command="));
}

/*
 * A password is refused, because each result folder keeps a copy of the plan; a command, because a
 * plan is often somebody else's, and the user's own ~/.ssh/config can do the same.
 */
static void check_uri(struct plan_reader *reader, const struct plan_section *host, const char *key)
{
	const char *uri = text_of(host, key);
	const char *user = uri ? strstr(uri, "://") : NULL;
	size_t n = user ? strcspn(user + 3, "/@") : 0;

	if (user && executes(uri, user + 3))
		complain(&reader->complaints, line_of(host, key),
			"%s: '%.60s' makes libvirt execute a command (set it in your ~/.ssh/config "
			"instead)",
			key, uri);
	else if (user && user[3 + n] == '@' && memchr(user + 3, ':', n))
		complain(&reader->complaints, line_of(host, key),
			"%s: a password does not belong in a plan (see libvirt's auth.conf)", key);
	else if (uri && !user)
		complain(&reader->complaints, line_of(host, key),
			"%s: '%.60s' is no URI (qemu+ssh://root@host/system)", key, uri);
}

static void check_host_uris(struct plan_reader *reader, const struct plan_section *host)
{
	check_uri(reader, host, "uri");
	check_uri(reader, host, "peer-uri");
}

/* Reports list VMs and controls together, so their names must differ. */
static void check_control(struct plan_reader *reader, const struct plan_section *control)
{
	const struct plan_section *vm = plan_section_find(reader->plan, SECTION_VM, control->name);

	if (vm)
		complain(&reader->complaints, control->line,
			"[control %s] has the name of [vm %s] in line %zu (another name)",
			control->name, vm->name, vm->line);
}

static void check_lab_size(struct plan_reader *reader)
{
	const struct plan *plan = reader->plan;
	size_t vms = plan_section_count(plan, SECTION_VM);

	if (plan_is_lab(plan) && vms > LAB_VMS_MAX)
		complain(&reader->complaints,
			line_of(plan_section_at(plan, SECTION_VM, LAB_VMS_MAX), "count"),
			"the lab has addresses for %d VMs, the plan has %zu (fewer)", LAB_VMS_MAX,
			vms);
}

void plan_check_together(struct plan_reader *reader)
{
	static void (*const checks[SECTION_KINDS])(
		struct plan_reader *, const struct plan_section *) = {
		[SECTION_LAB] = check_lab,
		[SECTION_HOST] = check_host_uris,
		[SECTION_VM] = check_vm,
		[SECTION_MOVE] = check_move,
		[SECTION_PROBE] = check_probe,
		[SECTION_CONTROL] = check_control,
		[SECTION_STATION] = check_station,
		[SECTION_JUDGE] = check_judge,
		[SECTION_WORKLOAD] = plan_check_workload,
	};

	check_present(reader);
	for (size_t i = 0; i < reader->plan->section_count; i++) {
		const struct plan_section *section = reader->plan->sections[i];

		if (section->duplicate)
			continue;
		if (!section->copy)
			check_required(reader, section);
		if (checks[section->kind] && !section->copy)
			checks[section->kind](reader, section);
		if (!reader->saved && !section->expanded)
			plan_check_addresses(reader, section);
	}
	check_lab_size(reader);
	if (!reader->saved)
		plan_check_vm_addresses(reader);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Checks for `check` and `run` only, not for saved plans: whether a plan fits into this machine's
 * and its VMs' memory, and which settings have no effect.
 */
#include "harness/plan/internal.h"

#include <inttypes.h>
#include <string.h>

#define MB (INT64_C(1) << 20)
/*
 * Memory that the lab's guest needs for itself: GUEST_OWN plus 1/GUEST_SHARE of its memory at least
 * (measured: 57 of 128 MB, 72 of 512 MB, 175 of 2 GB). GUEST_RESERVE stays free at any fill
 * (tools/guest/agent/pages.c).
 */
#define GUEST_OWN (48 * MB)
#define GUEST_SHARE 32
#define GUEST_RESERVE (24 * MB)
/* The default of dirty-set. */
#define DIRTY_SET (64 * MB)

/* The case with the largest sum of its VMs' memory, and that sum. */
static const struct plan_case *largest_case(const struct plan *plan, int64_t *max_bytes)
{
	const struct plan_case *largest = NULL;

	*max_bytes = -1;
	for (size_t c = 0; c < plan_case_count(plan); c++) {
		int64_t bytes = 0;

		for (size_t i = 0; i < plan_section_count(plan, SECTION_VM); i++)
			bytes += plan_number(plan_case_at(plan, c),
				plan_section_at(plan, SECTION_VM, i), "memory");
		if (bytes > *max_bytes) {
			*max_bytes = bytes;
			largest = plan_case_at(plan, c);
		}
	}
	return largest;
}

/* The largest amount of memory that can be free in a case's VM after the fill. */
static int64_t free_bytes(const struct plan_case *c, const struct plan_section *vm)
{
	int64_t memory_bytes = plan_number(c, vm, "memory"), bytes;

	if (!plan_is_lab(c->plan))
		return memory_bytes;
	bytes = memory_bytes - GUEST_OWN - memory_bytes / GUEST_SHARE -
		memory_bytes / 100 * plan_number(c, vm, "fill");
	return bytes > GUEST_RESERVE ? bytes : GUEST_RESERVE;
}

/*
 * Complains and returns true if a VM's free memory in a case is too small for its rewritten pages.
 */
static bool check_set(
	struct complaints *complaints, const struct plan_case *c, const struct plan_section *vm)
{
	const char *name = plan_text(c, vm, "workload"), *key = "set", *rate = "rate";
	const struct plan_section *section =
		name ? plan_section_find(c->plan, SECTION_WORKLOAD, name) : NULL;
	int64_t set_bytes, available_bytes = free_bytes(c, vm);

	if (!section || !component_of(section)->workload.pages) {
		if (plan_number(c, vm, "dirty") <= 0)
			return false;
		section = vm;
		key = "dirty-set";
		rate = "dirty";
	}
	set_bytes = plan_number(c, section, key);
	/* As in tools/guest/workload/dirty.c: 1/512 covers its tables of 5 bytes a page. */
	if (set_bytes + set_bytes / 512 <= available_bytes)
		return false;
	complain(complaints, line_of(section, plan_entry_find(section, key)->line ? key : rate),
		"%s: %.0f MB do not fit into [vm %s] in case '%.300s': at most %.0f MB of its "
		"memory are left for them (a smaller %s, %smore memory)",
		key, (double)set_bytes / MB, vm->name, c->name, (double)available_bytes / MB, key,
		plan_is_lab(c->plan) ? "a lower fill, or " : "or ");
	return true;
}

static void check_sets(const struct plan *plan, struct complaints *complaints)
{
	const struct plan_section *vm;

	for (size_t i = 0; (vm = plan_section_at(plan, SECTION_VM, i)); i++)
		for (size_t k = 0; vm->copy <= 1 && k < plan_case_count(plan); k++)
			if (check_set(complaints, plan_case_at(plan, k), vm))
				break;
}

int plan_check_memory(const struct plan *plan, int64_t available_bytes, struct plan_errors *errors)
{
	struct complaints complaints = {.file = plan->file};
	const struct plan_case *largest;
	int64_t bytes;

	check_sets(plan, &complaints);
	largest = largest_case(plan, &bytes);
	if (plan_is_lab(plan) && largest && bytes > available_bytes)
		complain(&complaints, line_of(plan_section_at(plan, SECTION_VM, 0), "memory"),
			"case '%.300s': its VMs have %.1f GB of memory, this machine %.1f GB "
			"(smaller VMs, or fewer)",
			largest->name, (double)bytes / (double)(1 << 30),
			(double)available_bytes / (double)(1 << 30));
	if (!complaints.count)
		return 0;
	complaints_hand_over(&complaints, errors);
	return -1;
}

/* The first probe that holds users' sessions. */
static const struct plan_section *session_probe(const struct plan *plan)
{
	const struct plan_section *probe;

	for (size_t i = 0; (probe = plan_section_at(plan, SECTION_PROBE, i)); i++)
		if (component_of(probe)->probe.user_session)
			return probe;
	return NULL;
}

static void advise_sessions(const struct plan *plan, struct complaints *advice)
{
	const struct plan_section *probe = session_probe(plan), *vm;
	bool any = false;

	for (size_t i = 0; (vm = plan_section_at(plan, SECTION_VM, i)); i++) {
		any |= plan_has_value(vm, "session", "attached") ||
		       plan_has_value(vm, "session", "detached");
		if (!probe && vm->copy <= 1 && plan_has_value(vm, "session", "attached"))
			complain(advice, line_of(vm, "session"),
				"warning: session: nothing opens a session ([probe NAME] and kind "
				"= "
				"session, or kind = rdp)");
	}
	if (probe && !any)
		complain(advice, probe->line,
			"warning: [probe %s] has nothing to do: no VM has a session (session = "
			"attached in a [vm NAME])",
			probe->name);
}

static void advise_workloads(const struct plan *plan, struct complaints *advice)
{
	const struct plan_section *section;

	for (size_t i = 0; (section = plan_section_at(plan, SECTION_VM, i)); i++)
		/* The value is compared, because a resolved plan contains the default too. */
		if (section->copy <= 1 && !plan_entry_find(section, "dirty") &&
			plan_number(NULL, section, "dirty-set") != DIRTY_SET)
			complain(advice, line_of(section, "dirty-set"),
				"warning: dirty-set: without dirty nothing is rewritten (dirty = "
				"100 "
				"MB/s)");
	for (size_t i = 0; (section = plan_section_at(plan, SECTION_WORKLOAD, i)); i++)
		if (plan_is_lab(plan) && component_of(section)->workload.ssh)
			complain(advice, line_of(section, "kind"),
				"warning: kind: the lab's own guest has no ssh server, so the "
				"command cannot be started (BLACKOUT_GUEST with a guest that has "
				"one)");
}

void plan_advise(const struct plan *plan, struct plan_errors *advice)
{
	struct complaints complaints = {.file = plan->file};

	advise_sessions(plan, &complaints);
	advise_workloads(plan, &complaints);
	complaints_hand_over(&complaints, advice);
}

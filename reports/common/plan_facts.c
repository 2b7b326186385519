/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the plan says of a case's VM, and which moves were set up: see document.h. */
#include "reports/common/document.h"
#include "harness/plan/settings.h"

#include <string.h>

static const struct plan_section *vm_section(const struct plan_case *plan_case, const char *vm)
{
	return plan_section_find(plan_case->plan, SECTION_VM, vm);
}

const char *case_row_name(const struct plan_case *plan_case, const char *case_name, const char *vm,
	char buf[static ROW_NAME_MAX])
{
	bool several = plan_case && plan_together(plan_case);

	snprintf(buf, ROW_NAME_MAX, "%.500s%s%s", case_name, several ? " " : "", several ? vm : "");
	return buf;
}

int64_t case_memory(const struct plan_case *plan_case, const char *vm)
{
	const struct plan_section *section = vm_section(plan_case, vm);
	int64_t bytes = section ? vm_settings_of(plan_case, section).memory_bytes : -1;

	return bytes > 0 ? bytes : -1;
}

double case_fill(const struct plan_case *plan_case, const char *vm)
{
	const struct plan_section *section = vm_section(plan_case, vm);
	int64_t percent = section ? vm_settings_of(plan_case, section).fill_percent : -1;

	return percent >= 0 && percent <= 100 ? (double)percent / 100 : -1;
}

const char *case_session(const struct plan_case *plan_case, const char *vm)
{
	const struct plan_section *section = vm_section(plan_case, vm);

	return vm_session_name(vm_settings_of(plan_case, section).session);
}

size_t moves_set_up(const struct results *results)
{
	size_t n = 0;

	for (size_t i = 0; i < results->move_count; i++)
		n += !results->moves[i].move->set_up_failed;
	return n;
}

bool has_several(const struct results *results)
{
	for (size_t i = 0; i < results->case_count; i++)
		if (plan_together(results->cases[i].plan_case))
			return true;
	return false;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the reports want to know of a case's VM from the plan: see document.h. */
#include "reports/common/document.h"

#include <string.h>

static const struct plan_section *vm_section(const struct plan_case *plan_case, const char *vm)
{
	return plan_section_find(plan_case->plan, SECTION_VM, vm);
}

int64_t case_memory(const struct plan_case *plan_case, const char *vm)
{
	const struct plan_section *section = vm_section(plan_case, vm);
	int64_t bytes = section ? plan_number(plan_case, section, "memory") : -1;

	return bytes > 0 ? bytes : -1;
}

double case_fill(const struct plan_case *plan_case, const char *vm)
{
	const struct plan_section *section = vm_section(plan_case, vm);
	int64_t percent = section ? plan_number(plan_case, section, "fill") : -1;

	return percent >= 0 && percent <= 100 ? (double)percent / 100 : -1;
}

const char *case_session(const struct plan_case *plan_case, const char *vm)
{
	const struct plan_section *section = vm_section(plan_case, vm);
	const char *session = section ? plan_text(plan_case, section, "session") : NULL;

	return session ? session : "";
}

size_t moves_set_up(const struct results *results)
{
	size_t n = 0;

	for (size_t i = 0; i < results->move_count; i++)
		n += !results->moves[i].move->set_up_failed;
	return n;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding a workload by its component, and checking that it is whole: see workload.h. */
#include "harness/ops/workload.h"

const struct workload_ops *workload_find(
	const struct workload_ops *const *table, const struct plan_component *component)
{
	for (; *table; table++)
		if ((*table)->component == component)
			return *table;
	return NULL;
}

const char *workload_missing(const struct workload_ops *ops)
{
	const struct {
		const char *name;
		bool there;
	} needs[] = {
		{"component", ops->component},
		{"start", ops->start},
		{"status", ops->status},
		{"verify", ops->verify},
		{"stop", ops->stop},
	};

	for (size_t i = 0; i < ARRAY_SIZE(needs); i++)
		if (!needs[i].there)
			return needs[i].name;
	return NULL;
}

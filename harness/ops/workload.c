/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of workloads: lookup by component, and the check that a row is complete. */
#include "harness/ops/workload.h"

#include "harness/ops/required.h"

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
	const struct required_member required[] = {
		{"component", ops->component},
		{"start", ops->start},
		{"status", ops->status},
		{"verify", ops->verify},
		{"stop", ops->stop},
	};

	return required_missing(required, ARRAY_SIZE(required));
}

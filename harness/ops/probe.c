/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of probes: lookup by component, and the check that a row is complete. */
#include "harness/ops/probe.h"

#include "harness/plan/component.h"

#include <stdlib.h>

const struct probe_ops *probe_find(
	const struct probe_ops *const *table, const struct plan_component *component)
{
	for (; *table; table++)
		if ((*table)->component == component)
			return *table;
	return NULL;
}

const char *probe_kind(const struct probe_ops *ops)
{
	return ops->component->name;
}

const char *probe_missing(const struct probe_ops *ops)
{
	const struct {
		const char *name;
		bool present;
	} required[] = {
		{"component", ops->component},
		{"open", ops->open},
		{"start", ops->start},
		{"drain", ops->drain},
		{"stop", ops->stop},
		{"close", ops->close},
	};

	for (size_t i = 0; i < ARRAY_SIZE(required); i++)
		if (!required[i].present)
			return required[i].name;
	return NULL;
}

void *probe_downcast(struct probe *probe, const struct probe_ops *ops)
{
	if (probe->ops->close != ops->close)
		abort();
	return probe;
}

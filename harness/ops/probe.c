/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of probes: lookup by component, and the check that a row is complete. */
#include "harness/ops/probe.h"

#include "harness/ops/required.h"
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
	const struct required_member required[] = {
		{"component", ops->component},
		{"open", ops->open},
		{"start", ops->start},
		{"drain", ops->drain},
		{"stop", ops->stop},
		{"close", ops->close},
	};

	return required_missing(required, ARRAY_SIZE(required));
}

void *probe_downcast(struct probe *probe, const struct probe_ops *ops)
{
	if (probe->ops->close != ops->close)
		abort();
	return probe;
}

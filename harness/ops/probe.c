/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding a probe by its kind, and checking that a probe is whole: see probe.h. */
#include "harness/ops/probe.h"

#include <string.h>

/* The probe of that kind in a NULL-ended table, or NULL. */
const struct probe_ops *probe_find(const struct probe_ops *const *table, const char *kind)
{
	for (; *table; table++)
		if ((*table)->kind && strcmp((*table)->kind, kind) == 0)
			return *table;
	return NULL;
}

/* The name of what a probe lacks, or NULL: `command` alone is optional. */
const char *probe_missing(const struct probe_ops *ops)
{
	const struct {
		const char *name;
		bool there;
	} needs[] = {
		{"kind", ops->kind && *ops->kind},
		{"help", ops->help && *ops->help},
		{"default_interval_ns", ops->default_interval_ns > 0},
		{"least_interval_ns", ops->least_interval_ns > 0 &&
			ops->least_interval_ns <= ops->default_interval_ns},
		{"open", ops->open},
		{"start", ops->start},
		{"drain", ops->drain},
		{"stop", ops->stop},
		{"close", ops->close},
	};

	for (size_t i = 0; i < ARRAY_SIZE(needs); i++)
		if (!needs[i].there)
			return needs[i].name;
	return NULL;
}

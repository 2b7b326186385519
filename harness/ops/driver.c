/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of drivers: lookup by component, and the check that a row is complete. */
#include "harness/ops/driver.h"

#include "harness/ops/required.h"

#include <stdlib.h>

const struct driver_ops *driver_find(
	const struct driver_ops *const *table, const struct plan_component *component)
{
	for (; *table; table++)
		if ((*table)->component == component)
			return *table;
	return NULL;
}

const char *driver_missing(const struct driver_ops *ops)
{
	const struct required_member required[] = {
		{"component", ops->component != NULL},
		{"open", ops->open != NULL},
		{"close", ops->close != NULL},
		{"vm_ensure", ops->vm_ensure != NULL},
		{"vm_remove", ops->vm_remove != NULL},
		{"trigger", ops->trigger != NULL},
		{"job_status", ops->job_status != NULL},
		{"cancel", ops->cancel != NULL},
		{"where", ops->where != NULL},
		{"reconnect", ops->reconnect != NULL},
	};

	return required_missing(required, ARRAY_SIZE(required));
}

void *driver_downcast(struct driver *driver, const struct driver_ops *ops)
{
	if (driver && driver->ops != ops)
		abort();
	return driver;
}

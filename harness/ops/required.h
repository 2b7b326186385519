/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The check that a row of a table of operations is complete, for all such tables. */
#ifndef BLACKOUT_OPS_REQUIRED_H
#define BLACKOUT_OPS_REQUIRED_H

#include "harness/base/base.h"

/* A member that each row must have. */
struct required_member {
	const char *name;
	bool present;
};

/* The name of the first member that is not present; NULL: the row is complete. */
static inline const char *required_missing(const struct required_member *members, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!members[i].present)
			return members[i].name;
	return NULL;
}

#endif

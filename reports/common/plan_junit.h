/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plan's moves as JUnit tests, for CI servers. */
#ifndef BLACKOUT_REPORTS_COMMON_PLAN_JUNIT_H
#define BLACKOUT_REPORTS_COMMON_PLAN_JUNIT_H

#include "harness/base/directory.h"
#include "harness/verdict/verdict.h"

/*
 * Writes OUT/junit.xml: one test per move, and one that fails if planned moves are missing. Writes
 * nothing for a standalone folder.
 */
int report_junit(const struct results *results, const struct directory *out, struct err *e);

#endif

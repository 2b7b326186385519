/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plan's moves as JUnit tests, for CI servers. */
#ifndef BLACKOUT_REPORTS_COMMON_PLAN_JUNIT_H
#define BLACKOUT_REPORTS_COMMON_PLAN_JUNIT_H

#include "harness/verdict/verdict.h"

/* OUT/junit.xml: a test a move, and one that none is missing; no file of a watch-only folder. */
int report_junit(const struct results *results, const char *out, struct err *e);

#endif

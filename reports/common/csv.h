/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The result tables of a folder, as CSV. */
#ifndef BLACKOUT_REPORTS_COMMON_CSV_H
#define BLACKOUT_REPORTS_COMMON_CSV_H

#include "harness/base/directory.h"
#include "harness/verdict/verdict.h"

/*
 * Writes every table to OUT: runs.csv, gaps.csv, cases.csv, sessions.csv, workloads.csv; for a
 * standalone folder gaps.csv alone. docs/facts.md lists the columns.
 */
int report_csv(const struct results *results, const struct directory *out, struct err *e);

#endif

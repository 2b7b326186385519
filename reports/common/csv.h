/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of a folder. */
#ifndef BLACKOUT_REPORTS_COMMON_CSV_H
#define BLACKOUT_REPORTS_COMMON_CSV_H

#include "harness/verdict/verdict.h"

/*
 * Every table: runs.csv, gaps.csv, cases.csv, sessions.csv in OUT; of a watch-only folder, which has
 * neither runs nor cases, gaps.csv alone. Columns: docs/facts.md.
 */
int report_csv(const struct results *results, const char *out, struct err *e);

#endif

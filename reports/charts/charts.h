/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All charts of a folder. */
#ifndef BLACKOUT_REPORTS_CHARTS_CHARTS_H
#define BLACKOUT_REPORTS_CHARTS_CHARTS_H

#include "harness/verdict/verdict.h"
#include "reports/common/chart_choice.h"
#include "reports/common/gnuplot.h"

/*
 * OUT/charts: the .gp and .dat of each chart (of the moves, those in `move_charts`), and the .svg that
 * gnuplot makes of them, in one process. Where it is missing, fails or hangs the charts are left out
 * and `note` (never NULL) says so, "" otherwise. Errors: files cannot be written.
 */
int report_charts(const struct results *results, const char *environment,
	const struct move_charts *move_charts, const char *out, char note[static REPORT_NOTE_MAX], struct err *e);

#endif

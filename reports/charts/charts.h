/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All charts of a result folder. */
#ifndef BLACKOUT_REPORTS_CHARTS_CHARTS_H
#define BLACKOUT_REPORTS_CHARTS_CHARTS_H

#include "harness/base/directory.h"
#include "harness/verdict/verdict.h"
#include "reports/common/chart_choice.h"
#include "reports/common/gnuplot.h"

/*
 * Writes to OUT/charts the .gp and .dat of each chart (of moves: those drawn by `move_charts`), and
 * the .svg that one process of gnuplot makes of each. If gnuplot is missing, fails or hangs, there
 * are no .svg and `note` says why; otherwise it is "". Errors: files cannot be written.
 */
int report_charts(const struct results *results, const char *environment,
	const struct move_charts *move_charts, const struct directory *out,
	char note[static REPORT_NOTE_MAX], struct err *e);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * All reports of a folder. Each output has a function in a folder of its own, a pure function of the
 * results (and of the environment's text), so that the same facts give the same bytes. They print; they
 * judge nothing.
 */
#ifndef BLACKOUT_REPORTS_REPORT_H
#define BLACKOUT_REPORTS_REPORT_H

#include "reports/charts/charts.h"

/*
 * Every table, text, chart and page into `out`, which is made if it is not there. `environment` and
 * `charts` as report_text takes them, `note` as report_charts does.
 */
int report_all(const struct results *results, const char *environment,
	const struct move_charts *charts, const char *out, char note[static REPORT_NOTE_MAX], struct err *e);

#endif

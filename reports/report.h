/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * All reports of a result folder. Each output is a pure function of the results and of the text of
 * environment.json, so the same facts give the same bytes. Reports print; they do not judge.
 */
#ifndef BLACKOUT_REPORTS_REPORT_H
#define BLACKOUT_REPORTS_REPORT_H

#include "reports/charts/charts.h"

/*
 * Writes every table, text, chart and page to the folder `out`. `environment` and `charts` are as
 * in report_text, `note` as in report_charts.
 */
int report_all(const struct results *results, const char *environment,
	const struct move_charts *charts, const struct directory *out,
	char note[static REPORT_NOTE_MAX], struct err *e);

#endif

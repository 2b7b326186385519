/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All reports of a folder: see report.h. */
#include "reports/report.h"

int report_all(const struct results *results, const char *environment, const char *out,
	char note[static REPORT_NOTE_MAX], struct err *e)
{
	note[0] = '\0';
	if (dir_make(out, e) || report_csv(results, out, e) ||
		report_text(results, environment, out, e) ||
		report_charts(results, environment, out, note, e))
		return -1;
	return report_html(results, environment, out, e);
}

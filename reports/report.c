/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All reports of a folder: see report.h. */
#include "reports/report.h"

#include "reports/common/csv.h"
#include "reports/common/plan_junit.h"
#include "reports/html/html.h"
#include "reports/text/text.h"

#include <stdlib.h>

int report_all(const struct results *results, const char *environment,
	const struct move_charts *charts, const struct directory *out,
	char note[static REPORT_NOTE_MAX], struct err *e)
{
	char *text = NULL;
	int rc;

	note[0] = '\0';
	rc = report_csv(results, out, e) || report_junit(results, out, e) ||
	     report_text(results, environment, charts, out, &text, e) ||
	     report_charts(results, environment, charts, out, note, e) ||
	     report_html(results, charts, text, out, e);
	free(text);
	return rc ? -1 : 0;
}

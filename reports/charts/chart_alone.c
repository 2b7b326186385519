/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A chart outside of a result folder's report: of a comparison or a trend. */
#include "reports/charts/chart.h"
#include "reports/charts/drafts.h"
#include "reports/common/gnuplot.h"

int chart_alone_open(
	struct chart *chart, int height, const char *title, const char *subtitle, struct err *e)
{
	if (doc_open(&chart->gp, e))
		return -1;
	if (doc_open(&chart->dat, e)) {
		doc_drop(&chart->gp);
		return -1;
	}
	chart_head(chart->gp.f, chart->name, height, title, subtitle);
	return 0;
}

/* Writes NAME.dat and NAME.gp to the drafts. Frees both, also on errors. */
static int write_both(
	struct chart *chart, const struct directory *drafts, const char *script, struct err *e)
{
	char data[CHART_NAME_MAX + 8];

	snprintf(data, sizeof(data), "%s.dat", chart->name);
	if (doc_close(&chart->dat, drafts, data, e)) {
		doc_drop(&chart->gp);
		return -1;
	}
	return doc_close(&chart->gp, drafts, script, e);
}

int chart_alone_draw(struct chart *chart, const struct directory *out,
	char note[static REPORT_NOTE_MAX], struct err *e)
{
	struct directory drafts = {.fd = -1}, charts = {.fd = -1};
	char script[CHART_NAME_MAX + 8], why[GNUPLOT_WHY_MAX];
	int result = -1;
	bool drawn;

	snprintf(script, sizeof(script), "%s.gp", chart->name);
	if (directory_enter(&charts, out, "charts", true, e) || drafts_open(&drafts, e)) {
		chart_drop(chart);
	} else if (!write_both(chart, &drafts, script, e)) {
		drawn = gnuplot_execute(drafts.path, script, why);
		if (!drawn)
			snprintf(note, REPORT_NOTE_MAX,
				"%s: no chart was drawn, its script is %.100s/%.80s", why,
				charts.path, script);
		result = drafts_publish(&drafts, &charts, chart->name, drawn, e);
	}
	drafts_remove(&drafts);
	directory_close(&charts);
	return result;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A chart outside of a result folder's report: of a comparison or a trend. */
#include "reports/charts/chart.h"
#include "reports/common/gnuplot.h"

#include <limits.h>
#include <unistd.h>

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

/* Writes NAME.dat and NAME.gp to DIR. Frees both, also on errors. */
static int write_both(
	struct chart *chart, const char *dir, char *script, size_t size, struct err *e)
{
	char data[CHART_NAME_MAX + 8];

	snprintf(data, sizeof(data), "%s.dat", chart->name);
	snprintf(script, size, "%s.gp", chart->name);
	if (doc_close(&chart->dat, dir, data, e)) {
		doc_drop(&chart->gp);
		return -1;
	}
	return doc_close(&chart->gp, dir, script, e);
}

/* Removes an older picture, which does not belong to the new data. */
static void drop_drawing(const struct chart *chart, const char *dir)
{
	char path[PATH_MAX], leaf[CHART_NAME_MAX + 8];

	snprintf(leaf, sizeof(leaf), "%s.svg", chart->name);
	if (path_join(path, sizeof(path), dir, leaf) == 0)
		unlink(path);
}

int chart_alone_draw(
	struct chart *chart, const char *out, char note[static REPORT_NOTE_MAX], struct err *e)
{
	char dir[PATH_MAX], log[PATH_MAX], script[CHART_NAME_MAX + 8], why[GNUPLOT_WHY_MAX];

	if (path_join(dir, sizeof(dir), out, "charts") || dir_make(dir, e)) {
		chart_drop(chart);
		return *e->text ? -1 : err_set(e, "%s: name too long", out);
	}
	if (write_both(chart, dir, script, sizeof(script), e))
		return -1;
	if (!gnuplot_execute(dir, script, why)) {
		snprintf(note, REPORT_NOTE_MAX,
			"%s: no chart was drawn, its script is %.100s/%.80s", why, dir, script);
		drop_drawing(chart, dir);
	}
	if (path_join(log, sizeof(log), dir, GNUPLOT_LOG) == 0)
		unlink(log);
	return 0;
}

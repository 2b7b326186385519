/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * compare.svg: every run of base and new as an interval, case by case, with job time above and
 * blackout below.
 */
#include "reports/charts/chart.h"
#include "reports/compare/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Pixels: a panel's frame, and each case's two bands in it. */
#define PANEL_PX 110
#define CASE_PX 46
/* Intervals without an end are drawn up to this multiple of the largest finite end. */
#define BEYOND 1.15

/* The largest finite end of a measure. */
static double largest(const struct comparison *comparison, enum measure m)
{
	double max = 0;

	for (size_t i = 0; i < comparison->count; i++) {
		const struct compared *c = &comparison->cases[i].measure[m];

		for (size_t k = 0; k < c->base + c->fresh; k++) {
			if (c->hi[k] < COMPARE_ENDLESS_S && c->hi[k] > max)
				max = c->hi[k];
			if (c->lo[k] > max)
				max = c->lo[k];
		}
	}
	return max > 0 ? max : 1;
}

static void put_runs(
	FILE *dat, const struct comparison *comparison, enum measure m, bool fresh, double max)
{
	for (size_t i = 0; i < comparison->count; i++) {
		const struct compared *c = &comparison->cases[i].measure[m];
		size_t from = fresh ? c->base : 0, n = fresh ? c->fresh : c->base;

		for (size_t k = 0; k < n; k++) {
			double hi = c->hi[from + k] < COMPARE_ENDLESS_S ? c->hi[from + k]
									: max * BEYOND;
			double step = n > 1 ? 0.3 * (double)k / (double)(n - 1) : 0.15;

			fprintf(dat, "%.6f %.6f %.6f %.4f\n",
				c->hi[from + k] < COMPARE_ENDLESS_S ? c->mid[from + k] : hi,
				c->lo[from + k], hi,
				-(double)i - (fresh ? 0.05 + step : -0.05 - step));
		}
	}
	fputs("\n\n", dat);
}

static void put_panel(struct chart *s, const struct comparison *comparison, enum measure m,
	const struct compare_labels *labels)
{
	double max = largest(comparison, m), top = m == MEASURE_JOB ? 0.85 : 0.42;
	FILE *gp = s->gp.f;

	put_runs(s->dat.f, comparison, m, false, max);
	put_runs(s->dat.f, comparison, m, true, max);
	fprintf(gp, "set tmargin at screen %.3f\nset bmargin at screen %.3f\n", top, top - 0.31);
	fprintf(gp, "set xlabel '%s, s' offset 0,0.4\nset xrange [0:%.6f]\nset yrange [%.2f:0.6]\n",
		measure_name(m), max * 1.25, -(double)comparison->count + 0.4);
	fputs("set ytics (", gp);
	for (size_t i = 0; i < comparison->count; i++) {
		char safe[256], fit[128];

		text_safe(comparison->cases[i].name, safe, sizeof(safe));
		fputs(i ? ", " : "", gp);
		chart_quote(gp, text_fit(safe, 34, fit, sizeof(fit)));
		fprintf(gp, " %zd", -(ssize_t)i);
	}
	fputs(")\n", gp);
	for (int fresh = 0; fresh < 2; fresh++) {
		fprintf(gp,
			"%s'compare.dat' index %d using 1:4:2:3 with xerrorbars pt 7 ps 0.5 lw "
			"1.5 lc rgb '%s' title ",
			fresh ? ", " : "plot ", (int)m * 2 + fresh,
			fresh ? COLOUR_RED : COLOUR_BLUE);
		chart_quote(gp, fresh ? labels->fresh : labels->base);
	}
	fputc('\n', gp);
}

int compare_chart(const struct comparison *comparison, const struct compare_labels *labels,
	const struct directory *out, char note[static REPORT_NOTE_MAX], struct err *e)
{
	int height = 2 * PANEL_PX + (int)comparison->count * 2 * CASE_PX;
	struct chart s = {.name = "compare"};
	char title[256];

	if (chart_alone_open(&s, height < 420 ? 420 : height,
		    compare_headline(comparison, title, sizeof(title)),
		    "every run as an interval; base above, new below in each case", e))
		return -1;
	fputs("set lmargin at screen 0.30\nset rmargin at screen 0.98\nset key at screen 0.98,screen 0.97 right top\n"
	      "set multiplot\n",
		s.gp.f);
	for (enum measure m = 0; m < MEASURES; m++) {
		if (m == MEASURE_BLACKOUT)
			fputs("unset label 1\nunset label 2\nunset key\n", s.gp.f);
		put_panel(&s, comparison, m, labels);
	}
	fputs("unset multiplot\nset output\n", s.gp.f);
	return chart_alone_draw(&s, out, note, e);
}

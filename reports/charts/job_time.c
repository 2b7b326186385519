/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * job-time.svg: job time against memory with the fitted line and the one that the link's rate
 * predicts; the published points and their fit in grey.
 */
#include "reports/charts/chart.h"

#include "harness/base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Points of job time over memory. */
struct points {
	double *gb, *s, *lo_s, *hi_s;
	size_t count;
};

static void points_release(struct points *p)
{
	free(p->gb);
	free(p->s);
	free(p->lo_s);
	free(p->hi_s);
}

static void points_init(struct points *p, size_t count)
{
	p->gb = memory_zeroed("charts", count + 1, sizeof(double));
	p->s = memory_zeroed("charts", count + 1, sizeof(double));
	p->lo_s = memory_zeroed("charts", count + 1, sizeof(double));
	p->hi_s = memory_zeroed("charts", count + 1, sizeof(double));
}

static void published_points(const struct reference *r, struct points *p)
{
	points_init(p, r->job_count);
	for (size_t i = 0; i < r->job_count; i++) {
		if (!r->jobs[i].run)
			continue;
		p->gb[p->count] = r->jobs[i].memory_gb;
		p->s[p->count] = p->lo_s[p->count] = p->hi_s[p->count] = r->jobs[i].job_s;
		p->count++;
	}
}

static double largest(const double *a, size_t n, double min)
{
	for (size_t i = 0; i < n; i++)
		min = fmax(a[i], min);
	return min;
}

static void put_points(
	struct chart *chart, const struct points *p, const char *strokes, const char *style)
{
	unsigned block;

	if (!p->count)
		return;
	block = chart_block(chart);
	/* Runs of one memory size are drawn side by side, so that none hides another. */
	for (size_t i = 0; i < p->count; i++) {
		size_t before = 0, all = 0;

		for (size_t j = 0; j < p->count; j++) {
			bool same = fabs(p->gb[j] - p->gb[i]) < 1e-9;

			before += same && j < i;
			all += same;
		}
		fprintf(chart->dat.f, "%.6f %.6f %.6f %.6f\n",
			p->gb[i] + ((double)before - (double)(all - 1) / 2) * 0.02, p->s[i],
			p->lo_s[i], p->hi_s[i]);
	}
	if (strokes)
		chart_plot(chart, block, strokes);
	chart_plot(chart, block, style);
}

static void put_line(struct chart *chart, double intercept, double slope, double to_gb,
	const char *style, const char *title)
{
	unsigned block = chart_block(chart);

	fprintf(chart->dat.f, "0 %.6f\n%.6f %.6f\n", intercept, to_gb, intercept + slope * to_gb);
	chart_plot(chart, block, "using 1:2 with lines ");
	fprintf(chart->gp.f, "%s title '%s'", style, title);
}

static void put_title(const struct line_fit *fit, bool fitted, char *title, size_t size)
{
	if (!fitted)
		snprintf(title, size, "Job time against memory (one memory size: no line to fit)");
	else if (isfinite(fit->slope_lo))
		snprintf(title, size,
			"Job time changes with memory by %.2f s/GB (95 %%: %.2f to %.2f)",
			fit->slope, fit->slope_lo, fit->slope_hi);
	else
		snprintf(title, size, "Job time changes with memory by %.2f s/GB (two moves only)",
			fit->slope);
}

static void put_frame(FILE *f, double to_gb, double to_s)
{
	fprintf(f, "set xrange [0:%.3f]\nset yrange [0:%.3f]\n", to_gb, to_s);
	fputs("set xlabel 'memory of the VM, GB' offset 0,0.3\nset ylabel 'job time, s'\n"
	      "set tmargin screen 0.86\nset bmargin screen 0.26\nset lmargin screen 0.09\n"
	      "set rmargin screen 0.98\nset key at screen 0.53,screen 0.065 center vertical "
	      "maxrows 2 Left reverse samplen 2 spacing 1.2 width 1 font ',12'\n",
		f);
}

/* The line that the link's rate predicts, from the fitted line's value at 0 GB. */
static void put_predicted(struct chart *chart, const struct job_time *t, double to_gb)
{
	char title[128];

	if (!isfinite(t->predicted))
		return;
	snprintf(title, sizeof(title), "predicted by %s: %.2f s/GB",
		t->basis == BASIS_SENT ? "bytes sent" : "memory filled", t->predicted);
	put_line(chart, t->fitted ? t->fit.intercept : 0, t->predicted, to_gb,
		"lc rgb '" COLOUR_ORANGE "' lw 2 dt 2", title);
}

static void put_job_time(struct chart *chart, const struct job_time *t, const struct points *theirs)
{
	const struct points ours = {t->gb, t->s, t->lo_s, t->hi_s, t->count};
	double to_gb = largest(ours.gb, ours.count, largest(theirs->gb, theirs->count, 1)) * 1.1;
	double to_s = largest(ours.hi_s, ours.count, largest(theirs->hi_s, theirs->count, 1)) * 1.2;
	struct line_fit published;
	char title[128];

	put_frame(chart->gp.f, to_gb, to_s);
	put_points(chart, theirs, NULL,
		"using 1:2 with points pt 6 ps 1.2 lw 1.5 lc rgb '" COLOUR_GREY
		"' title 'published (not ours)'");
	if (line_fit(theirs->gb, theirs->s, theirs->count, &published)) {
		snprintf(title, sizeof(title), "published fit: %.1f s/GB", published.slope);
		put_line(chart, published.intercept, published.slope, to_gb,
			"lc rgb '" COLOUR_LIGHT "' lw 5", title);
	}
	put_predicted(chart, t, to_gb);
	if (t->fitted) {
		snprintf(title, sizeof(title), "fit: %.2f s/GB, %.1f s at 0 GB", t->fit.slope,
			t->fit.intercept);
		put_line(chart, t->fit.intercept, t->fit.slope, to_gb,
			"lc rgb '" COLOUR_BLUE "' lw 2", title);
	}
	/* Intervals as strokes, because error bars would have a white rim round each point. */
	put_points(chart, &ours,
		"using 1:3:(0):($4-$3) with vectors nohead lw 2 lc rgb '" COLOUR_BLUE "' notitle",
		"using 1:2 with points pt 7 ps 0.6 lc rgb '" COLOUR_BLUE
		"' title 'a move (job time)'");
}

int chart_job_time(struct chart_context *c, struct err *e)
{
	const struct job_time *t = c->job_time;
	struct points theirs = {0};
	struct chart chart;
	char title[160], words[320];
	int result = -1;

	published_points(c->reference, &theirs);
	put_title(&t->fit, t->fitted, title, sizeof(title));
	job_time_prediction(t, words, sizeof(words));
	if (chart_open(c, &chart, "job-time", 500, title, words, e))
		goto out;
	put_job_time(&chart, t, &theirs);
	result = chart_close(c, &chart, e);
out:
	points_release(&theirs);
	return result;
}

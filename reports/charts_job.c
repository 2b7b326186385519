/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * job-time.svg: job time against memory with the fitted line and what the link alone would take,
 * the published points and their fit in grey.
 */
#include "reports/charts.h"
#include "reports/fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define GB 1073741824.0

/* Points of job time over memory. */
struct points {
	double *gb, *s, *lo_s, *hi_s;
	size_t count;
};

static void points_free(struct points *p)
{
	free(p->gb);
	free(p->s);
	free(p->lo_s);
	free(p->hi_s);
}

static int points_room(struct points *p, size_t count, struct err *e)
{
	p->gb = calloc(count + 1, sizeof(double));
	p->s = calloc(count + 1, sizeof(double));
	p->lo_s = calloc(count + 1, sizeof(double));
	p->hi_s = calloc(count + 1, sizeof(double));
	return p->gb && p->s && p->lo_s && p->hi_s ? 0 : err_set(e, "charts: out of memory");
}

/* Jobs that ended as completed, of VMs whose memory the plan states. */
static int our_points(const struct results *r, struct points *p, struct err *e)
{
	if (points_room(p, r->move_count, e))
		return -1;
	for (size_t i = 0; i < r->move_count; i++) {
		const struct move_result *m = &r->moves[i];
		int64_t memory = case_memory(m->plan_case, m->move->vm);

		if (memory < 0 || m->job.lo_ns == NS_NONE || m->job.hi_ns == NS_INF ||
			!m->move->job || strcmp(m->move->job->state, "completed") != 0)
			continue;
		p->gb[p->count] = (double)memory / GB;
		p->lo_s[p->count] = (double)m->job.lo_ns / NS_PER_S;
		p->hi_s[p->count] = (double)m->job.hi_ns / NS_PER_S;
		p->s[p->count] = (p->lo_s[p->count] + p->hi_s[p->count]) / 2;
		p->count++;
	}
	return 0;
}

static int their_points(const struct reference *r, struct points *p, struct err *e)
{
	if (points_room(p, r->job_count, e))
		return -1;
	for (size_t i = 0; i < r->job_count; i++) {
		if (!r->jobs[i].run)
			continue;
		p->gb[p->count] = r->jobs[i].memory_gb;
		p->s[p->count] = p->lo_s[p->count] = p->hi_s[p->count] = r->jobs[i].job_s;
		p->count++;
	}
	return 0;
}

static double largest(const double *a, size_t n, double least)
{
	for (size_t i = 0; i < n; i++)
		least = a[i] > least ? a[i] : least;
	return least;
}

static void put_points(
	struct chart *chart, const struct points *p, const char *strokes, const char *style)
{
	unsigned block;

	if (!p->count)
		return;
	block = chart_block(chart);
	/* Runs of one size stand side by side, in order, so that none hides another. */
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

/* The mean fill of the VMs that moved; -1 if the plan does not say. */
static double mean_fill(const struct results *r)
{
	double sum = 0;
	size_t n = 0;

	for (size_t i = 0; i < r->move_count; i++) {
		double fill = case_fill(r->moves[i].plan_case, r->moves[i].move->vm);

		if (fill < 0)
			continue;
		sum += fill;
		n++;
	}
	return n ? sum / (double)n : -1;
}

/* Seconds a GB that copying the filled share once over the link takes, NAN if unknown; in words
 * too. */
static double predicted_slope(const struct chart_context *c, char *words, size_t size)
{
	double fill = mean_fill(c->results), slope;

	if (c->link_bps == NS_NONE || fill <= 0) {
		snprintf(words, size,
			"The rate of the link or the fill of the VM is not known: nothing to hold "
			"the slope "
			"against.");
		return NAN;
	}
	slope = copy_seconds_per_gb(fill, (double)c->link_bps);
	snprintf(words, size,
		"Copying the filled %.0f %% of memory once over the link (%s: %.0f Mbit/s) takes "
		"%.2f s/GB.",
		fill * 100, c->link_measured ? "measured" : "nominal", (double)c->link_bps / 1e6,
		slope);
	return slope;
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
	      "set tmargin screen 0.86\nset bmargin screen 0.26\nset lmargin screen 0.08\n"
	      "set rmargin screen 0.98\nset key at screen 0.53,screen 0.065 center vertical "
	      "maxrows 2 Left reverse samplen 2 spacing 1.2 width 1 font ',12'\n",
		f);
}

static void put_job_time(struct chart *chart, const struct points *ours,
	const struct points *theirs, const struct line_fit *fit, double predicted)
{
	double to_gb = largest(ours->gb, ours->count, largest(theirs->gb, theirs->count, 1)) * 1.1;
	double to_s =
		largest(ours->hi_s, ours->count, largest(theirs->hi_s, theirs->count, 1)) * 1.2;
	struct line_fit published;
	char title[128];

	put_frame(chart->gp.f, to_gb, to_s);
	put_points(chart, theirs, NULL,
		"using 1:2 with points pt 6 ps 1.2 lw 1.5 lc rgb '" COLOUR_GREY
		"' title 'published (not ours)'");
	if (line_fit(theirs->gb, theirs->s, theirs->count, &published)) {
		snprintf(title, sizeof(title), "their fit: %.1f s/GB", published.slope);
		put_line(chart, published.intercept, published.slope, to_gb,
			"lc rgb '" COLOUR_LIGHT "' lw 5", title);
	}
	if (isfinite(predicted)) {
		snprintf(title, sizeof(title), "link alone: %.2f s/GB", predicted);
		put_line(chart, fit ? fit->intercept : 0, predicted, to_gb,
			"lc rgb '" COLOUR_ORANGE "' lw 2 dt 2", title);
	}
	if (fit) {
		snprintf(title, sizeof(title), "fit: %.2f s/GB, %.1f s at 0 GB", fit->slope,
			fit->intercept);
		put_line(chart, fit->intercept, fit->slope, to_gb, "lc rgb '" COLOUR_BLUE "' lw 2",
			title);
	}
	/* An interval as a stroke; error bars would put a white rim round each point. */
	put_points(chart, ours,
		"using 1:3:(0):($4-$3) with vectors nohead lw 2 lc rgb '" COLOUR_BLUE "' notitle",
		"using 1:2 with points pt 7 ps 0.6 lc rgb '" COLOUR_BLUE
		"' title 'a move (job time)'");
}

int chart_job_time(struct chart_context *c, struct err *e)
{
	struct points ours = {0}, theirs = {0};
	struct line_fit fit;
	struct chart chart;
	char title[160], words[256];
	double predicted;
	bool fitted;
	int result = -1;

	if (our_points(c->results, &ours, e) || their_points(c->reference, &theirs, e))
		goto out;
	fitted = line_fit(ours.gb, ours.s, ours.count, &fit);
	put_title(&fit, fitted, title, sizeof(title));
	predicted = predicted_slope(c, words, sizeof(words));
	if (chart_open(c, &chart, "job-time", 500, title, words, e))
		goto out;
	put_job_time(&chart, &ours, &theirs, fitted ? &fit : NULL, predicted);
	result = chart_close(c, &chart, e);
out:
	points_free(&ours);
	points_free(&theirs);
	return result;
}

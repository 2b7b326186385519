/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * watch.svg: a standalone folder on one time axis. Below: a row for each of the targets that were
 * silent longest. Above: the answers of the worst target or, if there are more targets than rows,
 * the number of silent targets.
 */
#include "reports/charts/chart.h"
#include "harness/base/memory.h"
#include "reports/common/thin.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MAX 12
#define SLICES 700
#define STEPS_MAX 4000

struct view {
	struct chart chart;
	const struct results *results;
	const struct standalone_result *rows[ROWS_MAX]; /* worst first */
	size_t row_count;
	int64_t zero_ns, end_ns;
};

static double seconds(const struct view *v, int64_t at_ns)
{
	return (double)(at_ns - v->zero_ns) / NS_PER_S;
}

static bool worse(const struct standalone_result *a, const struct standalone_result *b)
{
	const struct interval *x = &a->observation.blackout, *y = &b->observation.blackout;

	return x->hi_ns != y->hi_ns ? x->hi_ns > y->hi_ns : x->lo_ns > y->lo_ns;
}

/* Keeps the worst targets; if equal, the earlier series. */
static void take_rows(struct view *v)
{
	for (size_t i = 0; i < v->results->standalone_count; i++) {
		const struct standalone_result *result = &v->results->standalone[i];
		size_t at = v->row_count;

		while (at > 0 && worse(result, v->rows[at - 1]))
			at--;
		if (at == ROWS_MAX)
			continue;
		if (v->row_count < ROWS_MAX)
			v->row_count++;
		memmove(&v->rows[at + 1], &v->rows[at],
			(v->row_count - at - 1) * sizeof(v->rows[0]));
		v->rows[at] = result;
	}
}

static void put_name(FILE *f, const struct series *s)
{
	char safe[256], name[64];

	chart_quote(f, text_fit(text_safe(s->target, safe, sizeof(safe)), 18, name, sizeof(name)));
}

/* A block of the rows' gaps. `proven`: where each gap is proven, otherwise its outermost ends. */
static void put_gaps(struct view *v, bool proven)
{
	FILE *f = v->chart.dat.f;

	for (size_t row = 0; row < v->row_count; row++) {
		const struct gaps *gaps = &v->rows[row]->observation.gaps;

		for (size_t i = 0; i < gaps->count; i++) {
			const struct gap *g = &gaps->gap[i];
			int64_t from_ns = proven ? g->l1_ns : g->a_ns;
			int64_t to_ns = proven ? g->ln_ns : g->r_ns;

			if (from_ns == NS_NONE)
				from_ns = v->zero_ns;
			if (to_ns == NS_NONE)
				to_ns = v->end_ns;
			fprintf(f, "%.6f %zu %.6f %.6f %.2f %.2f\n", seconds(v, from_ns), row,
				seconds(v, from_ns), seconds(v, to_ns), (double)row - 0.32,
				(double)row + 0.32);
		}
	}
}

static void put_rows(struct view *v)
{
	FILE *f = v->chart.gp.f;
	unsigned possible = 0, proven = 0;
	size_t gaps = 0;

	for (size_t row = 0; row < v->row_count; row++)
		gaps += v->rows[row]->observation.gaps.count;
	if (gaps) {
		possible = chart_block(&v->chart);
		put_gaps(v, false);
		proven = chart_block(&v->chart);
		put_gaps(v, true);
	}
	fprintf(f, "unset logscale y\nunset ylabel\nset yrange [%.1f:-0.6]\nset ytics (",
		(double)v->row_count - 0.4);
	for (size_t row = 0; row < v->row_count; row++) {
		fputs(row ? ", " : "", f);
		put_name(f, v->rows[row]->observation.series);
		fprintf(f, " %zu", row);
	}
	fputs(") font ',11'\nset tmargin screen 0.48\nset bmargin screen 0.16\n"
	      "set xlabel 'seconds since the first fact'\n"
	      "set key at screen 0.56,screen 0.03 center horizontal maxrows 1 samplen 2 "
	      "font ',11'\n",
		f);
	if (gaps) {
		chart_plot(&v->chart, possible,
			"using 1:2:3:4:5:6 with boxxyerror fc rgb '" COLOUR_ORANGE
			"' fs solid 0.35 border lc rgb '" COLOUR_ORANGE
			"' title 'may have been silent'");
		chart_plot(&v->chart, proven,
			"using 1:2:3:4:5:6 with boxxyerror fc rgb '" COLOUR_RED
			"' fs solid 0.9 border lc rgb '" COLOUR_RED "' title 'was silent'");
	}
	chart_clause(&v->chart);
	fputs("NaN notitle", f);
	chart_plot_end(&v->chart);
}

/* The worst target's answers, with its lost probes as strokes above them. */
static void put_answers(struct view *v)
{
	const struct series *s = v->rows[0]->observation.series;
	struct thin_points points = {0};
	FILE *f = v->chart.gp.f, *dat = v->chart.dat.f;
	double min_ms = 1e9, max_ms = 0;
	unsigned block;

	thin_series(s, v->zero_ns, v->end_ns + 1, SLICES, &points);
	block = chart_block(&v->chart);
	for (size_t i = 0; i < points.count; i++) {
		double ms = (double)points.point[i].round_trip_ns / NS_PER_MS;

		if (ms <= 0)
			continue;
		min_ms = fmin(ms, min_ms);
		max_ms = fmax(ms, max_ms);
		fprintf(dat, "%.6f %.4f\n", seconds(v, points.point[i].sent_ns), ms);
	}
	if (max_ms <= 0) {
		min_ms = 0.1;
		max_ms = 1;
		fputs("NaN NaN\n", dat);
	}
	chart_block(&v->chart);
	for (size_t i = 0; i < points.count; i++)
		if (points.point[i].round_trip_ns == NS_NONE)
			fprintf(dat, "%.6f %.4f 0 %.4f\n", seconds(v, points.point[i].sent_ns),
				max_ms * 2, max_ms);
	fprintf(dat, "NaN NaN 0 0\n");
	thin_release(&points);
	fprintf(f, "set logscale y\nset yrange [%.4f:%.4f]\nset ylabel ", min_ms / 1.4, max_ms * 4);
	fputs("'round trip, ms'\nset key at screen 0.97,screen 0.915 right horizontal maxrows 1 samplen 2 font ',11'\n",
		f);
	chart_plot(&v->chart, block,
		"using 1:2 with points pt 7 ps 0.3 lc rgb '" COLOUR_BLUE "' title ");
	put_name(f, s);
	chart_plot(&v->chart, block + 1,
		"using 1:2:3:4 with vectors nohead lc rgb '" COLOUR_RED
		"' lw 1.3 title 'never answered'");
	chart_plot_end(&v->chart);
}

static int by_time(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Number of silent targets over time; each counts from its first lost probe to its next answer. */
static void put_count(struct view *v)
{
	size_t n = 0, i = 0, k = 0, step;
	int64_t *from, *to;
	FILE *f = v->chart.gp.f;
	unsigned block;

	for (size_t w = 0; w < v->results->standalone_count; w++)
		n += v->results->standalone[w].observation.gaps.count;
	from = memory_zeroed("charts", 2 * (n + 1), sizeof(*from));
	to = from + n + 1;
	for (size_t w = 0; w < v->results->standalone_count; w++) {
		const struct gaps *gaps = &v->results->standalone[w].observation.gaps;

		for (size_t g = 0; g < gaps->count; g++, i++) {
			from[i] = gaps->gap[g].l1_ns;
			to[i] = gaps->gap[g].r_ns == NS_NONE ? INT64_MAX : gaps->gap[g].r_ns;
		}
	}
	qsort(from, n, sizeof(*from), by_time);
	qsort(to, n, sizeof(*to), by_time);
	block = chart_block(&v->chart);
	fputs("0 0\n", v->chart.dat.f);
	/* Counted in steps too small to be seen. */
	step = (size_t)((v->end_ns - v->zero_ns) / STEPS_MAX + 1);
	i = 0;
	for (int64_t at_ns = v->zero_ns; at_ns <= v->end_ns; at_ns += (int64_t)step) {
		size_t out = i - k;

		while (i < n && from[i] <= at_ns)
			i++;
		while (k < n && to[k] <= at_ns)
			k++;
		if (i - k != out)
			fprintf(v->chart.dat.f, "%.6f %zu\n", seconds(v, at_ns), i - k);
	}
	fprintf(v->chart.dat.f, "%.6f %zu\n", seconds(v, v->end_ns), i - k);
	free(from);
	fprintf(f, "set yrange [0:*]\nset ylabel 'silent targets, of %zu'\nunset key\n",
		v->results->standalone_count);
	chart_plot(&v->chart, block,
		"using 1:2 with fillsteps fs solid 0.6 noborder lc rgb '" COLOUR_ORANGE
		"' notitle");
	chart_plot_end(&v->chart);
}

static void put_titles(
	const struct view *v, char *title, size_t title_size, char *subtitle, size_t subtitle_size)
{
	const struct series *s = v->rows[0]->observation.series;
	char safe[256], name[128], length[NUMBER_TEXT_MAX], every[32];

	text_fit(text_safe(s->target, safe, sizeof(safe)), 30, name, sizeof(name));
	units_format(UNIT_TIME, s->interval_ns, every, sizeof(every));
	snprintf(title, title_size, "Longest silence: %s, %s s", name,
		interval_text(v->rows[0]->observation.blackout, 3, length));
	snprintf(subtitle, subtitle_size, "%zu target%s, each probed every %s%s.",
		v->results->standalone_count, v->results->standalone_count == 1 ? "" : "s", every,
		v->results->standalone_count > v->row_count ? "; the rows show those that were "
							      "silent longest"
							    : "");
}

int chart_gaps(struct chart_context *c, struct err *e)
{
	const struct timeline *t = c->results->timeline;
	struct view v = {.results = c->results, .zero_ns = t->first_ns, .end_ns = t->first_ns};
	char title[256], subtitle[160];

	take_rows(&v);
	if (!v.row_count)
		return 0;
	for (size_t i = 0; i < t->series_count; i++)
		if (t->series[i].end_ns > v.end_ns)
			v.end_ns = t->series[i].end_ns;
	put_titles(&v, title, sizeof(title), subtitle, sizeof(subtitle));
	if (chart_open(c, &v.chart, "watch", 560, title, subtitle, e))
		return -1;
	fprintf(v.chart.gp.f,
		"set multiplot\nset lmargin screen 0.17\nset rmargin screen 0.97\n"
		"set tmargin screen 0.87\nset bmargin screen 0.56\nset xrange [0:%.6f]\n",
		seconds(&v, v.end_ns > v.zero_ns ? v.end_ns : v.zero_ns + 1));
	if (v.results->standalone_count > v.row_count)
		put_count(&v);
	else
		put_answers(&v);
	fputs("unset label\n", v.chart.gp.f);
	put_rows(&v);
	fputs("unset multiplot\n", v.chart.gp.f);
	return chart_close(c, &v.chart, e);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trend-CASE.svg: a case's folders on an axis of dates, with mean job time above and worst blackout
 * below, both as intervals; a dashed line marks each change of the environment.
 */
#include "reports/charts/chart.h"
#include "reports/compare/trend.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#define HEIGHT_PX 520
/* Intervals without an end are drawn up to this multiple of the largest finite end. */
#define BEYOND 1.15
/* Margin before the first and after the last date. */
#define MARGIN_S 3600.0

/* The rows of one case. */
struct shown_case {
	const struct trend_row *row;
	size_t count;
};

static const struct interval *value_of(const struct trend_row *row, enum measure m)
{
	return m == MEASURE_JOB ? &row->job : &row->blackout;
}

static double seconds(int64_t ns)
{
	return (double)ns / (double)NS_PER_S;
}

static double largest(const struct shown_case *s, enum measure m)
{
	double max = 0;

	for (size_t i = 0; i < s->count; i++) {
		const struct interval *v = value_of(&s->row[i], m);

		if (v->lo_ns != NS_NONE && v->lo_ns != NS_INF)
			max = fmax(max, seconds(v->lo_ns));
		if (v->hi_ns != NS_NONE && v->hi_ns != NS_INF)
			max = fmax(max, seconds(v->hi_ns));
	}
	return max > 0 ? max : 1;
}

/* Writes the dated rows that have a value: only those that failed, or only the others. */
static void put_data(FILE *dat, const struct shown_case *s, enum measure m, bool failed, double max)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct interval *v = value_of(&s->row[i], m);
		double lo, hi;

		if (s->row[i].folder->date_ns == NS_NONE || v->lo_ns == NS_NONE ||
			failed != (strcmp(s->row[i].verdict, "FAIL") == 0))
			continue;
		lo = v->lo_ns == NS_INF ? max * BEYOND : seconds(v->lo_ns);
		hi = v->hi_ns == NS_INF ? max * BEYOND : seconds(v->hi_ns);
		fprintf(dat, "%.0f %.6f %.6f %.6f\n", seconds(s->row[i].folder->date_ns),
			(lo + hi) / 2, lo, hi);
	}
	fputs("\n\n", dat);
}

static void put_panel(struct chart *c, const struct shown_case *s, enum measure m)
{
	double max = largest(s, m), top = m == MEASURE_JOB ? 0.84 : 0.43;
	FILE *gp = c->gp.f;

	put_data(c->dat.f, s, m, false, max);
	put_data(c->dat.f, s, m, true, max);
	fprintf(gp,
		"set tmargin at screen %.2f\nset bmargin at screen %.2f\nset ylabel '%s, s'\n"
		"set yrange [0:%.6f]\n",
		top, top - 0.32, m == MEASURE_JOB ? "job time, mean" : "worst blackout", max * 1.2);
	fprintf(gp,
		"plot '%s.dat' index %d using 1:2:3:4 with yerrorbars pt 7 ps 0.5 lw 1.5 lc rgb '" COLOUR_BLUE
		"' title 'passed or undecided', '%s.dat' index %d using 1:2:3:4 with "
		"yerrorbars pt 7 ps 0.5 lw 1.5 lc rgb '" COLOUR_RED "' title 'FAIL'\n",
		c->name, (int)m * 2, c->name, (int)m * 2 + 1);
}

/* The axis of dates, and a line at each folder whose environment differs from the one before. */
static void put_dates(FILE *gp, const struct shown_case *s)
{
	double first = INFINITY, last = -INFINITY, margin;

	for (size_t i = 0; i < s->count; i++) {
		if (s->row[i].folder->date_ns == NS_NONE)
			continue;
		first = fmin(first, seconds(s->row[i].folder->date_ns));
		last = fmax(last, seconds(s->row[i].folder->date_ns));
		if (s->row[i].folder->changes.count)
			fprintf(gp,
				"set arrow from '%.0f', graph 0 to '%.0f', graph 1 nohead dt 2 lc "
				"rgb '" COLOUR_GREY "'\n",
				seconds(s->row[i].folder->date_ns),
				seconds(s->row[i].folder->date_ns));
	}
	margin = fmax(MARGIN_S, (last - first) / 20);
	fprintf(gp, "set xrange ['%.0f':'%.0f']\nset format x '%s'\n", first - margin,
		last + margin, last - first < 3 * 86400.0 ? "%d %b %H:%M" : "%d %b");
}

/* "trend-CASE", with a number appended if an earlier case has the same name. */
static void name_chart(const struct trend *t, const struct shown_case *s, char name[CHART_NAME_MAX])
{
	char own[CHART_NAME_MAX - 32], other[CHART_NAME_MAX - 32];
	size_t same = 1;

	name_safe(s->row->case_name, own, sizeof(own));
	for (const struct trend_row *row = t->row; row < s->row; row++) {
		name_safe(row->case_name, other, sizeof(other));
		same += strcmp(own, other) == 0 &&
			(row == t->row || strcmp(row[-1].case_name, row->case_name) != 0);
	}
	if (same == 1)
		snprintf(name, CHART_NAME_MAX, "trend-%s", own);
	else
		snprintf(name, CHART_NAME_MAX, "trend-%s-%zu", own, same);
}

static int draw(const struct trend *t, const struct shown_case *s, const struct directory *out,
	char note[static REPORT_NOTE_MAX], struct err *e)
{
	struct chart c = {0};
	char title[256];

	name_chart(t, s, c.name);
	if (chart_alone_open(&c, HEIGHT_PX, text_safe(s->row->case_name, title, sizeof(title)),
		    "a dashed line: hardware, versions, rates or plan changed (see trend.txt)", e))
		return -1;
	fputs("set lmargin at screen 0.10\nset rmargin at screen 0.97\n"
	      "set key at screen 0.97,screen 0.97 right top\nset xdata time\nset timefmt '%s'\n",
		c.gp.f);
	put_dates(c.gp.f, s);
	fputs("set multiplot\n", c.gp.f);
	put_panel(&c, s, MEASURE_JOB);
	fputs("unset label 1\nunset label 2\nunset key\n", c.gp.f);
	put_panel(&c, s, MEASURE_BLACKOUT);
	fputs("unset multiplot\nset output\n", c.gp.f);
	return chart_alone_draw(&c, out, note, e);
}

static bool dated(const struct shown_case *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->row[i].folder->date_ns != NS_NONE)
			return true;
	return false;
}

int trend_charts(const struct trend *t, const struct directory *out,
	char note[static REPORT_NOTE_MAX], struct err *e)
{
	struct shown_case s;

	for (size_t i = 0; i < t->row_count; i += s.count) {
		s = (struct shown_case){.row = &t->row[i]};
		while (i + s.count < t->row_count &&
			strcmp(t->row[i + s.count].case_name, s.row->case_name) == 0)
			s.count++;
		if (dated(&s) && draw(t, &s, out, note, e))
			return -1;
	}
	return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dirty-rate.svg: job time and blackout of each move against the rate at which its VM rewrote
 * memory, as a share of the migration network's rate. Marks moves that did not converge, and others
 * that were cancelled. Drawn only if VMs rewrote memory.
 */
#include "reports/charts/chart.h"
#include "reports/common/dirty.h"

#include <math.h>

#define MB 1048576.0
#define HEIGHT 560
#define STROKE(colour) "using 1:2:(0):($3-$2) with vectors nohead lw 2 lc rgb '" colour "' notitle"

/* Which of a move's two figures a panel shows. */
enum figure {
	JOB,
	BLACKOUT,
};

struct dirty_chart {
	struct chart chart;
	const struct results *results;
	int64_t link_bps;
	double max_rate, max_s[2]; /* largest values on the axes: rate, each figure */
	int blocks[2][DIRTY_ENDS]; /* of data, by figure; -1: none */
};

/* The rate on the axis: as a share of the link's rate or, if that is not known, in MB/s. */
static double axis_rate(const struct dirty_chart *d, const struct move_result *m)
{
	double bps = dirty_workload_rate(dirty_workload_of(d->results->timeline, m->move));

	return d->link_bps > 0 ? bps * 8 / (double)d->link_bps : bps / MB;
}

static struct interval figure_of(const struct move_result *m, enum figure figure)
{
	return figure == JOB ? m->job : m->blackout;
}

/*
 * The bounds of a move's figure, if it was measured. Without an upper end, the lower one is drawn.
 */
static void put_point(
	struct dirty_chart *d, const struct move_result *m, enum figure figure, enum dirty_end end)
{
	struct interval length = figure_of(m, figure);
	double rate = axis_rate(d, m);
	int *block = &d->blocks[figure][end];

	if (!isfinite(rate) || length.lo_ns == NS_NONE)
		return;
	if (length.hi_ns == NS_INF)
		length.hi_ns = length.lo_ns;
	if ((double)length.hi_ns / NS_PER_S > d->max_s[figure])
		d->max_s[figure] = (double)length.hi_ns / NS_PER_S;
	if (*block < 0)
		*block = (int)chart_block(&d->chart);
	d->max_rate = fmax(rate, d->max_rate);
	fprintf(d->chart.dat.f, "%.4f ", rate);
	chart_seconds(d->chart.dat.f, length.lo_ns);
	fputc(' ', d->chart.dat.f);
	chart_seconds(d->chart.dat.f, length.hi_ns);
	fputc('\n', d->chart.dat.f);
}

static void put_data(struct dirty_chart *d)
{
	for (int figure = JOB; figure <= BLACKOUT; figure++)
		for (int end = 0; end < DIRTY_ENDS; end++) {
			d->blocks[figure][end] = -1;
			for (size_t i = 0; i < d->results->move_count; i++) {
				const struct move_result *m = &d->results->moves[i];

				if ((int)dirty_end(d->results, m, d->link_bps) == end)
					put_point(d, m, (enum figure)figure, (enum dirty_end)end);
			}
		}
}

/* Intervals as strokes with a point in the middle. */
static void put_panel(struct dirty_chart *d, enum figure figure)
{
	static const struct {
		const char *points, *stroke, *title;
	} styles[DIRTY_ENDS] = {
		[DIRTY_ENDED] = {"pt 7 ps 0.7 lc rgb '" COLOUR_BLUE "'", STROKE(COLOUR_BLUE),
			"a move"},
		[DIRTY_CANCELLED] = {"pt 5 ps 0.9 lc rgb '" COLOUR_PURPLE "'",
			STROKE(COLOUR_PURPLE), "cancelled before it completed"},
		[DIRTY_UNCONVERGED] = {"pt 9 ps 1.1 lc rgb '" COLOUR_RED "'", STROKE(COLOUR_RED),
			"did not converge, cancelled"},
	};

	fprintf(d->chart.gp.f, "set yrange [0:%.3f]\n", d->max_s[figure] * 1.12);
	for (int end = 0; end < DIRTY_ENDS; end++) {
		int block = d->blocks[figure][end];

		if (block < 0)
			continue;
		chart_plot(&d->chart, (unsigned)block, styles[end].stroke);
		chart_plot(&d->chart, (unsigned)block, "using 1:(($2+$3)/2) with points ");
		fprintf(d->chart.gp.f, "%s title '%s'", styles[end].points, styles[end].title);
	}
	chart_clause(&d->chart);
	fputs("NaN notitle", d->chart.gp.f);
	chart_plot_end(&d->chart);
}

static void put_panels(struct dirty_chart *d)
{
	FILE *f = d->chart.gp.f;

	fprintf(f, "set xrange [%.4f:%.4f]\nset multiplot\n", -0.03 * d->max_rate,
		d->max_rate * 1.06);
	/* Beyond the link's rate no job converges: each pass leaves more than the one before. */
	if (d->link_bps > 0 && d->max_rate * 1.06 > 1)
		fputs("set arrow from first 1,graph 0 to first 1,graph 1 nohead lw 1.5 dt 2 lc rgb "
		      "'" COLOUR_ORANGE "' back\n",
			f);
	fputs("set lmargin screen 0.12\nset rmargin screen 0.98\nset tmargin screen 0.86\n"
	      "set bmargin screen 0.52\nset ylabel 'job time, s'\nset format x ''\n"
	      "set key at screen 0.54,screen 0.03 center vertical maxrows 1 Left reverse samplen 2 "
	      "width 1 font ',12'\n",
		f);
	put_panel(d, JOB);
	fprintf(f,
		"unset key\nunset label\nset tmargin screen 0.47\nset bmargin screen 0.17\n"
		"set format x\nset ylabel 'blackout, s'\n"
		"set xlabel 'memory rewritten, %s' offset 0,0.3\n",
		d->link_bps > 0 ? "as a share of the link rate" : "MB/s");
	put_panel(d, BLACKOUT);
	fputs("unset multiplot\n", f);
}

int chart_dirty(struct chart_context *c, struct err *e)
{
	struct dirty_chart d = {.results = c->results,
		.link_bps = job_time_link_bps(c->job_time),
		.max_rate = 0.1,
		.max_s = {0.1, 0.1}};
	size_t unconverged = 0;
	char title[160];

	if (!dirty_workload_any(c->results))
		return 0;
	for (size_t i = 0; i < c->results->move_count; i++)
		unconverged += dirty_end(c->results, &c->results->moves[i], d.link_bps) ==
			       DIRTY_UNCONVERGED;
	snprintf(title, sizeof(title),
		"Moves against the rate at which memory is rewritten: %zu of %zu did not converge",
		unconverged, moves_set_up(c->results));
	if (chart_open(c, &d.chart, "dirty-rate", HEIGHT, title,
		    "Job time above, blackout below; each stroke is an interval.", e))
		return -1;
	put_data(&d);
	if (!d.chart.blocks) {
		/* No rate was measured, or no move has a figure. */
		chart_drop(&d.chart);
		return 0;
	}
	put_panels(&d);
	return chart_close(c, &d.chart, e);
}

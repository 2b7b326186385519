/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * blackout.svg: the blackout of every move as an interval, grouped by case; the bound as a line;
 * next to them, in grey, the published runs with the same memory and session.
 */
#include "reports/charts/chart.h"

#include "harness/base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Lower end of a logarithmic axis, in place of 0. */
#define FLOOR_S 0.01
#define GROUP_SHARE 0.84
#define BAR_WIDTH_MAX 0.13

/* One bar: of our move if `move` is set, otherwise of a published run. */
struct bar {
	double x_lo, x_hi;
	double lo_s, hi_s;
	bool open; /* no end seen */
	const struct move_result *move;
};

/* The bars in groups: one per case, and per published memory size if no case is comparable. */
struct layout {
	struct bar *bars;
	size_t count, capacity;
	size_t groups;
	const char *test; /* the published test with groups of its own; NULL: none */
	double width;     /* of a bar */
	double top_s, floor_s;
	bool log;
};

static size_t moves_of(const struct results *r, const struct plan_case *plan_case)
{
	size_t n = 0;

	for (size_t i = 0; i < r->move_count; i++)
		n += r->moves[i].plan_case == plan_case && r->moves[i].blackout.lo_ns != NS_NONE;
	return n;
}

static const char *case_vm(const struct results *r, const struct plan_case *plan_case)
{
	for (size_t i = 0; i < r->move_count; i++)
		if (r->moves[i].plan_case == plan_case)
			return r->moves[i].move->vm;
	return "";
}

/* Whether a published run has the case's memory (in whole GB) and state of the session. */
static bool comparable(const struct results *r, const struct plan_case *plan_case,
	const struct reference_blackout *b)
{
	const char *vm = case_vm(r, plan_case);

	return case_memory(plan_case, vm) == (int64_t)b->memory_gb << 30 &&
	       strcmp(case_session(plan_case, vm), b->session) == 0;
}

static size_t published_of(const struct chart_context *c, const struct plan_case *plan_case)
{
	size_t n = 0;

	for (size_t i = 0; i < c->reference->blackout_count; i++)
		n += comparable(c->results, plan_case, &c->reference->blackouts[i]);
	return n;
}

static void add_bar(struct layout *l, double x_lo, struct interval i, const struct move_result *m)
{
	struct bar *bar;

	MEMORY_GROW("charts", l->bars, l->count, l->capacity);
	bar = &l->bars[l->count++];
	*bar = (struct bar){
		.x_lo = x_lo + l->width * 0.08,
		.x_hi = x_lo + l->width * 0.92,
		.lo_s = (double)i.lo_ns / NS_PER_S,
		.hi_s = i.hi_ns == NS_INF ? 0 : (double)i.hi_ns / NS_PER_S,
		.open = i.hi_ns == NS_INF,
		.move = m,
	};
	if (bar->open)
		bar->hi_s = bar->lo_s;
	if (bar->hi_s > l->top_s)
		l->top_s = bar->hi_s;
}

/* The bars of one case: its moves, then the comparable published runs. */
static void add_group(const struct chart_context *c, struct layout *l,
	const struct plan_case *plan_case, size_t group)
{
	const struct results *r = c->results;
	size_t ours = moves_of(r, plan_case), theirs = published_of(c, plan_case);
	double slots = (double)(ours + theirs) + (theirs ? 0.5 : 0);
	double x = (double)group - slots * l->width / 2;

	for (size_t i = 0; i < r->move_count; i++) {
		const struct move_result *m = &r->moves[i];

		if (m->plan_case != plan_case || m->blackout.lo_ns == NS_NONE)
			continue;
		add_bar(l, x, m->blackout, m);
		x += l->width;
	}
	x += l->width / 2;
	for (size_t i = 0; i < c->reference->blackout_count; i++) {
		const struct reference_blackout *b = &c->reference->blackouts[i];

		if (!comparable(r, plan_case, b))
			continue;
		add_bar(l, x, lost_interval(b->lost), NULL);
		x += l->width;
	}
}

/*
 * The published test that gets groups of its own, at the right, if no case is comparable: II (VMs
 * without a session) if a case of ours tests a silent VM, otherwise I.
 */
static const char *published_test(const struct results *r)
{
	for (size_t i = 0; i < r->case_count; i++) {
		const struct plan_case *plan_case = r->cases[i].plan_case;

		if (strcmp(case_session(plan_case, case_vm(r, plan_case)), "detached") == 0 &&
			!probed_fast(r, plan_case))
			return "II";
	}
	return "I";
}

static void add_published(const struct chart_context *c, struct layout *l, FILE *labels)
{
	int memory_gb = 0;
	double x = 0;

	l->test = published_test(c->results);
	for (size_t i = 0; i < c->reference->blackout_count; i++) {
		const struct reference_blackout *b = &c->reference->blackouts[i];

		if (strcmp(b->test, l->test) != 0)
			continue;
		if (b->memory_gb != memory_gb) {
			memory_gb = b->memory_gb;
			x = (double)l->groups++ - 2.5 * l->width;
			fprintf(labels,
				"set label 'published' at first %zu,graph 0 center offset 0,-1.0 "
				"font ',11' tc rgb '" COLOUR_GREY "'\n"
				"set label '%d GB' at first %zu,graph 0 center "
				"offset 0,-2.1 font ',11' tc rgb '" COLOUR_GREY "'\n",
				l->groups - 1, memory_gb, l->groups - 1);
		}
		add_bar(l, x, lost_interval(b->lost), NULL);
		x += l->width;
	}
}

/* Labels under a group: a line for each axis, or the case's name. */
static void put_labels(FILE *f, const struct plan_case *plan_case, size_t group, size_t groups)
{
	size_t axes = plan_axis_count(plan_case->plan), letters = 110 / groups;
	size_t step = groups / 12 + 1;
	char safe[256], fitted[256];

	if (group % step)
		return;
	letters = size_max(letters * step, 6);
	for (size_t i = 0; i < (axes ? axes : 1) && i < 3; i++) {
		text_safe(
			axes ? plan_axis_value(plan_case, i) : plan_case->name, safe, sizeof(safe));
		fputs("set label ", f);
		chart_quote(f, text_fit(safe, letters, fitted, sizeof(fitted)));
		fprintf(f, " at first %zu,graph 0 center offset 0,%.1f font ',11' tc rgb '%s'\n",
			group, -1.0 - 1.1 * (double)i, COLOUR_DARK);
	}
}

static void put_bound(
	FILE *f, const struct layout *l, const struct plan_case *plan_case, size_t group)
{
	int64_t bound_ns = plan_bound(plan_case);

	if (bound_ns == NS_NONE || (double)bound_ns / NS_PER_S > l->top_s)
		return;
	fprintf(f, "set arrow from first %.4f,first ", (double)group - 0.5);
	chart_seconds(f, bound_ns);
	fprintf(f, " to first %.4f,first ", (double)group + 0.5);
	chart_seconds(f, bound_ns);
	fputs(" nohead lc rgb '#000000' lw 1.5 dt 2 front\n", f);
}

/* Plots the bars of one colour as a block. Does nothing if there are none. */
static void put_bars(struct chart *chart, const struct layout *l, int verdict, const char *title,
	const char *colour)
{
	bool any = false;
	char words[256];

	for (size_t i = 0; i < l->count; i++) {
		const struct bar *b = &l->bars[i];
		double lo = fmax(b->lo_s, l->floor_s);
		double hi = b->open ? l->top_s : fmax(b->hi_s, lo);

		if (verdict < 0 ? b->move != NULL : !b->move || (int)b->move->verdict != verdict)
			continue;
		if (!any) {
			unsigned block = chart_block(chart);

			snprintf(words, sizeof(words),
				"using 1:2:3:4:5:6 with boxxyerror lc rgb '%s' lw 1.6 fs solid "
				"0.75 "
				"border lc rgb '%s' title '%s'",
				colour, colour, title);
			chart_plot(chart, block, words);
			any = true;
		}
		fprintf(chart->dat.f, "%.4f %.6f %.4f %.4f %.6f %.6f\n", (b->x_lo + b->x_hi) / 2,
			hi, b->x_lo, b->x_hi, lo, hi);
	}
}

/* Ends each open bar in an arrow at the chart's top. */
static void put_open(FILE *f, const struct layout *l)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->bars[i].open)
			fprintf(f,
				"set arrow from first %.4f,graph 0.95 to first %.4f,graph 1.0 head "
				"filled size screen 0.008,25 lc rgb '" COLOUR_DARK
				"' lw 1.5 front\n",
				(l->bars[i].x_lo + l->bars[i].x_hi) / 2,
				(l->bars[i].x_lo + l->bars[i].x_hi) / 2);
}

static void put_message(const struct results *r, char *title, size_t size)
{
	size_t counts[VERDICT_FAIL + 1] = {0};
	size_t judged = 0;

	for (size_t i = 0; i < r->move_count; i++) {
		const struct move_result *m = &r->moves[i];
		bool measured = m->counted && !m->move->set_up_failed;

		counts[m->verdict] += measured;
		judged += measured && m->verdict != VERDICT_NOT_JUDGED;
	}
	if (!judged)
		snprintf(title, size, "Blackout of %zu moves, measured and not judged",
			moves_set_up(r));
	else if (counts[VERDICT_PASS] == judged)
		snprintf(title, size, "The blackout of all %zu judged moves is within the bound",
			judged);
	else
		snprintf(title, size, "%zu of %zu judged moves pass", counts[VERDICT_PASS], judged);
}

/* Sets the y axis: linear, or logarithmic for long blackouts, so that short ones stay visible. */
static void put_axes(FILE *f, struct layout *l, const struct results *r)
{
	double bound_s = 0;

	for (size_t i = 0; i < r->case_count; i++) {
		int64_t bound_ns = plan_bound(r->cases[i].plan_case);

		if (bound_ns != NS_NONE && (double)bound_ns / NS_PER_S > bound_s)
			bound_s = (double)bound_ns / NS_PER_S;
	}
	/* A bound far above all bars would squeeze them, so it is not drawn. */
	if (bound_s > l->top_s && bound_s < 20 * l->top_s)
		l->top_s = bound_s;
	if (l->top_s <= 0)
		l->top_s = 1;
	l->log = l->top_s > 6;
	l->floor_s = l->log ? FLOOR_S : 0;
	l->top_s *= l->log ? 1.6 : 1.12;
	if (l->log)
		fputs("set logscale y\nset ytics ('0.01' 0.01, '0.1' 0.1, '1' 1, '3' 3, '10' 10, "
		      "'30' 30, "
		      "'100' 100, '1000' 1000)\n",
			f);
	fprintf(f, "set yrange [%.6f:%.6f]\nset xrange [-0.5:%.1f]\nunset xtics\n", l->floor_s,
		l->top_s, (double)l->groups - 0.5);
	fputs("set ylabel 'blackout, s'\nset tmargin screen 0.86\nset bmargin screen 0.26\n"
	      "set lmargin screen 0.10\nset rmargin screen 0.98\n"
	      "set key at screen 0.53,screen 0.075 center vertical maxrows 2 Left reverse samplen "
	      "2 "
	      "spacing 1.2 width 1 font ',12'\n",
		f);
}

static void lay_out(const struct chart_context *c, struct layout *l, FILE *labels)
{
	const struct results *r = c->results;
	size_t max = 1;
	bool matched = false;

	for (size_t i = 0; i < r->case_count; i++) {
		const struct plan_case *plan_case = r->cases[i].plan_case;
		size_t theirs = published_of(c, plan_case);
		size_t slots = moves_of(r, plan_case) + (theirs ? theirs + 1 : 0);

		matched |= theirs > 0;
		max = size_max(slots, max);
	}
	if (!matched && max < 5)
		max = 5;
	l->width = GROUP_SHARE / (double)max;
	if (l->width > BAR_WIDTH_MAX)
		l->width = BAR_WIDTH_MAX;
	l->groups = r->case_count;
	for (size_t i = 0; i < r->case_count; i++) {
		put_labels(labels, r->cases[i].plan_case, i, r->case_count + (matched ? 0 : 3));
		add_group(c, l, r->cases[i].plan_case, i);
	}
	if (!matched)
		add_published(c, l, labels);
}

int chart_blackout(struct chart_context *c, struct err *e)
{
	static const struct {
		enum verdict verdict;
		const char *title, *colour;
	} colours[] = {
		{VERDICT_PASS, "PASS", COLOUR_GREEN},
		{VERDICT_INCONCLUSIVE, "INCONCLUSIVE", COLOUR_ORANGE},
		{VERDICT_INVALID, "INVALID", COLOUR_PURPLE},
		{VERDICT_FAIL, "FAIL", COLOUR_RED},
		{VERDICT_NOT_JUDGED, "NOT JUDGED", COLOUR_BLUE},
	};
	struct layout l = {0};
	struct chart chart;
	char title[200];

	put_message(c->results, title, sizeof(title));
	if (chart_open(c, &chart, "blackout", 500, title,
		    "A bar spans the interval [lo, hi] that holds the true silence; one bar per "
		    "move, in order of runs.",
		    e))
		return -1;
	lay_out(c, &l, chart.gp.f);
	put_axes(chart.gp.f, &l, c->results);
	for (size_t i = 0; i < c->results->case_count; i++)
		put_bound(chart.gp.f, &l, c->results->cases[i].plan_case, i);
	put_open(chart.gp.f, &l);
	for (size_t i = 0; i < ARRAY_SIZE(colours); i++)
		put_bars(&chart, &l, (int)colours[i].verdict, colours[i].title, colours[i].colour);
	snprintf(title, sizeof(title), "published%s (not ours)",
		!l.test                    ? ", one ping per second"
		: strcmp(l.test, "I") == 0 ? " test I, attached"
					   : " test II, detached");
	put_bars(&chart, &l, -1, title, COLOUR_LIGHT);
	chart_clause(&chart);
	fputs("keyentry with lines lc rgb '#000000' lw 1.5 dt 2 title 'bound'", chart.gp.f);
	free(l.bars);
	return chart_close(c, &chart, e);
}

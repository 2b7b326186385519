/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * move-CASE-RUN.svg: one move over time: round trips, lost probes, the longest silence, and moments
 * of job and network. The right panel magnifies the time around the silence. Panels above show the
 * progress of memory and workloads.
 */
#include "reports/charts/move.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SLICES 600
/* Heights in pixels, from below: the key, the panel of pings, the panel of progress, the title. */
#define KEY_HEIGHT 216
#define PINGS_HEIGHT 274
#define PROGRESS_HEIGHT 80
#define PANELS_APART 16
#define TITLE_HEIGHT 70

/* How each kind of probe is drawn. Fast ones come first, so that slow ones lie on top. */
static const struct probe_style {
	enum probe_kind kind;
	const char *title, *style, *size;
} probe_styles[MOVE_STYLES] = {
	{PROBE_BURST, "fast ping", "pt 7 lc rgb '" COLOUR_BLUE "'", "0.25"},
	{PROBE_SIM, "simulated probe", "pt 7 lc rgb '" COLOUR_BLUE "'", "0.25"},
	{PROBE_FRAMES, "frames", "pt 7 lc rgb '" COLOUR_SKY "'", "0.25"},
	{PROBE_SESSION, "session", "pt 9 lc rgb '" COLOUR_GREEN "'", "0.4"},
	{PROBE_RDP, "remote desktop", "pt 5 lc rgb '" COLOUR_PURPLE "'", "0.3"},
	{PROBE_PING, "one-second ping", "pt 6 lw 1.6 lc rgb '#000000'", "0.8"},
};

/* Left panel: from 5 s before the trigger to the window's end. Right: around the silence. */
static void set_window(struct move_view *v)
{
	const struct move *move = v->m->move;
	int64_t from_ns = NS_NONE, to_ns = NS_NONE, margin_ns;

	v->zero_ns = move->trigger_ns != NS_NONE ? move->trigger_ns : move->begin_ns;
	v->from_ns = v->zero_ns - 5 * NS_PER_S;
	v->to_ns = move->window_end_ns != NS_NONE ? move->window_end_ns : move->end_ns;
	if (v->to_ns <= v->zero_ns)
		v->to_ns = v->zero_ns + 5 * NS_PER_S;
	if (v->silent) {
		from_ns =
			v->silence.from_ns == NS_NONE ? v->silence.gap->l1_ns : v->silence.from_ns;
		to_ns = v->silence.to_ns == NS_NONE ? v->to_ns : v->silence.to_ns;
	} else {
		bool paused = move->job && move->job->paused.lo_ns != NS_NONE;

		from_ns = to_ns = paused ? move->job->paused.lo_ns : v->zero_ns;
	}
	margin_ns = (to_ns - from_ns) / 2 + 300 * NS_PER_MS;
	v->zoom_from_ns = from_ns - margin_ns;
	v->zoom_to_ns = to_ns + margin_ns;
}

/*
 * Collects the points of the VM's probes, with as many slices for the right panel's time as for the
 * time before it and after it: the right panel is magnified.
 */
static void take_points(struct move_view *v)
{
	int64_t a = ns_max(v->zoom_from_ns, v->from_ns);
	int64_t b = ns_min(v->zoom_to_ns, v->to_ns);

	for (size_t i = 0; i < v->m->observation_count; i++) {
		const struct series *s = v->m->observations[i].series;

		for (size_t k = 0; k < MOVE_STYLES; k++) {
			if (s->control || s->kind != probe_styles[k].kind)
				continue;
			thin_series(s, v->from_ns, a, SLICES, &v->points[k]);
			thin_series(s, a, b, SLICES, &v->points[k]);
			thin_series(s, b, v->to_ns, SLICES, &v->points[k]);
		}
	}
}

static struct chart_span span_of(const struct move_view *v)
{
	return (struct chart_span){
		v->zero_ns, v->from_ns, v->to_ns, v->zoom_from_ns, v->zoom_to_ns};
}

static void set_height(struct move_view *v)
{
	struct chart_span span = span_of(v);

	v->progressed = progress_curves_any(v->results, v->m->move, &span);
	v->height = KEY_HEIGHT + PINGS_HEIGHT + TITLE_HEIGHT +
		    (v->progressed ? PROGRESS_HEIGHT + PANELS_APART : 0);
}

static void set_range(struct move_view *v)
{
	v->min_ms = 1e9;
	v->max_ms = 0;
	for (size_t k = 0; k < MOVE_STYLES; k++)
		for (size_t i = 0; i < v->points[k].count; i++) {
			double ms = (double)v->points[k].point[i].round_trip_ns / NS_PER_MS;

			if (ms <= 0)
				continue;
			v->min_ms = fmin(ms, v->min_ms);
			v->max_ms = fmax(ms, v->max_ms);
		}
	if (v->max_ms <= 0) {
		v->min_ms = 0.1;
		v->max_ms = 100;
	}
	if (v->max_ms < v->min_ms * 10)
		v->max_ms = v->min_ms * 10;
	v->min_ms /= 1.4;
}

/* Position of a kind's lost probes on the y axis: a row per kind, above all answers. */
static double lost_row(const struct move_view *v, size_t k)
{
	double rows = 1;

	for (size_t i = 0; i < k; i++)
		rows *= v->points[i].count ? 1.6 : 1;
	return v->max_ms * 1.5 * rows;
}

static void put_data(struct move_view *v)
{
	bool lost = false;

	v->lost = -1;
	for (size_t k = 0; k < MOVE_STYLES; k++) {
		v->answers[k] = -1;
		for (size_t i = 0; i < v->points[k].count; i++) {
			const struct thin_point *p = &v->points[k].point[i];

			lost |= p->round_trip_ns == NS_NONE;
			if (p->round_trip_ns <= 0)
				continue;
			if (v->answers[k] < 0)
				v->answers[k] = (int)chart_block(&v->chart);
			fprintf(v->chart.dat.f, "%.6f %.4f\n", move_view_seconds(v, p->sent_ns),
				(double)p->round_trip_ns / NS_PER_MS);
		}
	}
	if (!lost)
		return;
	v->lost = (int)chart_block(&v->chart);
	for (size_t k = 0; k < MOVE_STYLES; k++)
		for (size_t i = 0; i < v->points[k].count; i++)
			if (v->points[k].point[i].round_trip_ns == NS_NONE)
				fprintf(v->chart.dat.f, "%.6f %.4f 0 %.4f\n",
					move_view_seconds(v, v->points[k].point[i].sent_ns),
					lost_row(v, k), lost_row(v, k) * 0.4);
}

/* A frame of a desktop in the topmost row, unless it is too close to the one before. */
static void put_frame(struct move_view *v, int64_t at_ns, int64_t *before_ns)
{
	bool zoomed = at_ns >= v->zoom_from_ns && at_ns <= v->zoom_to_ns;
	int64_t apart_ns =
		(zoomed ? v->zoom_to_ns - v->zoom_from_ns : v->to_ns - v->from_ns) / SLICES;

	if (at_ns == NS_NONE || at_ns < v->from_ns || at_ns > v->to_ns ||
		(*before_ns != NS_NONE && at_ns < *before_ns + apart_ns))
		return;
	*before_ns = at_ns;
	if (v->frames < 0)
		v->frames = (int)chart_block(&v->chart);
	fprintf(v->chart.dat.f, "%.6f %.4f 0 %.4f\n", move_view_seconds(v, at_ns), v->max_ms * 6.6,
		v->max_ms * 1.8);
}

/* The moments at which a desktop's picture changed, as its user sees it. */
static void put_frames(struct move_view *v)
{
	const struct timeline *t = v->results->timeline;

	v->frames = -1;
	for (size_t i = 0; i < v->m->observation_count; i++) {
		const struct series *s = v->m->observations[i].series;
		int64_t before_ns = NS_NONE, update_ns = NS_NONE;

		if (s->kind != PROBE_RDP || s->control)
			continue;
		for (size_t k = 0; k < s->count; k++)
			put_frame(v, s->records[k].arrival_ns, &before_ns);
		for (size_t k = 0; k < t->update_count; k++)
			if (&t->series[t->updates[k].series] == s)
				put_frame(v, t->updates[k].at_ns, &update_ns);
	}
}

/* The longest silence: pale between its outermost ends, darker where it is proven. */
static void put_silence(struct move_view *v)
{
	const struct silence *s = &v->silence;
	FILE *f = v->chart.gp.f;
	double a, r;

	if (!v->silent)
		return;
	a = move_view_seconds(v, s->from_ns == NS_NONE ? v->from_ns : s->from_ns);
	r = move_view_seconds(v, s->to_ns == NS_NONE ? v->to_ns : s->to_ns);
	fprintf(f,
		"set object 1 rectangle from first %.6f,graph 0 to first %.6f,graph 1 behind fc "
		"rgb "
		"'" COLOUR_ORANGE "' fs solid 0.18 noborder\n",
		a, r);
	if (s->gap && s->gap->ln_ns > s->gap->l1_ns)
		fprintf(f,
			"set object 2 rectangle from first %.6f,graph 0 to first %.6f,graph 1 "
			"behind "
			"fc rgb '" COLOUR_ORANGE "' fs solid 0.38 noborder\n",
			move_view_seconds(v, s->gap->l1_ns), move_view_seconds(v, s->gap->ln_ns));
}

/* The key, once for both panels, below them. */
static void put_key(struct move_view *v)
{
	FILE *f = v->chart.gp.f;

	if (v->silent) {
		chart_clause(&v->chart);
		fputs("keyentry with boxes fs solid 0.3 noborder lc rgb '" COLOUR_ORANGE
		      "' title 'longest silence'",
			f);
	}
	move_marks_key(v);
}

static void put_panel(struct move_view *v, int64_t from_ns, int64_t to_ns, bool first)
{
	FILE *f = v->chart.gp.f;

	move_marks_put(v, from_ns, to_ns);
	fprintf(f, "set xrange [%.6f:%.6f]\n", move_view_seconds(v, from_ns),
		move_view_seconds(v, to_ns));
	for (size_t k = 0; k < MOVE_STYLES; k++) {
		if (v->answers[k] < 0)
			continue;
		chart_plot(&v->chart, (unsigned)v->answers[k], "using 1:2 with points ");
		fprintf(f, "%s ps %s notitle", probe_styles[k].style, probe_styles[k].size);
		if (!first)
			continue;
		chart_clause(&v->chart);
		fprintf(f, "keyentry with points %s ps 0.8 title '%s'", probe_styles[k].style,
			probe_styles[k].title);
	}
	if (v->lost >= 0) {
		chart_plot(&v->chart, (unsigned)v->lost,
			"using 1:2:3:4 with vectors nohead lc rgb '" COLOUR_RED "' lw 1.3 ");
		fputs(first ? "title 'never answered'" : "notitle", f);
	}
	if (v->frames >= 0) {
		chart_plot(&v->chart, (unsigned)v->frames,
			"using 1:2:3:4 with vectors nohead lc rgb '" COLOUR_DARK "' lw 0.8 ");
		fputs(first ? "title 'frame of the desktop'" : "notitle", f);
	}
	if (first)
		put_key(v);
	if (first && v->progressed)
		progress_curves_key(&v->chart, &v->curves);
	chart_clause(&v->chart);
	fputs("NaN notitle", f);
	chart_plot_end(&v->chart);
}

/* Sets a panel's bottom and height, given in pixels, as gnuplot's fractions of the chart. */
static void put_margins(const struct move_view *v, int bottom, int height)
{
	fprintf(v->chart.gp.f, "set bmargin screen %.4f\nset tmargin screen %.4f\n",
		(double)bottom / v->height, (double)(bottom + height) / v->height);
}

static void put_side(const struct move_view *v, bool left)
{
	fprintf(v->chart.gp.f, "set lmargin screen %s\nset rmargin screen %s\n",
		left ? "0.125" : "0.63", left ? "0.55" : "0.98");
}

static void put_progress_panel(struct move_view *v, int64_t from_ns, int64_t to_ns)
{
	move_marks_put(v, from_ns, to_ns);
	fprintf(v->chart.gp.f, "set xrange [%.6f:%.6f]\n", move_view_seconds(v, from_ns),
		move_view_seconds(v, to_ns));
	progress_curves_plot(&v->chart, &v->curves);
}

/* Both panels of progress, above those of the pings and with their time axes. */
static void put_progress(struct move_view *v)
{
	FILE *f = v->chart.gp.f;

	put_margins(v, KEY_HEIGHT + PINGS_HEIGHT + PANELS_APART, PROGRESS_HEIGHT);
	fprintf(f,
		"unset logscale y\nset yrange [0:%.0f]\nset ytics 50\nset format x ''\n"
		"unset xlabel\nset ylabel 'progress, %%'\n",
		v->curves.max_percent * 1.04);
	if (v->curves.max_percent > 150)
		fputs("set ytics autofreq\n", f);
	put_side(v, true);
	put_progress_panel(v, v->from_ns, v->to_ns);
	fputs("unset ylabel\n", f);
	put_side(v, false);
	put_progress_panel(v, v->zoom_from_ns, v->zoom_to_ns);
	fputs("set format x\nset ytics autofreq\n", f);
}

static void put_panels(struct move_view *v)
{
	FILE *f = v->chart.gp.f;

	fputs("set multiplot\n", f);
	fprintf(f, "set logscale y\nset yrange [%.4f:%.4f]\n", v->min_ms, v->max_ms * 9);
	put_margins(v, KEY_HEIGHT, PINGS_HEIGHT);
	put_side(v, true);
	fprintf(f,
		"set ylabel 'round trip, ms'\n"
		"set xlabel 'seconds since the trigger' offset 0,0.4\n"
		"set key at screen 0.53,screen %.4f center vertical maxrows 6 Left reverse width 1 "
		"samplen 2 spacing 1.15 font ',11'\n",
		73.0 / v->height);
	put_panel(v, v->from_ns, v->to_ns, true);
	fputs("unset label\nunset key\nunset ylabel\n", f);
	put_side(v, false);
	fputs("set xlabel 'the same, around the longest silence' offset 0,0.4\n", f);
	move_changes_name(v);
	put_panel(v, v->zoom_from_ns, v->zoom_to_ns, false);
	if (v->progressed) {
		fputs("unset label\n", f);
		put_progress(v);
	}
	fputs("unset multiplot\n", f);
}

static void put_titles(const struct move_view *v, char *title, size_t title_size, char *subtitle,
	size_t subtitle_size)
{
	const struct move *move = v->m->move;
	char name[128], safe[256], blackout[NUMBER_TEXT_MAX], job[NUMBER_TEXT_MAX];
	char source[64], destination[64];

	text_fit(text_safe(move->case_name, safe, sizeof(safe)), 40, name, sizeof(name));
	snprintf(title, title_size, "%s, run %zu: blackout %s s, %s", name, move->run,
		interval_text(v->m->blackout, 3, blackout), verdict_name(v->m->verdict));
	snprintf(subtitle, subtitle_size,
		"%s from %s to %s, job time %s s. Right: around the longest silence.",
		text_safe(move->vm, safe, 64), text_safe(move->source, source, sizeof(source)),
		text_safe(move->destination, destination, sizeof(destination)),
		interval_text(v->m->job, 2, job));
}

int chart_move(
	struct chart_context *c, const struct move_result *m, const char *name, struct err *e)
{
	struct move_view v = {.results = c->results, .m = m};
	struct chart_span span;
	char title[256], subtitle[320];
	int result = -1;

	v.silent = longest_silence(m, &v.silence);
	set_window(&v);
	take_points(&v);
	set_range(&v);
	set_height(&v);
	put_titles(&v, title, sizeof(title), subtitle, sizeof(subtitle));
	if (chart_open(c, &v.chart, name, v.height, title, subtitle, e))
		goto out;
	span = span_of(&v);
	put_data(&v);
	put_frames(&v);
	progress_curves_put(&v.chart, c->results, m->move, &span, &v.curves);
	move_marks_take(&v);
	put_silence(&v);
	put_panels(&v);
	result = chart_close(c, &v.chart, e);
out:
	for (size_t k = 0; k < MOVE_STYLES; k++)
		thin_release(&v.points[k]);
	return result;
}

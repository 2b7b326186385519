/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * move-CASE-RUN.svg: one move as its probes saw it: round trips over time, what was not answered,
 * the longest silence, and what job and network said meanwhile; at the right the stretch round the
 * gap.
 */
#include "reports/charts.h"
#include "reports/thin.h"

#include <stdlib.h>
#include <string.h>

#define SLICES 600
#define MARKS_MOST 32
#define CHANGES_MOST 64
/* Changes of neighbour entries that are nearer to each other than this share of a panel are one. */
#define CHANGES_APART 50
#define CHANGE_STYLE "lc rgb '" COLOUR_BLUE "' lw 2"

/* How the probes of a kind are drawn; fast ones first, so that slow ones lie on top. */
static const struct look {
	enum probe_kind kind;
	const char *title, *style, *size;
} looks[] = {
	{PROBE_BURST, "fast ping", "pt 7 lc rgb '" COLOUR_BLUE "'", "0.25"},
	{PROBE_SIM, "simulated probe", "pt 7 lc rgb '" COLOUR_BLUE "'", "0.25"},
	{PROBE_FRAMES, "frames", "pt 7 lc rgb '" COLOUR_SKY "'", "0.25"},
	{PROBE_SESSION, "session", "pt 9 lc rgb '" COLOUR_GREEN "'", "0.4"},
	{PROBE_RDP, "remote desktop", "pt 5 lc rgb '" COLOUR_PURPLE "'", "0.3"},
	{PROBE_PING, "one-second ping", "pt 6 lw 1.6 lc rgb '#000000'", "0.8"},
};

/* A moment of the job or the network, as a vertical line. */
struct mark {
	int64_t at_ns;
	char title[64];
	const char *style;
	bool again; /* one of its kind is named already */
};

/* A move in the making; the charts' zero is the trigger. */
struct view {
	struct chart chart;
	const struct results *results;
	const struct move_result *m;
	bool silent; /* there is a silence to show */
	struct silence silence;
	int64_t zero_ns, from_ns, to_ns;  /* the left panel */
	int64_t zoom_from_ns, zoom_to_ns; /* the right one */
	double least_ms, most_ms;
	struct thin_points points[ARRAY_SIZE(looks)];
	int answers[ARRAY_SIZE(looks)], lost, frames; /* blocks; -1: none */
	struct mark marks[MARKS_MOST];
	size_t mark_count;
	const struct neighbour_change *changes[CHANGES_MOST];
	size_t change_count;
};

static double seconds(const struct view *v, int64_t at_ns)
{
	return (double)(at_ns - v->zero_ns) / NS_PER_S;
}

/* From some seconds before the trigger to the window's end, and the stretch round the silence. */
static void set_window(struct view *v)
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

/* Takes the points of every probe of the VM: the stretch round the gap as fine as the whole. */
static int take_points(struct view *v, struct err *e)
{
	int64_t a = v->zoom_from_ns < v->from_ns ? v->from_ns : v->zoom_from_ns;
	int64_t b = v->zoom_to_ns > v->to_ns ? v->to_ns : v->zoom_to_ns;

	for (size_t i = 0; i < v->m->observation_count; i++) {
		const struct series *s = v->m->observations[i].series;

		for (size_t k = 0; k < ARRAY_SIZE(looks); k++) {
			if (s->control || s->kind != looks[k].kind)
				continue;
			if (thin_series(s, v->from_ns, a, SLICES, &v->points[k], e) ||
				thin_series(s, a, b, SLICES, &v->points[k], e) ||
				thin_series(s, b, v->to_ns, SLICES, &v->points[k], e))
				return -1;
		}
	}
	return 0;
}

static void set_range(struct view *v)
{
	v->least_ms = 1e9;
	v->most_ms = 0;
	for (size_t k = 0; k < ARRAY_SIZE(looks); k++)
		for (size_t i = 0; i < v->points[k].count; i++) {
			double ms = (double)v->points[k].point[i].round_trip_ns / NS_PER_MS;

			if (ms <= 0)
				continue;
			v->least_ms = ms < v->least_ms ? ms : v->least_ms;
			v->most_ms = ms > v->most_ms ? ms : v->most_ms;
		}
	if (v->most_ms <= 0) {
		v->least_ms = 0.1;
		v->most_ms = 100;
	}
	if (v->most_ms < v->least_ms * 10)
		v->most_ms = v->least_ms * 10;
	v->least_ms /= 1.4;
}

/* Where on the axis what a kind of probe lost is marked: a row of its own above all answers. */
static double lost_row(const struct view *v, size_t k)
{
	double rows = 1;

	for (size_t i = 0; i < k; i++)
		rows *= v->points[i].count ? 1.6 : 1;
	return v->most_ms * 1.5 * rows;
}

static void put_data(struct view *v)
{
	bool lost = false;

	v->lost = -1;
	for (size_t k = 0; k < ARRAY_SIZE(looks); k++) {
		v->answers[k] = -1;
		for (size_t i = 0; i < v->points[k].count; i++) {
			const struct thin_point *p = &v->points[k].point[i];

			lost |= p->round_trip_ns == NS_NONE;
			if (p->round_trip_ns <= 0)
				continue;
			if (v->answers[k] < 0)
				v->answers[k] = (int)chart_block(&v->chart);
			fprintf(v->chart.dat.f, "%.6f %.4f\n", seconds(v, p->sent_ns),
				(double)p->round_trip_ns / NS_PER_MS);
		}
	}
	if (!lost)
		return;
	v->lost = (int)chart_block(&v->chart);
	for (size_t k = 0; k < ARRAY_SIZE(looks); k++)
		for (size_t i = 0; i < v->points[k].count; i++)
			if (v->points[k].point[i].round_trip_ns == NS_NONE)
				fprintf(v->chart.dat.f, "%.6f %.4f 0 %.4f\n",
					seconds(v, v->points[k].point[i].sent_ns), lost_row(v, k),
					lost_row(v, k) * 0.4);
}

/* One frame of a desktop in the lane above all else, unless it is too near to the one before. */
static void put_frame(struct view *v, int64_t at_ns, int64_t *before_ns)
{
	bool zoomed = at_ns >= v->zoom_from_ns && at_ns <= v->zoom_to_ns;
	int64_t apart_ns = (zoomed ? v->zoom_to_ns - v->zoom_from_ns : v->to_ns - v->from_ns) / SLICES;

	if (at_ns == NS_NONE || at_ns < v->from_ns || at_ns > v->to_ns ||
		(*before_ns != NS_NONE && at_ns < *before_ns + apart_ns))
		return;
	*before_ns = at_ns;
	if (v->frames < 0)
		v->frames = (int)chart_block(&v->chart);
	fprintf(v->chart.dat.f, "%.6f %.4f 0 %.4f\n", seconds(v, at_ns), v->most_ms * 6.6,
		v->most_ms * 1.8);
}

/* When the desktop's picture changed: the user sees it move, or stand still. */
static void put_frames(struct view *v)
{
	const struct timeline *t = v->results->timeline;

	v->frames = -1;
	for (size_t i = 0; i < v->m->observation_count; i++) {
		const struct series *s = v->m->observations[i].series;
		int64_t before_ns = NS_NONE, asked_ns = NS_NONE;

		if (s->kind != PROBE_RDP || s->control)
			continue;
		for (size_t k = 0; k < s->count; k++)
			put_frame(v, s->records[k].arrival_ns, &before_ns);
		for (size_t k = 0; k < t->update_count; k++)
			if (&t->series[t->updates[k].series] == s)
				put_frame(v, t->updates[k].at_ns, &asked_ns);
	}
}

static void add_mark(struct view *v, int64_t at_ns, const char *what, const char *style, bool again)
{
	struct mark *mark;

	if (at_ns == NS_NONE || v->mark_count == MARKS_MOST)
		return;
	mark = &v->marks[v->mark_count++];
	*mark = (struct mark){.at_ns = at_ns, .style = style, .again = again};
	snprintf(mark->title, sizeof(mark->title), "%s %.3f s", what, seconds(v, at_ns));
}

static void add_job_marks(struct view *v)
{
	const struct job *job = v->m->move->job;

	if (!job)
		return;
	add_mark(v, job->started.hi_ns, "job start", "lc rgb '" COLOUR_GREY "' lw 1.5", false);
	add_mark(v, job->copying.hi_ns, "copying", "lc rgb '" COLOUR_GREY "' lw 1.5 dt 2", false);
	add_mark(v, job->paused.hi_ns, "paused", "lc rgb '" COLOUR_PURPLE "' lw 1.8", false);
	add_mark(v, job->resumed.hi_ns, "resumed", "lc rgb '" COLOUR_GREEN "' lw 1.8", false);
	add_mark(v, job->ended.hi_ns, "job end", "lc rgb '" COLOUR_DARK "' lw 1.5 dt 4", false);
}

/* Announcements from the trigger on, and the VM's first frame since it was paused. */
static void add_sighting_marks(struct view *v)
{
	const struct timeline *t = v->results->timeline;
	const struct job *job = v->m->move->job;
	int64_t since_ns = job && job->paused.lo_ns != NS_NONE ? job->paused.lo_ns : v->zero_ns;
	bool announced = false, first = false;

	for (size_t i = 0; i < t->sighting_count; i++) {
		const struct sighting *s = &t->sightings[i];
		bool frame = strcmp(s->what, "frame") == 0;

		if (s->at_ns < since_ns || s->at_ns > v->to_ns || !s->target ||
			strcmp(s->target, v->m->move->vm) != 0)
			continue;
		if (frame && !first && s->silence_ns > 0)
			add_mark(v, s->at_ns - s->silence_ns, "last frame",
				"lc rgb '" COLOUR_PURPLE "' lw 1.5 dt 3", false);
		if (frame && !first)
			add_mark(v, s->at_ns, "first frame",
				"lc rgb '" COLOUR_GREEN "' lw 1.5 dt 3", false);
		if (!frame)
			add_mark(v, s->at_ns,
				strcmp(s->what, "rarp") == 0   ? "first RARP"
				: strcmp(s->what, "garp") == 0 ? "first gratuitous ARP"
							       : "first NA",
				"lc rgb '" COLOUR_SKY "' lw 1.2 dt 2", announced);
		first |= frame;
		announced |= !frame;
	}
}

/* The last answer from the old place and the first from the new one, whichever probe had it. */
static void add_answer_marks(struct view *v)
{
	const struct job *job = v->m->move->job;
	int64_t between_ns, last_ns = NS_NONE, first_ns = NS_NONE;

	if (!job || job->paused.hi_ns == NS_NONE)
		return;
	/* The words on pause and resumption are heard a little before or after what they tell. */
	between_ns = job->paused.hi_ns;
	if (job->resumed.lo_ns != NS_NONE)
		between_ns += (job->resumed.lo_ns - job->paused.hi_ns) / 2;
	for (size_t i = 0; i < v->m->observation_count; i++) {
		const struct series *s = v->m->observations[i].series;

		for (size_t k = 0; !s->control && k < s->count; k++) {
			int64_t at_ns = s->records[k].arrival_ns;

			if (s->records[k].summarised || at_ns == NS_NONE || at_ns < v->from_ns ||
				at_ns > v->to_ns)
				continue;
			if (at_ns <= between_ns && (last_ns == NS_NONE || at_ns > last_ns))
				last_ns = at_ns;
			if (at_ns > between_ns && (first_ns == NS_NONE || at_ns < first_ns))
				first_ns = at_ns;
		}
	}
	add_mark(v, last_ns, "last answer", "lc rgb '" COLOUR_PURPLE "' lw 1.2 dt 4", false);
	add_mark(v, first_ns, "first answer", "lc rgb '" COLOUR_GREEN "' lw 1.2 dt 4", false);
}

static bool is_zoomed(const struct view *v, int64_t at_ns)
{
	return at_ns >= v->zoom_from_ns && at_ns <= v->zoom_to_ns;
}

/* The changes of the VM's neighbour entries that are shown, thinned. */
static void take_changes(struct view *v)
{
	const struct timeline *t = v->results->timeline;

	for (size_t i = 0; i < t->neighbour_count && v->change_count < CHANGES_MOST; i++) {
		const struct neighbour_change *n = &t->neighbours[i];
		bool zoomed = is_zoomed(v, n->at_ns), near = false;
		int64_t apart_ns = (zoomed ? v->zoom_to_ns - v->zoom_from_ns
					   : v->to_ns - v->from_ns) / CHANGES_APART;

		if (n->at_ns < v->from_ns || n->at_ns > v->to_ns || !n->target ||
			strcmp(n->target, v->m->move->vm) != 0)
			continue;
		for (size_t k = 0; k < v->change_count; k++)
			near |= llabs(n->at_ns - v->changes[k]->at_ns) < apart_ns &&
				is_zoomed(v, v->changes[k]->at_ns) == zoomed;
		if (!near)
			v->changes[v->change_count++] = n;
	}
}

/* Short lines on the axis; what the entry became is said where there is room, at the right. */
static void put_changes(struct view *v, bool named)
{
	FILE *f = v->chart.gp.f;

	for (size_t i = 0; i < v->change_count; i++) {
		const struct neighbour_change *n = v->changes[i];

		if (!named) {
			fprintf(f, "set arrow from first %.6f,graph 0 to first %.6f,graph 0.06 "
				   "nohead " CHANGE_STYLE " front\n",
				seconds(v, n->at_ns), seconds(v, n->at_ns));
		} else if (is_zoomed(v, n->at_ns)) {
			fputs("set label ", f);
			chart_quote(f, n->state);
			fprintf(f, " at first %.6f,graph 0.08 rotate by 90 left font ',9' front\n",
				seconds(v, n->at_ns));
		}
	}
}

static void put_marks(struct view *v)
{
	FILE *f = v->chart.gp.f;

	for (size_t i = 0; i < v->mark_count; i++)
		fprintf(f,
			"set arrow from first %.6f,graph 0 to first %.6f,graph 1 nohead %s back\n",
			seconds(v, v->marks[i].at_ns), seconds(v, v->marks[i].at_ns),
			v->marks[i].style);
}

/* The longest silence: pale where it may have been, darker where it surely was. */
static void put_silence(struct view *v)
{
	const struct silence *s = &v->silence;
	FILE *f = v->chart.gp.f;
	double a, r;

	if (!v->silent)
		return;
	a = seconds(v, s->from_ns == NS_NONE ? v->from_ns : s->from_ns);
	r = seconds(v, s->to_ns == NS_NONE ? v->to_ns : s->to_ns);
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
			seconds(v, s->gap->l1_ns), seconds(v, s->gap->ln_ns));
}

/* The names of everything drawn, once, below both panels. */
static void put_key(struct view *v)
{
	FILE *f = v->chart.gp.f;

	if (v->silent) {
		chart_clause(&v->chart);
		fputs("keyentry with boxes fs solid 0.3 noborder lc rgb '" COLOUR_ORANGE
		      "' title 'longest silence'",
			f);
	}
	for (size_t i = 0; i < v->mark_count; i++) {
		if (v->marks[i].again)
			continue;
		chart_clause(&v->chart);
		fprintf(f, "keyentry with lines %s title '%s'", v->marks[i].style,
			v->marks[i].title);
	}
	if (v->change_count) {
		chart_clause(&v->chart);
		fputs("keyentry with lines " CHANGE_STYLE " title 'neighbour entry changed'", f);
	}
}

static void put_panel(struct view *v, int64_t from_ns, int64_t to_ns, bool first)
{
	FILE *f = v->chart.gp.f;

	fprintf(f, "set xrange [%.6f:%.6f]\n", seconds(v, from_ns), seconds(v, to_ns));
	for (size_t k = 0; k < ARRAY_SIZE(looks); k++) {
		if (v->answers[k] < 0)
			continue;
		chart_plot(&v->chart, (unsigned)v->answers[k], "using 1:2 with points ");
		fprintf(f, "%s ps %s notitle", looks[k].style, looks[k].size);
		if (!first)
			continue;
		chart_clause(&v->chart);
		fprintf(f, "keyentry with points %s ps 0.8 title '%s'", looks[k].style,
			looks[k].title);
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
	chart_clause(&v->chart);
	fputs("NaN notitle", f);
	chart_plotted(&v->chart);
}

static void put_panels(struct view *v)
{
	FILE *f = v->chart.gp.f;

	fprintf(f, "set logscale y\nset yrange [%.4f:%.4f]\n", v->least_ms, v->most_ms * 9);
	fputs("set multiplot\nset tmargin screen 0.875\nset bmargin screen 0.385\n"
	      "set lmargin screen 0.125\nset rmargin screen 0.56\nset ylabel 'round trip, ms'\n"
	      "set xlabel 'seconds since the trigger' offset 0,0.4\n"
	      "set key at screen 0.53,screen 0.13 center vertical maxrows 6 Left reverse width 1 "
	      "samplen 2 spacing 1.15 font ',11'\n",
		f);
	put_panel(v, v->from_ns, v->to_ns, true);
	fputs("unset label\nunset key\nunset ylabel\nset lmargin screen 0.62\nset rmargin screen "
	      "0.98\n"
	      "set xlabel 'the same round the longest silence' offset 0,0.4\n",
		f);
	put_changes(v, true);
	put_panel(v, v->zoom_from_ns, v->zoom_to_ns, false);
	fputs("unset multiplot\n", f);
}

static void put_titles(
	const struct view *v, char *title, size_t title_size, char *subtitle, size_t subtitle_size)
{
	const struct move *move = v->m->move;
	char name[128], safe[256], blackout[NUMBER_TEXT_MAX], job[NUMBER_TEXT_MAX];
	char source[64], destination[64];

	text_fit(text_safe(move->case_name, safe, sizeof(safe)), 40, name, sizeof(name));
	snprintf(title, title_size, "%s, run %zu: blackout %s s, %s", name, move->run,
		interval_text(v->m->blackout, 3, blackout), verdict_name(v->m->verdict));
	snprintf(subtitle, subtitle_size,
		"%s from %s to %s, job time %s s. Right: round the longest silence.",
		text_safe(move->vm, safe, 64), text_safe(move->source, source, sizeof(source)),
		text_safe(move->destination, destination, sizeof(destination)),
		interval_text(v->m->job, 2, job));
}

int chart_move(struct chart_context *c, const struct move_result *m, const char *name, struct err *e)
{
	struct view v = {.results = c->results, .m = m};
	char title[256], subtitle[320];
	int result = -1;

	v.silent = longest_silence(m, &v.silence);
	set_window(&v);
	if (take_points(&v, e))
		goto out;
	set_range(&v);
	put_titles(&v, title, sizeof(title), subtitle, sizeof(subtitle));
	if (chart_open(c, &v.chart, name, 560, title, subtitle, e))
		goto out;
	put_data(&v);
	put_frames(&v);
	add_job_marks(&v);
	add_answer_marks(&v);
	add_sighting_marks(&v);
	take_changes(&v);
	put_silence(&v);
	put_marks(&v);
	put_changes(&v, false);
	put_panels(&v);
	result = chart_close(c, &v.chart, e);
out:
	for (size_t k = 0; k < ARRAY_SIZE(looks); k++)
		thin_free(&v.points[k]);
	return result;
}

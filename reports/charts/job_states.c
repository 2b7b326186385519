/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * job-states.svg: the states of each job over time, a bar per move, from the trigger on. The bars
 * of a run with several VMs begin with the run's first trigger, so that they show its queue.
 */
#include "harness/plan/settings.h"
#include "reports/charts/chart.h"

#include <string.h>

#define ROWS_IN_500 24
#define ROWS_MIN 8 /* minimum height in rows: without it, bars of few moves are too thick */
#define ROW_PIXELS 15

/* The stretches of a job: each from one of its moments to the next one known. */
static const struct stretch {
	const char *title, *colour;
} stretches[] = {
	{"requested, not started", COLOUR_LIGHT},
	{"started, not copying", COLOUR_PURPLE},
	{"copying memory", COLOUR_SKY},
	{"paused (switch-over)", COLOUR_RED},
	{"resumed, finishing", COLOUR_GREEN},
};

/* The moments that separate the stretches. The last is the job's end. */
static void moments(const struct job *job, int64_t at[ARRAY_SIZE(stretches) + 1])
{
	const struct instant instants[] = {
		job->requested, job->started, job->copying, job->paused, job->resumed, job->ended};

	for (size_t i = 0; i < ARRAY_SIZE(instants); i++)
		at[i] = instants[i].hi_ns;
}

/* The time 0 of a move's bar; NS_NONE: there is none. */
static int64_t origin(const struct move_result *m)
{
	const struct move *move = m->move;

	if (m->plan_case && plan_together(m->plan_case))
		return move->window_begin_ns;
	if (move->trigger_ns != NS_NONE || !move->job)
		return move->trigger_ns;
	return move->job->requested.lo_ns != NS_NONE ? move->job->requested.lo_ns
						     : move->job->started.lo_ns;
}

/* Stretch `which` of a job as [from, to), in ns since the origin; false if it is not known. */
static bool stretch_of(const struct move_result *m, size_t which, int64_t *from_ns, int64_t *to_ns)
{
	int64_t at[ARRAY_SIZE(stretches) + 1];

	if (!m->move->job || origin(m) == NS_NONE)
		return false;
	moments(m->move->job, at);
	if (at[which] == NS_NONE)
		return false;
	*from_ns = at[which] - origin(m);
	for (size_t i = which + 1; i < ARRAY_SIZE(at); i++) {
		if (at[i] == NS_NONE)
			continue;
		*to_ns = at[i] - origin(m);
		return *to_ns >= *from_ns;
	}
	return false;
}

static void put_stretches(struct chart *chart, const struct results *r, size_t which)
{
	bool any = false;

	for (size_t i = 0; i < r->move_count; i++) {
		int64_t from_ns, to_ns;

		if (!stretch_of(&r->moves[i], which, &from_ns, &to_ns))
			continue;
		if (!any) {
			char style[192];

			snprintf(style, sizeof(style),
				"using 1:2:3:4:5:6 with boxxyerror lc rgb '%s' lw 1 fs solid 1 "
				"border "
				"lc rgb '%s' title '%s'",
				stretches[which].colour, stretches[which].colour,
				stretches[which].title);
			chart_plot(chart, chart_block(chart), style);
			any = true;
		}
		fprintf(chart->dat.f, "%.6f %zu %.6f %.6f %.2f %.2f\n", (double)from_ns / NS_PER_S,
			i, (double)from_ns / NS_PER_S, (double)to_ns / NS_PER_S, (double)i - 0.32,
			(double)i + 0.32);
	}
}

/*
 * The longest silence of a move, in ns since the origin; one without an end reaches to the end of
 * the window. False if there is none, or its begin is not known.
 */
static bool silence_of(const struct move_result *m, int64_t *from_ns, int64_t *to_ns)
{
	int64_t zero_ns = origin(m), end_ns;
	struct silence silence;

	if (zero_ns == NS_NONE || !longest_silence(m, &silence) || silence.from_ns == NS_NONE)
		return false;
	end_ns = silence.to_ns != NS_NONE ? silence.to_ns : m->move->window_end_ns;
	if (end_ns == NS_NONE)
		return false;
	*from_ns = ns_max(silence.from_ns - zero_ns, 0);
	*to_ns = end_ns - zero_ns;
	return true;
}

/* The longest silence of each move as a line through its bar, between its outermost ends. */
static void put_silences(struct chart *chart, const struct results *r)
{
	bool any = false;

	for (size_t i = 0; i < r->move_count; i++) {
		int64_t from_ns, to_ns;

		if (!silence_of(&r->moves[i], &from_ns, &to_ns))
			continue;
		if (!any)
			chart_plot(chart, chart_block(chart),
				"using 1:2:3:4 with vectors nohead lc rgb '#000000' lw 3 title "
				"'longest silence seen'");
		any = true;
		fprintf(chart->dat.f, "%.6f %zu %.6f 0\n", (double)from_ns / NS_PER_S, i,
			(double)(to_ns - from_ns) / NS_PER_S);
	}
}

static double last_s(const struct results *r)
{
	int64_t last_ns = NS_PER_S;

	for (size_t i = 0; i < r->move_count; i++) {
		const struct move_result *m = &r->moves[i];
		const struct job *job = m->move->job;
		int64_t from_ns, to_ns;

		if (job && origin(m) != NS_NONE && job->ended.hi_ns != NS_NONE)
			last_ns = ns_max(job->ended.hi_ns - origin(m), last_ns);
		if (silence_of(m, &from_ns, &to_ns))
			last_ns = ns_max(to_ns, last_ns);
	}
	return (double)last_ns / NS_PER_S;
}

static void put_rows(FILE *f, const struct results *r)
{
	for (size_t i = 0; i < r->move_count; i++) {
		const struct move *move = r->moves[i].move;
		const char *state = move->job             ? job_state_name(move->job->state)
				    : move->set_up_failed ? "not set up"
				    : move->refused       ? "not started"
							  : "no job seen";
		char safe[256], fitted[256], row[300], name[ROW_NAME_MAX];

		case_row_name(r->moves[i].plan_case, move->case_name, move->vm, name);
		text_safe(name, safe, sizeof(safe));
		snprintf(row, sizeof(row), "%s / %zu", text_fit(safe, 28, fitted, sizeof(fitted)),
			move->run);
		fputs("set label ", f);
		chart_quote(f, row);
		fprintf(f,
			" at graph 0,first %zu right offset -1,0 font ',11' tc rgb '" COLOUR_DARK
			"'\nset label ",
			i);
		chart_quote(f, state);
		fprintf(f, " at graph 1,first %zu left offset 1,0 font ',11' tc rgb '%s'\n", i,
			move->job && move->job->state == JOB_COMPLETED ? COLOUR_DARK : COLOUR_RED);
	}
}

int chart_job_states(struct chart_context *c, struct err *e)
{
	const struct results *r = c->results;
	size_t completed = 0;
	struct chart chart;
	bool together = has_several(r);
	char title[160];
	int height = 500;

	for (size_t i = 0; i < r->move_count; i++)
		completed += r->moves[i].move->job && r->moves[i].move->job->state == JOB_COMPLETED;
	if (r->move_count > ROWS_IN_500)
		height += (int)(r->move_count - ROWS_IN_500) * ROW_PIXELS;
	snprintf(title, sizeof(title), "%zu of %zu jobs completed", completed, moves_set_up(r));
	if (chart_open(c, &chart, "job-states", height, title,
		    together
			    ? "The states of each job, in seconds since the first trigger of its run "
			      "(case / run)."
			    : "The states of each job, in seconds since its move was requested (case / "
			      "run).",
		    e))
		return -1;
	put_rows(chart.gp.f, r);
	fprintf(chart.gp.f,
		"set xrange [0:%.3f]\nset yrange [%.1f:-0.7]\nunset ytics\n"
		"set border 1\nset grid noytics xtics\n",
		last_s(r) * 1.03, (double)size_max(r->move_count, ROWS_MIN) - 0.3);
	fprintf(chart.gp.f,
		"set xlabel 'seconds since the %strigger' offset 0,0.3\n"
		"set tmargin screen %.4f\nset bmargin screen %.4f\nset lmargin screen 0.26\n"
		"set rmargin screen 0.86\nset key at screen 0.5,screen %.4f center "
		"vertical maxrows 2 Left reverse samplen 2 spacing 1.2 width 1 font "
		"',12'\n",
		together ? "first " : "", 1 - 68.0 / height, 118.0 / height, 36.0 / height);
	for (size_t i = 0; i < ARRAY_SIZE(stretches); i++)
		put_stretches(&chart, r, i);
	put_silences(&chart, r);
	/*
	 * Plots something even if there are no jobs; otherwise gnuplot would draw nothing at all.
	 */
	chart_clause(&chart);
	fputs("NaN notitle", chart.gp.f);
	return chart_close(c, &chart, e);
}

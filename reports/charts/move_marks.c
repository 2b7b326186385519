/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The vertical lines of a move's chart: moments of the job, the network and the answers. */
#include "reports/charts/move.h"

#include <stdlib.h>
#include <string.h>

/* Of changes of neighbour entries closer than 1/50 of a panel, only the first is drawn. */
#define CHANGES_APART 50
#define CHANGE_STYLE "lc rgb '" COLOUR_BLUE "' lw 2"

double move_view_seconds(const struct move_view *v, int64_t at_ns)
{
	return (double)(at_ns - v->zero_ns) / NS_PER_S;
}

static void add_mark(
	struct move_view *v, int64_t at_ns, const char *what, const char *style, bool again)
{
	struct mark *mark;

	if (at_ns == NS_NONE || v->mark_count == MOVE_MARKS_MAX)
		return;
	mark = &v->marks[v->mark_count++];
	*mark = (struct mark){.at_ns = at_ns, .style = style, .again = again};
	snprintf(mark->title, sizeof(mark->title), "%s %.3f s", what, move_view_seconds(v, at_ns));
}

static void add_job_marks(struct move_view *v)
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

/*
 * Announcements, and the VM's last and first frame around its pause; from the pause (or trigger)
 * on.
 */
static void add_sighting_marks(struct move_view *v)
{
	const struct timeline *t = v->results->timeline;
	const struct job *job = v->m->move->job;
	int64_t since_ns = job && job->paused.lo_ns != NS_NONE ? job->paused.lo_ns : v->zero_ns;
	bool announced = false, first = false;

	for (size_t i = 0; i < t->sighting_count; i++) {
		const struct sighting *s = &t->sightings[i];
		bool frame = s->what == SIGHTING_FRAME;

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
				s->what == SIGHTING_RARP   ? "first RARP"
				: s->what == SIGHTING_GARP ? "first gratuitous ARP"
							   : "first NA",
				"lc rgb '" COLOUR_SKY "' lw 1.2 dt 2", announced);
		first |= frame;
		announced |= !frame;
	}
}

/* The VM's last answer from the source and its first from the destination, to any probe. */
static void add_answer_marks(struct move_view *v)
{
	const struct job *job = v->m->move->job;
	int64_t between_ns, last_ns = NS_NONE, first_ns = NS_NONE;

	if (!job || job->paused.hi_ns == NS_NONE)
		return;
	/* Pause and resumption are reported a little early or late, so their midpoint separates. */
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

static bool is_zoomed(const struct move_view *v, int64_t at_ns)
{
	return at_ns >= v->zoom_from_ns && at_ns <= v->zoom_to_ns;
}

/* Collects the changes of the VM's neighbour entries that are shown, thinned out. */
static void take_changes(struct move_view *v)
{
	const struct timeline *t = v->results->timeline;

	for (size_t i = 0; i < t->neighbour_count && v->change_count < MOVE_CHANGES_MAX; i++) {
		const struct neighbour_change *n = &t->neighbours[i];
		bool zoomed = is_zoomed(v, n->at_ns), near = false;
		int64_t apart_ns =
			(zoomed ? v->zoom_to_ns - v->zoom_from_ns : v->to_ns - v->from_ns) /
			CHANGES_APART;

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

void move_marks_take(struct move_view *v)
{
	add_job_marks(v);
	add_answer_marks(v);
	add_sighting_marks(v);
	take_changes(v);
}

static void put_line(struct move_view *v, int64_t at_ns, const char *height, const char *style)
{
	double at_s = move_view_seconds(v, at_ns);

	fprintf(v->chart.gp.f,
		"set arrow from first %.6f,graph 0 to first %.6f,graph %s nohead %s\n", at_s, at_s,
		height, style);
}

void move_marks_put(struct move_view *v, int64_t from_ns, int64_t to_ns)
{
	/* Gnuplot draws arrows outside of the panel, too, so each panel gets its own. */
	fputs("unset arrow\n", v->chart.gp.f);
	for (size_t i = 0; i < v->mark_count; i++)
		if (v->marks[i].at_ns >= from_ns && v->marks[i].at_ns <= to_ns) {
			char style[96];

			snprintf(style, sizeof(style), "%s back", v->marks[i].style);
			put_line(v, v->marks[i].at_ns, "1", style);
		}
	for (size_t i = 0; i < v->change_count; i++)
		if (v->changes[i]->at_ns >= from_ns && v->changes[i]->at_ns <= to_ns)
			put_line(v, v->changes[i]->at_ns, "0.06", CHANGE_STYLE " front");
}

void move_changes_name(struct move_view *v)
{
	FILE *f = v->chart.gp.f;

	for (size_t i = 0; i < v->change_count; i++) {
		const struct neighbour_change *n = v->changes[i];

		if (!is_zoomed(v, n->at_ns))
			continue;
		fputs("set label ", f);
		chart_quote(f, neighbour_state_name(n->state));
		fprintf(f, " at first %.6f,graph 0.08 rotate by 90 left font ',9' front\n",
			move_view_seconds(v, n->at_ns));
	}
}

void move_marks_key(struct move_view *v)
{
	FILE *f = v->chart.gp.f;

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

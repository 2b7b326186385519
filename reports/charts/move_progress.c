/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The progress of a move and of its VM's workloads as curves: see move_progress.h. */
#include "reports/charts/move_progress.h"

#include "harness/plan/component.h"

#define POINTS_MAX 600 /* per curve, in each of the two panels */
#define COPIED_STYLE "lc rgb '" COLOUR_BLUE "' lw 2"
#define LEFT_STYLE "lc rgb '" COLOUR_SKY "' lw 2 dt 2"

static const char *const workload_styles[PROGRESS_WORKLOADS_MAX] = {
	"lc rgb '#000000' lw 2",
	"lc rgb '" COLOUR_ORANGE "' lw 2",
	"lc rgb '#000000' lw 2 dt 4",
	"lc rgb '" COLOUR_ORANGE "' lw 2 dt 4",
};

/* A curve being drawn. Its block of data begins with the first point shown. */
struct pen {
	struct chart *chart;
	const struct chart_span *span;
	int block;
	int64_t before_ns; /* time of the newest point */
};

static bool is_shown(const struct chart_span *span, int64_t at_ns)
{
	return at_ns != NS_NONE && at_ns >= span->from_ns && at_ns <= span->to_ns;
}

/* Draws a point of a curve, unless it is too close to the one before. True if it is drawn. */
static bool put_point(struct pen *pen, int64_t at_ns, double percent)
{
	const struct chart_span *span = pen->span;
	bool zoomed = at_ns >= span->zoom_from_ns && at_ns <= span->zoom_to_ns;
	int64_t apart_ns =
		(zoomed ? span->zoom_to_ns - span->zoom_from_ns : span->to_ns - span->from_ns) /
		POINTS_MAX;

	if (!is_shown(span, at_ns) ||
		(pen->before_ns != NS_NONE && at_ns < pen->before_ns + apart_ns))
		return false;
	if (pen->block < 0)
		pen->block = (int)chart_block(pen->chart);
	pen->before_ns = at_ns;
	fprintf(pen->chart->dat.f, "%.6f %.2f\n", (double)(at_ns - span->zero_ns) / NS_PER_S,
		percent);
	return true;
}

/* Whether a poll is drawn: the total is known from the first pass on, and the job has not ended. */
static bool shows_memory(const struct job *job, const struct progress *p)
{
	return p->total_bytes > 0 && (job->ended.hi_ns == NS_NONE || p->at_ns <= job->ended.hi_ns);
}

static double percent_of(const struct progress *p, bool left)
{
	return 100.0 * (double)(left ? p->remaining_bytes : p->processed_bytes) /
	       (double)p->total_bytes;
}

static int put_memory(struct chart *chart, const struct job *job, const struct chart_span *span,
	bool left, double *max_percent)
{
	struct pen pen = {chart, span, -1, NS_NONE};

	for (size_t i = 0; job && i < job->progress_count; i++) {
		const struct progress *p = &job->progress[i];

		if (shows_memory(job, p) && put_point(&pen, p->at_ns, percent_of(p, left)) &&
			percent_of(p, left) > *max_percent)
			*max_percent = percent_of(p, left);
	}
	return pen.block;
}

/* Whether it is a workload of the move's VM with an end: one without an end has no progress. */
static bool is_ours(const struct workload_record *w, const struct move *move)
{
	const struct plan_component *kind = component_find(COMPONENT_WORKLOAD, w->kind);

	return (!kind || kind->workload.finite) && workload_of_move(w, move);
}

/* Two curves, each from 0 to 100 %: writing the data, then reading all of it again. */
static int put_workload(
	struct chart *chart, const struct workload_record *w, const struct chart_span *span)
{
	struct pen pen = {chart, span, -1, NS_NONE};
	bool verifying = false;

	for (size_t i = 0; i < w->progress_count; i++) {
		const struct workload_progress *p = &w->progress[i];

		if (p->verifying && !verifying && pen.block >= 0)
			fputc('\n', chart->dat.f);
		verifying = p->verifying;
		put_point(&pen, p->at_ns, p->percent);
	}
	return pen.block;
}

bool progress_curves_any(
	const struct results *results, const struct move *move, const struct chart_span *span)
{
	const struct timeline *t = results->timeline;
	const struct job *job = move->job;

	for (size_t i = 0; job && i < job->progress_count; i++)
		if (shows_memory(job, &job->progress[i]) && is_shown(span, job->progress[i].at_ns))
			return true;
	for (size_t i = 0; i < t->workload_count; i++)
		for (size_t k = 0;
			is_ours(&t->workloads[i], move) && k < t->workloads[i].progress_count; k++)
			if (is_shown(span, t->workloads[i].progress[k].at_ns))
				return true;
	return false;
}

void progress_curves_put(struct chart *chart, const struct results *results,
	const struct move *move, const struct chart_span *span, struct progress_curves *curves)
{
	const struct timeline *t = results->timeline;

	*curves = (struct progress_curves){.max_percent = 100};
	curves->copied = put_memory(chart, move->job, span, false, &curves->max_percent);
	curves->left = put_memory(chart, move->job, span, true, &curves->max_percent);
	for (size_t i = 0; i < t->workload_count && curves->workload_count < PROGRESS_WORKLOADS_MAX;
		i++) {
		int block = is_ours(&t->workloads[i], move)
				    ? put_workload(chart, &t->workloads[i], span)
				    : -1;

		if (block < 0)
			continue;
		curves->workloads[curves->workload_count].workload = &t->workloads[i];
		curves->workloads[curves->workload_count++].block = block;
	}
}

void progress_curves_plot(struct chart *chart, const struct progress_curves *curves)
{
	if (curves->copied >= 0)
		chart_plot(chart, (unsigned)curves->copied,
			"using 1:2 with lines " COPIED_STYLE " notitle");
	if (curves->left >= 0)
		chart_plot(chart, (unsigned)curves->left,
			"using 1:2 with lines " LEFT_STYLE " notitle");
	for (size_t i = 0; i < curves->workload_count; i++) {
		chart_plot(chart, (unsigned)curves->workloads[i].block, "using 1:2 with lines ");
		fprintf(chart->gp.f, "%s notitle", workload_styles[i]);
	}
	chart_clause(chart);
	fputs("NaN notitle", chart->gp.f);
	chart_plot_end(chart);
}

void progress_curves_key(struct chart *chart, const struct progress_curves *curves)
{
	char name[64], title[96];

	if (curves->copied >= 0) {
		chart_clause(chart);
		fputs("keyentry with lines " COPIED_STYLE " title 'memory copied'", chart->gp.f);
	}
	if (curves->left >= 0) {
		chart_clause(chart);
		fputs("keyentry with lines " LEFT_STYLE " title 'memory left to copy'",
			chart->gp.f);
	}
	for (size_t i = 0; i < curves->workload_count; i++) {
		chart_clause(chart);
		fprintf(chart->gp.f, "keyentry with lines %s title ", workload_styles[i]);
		snprintf(title, sizeof(title), "workload: %s",
			text_fit(curves->workloads[i].workload->name, 20, name, sizeof(name)));
		chart_quote(chart->gp.f, title);
	}
}

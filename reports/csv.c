/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The result tables: runs.csv, gaps.csv, cases.csv, sessions.csv, workloads.csv. Their columns are a contract
 * (docs/facts.md); harness/results.h reads them back.
 */
#include "harness/cause.h"
#include "harness/results.h"
#include "reports/doc.h"
#include "reports/report.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void put_texts(FILE *f, const char *const *texts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		csv_text(f, texts[i]);
		fputc(',', f);
	}
}

#define PUT_TEXTS(f, ...)                                  \
	put_texts((f), (const char *const[]){__VA_ARGS__}, \
		sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static void put_seconds(FILE *f, int64_t ns)
{
	char text[SECONDS_TEXT_MAX];

	fprintf(f, "%s,", seconds_text(ns, text));
}

static void put_interval(FILE *f, struct interval i)
{
	put_seconds(f, i.lo_ns);
	put_seconds(f, i.lo_ns == NS_NONE ? NS_NONE : i.hi_ns);
}

static void put_double(FILE *f, double seconds)
{
	if (isfinite(seconds))
		fprintf(f, "%.6f", seconds);
	fputc(',', f);
}

static void put_axis_names(FILE *f, const struct plan *plan)
{
	for (size_t i = 0; i < plan_axis_count(plan); i++) {
		char name[256];

		snprintf(name, sizeof(name), "axis:%s", plan_axis_name(plan, i));
		fputc(',', f);
		csv_text(f, name);
	}
	fputs("\r\n", f);
}

static void put_axis_values(FILE *f, const struct plan_case *plan_case)
{
	for (size_t i = 0; i < plan_axis_count(plan_case->plan); i++) {
		fputc(',', f);
		csv_text(f, plan_axis_value(plan_case, i));
	}
	fputs("\r\n", f);
}

/* The moment from which the job's time counts: the call, or the first that was seen of the job. */
static int64_t job_start(const struct job *job)
{
	if (!job)
		return NS_NONE;
	return job->requested.lo_ns != NS_NONE ? job->requested.lo_ns : job->started.lo_ns;
}

static void put_run(FILE *f, const struct results *results, const struct move_result *m)
{
	const struct move *move = m->move;
	const struct job *job = move->job;
	char utc[UTC_TEXT_MAX];

	csv_text(f, move->case_name);
	fprintf(f, ",%zu,", move->run);
	csv_text(f, move->vm);
	fprintf(f, ",%zu,", move->move);
	PUT_TEXTS(f, move->platform, move->source, move->destination, job ? job->state : "");
	fprintf(f, "%s,", utc_text(timeline_utc(results->timeline, job_start(job)), utc));
	put_interval(f, m->job);
	if (job && job->downtime_ns != NS_NONE)
		fprintf(f, "%" PRId64 ".%06" PRId64, job->downtime_ns / NS_PER_MS,
			job->downtime_ns % NS_PER_MS);
	fputc(',', f);
	if (m->lost_1s >= 0)
		fprintf(f, "%d", m->lost_1s);
	fputc(',', f);
	put_interval(f, m->blackout);
	PUT_TEXTS(f, m->outcome, m->integrity, verdict_name(m->verdict));
	csv_text(f, m->reason);
	put_axis_values(f, m->plan_case);
}

static int write_runs(const struct results *results, const char *out, struct err *e)
{
	struct doc doc;

	if (doc_open(&doc, e))
		return -1;
	fputs("case,run,vm,move,platform,source,destination,job_state,job_start_utc,job_lo_s,"
	      "job_hi_s,downtime_reported_ms,lost_1s,blackout_lo_s,blackout_hi_s,outcome,integrity,"
	      "verdict,reason",
		doc.f);
	put_axis_names(doc.f, results->plan);
	for (size_t i = 0; i < results->move_count; i++)
		put_run(doc.f, results, &results->moves[i]);
	return doc_close(&doc, out, "runs.csv", e);
}

/* "stop-and-copy 0.301;waiting for the switch 4.210"; nothing where no stretch's cause is known. */
static void put_causes(FILE *f, const struct timeline *t, const struct move_result *m,
	const struct series *s, const struct gap *g)
{
	char seconds[NUMBER_TEXT_MAX];
	struct causes causes;

	if (!m || !s->target || strcmp(s->target, m->move->vm) != 0)
		return;
	causes_of(t, m->move, s, g, &causes);
	if (!causes_known(&causes))
		return;
	for (size_t i = 0; i < causes.count; i++) {
		const struct cause_stretch *c = &causes.stretch[i];

		fprintf(f, "%s%s %s", i ? ";" : "", cause_name(c->cause),
			fixed_text(c->to_ns - c->from_ns, 3, seconds));
	}
}

/* `m` is NULL in a watch-only folder: no case, run, VM, phase and causes then. */
static void put_gap(FILE *f, const struct timeline *t, const struct move_result *m,
	const struct observation *o, const struct gap *g)
{
	const struct series *s = o->series;
	/* Open at the first probe: nothing says when it began. */
	int64_t start_ns = g->a_ns == NS_NONE ? NS_NONE : g->l1_ns;
	char utc[UTC_TEXT_MAX];

	csv_text(f, m ? m->move->case_name : "");
	if (m)
		fprintf(f, ",%zu,", m->move->run);
	else
		fputs(",,", f);
	PUT_TEXTS(f, m ? m->move->vm : "", s->station, s->probe, s->target,
		g->phase == PHASE_NONE ? "" : phase_name(g->phase));
	fprintf(f, "%s,", utc_text(timeline_utc(t, start_ns), utc));
	put_seconds(f, start_ns == NS_NONE ? NS_NONE : start_ns - t->first_ns);
	put_interval(f, g->widened);
	fprintf(f, "%u,%u,", g->lost, g->late);
	put_causes(f, t, m, s, g);
	fputs("\r\n", f);
}

static void put_gaps(FILE *f, const struct timeline *t, const struct move_result *m,
	const struct observation *o)
{
	for (size_t k = 0; k < o->gaps.count; k++)
		put_gap(f, t, m, o, &o->gaps.gap[k]);
}

static int write_gaps(const struct results *results, const char *out, struct err *e)
{
	struct doc doc;

	if (doc_open(&doc, e))
		return -1;
	fputs("case,run,vm,station,probe,target,phase,start_utc,start_s,lo_s,hi_s,lost,late,"
	      "causes\r\n",
		doc.f);
	for (size_t i = 0; i < results->move_count; i++) {
		const struct move_result *m = &results->moves[i];

		for (size_t j = 0; j < m->observation_count; j++)
			put_gaps(doc.f, results->timeline, m, &m->observations[j]);
	}
	for (size_t i = 0; i < results->watch_count; i++)
		put_gaps(doc.f, results->timeline, NULL, &results->watches[i].observation);
	return doc_close(&doc, out, "gaps.csv", e);
}

/* The platform of a case is that of its moves. */
static const char *case_platform(const struct results *results, const struct plan_case *plan_case)
{
	for (size_t i = 0; i < results->move_count; i++)
		if (results->moves[i].plan_case == plan_case)
			return results->moves[i].move->platform;
	return "";
}

static int write_cases(const struct results *results, const char *out, struct err *e)
{
	struct doc doc;

	if (doc_open(&doc, e))
		return -1;
	fputs("case,platform,runs,job_mean_s,job_sd_s,job_least_s,job_most_s,lost_1s_most,"
	      "blackout_lo_s,blackout_hi_s,verdict",
		doc.f);
	put_axis_names(doc.f, results->plan);
	for (size_t i = 0; i < results->case_count; i++) {
		const struct case_result *c = &results->cases[i];

		PUT_TEXTS(doc.f, c->plan_case->name, case_platform(results, c->plan_case));
		fprintf(doc.f, "%zu,", c->runs);
		put_double(doc.f, c->job_mean_s);
		put_double(doc.f, c->job_sd_s);
		put_double(doc.f, c->job_least_s);
		put_double(doc.f, c->job_most_s);
		if (c->lost_1s_most >= 0)
			fprintf(doc.f, "%d", c->lost_1s_most);
		fputc(',', doc.f);
		put_interval(doc.f, c->blackout);
		csv_text(doc.f, verdict_name(c->verdict));
		put_axis_values(doc.f, c->plan_case);
	}
	return doc_close(&doc, out, "cases.csv", e);
}

/* What a session's events say of one move. */
struct session_story {
	int64_t opened_ns; /* the open in force at the trigger, else the first one after it */
	unsigned drops;
	const char *state_kept;
};

static bool same(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

static struct session_story session_story(
	const struct timeline *t, const struct move *move, const struct series *s)
{
	struct session_story story = {.opened_ns = NS_NONE, .state_kept = ""};
	/* A desktop's text is looked at when the window is over. */
	int64_t end_ns = move->end_ns == NS_NONE ? INT64_MAX : move->end_ns;

	for (size_t i = 0; i < t->session_event_count; i++) {
		const struct session_event *event = &t->session_events[i];

		if (!same(event->target, s->target) || !same(event->station, s->station) ||
			!same(event->probe, s->probe) || event->at_ns > end_ns)
			continue;
		if (strcmp(event->what, "open") == 0 &&
			(story.opened_ns == NS_NONE || event->at_ns <= move->trigger_ns))
			story.opened_ns = event->at_ns;
		if (event->at_ns < move->trigger_ns)
			continue;
		story.drops += strcmp(event->what, "drop") == 0;
		if (strcmp(event->what, "state") == 0)
			story.state_kept = event->state_kept ? "yes" : "no";
	}
	return story;
}

/* Median and p99 round trip in ms of what was sent in the move's window; an empty field for none.
 */
static int put_inputs(FILE *f, const struct move *move, const struct series *s, struct err *e)
{
	int64_t end_ns = move->window_end_ns == NS_NONE ? INT64_MAX : move->window_end_ns;
	double *ms = calloc(s->count + 1, sizeof(*ms));
	size_t n = 0;

	if (!ms)
		return err_set(e, "sessions.csv: out of memory");
	for (size_t i = 0; i < s->count; i++) {
		const struct probe_record *r = &s->records[i];

		if (r->arrival_ns != NS_NONE && r->sent_ns >= move->trigger_ns &&
			r->sent_ns < end_ns)
			ms[n++] = (double)(r->arrival_ns - r->sent_ns) / (double)NS_PER_MS;
	}
	gsl_sort(ms, 1, n);
	if (n)
		fprintf(f, "%.3f,%.3f,", gsl_stats_quantile_from_sorted_data(ms, 1, n, 0.5),
			gsl_stats_quantile_from_sorted_data(ms, 1, n, 0.99));
	else
		fputs(",,", f);
	free(ms);
	return 0;
}

static int put_session(FILE *f, const struct results *results, const struct move_result *m,
	const struct observation *o, struct err *e)
{
	const struct timeline *t = results->timeline;
	const struct series *s = o->series;
	struct session_story story = session_story(t, m->move, s);

	csv_text(f, m->move->case_name);
	fprintf(f, ",%zu,", m->move->run);
	PUT_TEXTS(f, m->move->vm, s->station, s->kind == PROBE_RDP ? "rdp" : "session", s->target);
	put_seconds(f, story.opened_ns == NS_NONE ? NS_NONE : story.opened_ns - t->first_ns);
	put_interval(f, gaps_longest(&o->gaps, true));
	fprintf(f, "%u,", story.drops);
	if (put_inputs(f, m->move, s, e))
		return -1;
	fprintf(f, "%s\r\n", story.state_kept);
	return 0;
}

static int write_sessions(const struct results *results, const char *out, struct err *e)
{
	struct doc doc;

	if (doc_open(&doc, e))
		return -1;
	fputs("case,run,vm,station,kind,target,opened_s,gap_lo_s,gap_hi_s,drops,input_median_ms,"
	      "input_p99_ms,state_kept\r\n",
		doc.f);
	for (size_t i = 0; i < results->move_count; i++) {
		const struct move_result *m = &results->moves[i];

		for (size_t j = 0; j < m->observation_count; j++) {
			const struct observation *o = &m->observations[j];

			if (!series_is_session(o->series) || o->series->control)
				continue;
			if (put_session(doc.f, results, m, o, e)) {
				doc_drop(&doc);
				return -1;
			}
		}
	}
	return doc_close(&doc, out, "sessions.csv", e);
}

static int write_workloads(const struct results *results, const char *out, struct err *e)
{
	const struct timeline *t = results->timeline;
	struct doc doc;

	if (doc_open(&doc, e))
		return -1;
	fputs("case,run,vm,workload,moved,start_s,end_s,verified,reason,kind,state,written_s,"
	      "asked_bytes_per_s,mean_bytes_per_s,rate_held\r\n",
		doc.f);
	for (size_t i = 0; i < t->work_count; i++) {
		const struct work *w = &t->works[i];
		char reason[640];

		snprintf(reason, sizeof(reason), "%s%s%s", w->file,
			*w->file && *w->why ? ": " : "", w->why);
		csv_text(doc.f, w->case_name);
		fprintf(doc.f, ",%zu,", w->run);
		PUT_TEXTS(doc.f, w->vm, w->name, w->moved ? "yes" : "no");
		put_seconds(doc.f, w->start_ns - t->first_ns);
		put_seconds(doc.f, w->end_ns == NS_NONE ? NS_NONE : w->end_ns - t->first_ns);
		PUT_TEXTS(doc.f, work_verified(w), reason, w->kind, w->state);
		put_seconds(doc.f, w->written_ns == NS_NONE ? NS_NONE : w->written_ns - t->first_ns);
		if (w->asked_rate_bps > 0)
			fprintf(doc.f, "%" PRId64, w->asked_rate_bps);
		fputc(',', doc.f);
		if (w->rates)
			fprintf(doc.f, "%.0f", w->rate_sum_bps / (double)w->rates);
		fprintf(doc.f, ",%s\r\n", !w->rates ? "" : work_rate_held(w) ? "yes" : "no");
	}
	return doc_close(&doc, out, "workloads.csv", e);
}

int report_csv(const struct results *results, const char *out, struct err *e)
{
	if (!results->plan)
		return write_gaps(results, out, e);
	return write_runs(results, out, e) || write_gaps(results, out, e) ||
			       write_cases(results, out, e) || write_sessions(results, out, e) ||
			       write_workloads(results, out, e)
		       ? -1
		       : 0;
}

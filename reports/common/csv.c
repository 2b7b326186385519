/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The result tables: runs.csv, gaps.csv, cases.csv, sessions.csv, workloads.csv. Their columns are
 * a contract (docs/facts.md); harness/compare/run_rows.h reads runs.csv and cases.csv back.
 */
#include "harness/analysis/causes.h"
#include "reports/common/csv.h"
#include "reports/common/document.h"
#include "reports/common/sessions.h"

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
}

static void put_axis_values(FILE *f, const struct plan_case *plan_case)
{
	for (size_t i = 0; i < plan_axis_count(plan_case->plan); i++) {
		fputc(',', f);
		csv_text(f, plan_axis_value(plan_case, i));
	}
}

/* Begin of the job time: when the job was requested or, if not known, first seen. */
static int64_t job_start(const struct job *job)
{
	if (!job)
		return NS_NONE;
	return job->requested.lo_ns != NS_NONE ? job->requested.lo_ns : job->started.lo_ns;
}

/* What the VM did in its run; "" if it could not be set up. */
static const char *role_of(const struct move *move)
{
	if (move->job || move->trigger_ns != NS_NONE)
		return "moved";
	return move->broke_off ? "" : "bystander";
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
	PUT_TEXTS(f, move->platform, move->source, move->destination,
		job ? job_state_name(job->state) : "");
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
	PUT_TEXTS(f, outcome_name(m->outcome), integrity_name(m->integrity),
		verdict_name(m->verdict));
	csv_text(f, m->reason);
	put_axis_values(f, m->plan_case);
	fprintf(f, ",%s\r\n", role_of(move));
}

static int write_runs(const struct results *results, const struct directory *out, struct err *e)
{
	struct doc doc;

	if (doc_open(&doc, e))
		return -1;
	fputs("case,run,vm,move,platform,source,destination,job_state,job_start_utc,job_lo_s,"
	      "job_hi_s,downtime_reported_ms,lost_1s,blackout_lo_s,blackout_hi_s,outcome,integrity,"
	      "verdict,reason",
		doc.f);
	put_axis_names(doc.f, results->plan);
	fputs(",role\r\n", doc.f);
	for (size_t i = 0; i < results->move_count; i++)
		put_run(doc.f, results, &results->moves[i]);
	return doc_close(&doc, out, "runs.csv", e);
}

/* "stop-and-copy 0.301;waiting for the switch 4.210", in seconds. Nothing if no cause is known. */
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

/* `m` is NULL in a standalone folder: then case, run, VM, phase and causes stay empty. */
static void put_gap(FILE *f, const struct timeline *t, const struct move_result *m,
	const struct observation *o, const struct gap *g)
{
	const struct series *s = o->series;
	/* A gap that was open at the first probe has no known start. */
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

static void put_gaps(
	FILE *f, const struct timeline *t, const struct move_result *m, const struct observation *o)
{
	for (size_t k = 0; k < o->gaps.count; k++)
		put_gap(f, t, m, o, &o->gaps.gap[k]);
}

static int write_gaps(const struct results *results, const struct directory *out, struct err *e)
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
	for (size_t i = 0; i < results->standalone_count; i++)
		put_gaps(doc.f, results->timeline, NULL, &results->standalone[i].observation);
	return doc_close(&doc, out, "gaps.csv", e);
}

/* Platform of the case's moves; "" if there are none. */
static const char *case_platform(const struct results *results, const struct plan_case *plan_case)
{
	for (size_t i = 0; i < results->move_count; i++)
		if (results->moves[i].plan_case == plan_case)
			return results->moves[i].move->platform;
	return "";
}

static int write_cases(const struct results *results, const struct directory *out, struct err *e)
{
	struct doc doc;

	if (doc_open(&doc, e))
		return -1;
	fputs("case,platform,runs,job_mean_s,job_sd_s,job_least_s,job_most_s,lost_1s_most,"
	      "blackout_lo_s,blackout_hi_s,verdict",
		doc.f);
	put_axis_names(doc.f, results->plan);
	fputs("\r\n", doc.f);
	for (size_t i = 0; i < results->case_count; i++) {
		const struct case_result *c = &results->cases[i];

		PUT_TEXTS(doc.f, c->plan_case->name, case_platform(results, c->plan_case));
		fprintf(doc.f, "%zu,", c->runs);
		put_double(doc.f, c->job_mean_s);
		put_double(doc.f, c->job_sd_s);
		put_double(doc.f, c->job_min_s);
		put_double(doc.f, c->job_max_s);
		if (c->lost_1s_max >= 0)
			fprintf(doc.f, "%d", c->lost_1s_max);
		fputc(',', doc.f);
		put_interval(doc.f, c->blackout);
		csv_text(doc.f, verdict_name(c->verdict));
		put_axis_values(doc.f, c->plan_case);
		fputs("\r\n", doc.f);
	}
	return doc_close(&doc, out, "cases.csv", e);
}

static double milliseconds(int64_t ns)
{
	return ns == NS_NONE ? NAN : (double)ns / (double)NS_PER_MS;
}

static void put_milliseconds(FILE *f, double ms)
{
	if (isfinite(ms))
		fprintf(f, "%.3f", ms);
	fputc(',', f);
}

/* Further columns: the network, TCP, latency before and after, attempts to connect. */
static void put_session_more(FILE *f, const struct timeline *t, const struct session_row *row)
{
	const struct observation *o = row->observation;
	const struct session_try *refusal = row->given_up ? row->given_up : row->first_failure;

	put_interval(f, row->network);
	if (o && row->captured)
		fprintf(f, "%u", row->retransmitted_user + row->retransmitted_vm);
	fputc(',', f);
	put_seconds(f, row->retransmitted_ns == NS_NONE ? NS_NONE
							: row->retransmitted_ns - row->return_ns);
	put_milliseconds(f, milliseconds(o ? o->median_before_ns : NS_NONE));
	put_milliseconds(f, milliseconds(o ? o->p99_before_ns : NS_NONE));
	put_milliseconds(f, milliseconds(o ? o->median_after_ns : NS_NONE));
	put_milliseconds(f, milliseconds(o ? o->p99_after_ns : NS_NONE));
	csv_text(f, row->drop ? row->drop->error : "");
	fprintf(f, ",%u,%u,", row->tries, row->tries_failed);
	put_seconds(f, row->first_try ? row->first_try->from_ns - t->first_ns : NS_NONE);
	if (row->first_success) {
		char seconds[SECONDS_TEXT_MAX];

		fputs(seconds_text(row->first_success->at_ns - t->first_ns, seconds), f);
	}
	fputc(',', f);
	csv_text(f, refusal ? refusal->error : "");
	fputs("\r\n", f);
}

static void put_session(FILE *f, const struct timeline *t, const struct session_row *row)
{
	const struct move *move = row->m->move;

	csv_text(f, move->case_name);
	fprintf(f, ",%zu,", move->run);
	PUT_TEXTS(f, move->vm, row->series->station,
		row->series->kind == PROBE_RDP ? "rdp" : "session", row->series->target);
	put_seconds(f, row->opened_ns == NS_NONE ? NS_NONE : row->opened_ns - t->first_ns);
	put_interval(f, row->gap);
	if (row->observation)
		fprintf(f, "%u", row->drops);
	fputc(',', f);
	put_milliseconds(f, row->median_ms);
	put_milliseconds(f, row->p99_ms);
	PUT_TEXTS(f, row->state_kept == KEPT_UNCHECKED ? "" : yes_no(row->state_kept == KEPT_YES));
	put_session_more(f, t, row);
}

static int write_sessions(const struct results *results, const struct directory *out, struct err *e)
{
	struct session_rows rows;
	struct doc doc;

	if (session_rows_init(&rows, results, e))
		return -1;
	if (doc_open(&doc, e)) {
		session_rows_release(&rows);
		return -1;
	}
	fputs("case,run,vm,station,kind,target,opened_s,gap_lo_s,gap_hi_s,drops,input_median_ms,"
	      "input_p99_ms,state_kept,network_lo_s,network_hi_s,sent_again,sent_again_after_s,"
	      "before_median_ms,before_p99_ms,after_median_ms,after_p99_ms,drop_reason,tries,"
	      "tries_failed,first_try_s,connected_s,refused_reason\r\n",
		doc.f);
	for (size_t i = 0; i < rows.count; i++)
		put_session(doc.f, results->timeline, &rows.row[i]);
	session_rows_release(&rows);
	return doc_close(&doc, out, "sessions.csv", e);
}

static int write_workloads(
	const struct results *results, const struct directory *out, struct err *e)
{
	const struct timeline *t = results->timeline;
	struct doc doc;

	if (doc_open(&doc, e))
		return -1;
	fputs("case,run,vm,workload,moved,start_s,end_s,verified,reason,kind,state,written_s,"
	      "asked_bytes_per_s,mean_bytes_per_s,rate_held\r\n",
		doc.f);
	for (size_t i = 0; i < t->workload_count; i++) {
		const struct workload_record *w = &t->workloads[i];
		/* The end of a program's output; escaping makes at most four characters of one. */
		char words[640], reason[4 * sizeof(words)];

		snprintf(words, sizeof(words), "%s%s%s", w->file, *w->file && *w->why ? ": " : "",
			w->why);
		csv_text(doc.f, w->case_name);
		fprintf(doc.f, ",%zu,", w->run);
		PUT_TEXTS(doc.f, w->vm, w->name, yes_no(w->moved));
		put_seconds(doc.f, w->start_ns - t->first_ns);
		put_seconds(doc.f, w->end_ns == NS_NONE ? NS_NONE : w->end_ns - t->first_ns);
		PUT_TEXTS(doc.f, workload_verified(w), text_safe(words, reason, sizeof(reason)),
			w->kind, workload_state_name(w->state));
		put_seconds(
			doc.f, w->written_ns == NS_NONE ? NS_NONE : w->written_ns - t->first_ns);
		if (w->asked_rate_bps > 0)
			fprintf(doc.f, "%" PRId64, w->asked_rate_bps);
		fputc(',', doc.f);
		if (w->rates)
			fprintf(doc.f, "%.0f", w->rate_sum_bps / (double)w->rates);
		fprintf(doc.f, ",%s\r\n", !w->rates ? "" : yes_no(workload_rate_held(w)));
	}
	return doc_close(&doc, out, "workloads.csv", e);
}

int report_csv(const struct results *results, const struct directory *out, struct err *e)
{
	if (!results->plan)
		return write_gaps(results, out, e);
	return write_runs(results, out, e) || write_gaps(results, out, e) ||
			       write_cases(results, out, e) || write_sessions(results, out, e) ||
			       write_workloads(results, out, e)
		       ? -1
		       : 0;
}

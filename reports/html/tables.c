/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page's tables: cases, moves, sessions, workloads. Rows link to their charts and facts. */
#include "reports/html/html.h"

#include <limits.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#define MB 1048576.0

/* Whether charts/NAME.svg exists. Without gnuplot it does not. */
static bool has_chart_file(const struct page *p, const char *name)
{
	char path[PATH_MAX];

	return name && snprintf(path, sizeof(path), "charts/%s.svg", name) < (int)sizeof(path) &&
	       faccessat(p->out->fd, path, R_OK, 0) == 0;
}

/*
 * The last cell of a row, with links: to the chart of move `index`, if it has one; to the move's
 * row, unless this row is it (`itself`); to the facts of series `s`, or to run.tsv if `s` is NULL.
 */
static void put_links(struct page *p, size_t index, bool itself, const struct series *s)
{
	FILE *f = p->f;

	fputs("<td class=\"more\">", f);
	if (has_chart_file(p, p->charts->drawn[index] ? p->charts->names[index] : NULL))
		fprintf(f, "<a href=\"#c%zu\">chart</a> ", index + 1);
	if (!itself)
		fprintf(f, "<a href=\"#m%zu\">move</a> ", index + 1);
	if (p->facts) {
		fputs("<a href=\"facts/", f);
		if (s) {
			html_safe(f, s->station);
			fputc('-', f);
			html_safe(f, s->probe);
		} else {
			fputs("run", f);
		}
		fputs(".tsv\">facts</a>", f);
	}
	fputs("</td>", f);
}

void html_cases(struct page *p)
{
	char blackout[NUMBER_TEXT_MAX];
	FILE *f = p->f;

	fputs("<section><h2 id=\"cases\">Cases</h2>\n<div class=\"wide\" tabindex=\"0\"><table><thead><tr>"
	      "<th>case</th><th class=\"n\">runs</th><th class=\"n\">job mean, s</th><th class=\"n\">(sd)"
	      "</th><th class=\"n\">least</th><th class=\"n\">most</th><th class=\"n\">lost 1 s</th>"
	      "<th>worst blackout, s</th><th>verdict</th></tr></thead>\n<tbody>\n",
		f);
	for (size_t i = 0; i < p->results->case_count; i++) {
		const struct case_result *c = &p->results->cases[i];

		fputs("<tr><td>", f);
		html_safe(f, c->plan_case->name);
		fprintf(f, "</td><td class=\"n\">%zu</td>", c->runs);
		html_number(f, "%.2f", c->job_mean_s);
		html_number(f, "%.2f", c->job_sd_s);
		html_number(f, "%.2f", c->job_min_s);
		html_number(f, "%.2f", c->job_max_s);
		html_number(f, "%.0f", c->lost_1s_max < 0 ? (double)NAN : c->lost_1s_max);
		fprintf(f, "<td>%s</td><td>", interval_text(c->blackout, 3, blackout));
		html_verdict(f, verdict_name(c->verdict));
		fputs("</td></tr>\n", f);
	}
	fputs("</tbody></table></div></section>\n", f);
}

/* Head and cell of the column for the VM, which the tables have if a run has several VMs. */
static void put_vm_head(const struct page *p)
{
	if (p->several)
		fputs("<th>VM</th>", p->f);
}

static void put_vm(const struct page *p, const char *vm)
{
	if (!p->several)
		return;
	fputs("<td>", p->f);
	html_safe(p->f, vm);
	fputs("</td>", p->f);
}

static void put_move(struct page *p, size_t i)
{
	const struct move_result *m = &p->results->moves[i];
	char text[NUMBER_TEXT_MAX], why[WHY_TEXT_MAX];
	FILE *f = p->f;

	fprintf(f, "<tr id=\"m%zu\"><td>", i + 1);
	html_safe(f, m->move->case_name);
	fprintf(f, "</td><td class=\"n\">%zu</td>", m->move->run);
	put_vm(p, m->move->vm);
	fprintf(f, "<td>%s</td>", interval_text(m->job, 2, text));
	fprintf(f, "<td>%s</td>", interval_text(m->blackout, 3, text));
	html_number(f, "%.0f", m->lost_1s < 0 ? (double)NAN : m->lost_1s);
	fputs("<td>", f);
	html_strip(f, p->results, m);
	fputs("</td><td>", f);
	html_verdict(f, verdict_name(m->verdict));
	/* As in report.txt, a good verdict is not explained. */
	why[0] = '\0';
	if (is_urgent(m->verdict))
		text_why(m, why, sizeof(why));
	fputs("</td><td class=\"why\">", f);
	html_text(f, why);
	fputs("</td>", f);
	put_links(p, i, true, NULL);
	fputs("</tr>\n", f);
}

void html_moves(struct page *p)
{
	fputs("<section><h2 id=\"moves\">Moves</h2>\n<p class=\"soft\">Each on its own time axis, "
	      "from the baseline to the window's end: the job (blue), paused until resumed "
	      "(orange), silences (red; pointing at one shows its bounds and causes). PASS without "
	      "an explanation: even the interval's upper end is within the bound. NOT JUDGED: the "
	      "plan gives the case no bound.</p>\n<div class=\"wide\" "
	      "tabindex=\"0\"><table><thead><tr><th>case</th><th class=\"n\">run</th>",
		p->f);
	put_vm_head(p);
	fputs("<th>job time, "
	      "s</th><th>blackout, s</th><th class=\"n\">lost 1 s</th><th>over "
	      "time</th><th>verdict</th><th>why</th><th class=\"more\">more</th></tr></thead>\n"
	      "<tbody>\n",
		p->f);
	for (size_t i = 0; i < p->results->move_count; i++)
		put_move(p, i);
	fputs("</tbody></table></div></section>\n", p->f);
}

/* Two round trips in ms, "1.2, 3.4"; a dash if there were no answers. */
static void put_trips(FILE *f, int64_t median_ns, int64_t p99_ns)
{
	char median[NUMBER_TEXT_MAX], p99[NUMBER_TEXT_MAX];

	if (median_ns == NS_NONE)
		fputs("<td class=\"n\">-</td>", f);
	else
		fprintf(f, "<td class=\"n\">%s, %s</td>", ms_text(median_ns, 1, median),
			ms_text(p99_ns, 1, p99));
}

/* Attempts of a disconnected user to connect; times in seconds since the trigger. */
static void put_tries(FILE *f, const struct session_row *row, const char *before)
{
	char at[NUMBER_TEXT_MAX];

	if (row->tries)
		fprintf(f, "%s%u attempts, %u failed, ", before, row->tries, row->tries_failed);
	if (row->tries && row->first_success)
		fprintf(f, "connected at %s s",
			fixed_text(row->first_success->at_ns - row->m->move->trigger_ns, 2, at));
	else if (row->tries)
		fputs("none connected", f);
	if (row->given_up) {
		fprintf(f, "%snot tried%s: refused permanently, ", before,
			row->tries ? " again" : "");
		html_safe(f, row->given_up->error);
	}
}

/* Gap, drops and retransmissions of a session that was open. */
static void put_held(FILE *f, const struct session_row *row)
{
	const struct observation *o = row->observation;
	char text[NUMBER_TEXT_MAX], limit[NUMBER_TEXT_MAX];
	int64_t allowed_ns = session_allowed_ns(row);

	fprintf(f, "<td>%s</td>", interval_text(row->gap, 2, text));
	fprintf(f, "<td>%s</td><td>", interval_text(row->network, 2, text));
	if (allowed_ns == NS_NONE)
		fputc('-', f);
	else if (row->gap.hi_ns <= allowed_ns)
		fprintf(f, "within %s", fixed_text(allowed_ns, 2, limit));
	else
		fprintf(f, "<span class=\"FAIL\">NOT within %s</span>",
			fixed_text(allowed_ns, 2, limit));
	fprintf(f, "</td><td>%s%u%s", row->drops ? "<span class=\"FAIL\">" : "", row->drops,
		row->drops ? "</span>" : "");
	put_tries(f, row, "; ");
	fputs("</td>", f);
	put_trips(f, o->median_before_ns, o->p99_before_ns);
	put_trips(f, o->median_during_ns, o->p99_during_ns);
	put_trips(f, o->median_after_ns, o->p99_after_ns);
	fprintf(f, "<td>%s</td>",
		row->state_kept == KEPT_NO    ? "<span class=\"FAIL\">LOST</span>"
		: row->state_kept == KEPT_YES ? "kept"
					      : "-");
}

void html_sessions(struct page *p)
{
	FILE *f = p->f;

	if (!p->sessions.count)
		return;
	fputs("<section><h2 id=\"sessions\">Sessions</h2>\n<p class=\"soft\">Users' sessions "
	      "compared with the network. A session's gap may be twice the network's plus one "
	      "input interval plus 0.2 s, because TCP waits longer before each retransmission. "
	      "Inputs: median and p99, before the move, while memory was copied, after it. "
	      "Attempts are those of a user who was not connected.</p>\n<div class=\"wide\" "
	      "tabindex=\"0\"><table><thead><tr><th>case</th><th "
	      "class=\"n\">run</th>",
		f);
	put_vm_head(p);
	fputs("<th>session</th><th>its gap, s</th><th>the network's, "
	      "s</th><th>allowed, s</th><th>drops</th><th class=\"n\">input before, ms</th><th "
	      "class=\"n\">copying</th><th class=\"n\">after</th><th>text</th><th "
	      "class=\"more\">more</th></tr></thead>\n<tbody>\n",
		f);
	for (size_t i = 0; i < p->sessions.count; i++) {
		const struct session_row *row = &p->sessions.row[i];

		fputs("<tr><td>", f);
		html_safe(f, row->m->move->case_name);
		fprintf(f, "</td><td class=\"n\">%zu</td>", row->m->move->run);
		put_vm(p, row->m->move->vm);
		fputs("<td>", f);
		html_safe(f, row->series->probe);
		fputs("</td>", f);
		if (row->observation) {
			put_held(f, row);
		} else {
			fputs("<td colspan=\"8\" class=\"soft\">no session was open", f);
			put_tries(f, row, "; ");
			fputs("</td>", f);
		}
		put_links(p, (size_t)(row->m - p->results->moves), false, row->series);
		fputs("</tr>\n", f);
	}
	fputs("</tbody></table></div></section>\n", f);
}

/* The move during which a workload ran; NULL: its run had no move, or none in the results. */
static const struct move_result *move_of_workload(
	const struct results *r, const struct workload_record *w)
{
	for (size_t i = 0; w->moved && i < r->move_count; i++) {
		const struct move *m = r->moves[i].move;

		if (m->run == w->run && strcmp(m->case_name, w->case_name) == 0 &&
			strcmp(m->vm, w->vm) == 0)
			return &r->moves[i];
	}
	return NULL;
}

static void put_outcome(FILE *f, const struct workload_record *w)
{
	bool wrong = w->state != WORKLOAD_UNREPORTED && !workload_ended_well(w) &&
		     w->state != WORKLOAD_STOPPED;

	fprintf(f, "<td class=\"why\"><span class=\"%s\">", wrong ? "FAIL" : "ok");
	html_safe(f, w->state ? workload_state_name(w->state) : "no end was seen");
	fputs("</span>", f);
	if (*w->file) {
		fputs(": ", f);
		html_safe(f, w->file);
	}
	if (*w->why) {
		fputs(": ", f);
		html_safe(f, w->why);
	}
	fputs("</td>", f);
}

/* "60 of 64": mean and requested rate in MB/s; a dash for a workload without a rate. */
static void put_rate(FILE *f, const struct workload_record *w)
{
	if (!w->rates)
		fputs("<td>-</td>", f);
	else
		fprintf(f, "<td>%.0f of %.0f%s</td>", w->rate_sum_bps / (double)w->rates / MB,
			(double)w->asked_rate_bps / MB,
			workload_rate_held(w) ? "" : ": <span class=\"FAIL\">NOT HELD</span>");
}

static void put_workload(struct page *p, const struct workload_record *w)
{
	const struct move_result *m = move_of_workload(p->results, w);
	char text[NUMBER_TEXT_MAX];
	FILE *f = p->f;

	fputs("<tr><td>", f);
	html_safe(f, w->case_name);
	fprintf(f, "</td><td class=\"n\">%s%zu</td>", w->moved ? "" : "unmoved ", w->run);
	put_vm(p, w->vm);
	fputs("<td>", f);
	html_safe(f, w->name);
	fprintf(f, "</td><td class=\"n\">%s</td>",
		fixed_text(
			w->written_ns == NS_NONE ? NS_NONE : w->written_ns - w->start_ns, 1, text));
	fprintf(f, "<td class=\"n\">%s</td>",
		fixed_text(w->end_ns == NS_NONE ? NS_NONE : w->end_ns - w->start_ns, 1, text));
	put_rate(f, w);
	put_outcome(f, w);
	if (m)
		put_links(p, (size_t)(m - p->results->moves), false, NULL);
	else
		fprintf(f, "<td class=\"more\">%s</td>",
			p->facts ? "<a href=\"facts/run.tsv\">facts</a>" : "");
	fputs("</tr>\n", f);
}

void html_workloads(struct page *p)
{
	const struct timeline *t = p->results->timeline;
	FILE *f = p->f;

	if (!t->workload_count)
		return;
	fputs("<section><h2 id=\"workloads\">Workloads of the VMs</h2>\n<p class=\"soft\">Written: "
	      "time from the start until all was written; total: with the verification. Unmoved: "
	      "the same workload without a move. The text below says how much the move slowed the "
	      "workload down, and the workload the move.</p>\n<div class=\"wide\" "
	      "tabindex=\"0\"><table><thead><tr><th>case</th><th "
	      "class=\"n\">run</th>",
		f);
	put_vm_head(p);
	fputs("<th>workload</th><th class=\"n\">written, s</th><th "
	      "class=\"n\">total, s</th><th>MB/s of requested</th><th>result</th><th "
	      "class=\"more\">more</th></tr></thead>\n<tbody>\n",
		f);
	for (size_t i = 0; i < t->workload_count; i++)
		put_workload(p, &t->workloads[i]);
	fputs("</tbody></table></div></section>\n", f);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * report.html: the report as one page that can be passed round. It loads nothing and runs no
 * script. Its head shows what a reader must know: verdict, worst move, and what limits the
 * precision.
 */
#include "reports/html/html.h"
#include "harness/plan/settings.h"

#include "harness/base/memory.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Limits of all charts in the page together, and of the page; charts beyond them are linked. */
#define CHARTS_BYTES ((size_t)2 << 20)
#define PAGE_BYTES ((size_t)19 << 18) /* 4.75 MB */

#define WORDS "In words, with the published figures"

/* Prints the plain text of a report function as HTML. */
static int put_printed(FILE *f, void (*put)(FILE *, const struct results *),
	const struct results *results, struct err *e)
{
	struct doc doc;
	char *text;

	if (doc_open(&doc, e))
		return -1;
	put(doc.f, results);
	if (doc_take(&doc, &text, e))
		return -1;
	html_text(f, text);
	free(text);
	return 0;
}

static const char *title_of(const struct results *results)
{
	const char *title = NULL;

	if (results->plan)
		title = plan_settings_of(results->plan).title;
	return title ? title : results->plan ? "Live migration" : "Who was out";
}

/* The verdict of the whole folder. A partial report does not get the colour of PASS. */
static void put_whole_verdict(FILE *f, const struct results *r)
{
	const char *verdict = whole_verdict(r);
	const char *missing = text_missing(r);

	if (*missing && strcmp(verdict, verdict_name(VERDICT_PASS)) == 0)
		html_safe(f, verdict);
	else
		html_verdict(f, verdict);
	fputs(missing, f);
}

static int put_head(struct page *p, struct err *e)
{
	const struct results *r = p->results;
	const struct timeline *t = r->timeline;
	char utc[UTC_TEXT_MAX];
	FILE *f = p->f;

	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
	      "style-src 'unsafe-inline'\">\n<title>",
		f);
	html_safe(f, title_of(r));
	fputs("</title>\n", f);
	html_style(f);
	fputs("</head>\n<body>\n<header>\n<h1>", f);
	html_safe(f, title_of(r));
	fputs("</h1>\n", f);
	if (t->simulated)
		fputs("<p class=\"large\">SIMULATED: no virtual machine was moved, the figures are "
		      "invented by a model.</p>\n",
			f);
	if (text_is_partial(r)) {
		fputs("<p class=\"large\">", f);
		html_safe(f, text_ended_early(t) ? folder_state_name(t->closed) : "incomplete");
		fprintf(f, ": not everything that was %s was carried out.</p>\n",
			r->plan ? "planned" : "requested");
	}
	if (r->plan) {
		fputs("<p class=\"verdict\">", f);
		put_whole_verdict(f, r);
		fputs("</p>\n<p>", f);
		if (put_printed(f, text_counts, r, e))
			return -1;
		fputs("</p>\n", f);
	}
	for (size_t i = 0; i < r->disagreement_count; i++) {
		fputs("<p class=\"large\">Instruments disagree: ", f);
		html_safe(f, r->disagreements[i]);
		fputs("</p>\n", f);
	}
	if (r->move_count) {
		fputs("<div class=\"worst\"><strong>The worst move.</strong> ", f);
		if (put_printed(f, text_worst, r, e))
			return -1;
		fputs("</div>\n", f);
	}
	fprintf(f,
		"<p class=\"soft\">Begun %s; judged by blackout %s. An interval [lo, hi] s holds the "
		"true silence: PASS needs hi within the bound, FAIL lo beyond it. The facts that every "
		"figure comes from are in %s, the tables in ",
		utc_text(t->first_utc_ns, utc), BLACKOUT_VERSION,
		p->facts ? "<a href=\"facts/\">facts/</a>" : "the facts/ of the result folder");
	if (r->plan)
		fputs("<a href=\"runs.csv\">runs.csv</a> and ", f);
	fputs("<a href=\"gaps.csv\">gaps.csv</a>.</p>\n</header>\n", f);
	return 0;
}

static int by_urgency(const void *a, const void *b)
{
	const struct move_result *x = *(const struct move_result *const *)a;
	const struct move_result *y = *(const struct move_result *const *)b;

	return is_worse(x, y) ? -1 : 1;
}

/* The moves' charts, the most urgent first, so that the page's limit leaves out the others. */
static void put_move_charts(struct page *p)
{
	const struct results *r = p->results;
	const struct move_result **order =
		memory_zeroed("report.html", r->move_count + 1, sizeof(*order));

	for (size_t i = 0; i < r->move_count; i++)
		order[i] = &r->moves[i];
	qsort(order, r->move_count, sizeof(*order), by_urgency);
	for (size_t i = 0; i < r->move_count; i++) {
		char alternative[1024], name[MOVE_NAME_MAX], blackout[NUMBER_TEXT_MAX];
		size_t index = (size_t)(order[i] - r->moves);

		if (!p->charts->drawn[index])
			continue;
		snprintf(alternative, sizeof(alternative), "%s: blackout %s s, %s",
			text_move_name(order[i], name),
			interval_text(order[i]->blackout, 3, blackout),
			verdict_name(order[i]->verdict));
		html_chart(p->f, p->out, p->charts->names[index], alternative, index + 1,
			&p->chart_bytes);
	}
	free(order);
}

/* If some moves have no chart: which have one, and how to get the others drawn. */
static void put_drawn(struct page *p)
{
	const struct move_charts *c = p->charts;

	if (c->drawn_count < c->count)
		fprintf(p->f,
			"<p class=\"soft\">Of %zu moves the charts of these %zu are drawn: first "
			"those that are not PASS, then the worst and the first of each case, at "
			"most %u; also those that were requested. Any other: <code>blackout report "
			"DIR --chart CASE/RUN</code>; all of them: <code>--all-charts</code>.</p>\n",
			c->count, c->drawn_count, MOVES_DRAWN_MAX);
}

/* Bytes left for charts in the page, next to its text. */
static size_t chart_bytes_left(const struct page *p, const char *text)
{
	long so_far = ftell(p->f);
	size_t used = (so_far > 0 ? (size_t)so_far : 0) + strlen(text);

	if (used >= PAGE_BYTES)
		return 0;
	return size_min(PAGE_BYTES - used, CHARTS_BYTES);
}

/* The charts of the whole folder. Returns their number. */
static unsigned put_whole_charts(struct page *p)
{
	static const struct {
		const char *name, *alternative;
		bool of_plan;
	} whole[] = {
		{"watch", "Who was silent, and when", false},
		{"blackout", "Blackout of every move, with the bound and the published ones", true},
		{"job-time", "Job time against memory, with the published one", true},
		{"job-states", "The states of the jobs", true},
		{"dirty-rate", "Moves against the rate at which memory is rewritten", true},
	};
	unsigned count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(whole); i++)
		if (whole[i].of_plan == (p->results->plan != NULL))
			count += html_chart(p->f, p->out, whole[i].name, whole[i].alternative, 0,
				&p->chart_bytes);
	return count;
}

static void put_charts(struct page *p)
{
	fputs("<section><h2 id=\"charts\">Charts</h2>\n", p->f);
	if (!put_whole_charts(p)) {
		fputs("<p>No chart was drawn (gnuplot is missing or failed). Scripts and data are "
		      "in <a href=\"charts/\">charts/</a>.</p>\n",
			p->f);
	} else if (p->results->plan) {
		put_drawn(p);
		put_move_charts(p);
	}
	fputs("</section>\n", p->f);
}

static int put_page(struct page *p, const char *text, struct err *e)
{
	if (put_head(p, e))
		return -1;
	fputs("<nav aria-label=\"Contents\"><ul>\n", p->f);
	if (p->results->plan)
		fputs("<li><a href=\"#cases\">Cases</a></li>\n<li><a href=\"#moves\">Moves</a></li>\n",
			p->f);
	if (p->sessions.count)
		fputs("<li><a href=\"#sessions\">Sessions</a></li>\n", p->f);
	if (p->results->plan && p->results->timeline->workload_count)
		fputs("<li><a href=\"#workloads\">Workloads of the VMs</a></li>\n", p->f);
	fputs("<li><a href=\"#charts\">Charts</a></li>\n<li><a href=\"#words\">" WORDS "</a><ul>\n",
		p->f);
	html_sections(p->f, text, true);
	fputs("</ul></li></ul></nav>\n<main>\n", p->f);
	if (p->results->plan) {
		html_cases(p);
		html_moves(p);
		html_sessions(p);
		html_workloads(p);
	}
	p->chart_bytes = chart_bytes_left(p, text);
	put_charts(p);
	fputs("<section><h2 id=\"words\">" WORDS "</h2>\n", p->f);
	html_sections(p->f, text, false);
	fputs("</section></main>\n</body>\n</html>\n", p->f);
	return 0;
}

int report_html(const struct results *results, const struct move_charts *charts, const char *text,
	const struct directory *out, struct err *e)
{
	struct page p = {
		.results = results, .charts = charts, .out = out, .several = has_several(results)};
	struct doc doc;
	int rc = -1;

	p.facts = faccessat(out->fd, "facts", R_OK, 0) == 0;
	if (results->plan && session_rows_init(&p.sessions, results, e))
		return -1;
	if (doc_open(&doc, e)) {
		session_rows_release(&p.sessions);
		return -1;
	}
	p.f = doc.f;
	if (put_page(&p, text, e))
		doc_drop(&doc);
	else
		rc = doc_close(&doc, out, "report.html", e);
	session_rows_release(&p.sessions);
	return rc;
}

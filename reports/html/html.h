/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The report as one HTML page, and the pieces that it is composed of. */
#ifndef BLACKOUT_REPORTS_HTML_HTML_H
#define BLACKOUT_REPORTS_HTML_HTML_H

#include "reports/charts/chart.h"
#include "reports/common/sessions.h"
#include "reports/text/text.h"

/*
 * Writes OUT/report.html, a page that loads no other files, from report.txt's text and the charts
 * already drawn. Once the charts in the page reach a total size, it only links to the others'
 * files.
 */
int report_html(const struct results *results, const struct move_charts *charts, const char *text,
	const struct directory *out, struct err *e);

/* A page being composed. */
struct page {
	FILE *f;
	const struct results *results;
	const struct directory *out;
	const struct move_charts *charts;
	size_t chart_bytes; /* bytes left for charts in the page */
	bool several;       /* a run has several VMs: its tables have a column for the VM */
	bool facts;         /* OUT has a folder facts/, to which the page can link */
	struct session_rows sessions;
};

/* Text, escaped for HTML elements and quoted attributes. */
void html_text(FILE *f, const char *text);
/* A name or message, with its control characters escaped, too. */
void html_safe(FILE *f, const char *text);
/* Text that is, or begins with, a verdict, in the verdict's colour. */
void html_verdict(FILE *f, const char *verdict);
/* A table cell with a number; a dash for NAN. */
void html_number(FILE *f, const char *format, double value);
/* The page's style sheet: light and dark, print on A4, narrow screens. */
void html_style(FILE *f);
/*
 * report.txt's text as sections: each underlined heading, then its lines unchanged. Text before the
 * first heading is left out. With `contents`: only a list of links to the sections.
 */
void html_sections(FILE *f, const char *text, bool contents);
/*
 * A move on one time axis, as an inline picture: the job, the VM's pause until it resumes, and each
 * silence, with its bounds and causes as a tooltip.
 */
void html_strip(FILE *f, const struct results *results, const struct move_result *m);
/*
 * DIR/charts/NAME.svg as a figure; if it is larger than *chart_bytes, only a link to it, otherwise
 * its size is subtracted from *chart_bytes. False, and nothing printed, if there is no such file.
 * `move`: the chart is that move's (its number, from 1; 0: none); the anchor is #cNUMBER, and it
 * links back to the move's row.
 */
bool html_chart(FILE *f, const struct directory *dir, const char *name, const char *alternative,
	size_t move, size_t *chart_bytes);

/* Sections with a table each. Without sessions or workloads their sections are left out. */
void html_cases(struct page *p);
void html_moves(struct page *p);
void html_sessions(struct page *p);
void html_workloads(struct page *p);

#endif

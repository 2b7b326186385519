/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pieces of a page that stands alone; page.c puts them together. */
#ifndef BLACKOUT_REPORTS_HTML_HTML_H
#define BLACKOUT_REPORTS_HTML_HTML_H

#include "reports/charts/chart.h"
#include "reports/common/sessions.h"
#include "reports/text/text.h"

/*
 * OUT/report.html: one page that needs nothing but itself, from report.txt's text and the charts that are
 * drawn already; charts beyond a size for all of them stay files, to which it links.
 */
int report_html(const struct results *results, const struct move_charts *charts, const char *text,
	const char *out, struct err *e);

/* A page being made. */
struct page {
	FILE *f;
	const struct results *results;
	const char *out;
	const struct move_charts *charts;
	size_t room;
	bool facts; /* they lie beside the page */
	struct session_rows sessions;
};

/* Any text as HTML: harmless in elements and in quoted attributes. */
void html_text(FILE *f, const char *text);
/* The same of names and messages, whose control characters are made harmless too. */
void html_safe(FILE *f, const char *text);
/* A verdict, or what begins with one, in its colour. */
void html_verdict(FILE *f, const char *verdict);
/* A cell with a number, or a dash for NAN. */
void html_number(FILE *f, const char *format, double value);
/* The style of the page: light and dark, print on A4, narrow screens. */
void html_style(FILE *f);
/*
 * Text with underlined headings (report.txt's) as sections, each a heading and its lines as they stand; what
 * comes before the first heading is left out. With `contents` only links to them, as items of a list.
 */
void html_sections(FILE *f, const char *text, bool contents);
/*
 * A move on one time axis, as a picture in the text: the job, the source's pause to the
 * destination's resumption, and each silence, with its bounds and causes to whoever points at it.
 */
void html_strip(FILE *f, const struct results *results, const struct move_result *m);
/*
 * DIR/charts/NAME.svg as a figure in the page, or only a link to it where it is larger than `room`, from
 * which it is taken. Nothing, and false, where there is no such file. As the chart of a move (its number, from
 * 1; 0: of none) it can be linked to as #cNUMBER, and links back to the move's row.
 */
bool html_chart(FILE *f, const char *dir, const char *name, const char *alternative, size_t move,
	size_t *room);

/* tables.c: a section each, with a table; of sessions and works nothing where there are none. */
void html_cases(struct page *p);
void html_moves(struct page *p);
void html_sessions(struct page *p);
void html_works(struct page *p);

#endif

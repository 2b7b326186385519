/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pieces of a page that stands alone; html.c puts them together. */
#ifndef BLACKOUT_REPORTS_HTML_H
#define BLACKOUT_REPORTS_HTML_H

#include "reports/charts.h"
#include "reports/text.h"

/* Any text as HTML: harmless in elements and in quoted attributes. */
void html_text(FILE *f, const char *text);
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
 * which it is taken. Nothing where there is no such file. As the chart of a move (its number, from
 * 1; 0: of none) it can be linked to as #cNUMBER, and links back to the move's row.
 */
void html_chart(FILE *f, const char *dir, const char *name, const char *alternative, size_t move,
	size_t *room);

#endif

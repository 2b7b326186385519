/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The reports: one function an output, each a pure function of the results (and of the
 * environment's text), so that the same facts give the same bytes. They print; they judge nothing.
 */
#ifndef BLACKOUT_REPORT_H
#define BLACKOUT_REPORT_H

#include "harness/verdict.h"
#include "reports/move_charts.h"

/*
 * Every table: runs.csv, gaps.csv, cases.csv, sessions.csv in OUT; of a watch-only folder, which has
 * neither runs nor cases, gaps.csv alone. Columns: docs/facts.md.
 */
int report_csv(const struct results *results, const char *out, struct err *e);

/*
 * OUT/report.txt, for people. `environment` is the text of facts/environment.json, NULL where there
 * is none; damage in it is said in the report and is no error. `charts` says which moves are
 * drawn. The text is also given to the caller where `text` is not NULL (malloc'd).
 */
int report_text(const struct results *results, const char *environment,
	const struct move_charts *charts, const char *out, char **text, struct err *e);

/* The head of a watch-only folder's report.txt and its longest `rows` silences, for a terminal. */
void report_watch_summary(FILE *f, const struct results *results, size_t rows);

/*
 * OUT/charts: the .gp and .dat of each chart (of the moves, those in `move_charts`), and the .svg that
 * gnuplot makes of them, in one process. Where it is missing, fails or hangs the charts are left out
 * and `note` (never NULL) says so, "" otherwise. Errors: files cannot be written.
 */
#define REPORT_NOTE_MAX 768
int report_charts(const struct results *results, const char *environment,
	const struct move_charts *move_charts, const char *out, char note[static REPORT_NOTE_MAX], struct err *e);

/*
 * OUT/report.html: one page that needs nothing but itself, from report.txt's text and the charts that are
 * drawn already; charts beyond a size for all of them stay files, to which it links.
 */
int report_html(const struct results *results, const struct move_charts *charts, const char *text,
	const char *out, struct err *e);

/* OUT/junit.xml: a test a move, for CI servers; none of a watch-only folder. */
int report_junit(const struct results *results, const char *out, struct err *e);

/* All of the above; `out` is made if it is not there. */
int report_all(const struct results *results, const char *environment,
	const struct move_charts *charts, const char *out, char note[static REPORT_NOTE_MAX], struct err *e);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The charts, one function each, and how each writes its gnuplot script and data. */
#ifndef BLACKOUT_REPORTS_CHARTS_CHART_H
#define BLACKOUT_REPORTS_CHARTS_CHART_H

#include "reports/common/chart_choice.h"
#include "reports/common/document.h"
#include "reports/common/gnuplot.h"
#include "reports/common/job_time.h"
#include "reports/common/reference.h"

/* The palette of Okabe and Ito, which colour-blind readers can tell apart. */
#define COLOUR_ORANGE "#E69F00"
#define COLOUR_SKY "#56B4E9"
#define COLOUR_GREEN "#009E73"
#define COLOUR_BLUE "#0072B2"
#define COLOUR_RED "#D55E00"
#define COLOUR_PURPLE "#CC79A7"
#define COLOUR_GREY "#999999"
#define COLOUR_LIGHT "#C8C8C8"
#define COLOUR_DARK "#444444"

/* Input of all charts of a report. */
struct chart_context {
	const struct results *results;
	const struct reference *reference; /* NULL in a standalone folder */
	const struct directory *drafts;    /* for scripts and data */
	const struct job_time *job_time;   /* empty in a standalone folder */
	char (*names)[CHART_NAME_MAX];     /* of the charts so far, without suffix */
	size_t count, capacity;
};

/* A chart being composed: its script, and its data in blocks. */
struct chart {
	char name[CHART_NAME_MAX];
	struct doc gp, dat; /* script, data */
	unsigned blocks;    /* in `dat` so far */
	unsigned clauses;   /* of the plot command so far */
};

/* Begins a chart of `height` pixels: terminal, output, title, mark of a simulated run. */
int chart_open(struct chart_context *c, struct chart *chart, const char *name, int height,
	const char *title, const char *subtitle, struct err *e);
/* The head of a script: terminal, output NAME.svg, title, subtitle. */
void chart_head(FILE *f, const char *name, int height, const char *title, const char *subtitle);
/* Writes NAME.dat and NAME.gp. */
int chart_close(struct chart_context *c, struct chart *chart, struct err *e);
/* Discards an unfinished chart. */
void chart_drop(struct chart *chart);
/* Begins a chart outside of a folder's report. The caller sets chart->name before. */
int chart_alone_open(
	struct chart *chart, int height, const char *title, const char *subtitle, struct err *e);
/*
 * Writes such a chart as OUT/charts/NAME.gp, .dat and .svg, and frees it. If gnuplot does not draw
 * it, `note` says why.
 */
int chart_alone_draw(struct chart *chart, const struct directory *out,
	char note[static REPORT_NOTE_MAX], struct err *e);
/* Text as a gnuplot string in single quotes, escaped. */
void chart_quote(FILE *f, const char *text);
/* Begins a block of data. Returns its number, for chart_plot. */
unsigned chart_block(struct chart *chart);
/* Begins a clause of the plot command (`plot` or a comma). The caller prints the rest to gp.f. */
void chart_clause(struct chart *chart);
/* A clause that plots a block: "'NAME.dat' index N using …". */
void chart_plot(struct chart *chart, unsigned block, const char *using_with);
/* Ends the plot command. The next clause begins another one. */
void chart_plot_end(struct chart *chart);
/* Seconds as gnuplot reads them, 6 decimals. */
void chart_seconds(FILE *f, int64_t ns);

int chart_blackout(struct chart_context *c, struct err *e);
int chart_job_time(struct chart_context *c, struct err *e);
int chart_job_states(struct chart_context *c, struct err *e);
/* Makes no chart if no VM rewrote memory. */
int chart_dirty(struct chart_context *c, struct err *e);
int chart_move(
	struct chart_context *c, const struct move_result *m, const char *name, struct err *e);
/* The one chart of a standalone folder. Makes no chart if there are no series. */
int chart_gaps(struct chart_context *c, struct err *e);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The charts, one function each: a gnuplot script and its data. chart.c has what they share; charts.c
 * runs gnuplot once over all of them.
 */
#ifndef BLACKOUT_REPORTS_CHARTS_CHART_H
#define BLACKOUT_REPORTS_CHARTS_CHART_H

#include "reports/common/chart_choice.h"
#include "reports/common/document.h"
#include "reports/common/gnuplot.h"
#include "reports/common/job_time.h"
#include "reports/common/reference.h"

/* Okabe and Ito's colours, which colour-blind eyes tell apart too. */
#define COLOUR_ORANGE "#E69F00"
#define COLOUR_SKY "#56B4E9"
#define COLOUR_GREEN "#009E73"
#define COLOUR_BLUE "#0072B2"
#define COLOUR_RED "#D55E00"
#define COLOUR_PURPLE "#CC79A7"
#define COLOUR_GREY "#999999"
#define COLOUR_LIGHT "#C8C8C8"
#define COLOUR_DARK "#444444"

/* What all charts of a report are made from. */
struct chart_context {
	const struct results *results;
	const struct reference *reference; /* NULL in a watch-only folder */
	const char *dir;               /* where scripts and data go */
	const struct job_time *job_time; /* empty in a watch-only folder */
	char (*names)[CHART_NAME_MAX]; /* charts so far, without suffix */
	size_t count, room;
};

/* A chart being made: its script, and its data in blocks. */
struct chart {
	char name[CHART_NAME_MAX];
	struct doc gp, dat;
	unsigned blocks;
	unsigned clauses; /* of the plot command so far */
};

/* Begins a chart `width` x `height` pixels: terminal, output, title, mark of a simulated run. */
int chart_open(struct chart_context *c, struct chart *chart, const char *name, int height,
	const char *title, const char *subtitle, struct err *e);
/* The head of a script: terminal, output NAME.svg, title, subtitle. */
void chart_head(FILE *gp, const char *name, int height, const char *title, const char *subtitle);
/* Writes NAME.dat and NAME.gp. */
int chart_close(struct chart_context *c, struct chart *chart, struct err *e);
/* Gives a chart up half-way. */
void chart_drop(struct chart *chart);
/* The same of a chart that belongs to no result folder's report; chart->name is set. */
int chart_alone_open(struct chart *chart, int height, const char *title, const char *subtitle,
	struct err *e);
/* OUT/charts/NAME.svg with its .gp and .dat; where gnuplot does not draw it `note` says why. Frees the chart. */
int chart_alone_draw(struct chart *chart, const char *out, char note[static REPORT_NOTE_MAX],
	struct err *e);
/* Any text as a string of gnuplot's: harmless, in single quotes. */
void chart_quote(FILE *f, const char *text);
/* Begins a block of data; its number is for chart_plot. */
unsigned chart_block(struct chart *chart);
/* Begins a clause of the plot command (`plot` or a comma); the caller prints the rest to chart->gp.
 */
void chart_clause(struct chart *chart);
/* The same over a block: "'NAME.dat' index N using …". */
void chart_plot(struct chart *chart, unsigned block, const char *using_with);
/* Ends the plot command; the next clause begins another. */
void chart_plotted(struct chart *chart);
/* Seconds as gnuplot reads them, 6 decimals. */
void chart_seconds(FILE *f, int64_t ns);

int chart_blackout(struct chart_context *c, struct err *e);
int chart_job_time(struct chart_context *c, struct err *e);
int chart_job_states(struct chart_context *c, struct err *e);
/* None where no VM rewrote memory. */
int chart_dirty(struct chart_context *c, struct err *e);
int chart_move(struct chart_context *c, const struct move_result *m, const char *name, struct err *e);
/* The one chart of a watch-only folder; none where nothing was watched. */
int chart_watch(struct chart_context *c, struct err *e);

#endif

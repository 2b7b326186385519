/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of a move's chart share: the chart in the making, and its vertical lines. */
#ifndef BLACKOUT_REPORTS_CHARTS_MOVE_H
#define BLACKOUT_REPORTS_CHARTS_MOVE_H

#include "reports/charts/chart.h"
#include "reports/charts/move_progress.h"
#include "reports/common/thin.h"

#define MOVE_LOOKS 6 /* kinds of probe that are drawn */
#define MOVE_MARKS_MOST 32
#define MOVE_CHANGES_MOST 64

/* A moment of the job or the network, as a vertical line. */
struct mark {
	int64_t at_ns;
	char title[64];
	const char *style;
	bool again; /* one of its kind is named already */
};

/* A move in the making; the charts' zero is the trigger. */
struct move_view {
	struct chart chart;
	const struct results *results;
	const struct move_result *m;
	bool silent; /* there is a silence to show */
	struct silence silence;
	int64_t zero_ns, from_ns, to_ns;  /* the left panel */
	int64_t zoom_from_ns, zoom_to_ns; /* the right one */
	bool progressed;                  /* there is a panel of progress */
	struct progress_curves curves;
	int height;
	double least_ms, most_ms;
	struct thin_points points[MOVE_LOOKS];
	int answers[MOVE_LOOKS], lost, frames; /* blocks; -1: none */
	struct mark marks[MOVE_MARKS_MOST];
	size_t mark_count;
	const struct neighbour_change *changes[MOVE_CHANGES_MOST];
	size_t change_count;
};

/* An instant on the chart's axis: seconds since the trigger. */
double move_view_seconds(const struct move_view *v, int64_t at_ns);

/* move_marks.c: moments of the job, the network and the answers. */
void move_marks_take(struct move_view *v);
/* Those in [from_ns, to_ns], as lines over the height of the panels that are drawn next. */
void move_marks_put(struct move_view *v, int64_t from_ns, int64_t to_ns);
/* What the VM's neighbour entry became, as words where there is room: at the right. */
void move_changes_name(struct move_view *v);
/* Their names, as clauses of a plot command that has the key. */
void move_marks_key(struct move_view *v);

#endif

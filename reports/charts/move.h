/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A move's chart being composed, and its vertical lines. */
#ifndef BLACKOUT_REPORTS_CHARTS_MOVE_H
#define BLACKOUT_REPORTS_CHARTS_MOVE_H

#include "reports/charts/chart.h"
#include "reports/charts/move_progress.h"
#include "reports/common/thin.h"

#define MOVE_STYLES 6 /* kinds of probe that are drawn */
#define MOVE_MARKS_MAX 32
#define MOVE_CHANGES_MAX 64

/* A moment of the job or the network, as a vertical line. */
struct mark {
	int64_t at_ns;
	char title[64];
	const char *style;
	bool again; /* an earlier mark of its kind is in the key already */
};

/* A move's chart being composed. Its time axis counts from the trigger. */
struct move_view {
	struct chart chart;
	const struct results *results;
	const struct move_result *m;
	bool silent; /* `silence` is set, and shown */
	struct silence silence;
	int64_t zero_ns, from_ns, to_ns;  /* left panel: the trigger, and the panel's time */
	int64_t zoom_from_ns, zoom_to_ns; /* right panel */
	bool progressed;                  /* there are panels of progress */
	struct progress_curves curves;
	int height;            /* of the chart, pixels */
	double min_ms, max_ms; /* y axis of round trips */
	struct thin_points points[MOVE_STYLES];
	int answers[MOVE_STYLES], lost, frames; /* blocks of data; -1: none */
	struct mark marks[MOVE_MARKS_MAX];
	size_t mark_count;
	const struct neighbour_change *changes[MOVE_CHANGES_MAX];
	size_t change_count;
};

/* An instant on the chart's time axis, in seconds since the trigger. */
double move_view_seconds(const struct move_view *v, int64_t at_ns);

/* Collects the marks: moments of the job, the network and the answers. */
void move_marks_take(struct move_view *v);
/* Draws the marks in [from_ns, to_ns] as vertical lines in the panels that are drawn next. */
void move_marks_put(struct move_view *v, int64_t from_ns, int64_t to_ns);
/* Labels changes of the VM's neighbour entry with its new state, in the right panel. */
void move_changes_name(struct move_view *v);
/* The marks' names, as clauses of the plot command that draws the key. */
void move_marks_key(struct move_view *v);

#endif

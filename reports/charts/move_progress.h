/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How far a move's memory and its VM's works had come, in percent over time: a panel above the
 * pings in the move's chart, on their axis.
 */
#ifndef BLACKOUT_REPORTS_CHARTS_MOVE_PROGRESS_H
#define BLACKOUT_REPORTS_CHARTS_MOVE_PROGRESS_H

#include "reports/charts/chart.h"

#define PROGRESS_WORKS_MAX 4

/* The stretch that is shown, and inside it the one that is shown finer; seconds count from zero. */
struct chart_span {
	int64_t zero_ns, from_ns, to_ns, zoom_from_ns, zoom_to_ns;
};

struct progress_curves {
	int copied, left; /* blocks of the chart's data; -1: none */
	struct {
		const struct work *work;
		int block;
	} works[PROGRESS_WORKS_MAX];
	size_t work_count;
	double most_percent; /* at least 100: memory that was written again is copied again */
};

/* Whether there is anything to be drawn: else the chart is spared the panel. */
bool progress_curves_any(
	const struct results *results, const struct move *move, const struct chart_span *span);
/* The curves into the chart's data. */
void progress_curves_put(struct chart *chart, const struct results *results,
	const struct move *move, const struct chart_span *span, struct progress_curves *curves);
/* Their plot command; ranges, margins and marks are the caller's. */
void progress_curves_plot(struct chart *chart, const struct progress_curves *curves);
/* Their names, as clauses of a plot command that has the key. */
void progress_curves_key(struct chart *chart, const struct progress_curves *curves);

#endif

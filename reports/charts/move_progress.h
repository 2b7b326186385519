/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Progress of a move's memory and of its VM's workloads, in percent over time: a panel in the
 * move's chart above that of the pings, with the same time axis.
 */
#ifndef BLACKOUT_REPORTS_CHARTS_MOVE_PROGRESS_H
#define BLACKOUT_REPORTS_CHARTS_MOVE_PROGRESS_H

#include "reports/charts/chart.h"

#define PROGRESS_WORKLOADS_MAX 4

/* The time shown, and the section that is magnified. Seconds on the axis count from zero_ns. */
struct chart_span {
	int64_t zero_ns, from_ns, to_ns, zoom_from_ns, zoom_to_ns;
};

struct progress_curves {
	int copied, left; /* blocks of the chart's data; -1: none */
	struct {
		const struct workload_record *workload;
		int block;
	} workloads[PROGRESS_WORKLOADS_MAX];
	size_t workload_count;
	double max_percent; /* at least 100; rewritten memory is copied again, so it may be more */
};

/* Whether there is a curve to draw; if not, the chart has no such panel. */
bool progress_curves_any(
	const struct results *results, const struct move *move, const struct chart_span *span);
/* Writes the curves to the chart's data. */
void progress_curves_put(struct chart *chart, const struct results *results,
	const struct move *move, const struct chart_span *span, struct progress_curves *curves);
/* Plots the curves. The caller sets ranges, margins and marks. */
void progress_curves_plot(struct chart *chart, const struct progress_curves *curves);
/* The curves' names, as clauses of the plot command that draws the key. */
void progress_curves_key(struct chart *chart, const struct progress_curves *curves);

#endif

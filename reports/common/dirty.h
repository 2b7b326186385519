/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Moves of VMs that rewrite memory: their rate, and whether the job converged. For table and chart.
 */
#ifndef BLACKOUT_REPORTS_COMMON_DIRTY_H
#define BLACKOUT_REPORTS_COMMON_DIRTY_H

#include "harness/verdict/verdict.h"
#include "reports/common/job_time.h"

/* The workload that rewrites memory during a move; NULL: none. */
const struct workload_record *dirty_workload_of(
	const struct timeline *timeline, const struct move *move);
/* Whether any move of the folder had such a workload. */
bool dirty_workload_any(const struct results *results);
/* Mean rate of rewriting during the job, bytes/s; 0 without a workload, NAN if not measured. */
double dirty_workload_rate(const struct workload_record *workload);
/* How a job ended whose VM rewrites memory. */
enum dirty_end {
	DIRTY_ENDED,       /* by itself */
	DIRTY_CANCELLED,   /* cancelled at the plan's time-out */
	DIRTY_UNCONVERGED, /* cancelled; the guest wrote about as fast as the job sent, or faster */
	DIRTY_ENDS,
};
/* link_bps: bit/s, taken as the rate of sending if no progress was polled; NS_NONE: not known. */
enum dirty_end dirty_end(
	const struct results *results, const struct move_result *m, int64_t link_bps);
#endif

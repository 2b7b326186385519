/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Moves of VMs that rewrite memory: how fast, and whether the job could keep up. Table and chart
 * use it. */
#ifndef BLACKOUT_REPORTS_COMMON_DIRTY_H
#define BLACKOUT_REPORTS_COMMON_DIRTY_H

#include "harness/verdict/verdict.h"
#include "reports/common/job_time.h"

/* The work of a move that rewrites memory; NULL: none. */
const struct work *dirt_of(const struct timeline *timeline, const struct move *move);
/* Whether any move of the folder had one. */
bool dirt_any(const struct results *results);
/* Bytes a second, the mean while the job went on; 0 without a work, NAN where nobody looked. */
double dirt_rate_bps(const struct work *work);
/* What became of the move of a VM that rewrites memory. */
enum dirt_end {
	DIRT_ENDED,       /* its job came to an end of its own */
	DIRT_CALLED_OFF,  /* at the plan's time-out, before it was over */
	DIRT_UNCONVERGED, /* the same, and the guest wrote about as fast as was sent, or faster */
	DIRT_ENDS,
};
/* link_bps: what is taken for the rate of sending where nobody saw it; NS_NONE: none. */
enum dirt_end dirt_end(
	const struct results *results, const struct move_result *m, int64_t link_bps);
/* The migration network's rate, bit/s: as measured, else as set; NS_NONE. */
int64_t dirt_link_bps(const struct job_time *job_time);

#endif

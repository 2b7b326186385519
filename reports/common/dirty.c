/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Moves of VMs that rewrite memory: see dirty.h. */
#include "reports/common/dirty.h"

#include "harness/plan/component.h"
#include "harness/plan/settings.h"

#include <math.h>

/* From this share of the sending rate on, passes hardly get shorter: the job does not converge. */
#define UNCONVERGED_SHARE 0.9

static bool rewrites_pages(const struct workload_record *w)
{
	const struct plan_component *kind = component_find(COMPONENT_WORKLOAD, w->kind);

	return kind && kind->workload.pages;
}

const struct workload_record *dirty_workload_of(const struct timeline *t, const struct move *m)
{
	for (size_t i = t->workload_count; i-- > 0;)
		if (rewrites_pages(&t->workloads[i]) && workload_of_move(&t->workloads[i], m))
			return &t->workloads[i];
	return NULL;
}

bool dirty_workload_any(const struct results *results)
{
	for (size_t i = 0; i < results->move_count; i++)
		if (dirty_workload_of(results->timeline, results->moves[i].move))
			return true;
	return false;
}

double dirty_workload_rate(const struct workload_record *w)
{
	if (!w)
		return 0;
	return w->rates ? w->rate_sum_bps / (double)w->rates : (double)NAN;
}

/* Bytes/s that the job sent between polls of its progress, otherwise the link's rate, or NAN. */
static double sent_bps(const struct job *job, int64_t link_bps)
{
	const struct progress *first = job->progress, *last;

	if (job->progress_count > 1) {
		last = &job->progress[job->progress_count - 1];
		if (last->at_ns > first->at_ns && last->processed_bytes > first->processed_bytes)
			return (double)(last->processed_bytes - first->processed_bytes) * NS_PER_S /
			       (double)(last->at_ns - first->at_ns);
	}
	return link_bps > 0 ? (double)link_bps / 8 : (double)NAN;
}

enum dirty_end dirty_end(
	const struct results *results, const struct move_result *m, int64_t link_bps)
{
	const struct workload_record *w = dirty_workload_of(results->timeline, m->move);
	const struct job *job = m->move->job;
	double rate_bps;

	if (!job || !w || job->ended.hi_ns == NS_NONE || job->state == JOB_COMPLETED ||
		job->ended.hi_ns - m->move->trigger_ns < move_settings_of(results->plan).timeout_ns)
		return DIRTY_ENDED;
	rate_bps = w->rates ? dirty_workload_rate(w) : (double)w->asked_rate_bps;
	return rate_bps >= UNCONVERGED_SHARE * sent_bps(job, link_bps) ? DIRTY_UNCONVERGED
								       : DIRTY_CANCELLED;
}

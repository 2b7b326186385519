/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Moves of VMs that rewrite memory: see dirty.h. */
#include "reports/dirty.h"

#include <math.h>
#include <string.h>

const struct work *dirt_of(const struct timeline *t, const struct move *m)
{
	for (size_t i = t->work_count; i-- > 0;)
		if (strcmp(t->works[i].kind, "dirty") == 0 && work_of_move(&t->works[i], m))
			return &t->works[i];
	return NULL;
}

bool dirt_any(const struct results *results)
{
	for (size_t i = 0; i < results->move_count; i++)
		if (dirt_of(results->timeline, results->moves[i].move))
			return true;
	return false;
}

double dirt_rate_bps(const struct work *w)
{
	if (!w)
		return 0;
	return w->rates ? w->rate_sum_bps / (double)w->rates : (double)NAN;
}

bool dirt_unconverged(const struct results *results, const struct move_result *m)
{
	const struct plan_section *move = plan_section_find(results->plan, SECTION_MOVE, "");
	const struct job *job = m->move->job;

	return job && dirt_of(results->timeline, m->move) && job->ended.hi_ns != NS_NONE &&
	       strcmp(job->state, "completed") != 0 &&
	       job->ended.hi_ns - m->move->trigger_ns >= plan_number(m->plan_case, move, "timeout");
}

int64_t dirt_link_bps(const struct job_time *job_time)
{
	return job_time->link.measured_bps != NS_NONE ? job_time->link.measured_bps
						      : job_time->link.nominal_bps;
}

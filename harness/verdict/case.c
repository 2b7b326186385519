/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From moves to cases: job times over the runs, the worst blackout, the gravest verdict. */
#include "harness/verdict/internal.h"

#include "harness/base/memory.h"

#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdlib.h>

/* Midpoint of the interval in which the job time lies, in seconds. */
static double job_seconds(struct interval job)
{
	return ((double)job.lo_ns + (double)job.hi_ns) / 2 / (double)NS_PER_S;
}

static void job_statistics(struct case_result *result, const double *seconds, size_t n)
{
	result->job_mean_s = result->job_sd_s = (double)NAN;
	result->job_min_s = result->job_max_s = (double)NAN;
	if (!n)
		return;
	result->job_mean_s = gsl_stats_mean(seconds, 1, n);
	if (n > 1)
		result->job_sd_s = gsl_stats_sd(seconds, 1, n);
	gsl_stats_minmax(&result->job_min_s, &result->job_max_s, seconds, 1, n);
}

/* counted_run: the number of the run with several VMs that was counted last; 0: none. */
static void add_move(
	struct case_result *result, const struct move_result *move, size_t *counted_run)
{
	if (!move->move->set_up_failed && move->move->run != *counted_run) {
		result->runs++;
		/* A run with several VMs counts once; without `together` each VM has a run. */
		if (plan_together(result->plan_case))
			*counted_run = move->move->run;
	}
	if (move->lost_1s > result->lost_1s_max)
		result->lost_1s_max = move->lost_1s;
	if (move->blackout.lo_ns != NS_NONE &&
		(result->blackout.lo_ns == NS_NONE ||
			move->blackout.hi_ns > result->blackout.hi_ns ||
			(move->blackout.hi_ns == result->blackout.hi_ns &&
				move->blackout.lo_ns > result->blackout.lo_ns)))
		result->blackout = move->blackout;
	if (move->verdict > result->verdict)
		result->verdict = move->verdict; /* in order of gravity */
}

void cases_make(struct results *results)
{
	size_t planned = plan_case_count(results->plan);
	double *seconds = memory_zeroed("job times", results->move_count + 1, sizeof(*seconds));

	results->cases = memory_zeroed("cases", planned + 1, sizeof(*results->cases));
	for (size_t i = 0; i < planned; i++) {
		struct case_result result = {.plan_case = plan_case_at(results->plan, i),
			.lost_1s_max = -1,
			.blackout = {NS_NONE, NS_NONE},
			.verdict = VERDICT_PASS};
		size_t n = 0, counted_run = 0;
		bool any = false;

		for (size_t k = 0; k < results->move_count; k++) {
			const struct move_result *move = &results->moves[k];

			if (move->plan_case != result.plan_case || !move->counted)
				continue;
			any = true;
			add_move(&result, move, &counted_run);
			if (move->job.lo_ns != NS_NONE && move_job_as_expected(move))
				seconds[n++] = job_seconds(move->job);
		}
		if (!any)
			continue;
		job_statistics(&result, seconds, n);
		results->cases[results->case_count++] = result;
	}
	free(seconds);
}

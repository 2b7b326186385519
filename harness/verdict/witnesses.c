/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Witnesses of the judged probe: other probes of its definition, and its own frames. Each of them,
 * intersected with the judged probe (harness/analysis/intersection.c), gives an interval that holds
 * the true blackout, so the true blackout lies in the intersection of all these intervals. If that
 * is empty, the judged probe's interval is kept and the move is INVALID.
 */
#include "harness/analysis/intersection.h"
#include "harness/verdict/internal.h"

/* Intersects *blackout with `by`. False, and no change, if the intersection is empty. */
static bool narrow(struct interval *blackout, struct interval by)
{
	if (intervals_apart(*blackout, by))
		return false;
	if (by.lo_ns > blackout->lo_ns)
		blackout->lo_ns = by.lo_ns;
	if (by.hi_ns < blackout->hi_ns)
		blackout->hi_ns = by.hi_ns;
	return true;
}

static void apply_probes(
	struct move_result *result, const struct observation *judged, struct interval *blackout)
{
	struct interval common;

	for (size_t i = 0; i < result->observation_count; i++) {
		struct observation *o = &result->observations[i];

		if (!observations_same_definition(judged, o))
			continue;
		o->agrees = observations_intersect(judged, o, &common) && narrow(blackout, common);
		o->apart = !o->agrees;
	}
}

void witnesses_apply(struct results *results, struct move_result *result)
{
	const struct observation *judged = move_judged(result);
	struct interval blackout;

	result->blackout = (struct interval){NS_NONE, NS_NONE};
	if (!judged || !judged->gaps.probes)
		return;
	result->blackout = judged->blackout;
	blackout = gaps_bounds(&judged->gaps);
	apply_probes(result, judged, &blackout);
	frames_judge(results, result);
	if (result->frames.used && !result->frames.apart)
		result->frames.apart = !narrow(&blackout, result->frames.common);
	/* No witness covers the whole window: the upper end is then the judged probe's. */
	if (blackout.hi_ns == NS_INF && judged->blackout.hi_ns > blackout.lo_ns)
		blackout.hi_ns = judged->blackout.hi_ns;
	if (!move_witnesses_disagree(result))
		result->blackout = blackout;
}

bool move_witnesses_disagree(const struct move_result *result)
{
	for (size_t i = 0; i < result->observation_count; i++)
		if (result->observations[i].apart)
			return true;
	return result->frames.apart;
}

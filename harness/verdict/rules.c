/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rules for both moves and standalone series: compare an interval with the bound, and name the
 * disturbances that left it undecided. docs/facts.md lists the codes.
 */
#include "harness/verdict/internal.h"

#include <string.h>

void ruling_apply(struct ruling *ruling, enum verdict verdict, const char *code)
{
	size_t used = strlen(ruling->reason);

	if (!ruling->decided)
		ruling->verdict = verdict;
	ruling->decided = true;
	if (!strstr(ruling->reason, code))
		snprintf(ruling->reason + used, ruling->size - used, "%s%s", used ? ";" : "", code);
}

/* Whether the interval has lengths on both sides of the bound. False if there is no bound. */
static bool straddles(struct interval i, int64_t bound_ns)
{
	return bound_ns != NS_NONE && i.lo_ns <= bound_ns && i.hi_ns > bound_ns;
}

static void apply_disturbance(struct ruling *ruling, const struct disturbance *d)
{
	char code[32];

	snprintf(code, sizeof(code), "disturbed-%s", disturbance_kind_name(d->kind));
	ruling_apply(ruling, VERDICT_INVALID, code);
}

/* If the blackout straddles the bound: INVALID for each disturbance of a gap above the bound. */
static void name_disturbances(struct ruling *ruling, const struct observation *o,
	struct interval blackout, int64_t bound_ns)
{
	if (!straddles(blackout, bound_ns))
		return;
	for (size_t i = 0; i < o->gaps.count; i++) {
		const struct gap *gap = &o->gaps.gap[i];

		if (gap->disturbed_by && gap->widened.hi_ns > bound_ns)
			apply_disturbance(ruling, gap->disturbed_by);
	}
	if (o->gaps.unseen_disturbed_by && o->gaps.unseen_hi_ns > bound_ns)
		apply_disturbance(ruling, o->gaps.unseen_disturbed_by);
}

/* `paused`: the interval straddles the bound only because the prober paused. */
static void decide(struct ruling *ruling, struct interval blackout, int64_t bound_ns, bool paused)
{
	if (bound_ns == NS_NONE)
		ruling_apply(ruling, VERDICT_NOT_JUDGED, "no-bound");
	else if (blackout.lo_ns == NS_NONE)
		return; /* ruling_blackout has added no-probes */
	else if (blackout.lo_ns > bound_ns)
		ruling_apply(ruling, VERDICT_FAIL, "above-bound");
	else if (blackout.hi_ns <= bound_ns)
		ruling_apply(ruling, VERDICT_PASS, "within-bound");
	else
		ruling_apply(ruling, VERDICT_INCONCLUSIVE, paused ? "unprobed" : "straddles-bound");
}

/* Adds the code of a gap that was still open when observation ended. */
static void name_open_end(
	struct ruling *ruling, const struct observation *o, struct interval blackout)
{
	for (size_t i = 0; blackout.hi_ns == NS_INF && i < o->gaps.count; i++)
		if (o->gaps.gap[i].r_ns == NS_NONE)
			ruling_apply(ruling, ruling->verdict, "no-end");
}

void ruling_blackout(struct ruling *ruling, const struct observation *o, struct interval blackout,
	int64_t bound_ns, void (*before)(struct ruling *ruling, const void *ctx), const void *ctx)
{
	bool seen = o && o->gaps.probes > 0;
	/* Sampling alone already straddles the bound, whatever the disturbances and pauses. */
	bool by_sampling = seen && straddles(gaps_sampled(&o->gaps), bound_ns);

	if (!seen)
		ruling_apply(ruling, VERDICT_INVALID, "no-probes");
	if (seen && !by_sampling)
		name_disturbances(ruling, o, blackout, bound_ns);
	if (before)
		before(ruling, ctx);
	decide(ruling, blackout, bound_ns, seen && !by_sampling && !ruling->decided);
	if (by_sampling)
		name_disturbances(ruling, o, blackout, bound_ns);
	if (seen)
		name_open_end(ruling, o, blackout);
}

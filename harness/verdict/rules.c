/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The rules that moves and mere watching share: an interval against a bound, and what a disturbance
 * makes of that. docs/facts.md lists the codes.
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

bool straddles(struct interval i, int64_t bound_ns)
{
	return bound_ns != NS_NONE && i.lo_ns <= bound_ns && i.hi_ns > bound_ns;
}

static void apply_disturbance(struct ruling *ruling, const struct disturbance *d)
{
	char code[32];

	snprintf(code, sizeof(code), "disturbed-%s", disturbance_kind_name(d->kind));
	ruling_apply(ruling, VERDICT_INVALID, code);
}

/* INVALID for each disturbance behind a blackout that does not decide. */
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

/* `paused`: the prober's pauses alone keep the interval from deciding. */
static void decide(struct ruling *ruling, struct interval blackout, int64_t bound_ns, bool paused)
{
	if (bound_ns == NS_NONE)
		ruling_apply(ruling, VERDICT_NOT_JUDGED, "no-bound");
	else if (blackout.lo_ns == NS_NONE)
		return; /* no-probes has been said */
	else if (blackout.lo_ns > bound_ns)
		ruling_apply(ruling, VERDICT_FAIL, "above-bound");
	else if (blackout.hi_ns <= bound_ns)
		ruling_apply(ruling, VERDICT_PASS, "within-bound");
	else
		ruling_apply(ruling, VERDICT_INCONCLUSIVE, paused ? "unprobed" : "straddles-bound");
}

/* Adds that a gap was still open when nothing was watched any more. */
static void name_open_end(struct ruling *ruling, const struct observation *o,
	struct interval blackout)
{
	for (size_t i = 0; blackout.hi_ns == NS_INF && i < o->gaps.count; i++)
		if (o->gaps.gap[i].r_ns == NS_NONE)
			ruling_apply(ruling, ruling->verdict, "no-end");
}

void ruling_blackout(struct ruling *ruling, const struct observation *o, struct interval blackout,
	int64_t bound_ns, void (*before)(struct ruling *ruling, const void *ctx), const void *ctx)
{
	bool seen = o && o->gaps.probes > 0;
	/* Then neither a disturbance nor a pause is to blame for an interval that does not decide. */
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

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds the longest possible silence and what widened its interval: see document.h. */
#include "reports/common/document.h"

#include <string.h>

static const struct gap *longest_gap(const struct gaps *gaps)
{
	const struct gap *longest = NULL;

	for (size_t i = 0; i < gaps->count; i++) {
		const struct gap *g = &gaps->gap[i];

		if (!longest || g->widened.hi_ns > longest->widened.hi_ns ||
			(g->widened.hi_ns == longest->widened.hi_ns &&
				g->widened.lo_ns > longest->widened.lo_ns))
			longest = g;
	}
	return longest;
}

/* Whether disturbances, not sampling, cause at least half of the interval's width. */
static bool mostly_widened(const struct gaps *gaps)
{
	struct interval seen = gaps_sampled(gaps), widened = gaps_longest(gaps, true);
	int64_t width_ns = widened.hi_ns - widened.lo_ns;

	if (widened.hi_ns == NS_INF)
		return seen.hi_ns != NS_INF;
	return width_ns > 0 && 2 * (width_ns - (seen.hi_ns - seen.lo_ns)) >= width_ns;
}

static enum phase stretch_phase(const struct move *move, int64_t from_ns, int64_t to_ns)
{
	struct gap stretch = {.a_ns = from_ns, .l1_ns = from_ns, .ln_ns = from_ns, .r_ns = to_ns};
	struct gaps alone = {.gap = &stretch, .count = 1};

	gaps_phases(&alone, move);
	return stretch.phase;
}

bool observed_silence(const struct observation *o, struct silence *silence)
{
	const struct gaps *gaps = &o->gaps;
	const struct gap *gap = longest_gap(gaps);

	if (o->blackout.lo_ns == NS_NONE)
		return false;
	if (gap && gap->widened.hi_ns >= gaps->unseen_hi_ns) {
		*silence = (struct silence){.gap = gap,
			.from_ns = gap->a_ns,
			.to_ns = gap->r_ns,
			.phase = gap->phase,
			.disturbed_by = mostly_widened(gaps) ? gap->disturbed_by : NULL};
		return true;
	}
	if (gaps->unseen_from_ns == NS_NONE || gaps->unseen_hi_ns <= 0)
		return false;
	*silence = (struct silence){.from_ns = gaps->unseen_from_ns,
		.to_ns = gaps->unseen_hi_ns == NS_INF ? NS_NONE
						      : gaps->unseen_from_ns + gaps->unseen_hi_ns,
		.disturbed_by = gaps->unseen_disturbed_by};
	return true;
}

bool longest_silence(const struct move_result *move, struct silence *silence)
{
	const struct observation *o = move_judged(move);

	if (!o || move->blackout.lo_ns == NS_NONE || !observed_silence(o, silence))
		return false;
	if (!silence->gap)
		silence->phase = stretch_phase(move->move, silence->from_ns, silence->to_ns);
	return true;
}

bool probed_fast(const struct results *results, const struct plan_case *plan_case)
{
	for (size_t i = 0; i < results->move_count; i++) {
		const struct move_result *m = &results->moves[i];

		if ((plan_case && m->plan_case != plan_case) ||
			strcmp(case_session(m->plan_case, m->move->vm), "detached") != 0)
			continue;
		for (size_t j = 0; j < m->observation_count; j++) {
			const struct series *s = m->observations[j].series;

			if (s->kind == PROBE_BURST && !s->control && s->count)
				return true;
		}
	}
	return false;
}

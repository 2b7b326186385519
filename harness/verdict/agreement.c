/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Compares two observations of one move: whether they measure the same thing, whether both can be
 * right, and which blackout they prove together.
 */
#include "harness/analysis/intersection.h"
#include "harness/verdict/internal.h"

#include <string.h>

bool observations_same_view(const struct observation *a, const struct observation *b)
{
	/* A session is another layer: TCP's retransmissions back off, so its gap may be longer. */
	return a != b && !a->series->control && !b->series->control && a->gaps.probes > 0 &&
	       b->gaps.probes > 0 && strcmp(a->series->station, b->series->station) == 0 &&
	       series_is_session(a->series) == series_is_session(b->series);
}

bool observations_same_definition(const struct observation *a, const struct observation *b)
{
	/* Each TCP connection retransmits at its own times, so two sessions' gaps differ. */
	return observations_same_view(a, b) && a->series->kind == b->series->kind &&
	       !series_is_session(a->series) &&
	       strcmp(a->series->address, b->series->address) == 0 &&
	       a->baseline.timeout_ns == b->baseline.timeout_ns;
}

bool intervals_apart(struct interval a, struct interval b)
{
	return a.lo_ns > b.hi_ns || b.lo_ns > a.hi_ns;
}

bool observations_intersect(
	const struct observation *judged, const struct observation *other, struct interval *common)
{
	struct witness a = {&judged->gaps, &judged->baseline};
	struct witness b = {&other->gaps, &other->baseline};

	return gaps_intersect(&a, &b, common);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two observations of one move against each other: whether they see the same thing, whether both can be
 * right, and what they say together.
 */
#include "harness/analysis/intersection.h"
#include "harness/verdict/internal.h"

#include <string.h>

bool same_view(const struct observation *a, const struct observation *b)
{
	/* A session is another layer: TCP sends again later and later, its gap may be longer. */
	return a != b && !a->series->control && !b->series->control && a->gaps.probes > 0 &&
		b->gaps.probes > 0 && strcmp(a->series->station, b->series->station) == 0 &&
		series_is_session(a->series) == series_is_session(b->series);
}

bool same_definition(const struct observation *a, const struct observation *b)
{
	/* Each connection sends again in its own time, so that no two sessions see the same. */
	return same_view(a, b) && a->series->kind == b->series->kind &&
		!series_is_session(a->series) &&
		strcmp(a->series->address, b->series->address) == 0 &&
		a->baseline.timeout_ns == b->baseline.timeout_ns;
}

bool intervals_apart(struct interval a, struct interval b)
{
	return a.lo_ns > b.hi_ns || b.lo_ns > a.hi_ns;
}

bool observations_intersect(const struct observation *judged, const struct observation *other,
	struct interval *common)
{
	struct witness a = {&judged->gaps, &judged->baseline};
	struct witness b = {&other->gaps, &other->baseline};

	return gaps_intersect(&a, &b, common);
}

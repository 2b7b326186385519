/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Judges a standalone folder: it has no plan, no move and no time known to be quiet. Each series
 * serves as its own baseline, its gaps are searched over its whole length, and all series have the
 * folder's bound, if there is one.
 */
#include "harness/verdict/internal.h"

#include "harness/base/memory.h"

#include <stdlib.h>

static void observe(struct observation *o, const struct series *s)
{
	*o = (struct observation){.series = s, .judged = !s->control};
	baseline_of_whole(s, &o->baseline);
	gaps_find(s, &o->baseline, series_begin(s), INT64_MAX, &o->gaps);
	gaps_spread(&o->gaps, s, &o->baseline);
}

static void judge(struct standalone_result *result, int64_t bound_ns)
{
	struct observation *o = &result->observation;
	struct ruling ruling = {.reason = result->reason, .size = sizeof(result->reason)};

	if (!o->gaps.probes)
		o->blackout = (struct interval){NS_NONE, NS_NONE};
	ruling_blackout(&ruling, o, o->blackout, bound_ns, NULL, NULL);
	result->verdict = ruling.verdict;
}

void standalone_make(struct results *results)
{
	const struct timeline *t = results->timeline;
	struct observation *all = memory_zeroed("observations", t->series_count + 1, sizeof(*all));
	size_t count = t->series_count;

	results->standalone =
		memory_zeroed("targets", t->series_count + 1, sizeof(*results->standalone));
	for (size_t i = 0; i < count; i++)
		observe(&all[i], &t->series[i]);
	observations_widen(all, count, t, t->first_ns, INT64_MAX);
	for (size_t i = 0; i < count; i++) {
		struct standalone_result *result = &results->standalone[results->standalone_count];

		if (all[i].series->control)
			continue;
		result->observation = all[i];
		all[i] = (struct observation){0}; /* now owned by the result */
		judge(result, results->bound_ns);
		results->standalone_count++;
	}
	for (size_t i = 0; i < count; i++)
		observation_release(&all[i]);
	free(all);
}

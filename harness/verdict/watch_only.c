/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A folder that only watched: no plan, no move, no stretch known to be quiet. Each series is its own
 * baseline, its gaps are those of its whole length, and the bound, if there is one, is the folder's.
 */
#include "harness/verdict/internal.h"

#include <stdlib.h>

static int observe(struct observation *o, const struct series *s, struct err *e)
{
	*o = (struct observation){.series = s, .judged = !s->control};
	if (baseline_of_whole(s, &o->baseline, e) ||
		gaps_find(s, &o->baseline, series_begin(s), INT64_MAX, &o->gaps, e))
		return -1;
	return gaps_spread(&o->gaps, s, &o->baseline, e);
}

static void judge(struct watch_result *watch, int64_t bound_ns)
{
	struct observation *o = &watch->observation;
	struct ruling ruling = {.reason = watch->reason, .size = sizeof(watch->reason)};

	if (!o->gaps.probes)
		o->blackout = (struct interval){NS_NONE, NS_NONE};
	ruling_blackout(&ruling, o, o->blackout, bound_ns, NULL, NULL);
	watch->verdict = ruling.verdict;
}

int watches_make(struct results *results, struct err *e)
{
	const struct timeline *t = results->timeline;
	struct observation *all = calloc(t->series_count + 1, sizeof(*all));
	size_t count = 0;
	int rc = -1;

	results->watches = calloc(t->series_count + 1, sizeof(*results->watches));
	if (!all || !results->watches) {
		err_set(e, "%s: out of memory", t->dir);
		goto out;
	}
	while (count < t->series_count)
		if (observe(&all[count], &t->series[count], e) || !++count)
			goto out;
	if (observations_widen(all, count, t, t->first_ns, INT64_MAX, e))
		goto out;
	for (size_t i = 0; i < count; i++) {
		struct watch_result *watch = &results->watches[results->watch_count];

		if (all[i].series->control)
			continue;
		watch->observation = all[i];
		all[i] = (struct observation){0}; /* given away */
		judge(watch, results->bound_ns);
		results->watch_count++;
	}
	rc = 0;
out:
	for (size_t i = 0; all && i < t->series_count; i++)
		observation_free(&all[i]);
	free(all);
	return rc;
}

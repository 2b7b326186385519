/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A standalone folder, judged by several bounds: see check.h. */
#include "tests/property/check.h"

#include <string.h>

/* Number of bounds next to the truth by which a folder is judged. */
#define NEAR_BOUNDS 3
/* Maximum series of a folder that are judged by bounds far from the truth. */
#define DECIDING_MAX 10

/* True if the name contains "id N". */
static bool has_ident(const char *name, int ident)
{
	const char *at = strstr(name, " id ");
	int number;

	return at && sscanf(at, " id %d", &number) == 1 && number == ident;
}

static bool is_claimed(const struct claim *c, const struct series *s)
{
	if (strcmp(s->target, c->target) == 0)
		return true;
	if (!s->address || strcmp(s->address, c->target) != 0)
		return false;
	return c->ident < 0 || has_ident(s->target, c->ident);
}

/* The only series of a claim; NULL: there is none, or more than one. *count: how many there are. */
static const struct standalone_result *result_of(
	const struct results *results, const struct claim *c, size_t *count)
{
	const struct standalone_result *found = NULL;

	*count = 0;
	for (size_t i = 0; i < results->standalone_count; i++)
		if (is_claimed(c, results->standalone[i].observation.series)) {
			found = &results->standalone[i];
			++*count;
		}
	return *count == 1 ? found : NULL;
}

static struct results *judge(
	struct trial *t, struct claim *c, struct timeline *timeline, int64_t bound_ns)
{
	struct results *results = NULL;
	struct err e = {0};

	timeline->standalone_bound_ns = bound_ns;
	if (results_new(&results, timeline, NULL, &e)) {
		claim_fail(c, t, "cannot be judged: %s", e.text);
		return NULL;
	}
	return results;
}

static void check_all(struct trial *t, struct claim *claims, size_t count,
	const struct results *results, int64_t bound_ns)
{
	for (size_t i = 0; i < count; i++) {
		size_t series;
		const struct standalone_result *w = result_of(results, &claims[i], &series);

		if (w)
			claim_check(&claims[i], t, w->observation.blackout, w->verdict, w->reason,
				bound_ns);
		else if (series || !claims[i].unmeasured)
			claim_fail(&claims[i], t, "%zu series where one was probed", series);
	}
}

static void check_near(struct trial *t, struct claim *claims, size_t count,
	struct timeline *timeline, const struct results *unjudged)
{
	for (int i = 0; i < NEAR_BOUNDS; i++) {
		struct claim *c = &claims[dice_between(t->dice, 0, (int64_t)count - 1)];
		size_t series;
		const struct standalone_result *w = result_of(unjudged, c, &series);
		struct interval found = w ? w->observation.blackout : c->truth;
		int64_t bound_ns = claim_bound(c, found, t->dice);
		struct results *results = judge(t, c, timeline, bound_ns);

		if (results)
			check_all(t, claims, count, results, bound_ns);
		results_free(results);
	}
}

static void check_deciding(struct trial *t, struct claim *c, struct timeline *timeline)
{
	for (int sign = -1; sign <= 1; sign += 2) {
		int64_t bound_ns = (sign < 0 ? c->truth.lo_ns : c->truth.hi_ns) +
				   sign * claim_margin(c, t->dice);
		const struct standalone_result *w;
		struct results *results;
		size_t series;

		if (bound_ns <= 0 || !(results = judge(t, c, timeline, bound_ns)))
			continue;
		w = result_of(results, c, &series);
		if (w) {
			struct interval found = w->observation.blackout;

			claim_count_decision(c, t, found, w->verdict, w->reason, bound_ns);
			claim_check(c, t, found, w->verdict, w->reason, bound_ns);
		}
		results_free(results);
	}
}

void standalone_check(struct trial *t, struct claim *claims, size_t count)
{
	struct timeline *timeline = NULL;
	struct results *results;
	struct err e = {0};
	size_t deciding = 0;

	t->tally->series += count;
	for (size_t i = 0; i < count; i++)
		claim_check_oracle(&claims[i], t);
	if (timeline_read(&timeline, t->scratch->dir, &e)) {
		bool unmeasured = true;

		for (size_t i = 0; i < count; i++)
			unmeasured &= claims[i].unmeasured;
		if (!unmeasured)
			claim_fail(&claims[0], t, "cannot be read: %s", e.text);
		return;
	}
	results = judge(t, &claims[0], timeline, NS_NONE);
	if (results) {
		check_all(t, claims, count, results, NS_NONE);
		check_near(t, claims, count, timeline, results);
	}
	results_free(results);
	for (size_t i = 0; i < count && deciding < DECIDING_MAX; i++) {
		struct claim *c = &claims[count > DECIDING_MAX ? (size_t)dice_between(t->dice, 0,
									 (int64_t)count - 1)
							       : i];

		if (c->undisturbed && !c->open && ++deciding)
			check_deciding(t, c, timeline);
	}
	timeline_free(timeline);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Gaps widened by the stretches in which the harness itself cannot be trusted (docs/accuracy.md,
 * "The harness itself").
 */
#include "harness/analysis.h"

#include <stdlib.h>
#include <string.h>

/* A stretch in which the harness cannot be trusted: disturbances that overlap, taken together. */
struct stretch {
	int64_t from_ns, to_ns;
};

static bool is_late(const struct disturbance *d)
{
	return strcmp(d->kind, "late") == 0;
}

/*
 * From when on what was sent may be concerned: an answer that was dropped may have been to a probe
 * sent up to a time-out before.
 */
static int64_t concerns_from(const struct disturbance *d, int64_t timeout_ns)
{
	return d->from_ns - (strcmp(d->kind, "drops") == 0 && d->from_ns != NS_NONE ? timeout_ns : 0);
}

static bool reaches_into(const struct disturbance *d, int64_t timeout_ns, int64_t from_ns,
	int64_t to_ns)
{
	return strcmp(d->kind, "clock") != 0 && concerns_from(d, timeout_ns) <= to_ns &&
		d->to_ns >= from_ns;
}

static int by_from(const void *a, const void *b)
{
	const struct stretch *x = a, *y = b;

	return x->from_ns < y->from_ns ? -1 : x->from_ns > y->from_ns;
}

static size_t merge(struct stretch *stretch, size_t count)
{
	size_t n = 0;

	if (count)
		qsort(stretch, count, sizeof(*stretch), by_from);
	for (size_t i = 0; i < count; i++) {
		if (n > 0 && stretch[i].from_ns <= stretch[n - 1].to_ns) {
			if (stretch[i].to_ns > stretch[n - 1].to_ns)
				stretch[n - 1].to_ns = stretch[i].to_ns;
		} else {
			stretch[n++] = stretch[i];
		}
	}
	return n;
}

static int64_t overlap(int64_t a_from, int64_t a_to, int64_t b_from, int64_t b_to)
{
	int64_t from = a_from > b_from ? a_from : b_from, to = a_to < b_to ? a_to : b_to;

	if (from < 0)
		from = 0; /* without a begin, or an A: no stamp is below 0 */
	return to > from ? to - from : 0;
}

/* Whether a stretch shares anything with one of others. */
static bool meets(const struct stretch *stretch, const struct stretch *others, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (others[i].from_ns <= stretch->to_ns && others[i].to_ns >= stretch->from_ns)
			return true;
	return false;
}

/*
 * How much of [L1, Ln] nobody vouches for. A stretch in which a late engine only asked nothing is
 * bridged by what was seen on either side of it: silence, asked for and not in such a stretch itself,
 * for at least as long as the stretch. It then is a wider distance between two probes, no more.
 */
static int64_t unvouched(const struct gap *gap, const struct stretch *any, size_t any_count,
	const struct stretch *doubted, size_t doubted_count)
{
	int64_t total_ns = 0, passed_ns = 0, unvouched_ns = 0;

	for (size_t i = 0; i < any_count; i++)
		total_ns += overlap(any[i].from_ns, any[i].to_ns, gap->l1_ns, gap->ln_ns);
	for (size_t i = 0; i < any_count; i++) {
		int64_t own_ns = overlap(any[i].from_ns, any[i].to_ns, gap->l1_ns, gap->ln_ns);
		int64_t before_ns = any[i].from_ns - gap->l1_ns - passed_ns;
		int64_t after_ns = gap->ln_ns - any[i].to_ns - (total_ns - passed_ns - own_ns);

		passed_ns += own_ns;
		if (before_ns < own_ns || after_ns < own_ns ||
			meets(&any[i], doubted, doubted_count))
			unvouched_ns += own_ns;
	}
	return unvouched_ns;
}

/*
 * What was seen in a stretch proves nothing: the probes lost in it may have been lost by the
 * harness, so its time comes off the lower bound; and the ends, where they lie in it, may lie
 * anywhere in it. A late tick is milder where the kernel stamps: then A and R are true stamps,
 * and the probes that were not sent have moved them apart already.
 */
static void widen(struct gap *gap, const struct stretch *any, size_t any_count,
	const struct stretch *doubted, size_t doubted_count)
{
	int64_t a_ns = gap->a_ns, r_ns = gap->r_ns, lo_ns = gap->length.lo_ns -
		unvouched(gap, any, any_count, doubted, doubted_count);

	for (size_t i = 0; i < doubted_count; i++) {
		const struct stretch *s = &doubted[i];

		if (gap->a_ns != NS_NONE && s->from_ns <= gap->a_ns && gap->a_ns <= s->to_ns)
			a_ns = s->from_ns;
		if (gap->r_ns != NS_NONE && s->from_ns <= gap->r_ns && gap->r_ns <= s->to_ns)
			r_ns = s->to_ns;
	}
	gap->widened.lo_ns = lo_ns > 0 ? lo_ns : 0;
	gap->widened.hi_ns = a_ns == NS_NONE || r_ns == NS_NONE || r_ns == INT64_MAX ? NS_INF
										     : r_ns - a_ns;
}

/* `any` and `doubted` have room for `count` stretches; NULL: no memory, so all is doubted. */
static void widen_by(struct gap *gap, const struct gaps *gaps, const struct disturbance *disturbances,
	size_t count, struct stretch *any, struct stretch *doubted)
{
	int64_t from_ns = gap->a_ns == NS_NONE ? INT64_MIN : gap->a_ns;
	int64_t to_ns = gap->r_ns == NS_NONE ? INT64_MAX : gap->r_ns;
	int64_t most_ns = -1;
	size_t n = 0, m = 0;

	gap->late_engine_ns = 0;
	if (!any || !doubted) {
		gap->widened = (struct interval){0, NS_INF};
		return;
	}
	for (size_t k = 0; k < count; k++) {
		const struct disturbance *d = &disturbances[k];
		int64_t concerns_ns = concerns_from(d, gaps->timeout_ns), shared_ns;

		if (!reaches_into(d, gaps->timeout_ns, from_ns, to_ns))
			continue;
		any[n++] = (struct stretch){concerns_ns, d->to_ns};
		if (is_late(d))
			gap->late_engine_ns +=
				overlap(d->from_ns, d->to_ns, from_ns, gap->l1_ns) +
				overlap(d->from_ns, d->to_ns, gap->ln_ns, to_ns);
		if (gaps->user_stamps || !is_late(d))
			doubted[m++] = (struct stretch){d->from_ns, d->to_ns};
		shared_ns = overlap(concerns_ns, d->to_ns, from_ns, to_ns);
		if (shared_ns > most_ns) {
			most_ns = shared_ns;
			gap->disturbed_by = d;
		}
	}
	if (n)
		widen(gap, any, merge(any, n), doubted, merge(doubted, m));
}

void gaps_widen(struct gaps *gaps, const struct disturbance *disturbances, size_t count)
{
	struct stretch *any = calloc(count + 1, sizeof(*any));
	struct stretch *doubted = calloc(count + 1, sizeof(*doubted));
	int64_t unseen_to_ns = gaps->unseen_from_ns + gaps->unseen_hi_ns;

	gaps->unseen_late_engine_ns = 0;
	for (size_t k = 0; k < count && gaps->unseen_from_ns != NS_NONE; k++) {
		const struct disturbance *d = &disturbances[k];

		if (!reaches_into(d, gaps->timeout_ns, gaps->unseen_from_ns, unseen_to_ns))
			continue;
		if (!gaps->unseen_disturbed_by)
			gaps->unseen_disturbed_by = d;
		if (is_late(d))
			gaps->unseen_late_engine_ns += overlap(
				d->from_ns, d->to_ns, gaps->unseen_from_ns, unseen_to_ns);
	}
	for (size_t i = 0; i < gaps->count; i++)
		widen_by(&gaps->gap[i], gaps, disturbances, count, any, doubted);
	free(any);
	free(doubted);
}

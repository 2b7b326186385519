/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The observations of one move: baseline, gaps and round trips of each series of the VM and of the
 * control targets. disturb.c widens the gaps that the harness itself may have caused.
 */
#include "harness/verdict/internal.h"
#include "harness/plan/settings.h"

#include "harness/base/memory.h"

#include <stdlib.h>
#include <string.h>

/* The runner may have waited longer than the plan's baseline; the time before that is left out. */
int64_t move_baseline_begin(const struct move_result *result)
{
	const struct plan_case *c = result->plan_case;
	const struct move *m = result->move;
	int64_t baseline_ns = plan_settings_of(c->plan).baseline_ns;

	return ns_max(m->baseline_ns != NS_NONE ? m->baseline_ns : m->begin_ns,
		m->window_begin_ns - baseline_ns);
}

int64_t move_window_end(const struct move *m)
{
	return m->window_end_ns != NS_NONE ? m->window_end_ns : INT64_MAX;
}

static bool was_probing(const struct series *s, const struct move_result *result)
{
	size_t first = series_first_from(s, move_baseline_begin(result));

	return first < s->count && s->records[first].sent_ns <= move_window_end(result->move);
}

static void trips(
	const struct series *s, int64_t from_ns, int64_t to_ns, int64_t *median_ns, int64_t *p99_ns)
{
	struct round_trips trips;

	round_trips_of(s, from_ns, to_ns, &trips);
	*median_ns = trips.median_ns;
	*p99_ns = trips.p99_ns;
}

/* Brownout: round trips before the job, while it copied, and after it. */
static void brownout(struct observation *o, const struct move_result *result)
{
	const struct move *m = result->move;
	const struct job *job = m->job;
	int64_t copied_ns = move_window_end(m), after_ns = INT64_MAX;

	if (job) {
		if (job->paused.lo_ns != NS_NONE)
			copied_ns = job->paused.lo_ns;
		else if (job->ended.lo_ns != NS_NONE)
			copied_ns = job->ended.lo_ns;
		after_ns = ns_max(job->resumed.hi_ns, job->ended.hi_ns);
		if (after_ns == NS_NONE)
			after_ns = INT64_MAX;
	}
	trips(o->series, move_baseline_begin(result), m->window_begin_ns, &o->median_before_ns,
		&o->p99_before_ns);
	trips(o->series, m->trigger_ns, copied_ns, &o->median_during_ns, &o->p99_during_ns);
	trips(o->series, after_ns, move_window_end(m), &o->median_after_ns, &o->p99_after_ns);
}

/* End of observation: the plan's `watch` after the job's end, but not before the window's end. */
static int64_t observed_until(const struct move_result *result)
{
	const struct plan_case *c = result->plan_case;
	const struct job *job = result->move->job;
	int64_t until_ns = move_window_end(result->move);

	if (job && job->ended.hi_ns != NS_NONE && until_ns != INT64_MAX) {
		int64_t watch_ns = job->ended.hi_ns + plan_settings_of(c->plan).watch_ns;

		until_ns = ns_max(watch_ns, until_ns);
	}
	return until_ns;
}

static void observe(struct observation *o, const struct series *s, const struct move_result *result)
{
	const struct move *m = result->move;

	*o = (struct observation){.series = s};
	baseline_of(s, move_baseline_begin(result), m->window_begin_ns, move_window_end(m),
		&o->baseline);
	gaps_find(s, &o->baseline, m->window_begin_ns, move_window_end(m), &o->gaps);
	gaps_cut(&o->gaps, s, observed_until(result));
	brownout(o, result);
}

void move_observe_frames(
	struct observation *o, const struct series *frames, const struct move_result *result)
{
	observe(o, frames, result);
}

/*
 * Marks the observation that decides the verdict: the VM's series of the probe that [judge] names;
 * if it names none, the series with the shortest interval.
 */
static void choose_judged(struct move_result *result)
{
	const struct plan_case *c = result->plan_case;
	const char *name = judge_settings_of(c->plan).probe;
	struct observation *judged = NULL;

	for (size_t i = 0; i < result->observation_count; i++) {
		struct observation *o = &result->observations[i];

		if (o->series->control || (name && strcmp(o->series->probe, name) != 0))
			continue;
		if (!judged || o->series->interval_ns < judged->series->interval_ns)
			judged = o;
	}
	if (judged)
		judged->judged = true;
}

const struct observation *move_judged(const struct move_result *result)
{
	for (size_t i = 0; i < result->observation_count; i++)
		if (result->observations[i].judged)
			return &result->observations[i];
	return NULL;
}

void move_observe(struct move_result *result, const struct timeline *t)
{
	const struct move *m = result->move;

	if (m->window_begin_ns == NS_NONE)
		return;
	result->observations =
		memory_zeroed("observations", t->series_count + 1, sizeof(*result->observations));
	for (size_t i = 0; i < t->series_count; i++) {
		const struct series *s = &t->series[i];

		if ((!s->control && strcmp(s->target, m->vm) != 0) || !was_probing(s, result))
			continue;
		observe(&result->observations[result->observation_count++], s, result);
	}
	choose_judged(result);
	observations_widen(result->observations, result->observation_count, t,
		move_baseline_begin(result), move_window_end(m));
	for (size_t i = 0; i < result->observation_count; i++)
		gaps_phases(&result->observations[i].gaps, m);
}

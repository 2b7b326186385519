/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the probes saw of one move: each series of the VM and of the control targets with its
 * baseline, gaps and round trips, and what of it the harness itself may have caused.
 */
#include "harness/verdict_private.h"

#include <stdlib.h>
#include <string.h>

static int64_t later(int64_t a_ns, int64_t b_ns)
{
	return a_ns > b_ns ? a_ns : b_ns;
}

/*
 * From when on what was sent belongs to the move: the plan's `baseline` before the trigger,
 * whatever else the runner waited for meanwhile (an operator, say).
 */
static int64_t baseline_begin(const struct move_result *result)
{
	const struct plan_case *c = result->plan_case;
	const struct move *m = result->move;
	int64_t baseline_ns =
		plan_number(c, plan_section_find(c->plan, SECTION_PLAN, ""), "baseline");

	return later(m->baseline_ns != NS_NONE ? m->baseline_ns : m->begin_ns,
		m->trigger_ns - baseline_ns);
}

static int64_t window_end(const struct move *m)
{
	return m->window_end_ns != NS_NONE ? m->window_end_ns : INT64_MAX;
}

static bool was_probing(const struct series *s, const struct move_result *result)
{
	int64_t begin_ns = baseline_begin(result);

	for (size_t i = 0; i < s->count; i++)
		if (s->records[i].sent_ns >= begin_ns)
			return s->records[i].sent_ns <= window_end(result->move);
	return false;
}

static int trips(const struct series *s, int64_t from_ns, int64_t to_ns, int64_t *median_ns,
	int64_t *p99_ns, struct err *e)
{
	struct round_trips trips;

	if (round_trips_of(s, from_ns, to_ns, &trips, e))
		return -1;
	*median_ns = trips.median_ns;
	*p99_ns = trips.p99_ns;
	return 0;
}

/* Round trips before the job, while it copied, and after it. */
static int brownout(struct observation *o, const struct move_result *result, struct err *e)
{
	const struct move *m = result->move;
	const struct job *job = m->job;
	int64_t over_ns = window_end(m), after_ns = INT64_MAX;

	if (job) {
		if (job->paused.lo_ns != NS_NONE)
			over_ns = job->paused.lo_ns;
		else if (job->ended.lo_ns != NS_NONE)
			over_ns = job->ended.lo_ns;
		after_ns = later(job->resumed.hi_ns, job->ended.hi_ns);
		if (after_ns == NS_NONE)
			after_ns = INT64_MAX;
	}
	if (trips(o->series, baseline_begin(result), m->trigger_ns, &o->median_before_ns,
		    &o->p99_before_ns, e) ||
		trips(o->series, m->trigger_ns, over_ns, &o->median_during_ns,
			&o->p99_during_ns, e))
		return -1;
	return trips(o->series, after_ns, window_end(m), &o->median_after_ns,
		&o->p99_after_ns, e);
}

/* Until when the plan watches: `watch` after the job's end, and the window at the least. */
static int64_t watched_until(const struct move_result *result)
{
	const struct plan_case *c = result->plan_case;
	const struct job *job = result->move->job;
	int64_t until_ns = window_end(result->move);

	if (job && job->ended.hi_ns != NS_NONE && until_ns != INT64_MAX) {
		int64_t watch_ns = job->ended.hi_ns +
			plan_number(c, plan_section_find(c->plan, SECTION_PLAN, ""), "watch");

		until_ns = watch_ns > until_ns ? watch_ns : until_ns;
	}
	return until_ns;
}

static int observe(struct observation *o, const struct series *s, const struct move_result *result,
	struct err *e)
{
	const struct move *m = result->move;

	*o = (struct observation){.series = s};
	if (baseline_of(s, baseline_begin(result), m->trigger_ns, window_end(m), &o->baseline, e) ||
		gaps_find(s, &o->baseline, m->trigger_ns, window_end(m), &o->gaps, e))
		return -1;
	gaps_cut(&o->gaps, &o->baseline, watched_until(result));
	return brownout(o, result, e);
}

static int add_disturbance(struct observation *o, const struct disturbance *d, struct err *e)
{
	if (VEC_ROOM(o->disturbances, o->disturbance_count, o->disturbance_room))
		return err_set(e, "%s-%s: out of memory", o->series->station, o->series->probe);
	o->disturbances[o->disturbance_count++] = *d;
	return 0;
}

static bool same_station(const struct series *a, const struct series *b)
{
	return strcmp(a->station, b->station) == 0;
}

static bool same_probe(const struct series *a, const struct series *b)
{
	return same_station(a, b) && strcmp(a->probe, b->probe) == 0;
}

/* Whether the probe that wrote the series watches a control target itself; a session does not. */
static bool has_own_control(const struct move_result *result, const struct series *s)
{
	for (size_t i = 0; i < result->observation_count; i++) {
		const struct series *control = result->observations[i].series;

		if (control->control && same_probe(control, s))
			return true;
	}
	return false;
}

/*
 * While a control target was silent, the station or its link was. Asked are the probe's own control
 * targets, which are sampled as it is: one lost ping a second would cover two seconds of a fine
 * series. A probe without any has those of its station.
 */
static int add_controls(struct observation *o, const struct move_result *result,
	const struct gaps *controls, struct err *e)
{
	bool own = has_own_control(result, o->series);

	for (size_t i = 0; i < result->observation_count; i++) {
		const struct series *s = result->observations[i].series;

		if (!s->control || !(own ? same_probe : same_station)(s, o->series))
			continue;
		for (size_t k = 0; k < controls[i].count; k++) {
			const struct gap *gap = &controls[i].gap[k];
			struct disturbance d = {.kind = "control",
				.from_ns = gap->a_ns, /* NS_NONE: not known */
				.to_ns = gap->r_ns == NS_NONE ? INT64_MAX : gap->r_ns};

			snprintf(d.source, sizeof(d.source), "%s-%s %s", s->station, s->probe,
				s->target);
			if (add_disturbance(o, &d, e))
				return -1;
		}
	}
	return 0;
}

/* Late ticks and drops of the engine that wrote the series. */
static int add_own(struct observation *o, const struct timeline *t, int64_t begin_ns,
	struct err *e)
{
	char source[sizeof(((struct disturbance *)NULL)->source)];

	snprintf(source, sizeof(source), "%s-%s", o->series->station, o->series->probe);
	for (size_t i = 0; i < t->disturbance_count; i++) {
		const struct disturbance *d = &t->disturbances[i];

		if (strcmp(d->source, source) == 0 && d->to_ns >= begin_ns &&
			add_disturbance(o, d, e))
			return -1;
	}
	return 0;
}

/* The control targets' gaps, from the baseline on; one entry an observation, empty for others. */
static int find_controls(const struct move_result *result, struct gaps *controls, struct err *e)
{
	for (size_t i = 0; i < result->observation_count; i++) {
		const struct observation *o = &result->observations[i];

		if (o->series->control &&
			gaps_find(o->series, &o->baseline, baseline_begin(result),
				window_end(result->move), &controls[i], e))
			return -1;
	}
	return 0;
}

static int disturb_all(struct move_result *result, const struct timeline *t, struct err *e)
{
	struct gaps *controls = calloc(result->observation_count + 1, sizeof(*controls));
	int rc = -1;

	if (!controls)
		return err_set(e, "%s: out of memory", result->move->case_name);
	if (find_controls(result, controls, e))
		goto out;
	for (size_t i = 0; i < result->observation_count; i++) {
		struct observation *o = &result->observations[i];

		if ((!o->series->control && add_controls(o, result, controls, e)) ||
			add_own(o, t, baseline_begin(result), e))
			goto out;
		gaps_widen(&o->gaps, o->disturbances, o->disturbance_count);
		gaps_phases(&o->gaps, result->move);
		o->blackout = gaps_longest(&o->gaps, true);
	}
	rc = 0;
out:
	for (size_t i = 0; i < result->observation_count; i++)
		gaps_free(&controls[i]);
	free(controls);
	return rc;
}

/*
 * Marks what the verdict rests on: the VM's series of the probe that [judge] names; without a
 * name the fastest.
 */
static void choose_judged(struct move_result *result)
{
	const struct plan_case *c = result->plan_case;
	const char *name = plan_text(c, plan_section_find(c->plan, SECTION_JUDGE, ""), "probe");
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

int move_observe(struct move_result *result, const struct timeline *t, struct err *e)
{
	const struct move *m = result->move;

	if (m->trigger_ns == NS_NONE)
		return 0;
	result->observations = calloc(t->series_count + 1, sizeof(*result->observations));
	if (!result->observations)
		return err_set(e, "%s: out of memory", m->case_name);
	for (size_t i = 0; i < t->series_count; i++) {
		const struct series *s = &t->series[i];

		if ((!s->control && strcmp(s->target, m->vm) != 0) || !was_probing(s, result))
			continue;
		if (observe(&result->observations[result->observation_count++], s, result, e))
			return -1;
	}
	choose_judged(result);
	return disturb_all(result, t, e);
}

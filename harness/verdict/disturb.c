/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Gaps that the harness itself may have caused: each observation gets the disturbances of its own
 * engine and the silences of its station's control targets, and its gaps are widened by both.
 */
#include "harness/verdict/internal.h"

#include "harness/base/memory.h"

#include <stdlib.h>
#include <string.h>

/* The control targets among the observations, with their gaps from baseline to window's end. */
struct controls {
	const struct series **series;
	struct gaps *gaps;
	size_t count;
};

void observation_disturb(struct observation *o, const struct disturbance *d)
{
	MEMORY_GROW("disturbances", o->disturbances, o->disturbance_count, o->disturbance_capacity);
	o->disturbances[o->disturbance_count++] = *d;
}

static bool same_station(const struct series *a, const struct series *b)
{
	return strcmp(a->station, b->station) == 0;
}

static bool same_probe(const struct series *a, const struct series *b)
{
	return same_station(a, b) && strcmp(a->probe, b->probe) == 0;
}

/* Whether the probe that wrote the series also probes a control target. A session does not. */
static bool has_own_control(const struct controls *controls, const struct series *s)
{
	for (size_t i = 0; i < controls->count; i++)
		if (same_probe(controls->series[i], s))
			return true;
	return false;
}

/*
 * While a control target was silent, the station or its link may have been, too. The probe's own
 * control targets count, because they are probed at the same pace: a lost one-second ping would
 * cover 2 s of a faster series. A probe without control targets gets those of its station.
 */
static void add_controls(struct observation *o, const struct controls *controls)
{
	bool own = has_own_control(controls, o->series);

	for (size_t i = 0; i < controls->count; i++) {
		const struct series *s = controls->series[i];

		if (!(own ? same_probe : same_station)(s, o->series))
			continue;
		for (size_t k = 0; k < controls->gaps[i].count; k++) {
			const struct gap *gap = &controls->gaps[i].gap[k];
			struct disturbance d = {.kind = DISTURBED_CONTROL,
				.from_ns = gap->a_ns, /* NS_NONE: not known */
				.to_ns = gap->r_ns == NS_NONE ? INT64_MAX : gap->r_ns};

			snprintf(d.source, sizeof(d.source), "%s-%s %s", s->station, s->probe,
				s->target);
			observation_disturb(o, &d);
		}
	}
}

/* Adds late ticks and drops of the engine that wrote the series, and time that may be missing. */
static void add_own(struct observation *o, const struct timeline *t, int64_t begin_ns)
{
	char source[sizeof(((struct disturbance *)NULL)->source)];

	snprintf(source, sizeof(source), "%s-%s", o->series->station, o->series->probe);
	for (size_t i = 0; i < t->disturbance_count; i++) {
		const struct disturbance *d = &t->disturbances[i];

		if ((strcmp(d->source, source) == 0 || d->missing_ns) && d->to_ns >= begin_ns)
			observation_disturb(o, d);
	}
}

static void find_controls(const struct observation *observations, size_t count, int64_t begin_ns,
	int64_t end_ns, struct controls *controls)
{
	*controls = (struct controls){
		.series = memory_zeroed("controls", count + 1, sizeof(*controls->series)),
		.gaps = memory_zeroed("controls", count + 1, sizeof(*controls->gaps))};
	for (size_t i = 0; i < count; i++) {
		const struct observation *o = &observations[i];

		if (!o->series->control)
			continue;
		controls->series[controls->count] = o->series;
		gaps_find(o->series, &o->baseline, begin_ns, end_ns,
			&controls->gaps[controls->count++]);
	}
}

static void controls_free(struct controls *controls)
{
	for (size_t i = 0; controls->gaps && i < controls->count; i++)
		gaps_release(&controls->gaps[i]);
	free(controls->gaps);
	free(controls->series);
}

/* The targets of one probe share its list of disturbances, because a fleet has thousands. */
static void share(struct observation *o, const struct observation *leader)
{
	o->disturbances = leader->disturbances;
	o->disturbance_count = leader->disturbance_count;
	o->disturbances_shared = true;
}

void observations_widen(struct observation *observations, size_t count, const struct timeline *t,
	int64_t begin_ns, int64_t end_ns)
{
	const struct observation *leader = NULL;
	struct controls controls;

	find_controls(observations, count, begin_ns, end_ns, &controls);
	for (size_t i = 0; i < count; i++) {
		struct observation *o = &observations[i];
		bool control = o->series->control;

		if (!control && leader && same_probe(leader->series, o->series)) {
			share(o, leader);
		} else {
			if (!control)
				add_controls(o, &controls);
			add_own(o, t, begin_ns);
		}
		if (!control && !o->disturbances_shared)
			leader = o;
		gaps_widen(&o->gaps, o->disturbances, o->disturbance_count);
		o->blackout = gaps_longest(&o->gaps, true);
	}
	controls_free(&controls);
}

void observation_release(struct observation *o)
{
	gaps_release(&o->gaps);
	if (!o->disturbances_shared)
		free(o->disturbances);
}

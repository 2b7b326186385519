/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random outages: see outage_script.h. */
#include "tools/calibrate/outage_script.h"

#include <gsl/gsl_rng.h>

static const enum responder_event_kind kinds[] = {EVENT_DROP, EVENT_MUTE, EVENT_DROP, EVENT_HOLD,
	EVENT_DROP, EVENT_MUTE, EVENT_DROP, EVENT_SLOW};

static int64_t between(gsl_rng *generator, int64_t min_ns, int64_t max_ns)
{
	return min_ns + (int64_t)(gsl_rng_uniform(generator) * (double)(max_ns - min_ns));
}

size_t outage_script_make(
	const struct outage_script *script, struct responder_event *events, size_t capacity)
{
	gsl_rng *generator = gsl_rng_alloc(gsl_rng_mt19937);
	int64_t at_ns = script->begin_ns;
	size_t n = 0;

	if (!generator)
		return 0;
	gsl_rng_set(generator, (unsigned long)(script->seed & UINT32_MAX));
	for (; n < capacity; n++) {
		struct responder_event *event = &events[n];

		*event = (struct responder_event){.kind = kinds[n % ARRAY_SIZE(kinds)]};
		event->begin_ns = at_ns + between(generator, 0, script->quiet_ns);
		event->end_ns =
			event->begin_ns +
			between(generator,
				event->kind == EVENT_SLOW ? OUTAGE_MAX_NS / 3 : OUTAGE_MIN_NS,
				OUTAGE_MAX_NS);
		event->arg_ns = event->kind == EVENT_SLOW ? OUTAGE_SLOW_NS : 0;
		if (event->end_ns + event->arg_ns > script->end_ns)
			break;
		at_ns = event->end_ns + event->arg_ns + script->quiet_ns;
	}
	gsl_rng_free(generator);
	return n;
}

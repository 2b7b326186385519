/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random outages: see outage_script.h. */
#include "tools/calibrate/outage_script.h"

#include <gsl/gsl_rng.h>

static const enum event_kind turns[] = {EVENT_DROP, EVENT_MUTE, EVENT_DROP, EVENT_HOLD, EVENT_DROP,
	EVENT_MUTE, EVENT_DROP, EVENT_SLOW};

static int64_t between(gsl_rng *generator, int64_t least_ns, int64_t most_ns)
{
	return least_ns + (int64_t)(gsl_rng_uniform(generator) * (double)(most_ns - least_ns));
}

size_t script_make(const struct script_shape *shape, struct event *events, size_t room)
{
	gsl_rng *generator = gsl_rng_alloc(gsl_rng_mt19937);
	int64_t at_ns = shape->begin_ns;
	size_t n = 0;

	if (!generator)
		return 0;
	gsl_rng_set(generator, (unsigned long)(shape->seed & UINT32_MAX));
	for (; n < room; n++) {
		struct event *event = &events[n];

		*event = (struct event){.kind = turns[n % ARRAY_SIZE(turns)]};
		event->begin_ns = at_ns + between(generator, 0, shape->quiet_ns);
		event->end_ns = event->begin_ns +
			between(generator, event->kind == EVENT_SLOW ? SCRIPT_MOST_NS / 3 :
				SCRIPT_LEAST_NS, SCRIPT_MOST_NS);
		event->arg_ns = event->kind == EVENT_SLOW ? SCRIPT_SLOW_NS : 0;
		if (event->end_ns + event->arg_ns > shape->end_ns)
			break;
		at_ns = event->end_ns + event->arg_ns + shape->quiet_ns;
	}
	gsl_rng_free(generator);
	return n;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Why an engine was late: adds the engine's own `stolen` facts (steal time, context switches) to
 * the disturbances in which it was late. Steal time that caused no lateness is ignored.
 */
#include "harness/timeline/internal.h"

#include "harness/base/memory.h"

#include <stdlib.h>
#include <string.h>

int take_stolen(struct reader *r, const struct fact *fact)
{
	struct stolen stolen = {.from_ns = folder_time(r, fact_stamp(fact, FIELD_FROM)),
		.to_ns = folder_time(r, fact->ns),
		.steal_ns = fact_number(fact, FIELD_STEAL, 0),
		.switches = fact_number(fact, FIELD_SWITCHES, 0)};

	if (stolen.from_ns == NS_NONE || stolen.from_ns > stolen.to_ns || stolen.steal_ns < 0 ||
		stolen.switches < 0)
		return -1;
	MEMORY_GROW("facts", r->stolen, r->stolen_count, r->stolen_capacity);
	r->stolen[r->stolen_count++] = stolen;
	return 0;
}

/* Sums up all `stolen` facts that the disturbance touches: each covers only one second. */
static void explain(struct disturbance *d, const struct reader *r)
{
	for (size_t i = 0; i < r->stolen_count; i++) {
		const struct stolen *s = &r->stolen[i];

		if (s->from_ns > d->to_ns || s->to_ns < d->from_ns)
			continue;
		d->steal_ns += s->steal_ns;
		d->switches += s->switches;
	}
}

void lateness_file_end(struct reader *r)
{
	for (size_t i = 0; i < r->t->disturbance_count; i++) {
		struct disturbance *d = &r->t->disturbances[i];

		if (d->kind == DISTURBED_LATE && strcmp(d->source, r->file->name) == 0)
			explain(d, r);
	}
	free(r->stolen);
	r->stolen = NULL;
	r->stolen_count = r->stolen_capacity = 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See scripted.h. */
#include "tests/unit/scripted.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>

/* splitmix64. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));

	z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
	return z ^ (z >> 31);
}

int64_t between(uint64_t *state, int64_t min, int64_t max)
{
	return min + (int64_t)(next_random(state) % (uint64_t)(max - min + 1));
}

void responder(
	struct probe_record *p, const struct outage *o, const struct path *path, uint64_t *random)
{
	int64_t there = path->there_ns + between(random, 0, path->jitter_ns);
	int64_t back = path->back_ns + between(random, 0, path->jitter_ns);
	int64_t reached = p->sent_ns + there, arrival = reached + back;
	bool hit = reached >= o->from_ns && reached < o->to_ns;

	switch (o->mode) {
	case DROP_REQUESTS:
		p->arrival_ns = hit ? NS_NONE : arrival;
		break;
	case DROP_ANSWERS: /* dropped where they arrive, at the prober */
		p->arrival_ns = arrival >= o->from_ns && arrival < o->to_ns ? NS_NONE : arrival;
		break;
	case HOLD:
		p->arrival_ns = hit ? o->to_ns + back : arrival;
		break;
	case SLOW:
	default:
		p->arrival_ns = hit ? arrival + o->extra_ns : arrival;
		break;
	}
}

void responder_of(struct probe_record *p, const struct outage *outages, size_t count,
	const struct path *path, uint64_t *random)
{
	for (size_t i = 0; i < count; i++) {
		responder(p, &outages[i], path, random);
		if (p->arrival_ns == NS_NONE ||
			p->arrival_ns - p->sent_ns >
				2 * path->jitter_ns + path->there_ns + path->back_ns)
			break;
	}
}

int64_t scripted_outage(struct outage *o, const struct sampling *w, int64_t at_ns, uint64_t *random)
{
	int64_t truth_ns = between(random, 5 * NS_PER_MS, 3 * NS_PER_S);

	o->from_ns = at_ns + between(random, 0, w->interval_ns);
	o->to_ns = o->from_ns + truth_ns;
	if (o->mode != SLOW)
		return truth_ns;
	o->extra_ns = truth_ns;
	o->to_ns = o->from_ns + between(random, 1, 3) * truth_ns;
	if (w->kind == PROBE_PING &&
		truth_ns + w->path.there_ns + w->path.back_ns + 2 * w->path.jitter_ns >
			w->timeout_ns)
		truth_ns = o->extra_ns = o->to_ns - o->from_ns;
	return truth_ns;
}

void scripted_series(struct series *s, const struct sampling *w, const struct outage *outages,
	size_t count, int64_t until_ns, uint64_t *random)
{
	int64_t phase = between(random, 0, w->interval_ns - 1);

	*s = (struct series){.kind = w->kind,
		.interval_ns = w->interval_ns,
		.timeout_ns = w->timeout_ns,
		.end_ns = until_ns};
	s->records = calloc((size_t)(until_ns / w->interval_ns) + 2, sizeof(*s->records));
	CU_ASSERT_PTR_NOT_NULL_FATAL(s->records);
	for (int64_t ns = phase; ns < until_ns; ns += w->interval_ns) {
		struct probe_record *p = &s->records[s->count];
		struct path path = w->path;

		*p = (struct probe_record){.sent_ns = ns, .arrival_ns = NS_NONE};
		responder_of(p, outages, count, &path, random);
		/* liboping ignores an answer after the time-out. */
		if (w->kind == PROBE_PING && p->arrival_ns - ns > w->timeout_ns)
			p->arrival_ns = NS_NONE;
		if (p->arrival_ns > until_ns)
			p->arrival_ns = NS_NONE;
		s->count++;
	}
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See scripted.h. */
#include "tests/unit/scripted.h"

/* splitmix64. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));

	z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
	return z ^ (z >> 31);
}

int64_t between(uint64_t *state, int64_t least, int64_t most)
{
	return least + (int64_t)(next_random(state) % (uint64_t)(most - least + 1));
}

void responder(struct probe_record *p, const struct outage *o, const struct path *path,
	uint64_t *random)
{
	int64_t there = path->there_ns + between(random, 0, path->jitter_ns);
	int64_t back = path->back_ns + between(random, 0, path->jitter_ns);
	int64_t reached = p->sent_ns + there, arrival = reached + back;
	bool hit = reached >= o->from_ns && reached < o->to_ns;

	switch (o->mode) {
	case DROP_REQUESTS:
		p->arrival_ns = hit ? NS_NONE : arrival;
		break;
	case DROP_ANSWERS: /* at the prober's end of the way back */
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
		if (p->arrival_ns == NS_NONE || p->arrival_ns - p->sent_ns > 2 * path->jitter_ns +
				path->there_ns + path->back_ns)
			break;
	}
}

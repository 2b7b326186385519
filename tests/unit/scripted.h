/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A scripted responder: what becomes of a probe that meets an outage whose true length is known. */
#ifndef BLACKOUT_TESTS_UNIT_SCRIPTED_H
#define BLACKOUT_TESTS_UNIT_SCRIPTED_H

#include "harness/timeline/timeline.h"

enum mode { DROP_REQUESTS, DROP_ANSWERS, HOLD, SLOW, MODES };

struct outage {
	enum mode mode;
	int64_t from_ns, to_ns;
	int64_t extra_ns; /* SLOW: every answer comes so much later */
};

/* A way to the VM and back. */
struct path {
	int64_t there_ns, back_ns; /* the fastest */
	int64_t jitter_ns;         /* at most so much more, each way */
};

/* The same numbers everywhere. */
int64_t between(uint64_t *state, int64_t least, int64_t most);
/* Sets the arrival of a probe that was sent. */
void responder(struct probe_record *p, const struct outage *o, const struct path *path,
	uint64_t *random);
/* The same for several outages, not near each other. */
void responder_of(struct probe_record *p, const struct outage *outages, size_t count,
	const struct path *path, uint64_t *random);

/* What the world and the prober are like. */
struct sampling {
	enum probe_kind kind;
	int64_t interval_ns, timeout_ns;
	struct path path;
};

/*
 * An outage of o->mode, 5 ms to 3 s long, that begins within an interval of at_ns. Returns its length as
 * that prober means it: who gives up on late answers sees the spell, not the delay.
 */
int64_t scripted_outage(struct outage *o, const struct sampling *w, int64_t at_ns, uint64_t *random);
/* A series that saw the outages, from a random phase on; its records are to be freed. */
void scripted_series(struct series *s, const struct sampling *w, const struct outage *outages,
	size_t count, int64_t until_ns, uint64_t *random);

#endif

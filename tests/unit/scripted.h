/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Simulated answers to probes during outages of known length. */
#ifndef BLACKOUT_TESTS_UNIT_SCRIPTED_H
#define BLACKOUT_TESTS_UNIT_SCRIPTED_H

#include "harness/timeline/timeline.h"

enum mode { DROP_REQUESTS, DROP_ANSWERS, HOLD, SLOW, MODES };

struct outage {
	enum mode mode;
	int64_t from_ns, to_ns;
	int64_t extra_ns; /* SLOW: delay of every answer */
};

/* The network path to the VM and back. */
struct path {
	int64_t there_ns, back_ns; /* the shortest times */
	int64_t jitter_ns;         /* largest random delay, in each direction */
};

/* A random number from least to most; a state gives the same sequence on every system. */
int64_t between(uint64_t *state, int64_t min, int64_t max);
/* Sets the arrival of the answer to a probe that was sent. */
void responder(
	struct probe_record *p, const struct outage *o, const struct path *path, uint64_t *random);
/* The same with several outages, which must not be close to each other. */
void responder_of(struct probe_record *p, const struct outage *outages, size_t count,
	const struct path *path, uint64_t *random);

/* The prober and its network path. */
struct sampling {
	enum probe_kind kind;
	int64_t interval_ns, timeout_ns;
	struct path path;
};

/*
 * Makes an outage of o->mode, 5 ms to 3 s long, that begins within an interval after at_ns. Returns
 * its true length. In a slow spell that is the delay; for the one-second ping, which ignores
 * answers after its time-out, a delay beyond the time-out makes it the length of the spell.
 */
int64_t scripted_outage(
	struct outage *o, const struct sampling *w, int64_t at_ns, uint64_t *random);
/* Makes a series that probes through the outages from a random phase on; free s->records. */
void scripted_series(struct series *s, const struct sampling *w, const struct outage *outages,
	size_t count, int64_t until_ns, uint64_t *random);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A prober and the target that it asks: when requests are sent, where the prober pauses, when the
 * target is down, and what becomes of each request. Nothing here knows how it is written down.
 */
#ifndef BLACKOUT_TESTS_PROPERTY_PROBER_H
#define BLACKOUT_TESTS_PROPERTY_PROBER_H

#include "tests/property/dice.h"
#include "tests/property/oracle.h"

#define PAUSES_MAX 4

/* No request is sent for so long more than a pace before request `before`. */
struct pause {
	size_t before;
	int64_t length_ns;
};

struct prober;

/* What a generated series may be like. */
struct wish {
	int64_t pace_ns;
	size_t count;     /* requests */
	int64_t first_ns; /* about when the first one is sent */
	size_t pauses_max, outages_max;
	int64_t pause_max_ns;  /* 0: as many paces as it likes */
	int64_t suspension_ns; /* 0: none; else one pause, the first in the list, has this length */
	bool holds, blips;
	int64_t lone_ns; /* lost requests are so far from all else that is lost; 0: any */
	int64_t timeout_ns;
	int64_t trip_max_ns;          /* the least round trip is no longer */
	int64_t grain_ns;             /* all times are multiples of it */
	int64_t apart_ns;             /* least service between two outages; 0: any */
	bool steady;                  /* hardly any jitter, hardly any irregular sends */
	const struct outage *outages; /* of a target that another prober asks, too; NULL: drawn */
	size_t outage_count;
	const struct prober *others; /* whose lost requests count for lone_ns as well */
	size_t other_count;
	const struct prober *way;   /* whose way to the target it has; NULL: drawn */
	const struct pause *pauses; /* of an engine that asks other targets as well; NULL: drawn */
	size_t pause_count;
};

struct prober {
	int64_t pace_ns, timeout_ns, grain_ns;
	int64_t there_ns, back_ns; /* the least */
	int64_t jitter_ns;         /* at most so much more, each way */
	int64_t noise_ns;          /* a request is sent at most so much beside its time */
	struct request *requests;
	size_t count;
	struct outage *outages;
	size_t outage_count, outage_capacity;
	struct pause pauses[PAUSES_MAX];
	size_t pause_count;
};

/* For wish.outages where there is none. */
extern const struct outage no_outages[1];
/* Draws a series. Aborts out of memory, as all of the generator does. */
void prober_make(struct prober *prober, const struct wish *wish, struct dice *dice);
void prober_free(struct prober *prober);
/* Whether the step that ends at request `index` is one of its pauses. */
bool prober_paused_before(const struct prober *prober, size_t index);
/* By how much a bound may miss the truth: the jitter of a round trip, 0 below 1 % of the pace. */
int64_t prober_tolerance(const struct prober *prober);
/* What the oracle needs: watched without a window to the last request. */
struct watched prober_observed(const struct prober *prober);
/* Nothing is known to be in the data yet: no request, no answer. */
void prober_forget(struct prober *prober);
/* The first or the last request in the data has no answer in them. */
bool prober_is_open(const struct prober *prober);
/* What was generated, for whoever reads a violation. */
void prober_script(const struct prober *prober, FILE *to);
/* The index of the first request sent at or after `ns`; `count` where there is none. */
size_t prober_first_from(const struct prober *prober, int64_t ns);

#endif

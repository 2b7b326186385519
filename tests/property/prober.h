/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A prober and its target: when requests are sent, where the prober pauses, when the target is
 * down, and the fate of each request. Independent of how a path writes these as facts or frames.
 */
#ifndef BLACKOUT_TESTS_PROPERTY_PROBER_H
#define BLACKOUT_TESTS_PROPERTY_PROBER_H

#include "tests/property/dice.h"
#include "tests/property/oracle.h"

#define PAUSES_MAX 4

/* Request `before` is sent length_ns later than a pace after the one before it. */
struct pause {
	size_t before;
	int64_t length_ns;
};

struct prober;

/* The parameters of a generated series. */
struct series_spec {
	int64_t pace_ns;
	size_t count;     /* requests */
	int64_t first_ns; /* the first request is sent at most a pace later */
	size_t pauses_max, outages_max;
	int64_t pause_max_ns;  /* longest pause; 0: about 60 paces */
	int64_t suspension_ns; /* length of one pause, the first in the list; 0: no suspension */
	bool holds, blips;
	int64_t lone_ns; /* minimum distance of a lost request from any other outage; 0: any */
	int64_t timeout_ns;
	int64_t trip_max_ns;          /* limit of the minimum round trip */
	int64_t grain_ns;             /* all times are multiples of it */
	int64_t apart_ns;             /* minimum service between two outages; 0: any */
	bool steady;                  /* little jitter, nearly regular sends */
	const struct outage *outages; /* of a target that another prober probes, too; NULL: drawn */
	size_t outage_count;
	const struct prober *others; /* probers whose outages count for lone_ns, too */
	size_t other_count;
	const struct prober *route_of; /* a prober with the same minimum round trip; NULL: drawn */
	const struct pause *pauses; /* of an engine that probes other targets, too; NULL: drawn */
	size_t pause_count;
};

struct prober {
	int64_t pace_ns, timeout_ns, grain_ns;
	int64_t there_ns, back_ns; /* minimum time of a request and of an answer */
	int64_t jitter_ns;         /* maximum additional time, in each direction */
	int64_t noise_ns;          /* a request is sent at most this much after its planned time */
	struct request *requests;
	size_t count;
	struct outage *outages;
	size_t outage_count, outage_capacity;
	struct pause pauses[PAUSES_MAX];
	size_t pause_count;
};

/* The value of spec.outages for a series without outages. */
extern const struct outage no_outages[1];
/* Draws a series. Aborts if out of memory, as the whole generator does. */
void prober_make(struct prober *prober, const struct series_spec *spec, struct dice *dice);
void prober_free(struct prober *prober);
/* True if the prober pauses before request `index`. */
bool prober_paused_before(const struct prober *prober, size_t index);
/*
 * How far a bound may be beyond the truth: the jitter of a round trip; 0 if that is below 1 % of
 * the pace.
 */
int64_t prober_tolerance(const struct prober *prober);
/* The oracle's input: observed without a window, until the last request. */
struct observed prober_observed(const struct prober *prober);
/* Marks all requests and answers as unseen in the data. */
void prober_forget(struct prober *prober);
/* True if the data show no answer to their first or last request. */
bool prober_is_open(const struct prober *prober);
/* Prints what was generated, for the reader of a violation. */
void prober_script(const struct prober *prober, FILE *to);
/* The index of the first request sent at or after `ns`; `count` if there is none. */
size_t prober_first_from(const struct prober *prober, int64_t ns);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The condenser: writes many probes as few facts, for live probes and for captures. Successive
 * probes with the same result and the same pace become a span, which is one line (docs/facts.md).
 * The bounds of gaps stay exact: the last answer before and the first answer after an interruption
 * have lines of their own; a span's line has its first and last send and, for answers, the longest
 * silence that is possible between them. Nothing is allocated after span_series_init.
 */
#ifndef BLACKOUT_FACTS_SPANS_H
#define BLACKOUT_FACTS_SPANS_H

#include "harness/facts/facts.h"

/* Settings that all series of one writer share; the caller fills them in. */
struct span_writer {
	struct fact_log *log;
	int64_t interval_ns;
	int64_t fine_interval_ns; /* the shorter interval used at times; 0: none */
	bool condense;            /* condense all probes that are sent as planned */
	bool condense_fine;       /* else: condense those at the shorter interval only */
	size_t trips_max; /* a span of so many answers is written, and the next one begins */
};

/* One probe. */
struct span_probe {
	uint64_t seq;
	int64_t sent_ns;
	int64_t ns;          /* the answer's arrival, or when it was known that none came in time */
	int64_t reported_ns; /* a round trip measured by the prober itself; NS_NONE: none */
	uint8_t pace;        /* a change of this value marks a change of the interval */
};

/* A span that is not written yet; n is 0 if there is none. */
struct span {
	uint64_t first, n;
	int64_t from_ns, to_ns; /* the first and the last send */
	int64_t pace_ns;        /* the interval that its probes are sent at */
	uint8_t pace;
	int64_t ns; /* of its newest probe */
};

/* The probes of one target or one flow. */
struct span_series {
	const char *subject;
	struct span ok, lost;
	struct span_probe newest,
		newest_lost; /* answered in time, not answered; ns NS_NONE: none */
	/* `newest` is not in the span yet: the last before an interruption gets a line. */
	bool held;
	int64_t before_ns; /* the send before `newest` */
	/* The longest time in the span from a send to the arrival of the next probe's answer. */
	int64_t silence_ns, silence_from_ns;
	/* Round trips, kept in one of two ways (the other pointer is NULL): */
	double *trips_ns;    /* each one of the open span */
	uint16_t *buckets;   /* a histogram of a minute's spans */
	struct span counted; /* the probes in the buckets */
	int64_t counted_fastest_ns;
};

/*
 * Give either `trips_ns`, an array of writer->trips_max round trips, or `buckets`, an array of
 * HISTOGRAM_BUCKETS counters that are 0; the other one is NULL. The arrays and `subject` belong to
 * the caller and outlive the series.
 */
void span_series_init(
	struct span_series *series, const char *subject, double *trips_ns, uint16_t *buckets);
/* Takes an answer in time: adds it to a span or writes a line for it. */
void span_add_answer(const struct span_writer *writer, struct span_series *series,
	const struct span_probe *probe);
/*
 * Takes a probe that was not answered in time and adds it to a span. Returns true if the caller
 * must write a line for it instead: always if `single` (a span cannot hold all that is known of
 * it).
 */
bool span_add_unanswered(const struct span_writer *writer, struct span_series *series,
	const struct span_probe *probe, bool single);
/* Writes the open spans. The answer held back stays open; more probes may follow. */
void span_flush(const struct span_writer *writer, struct span_series *series, int64_t now_ns);
/* Writes everything that is not written yet. */
void span_finish(const struct span_writer *writer, struct span_series *series);

#endif

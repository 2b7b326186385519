/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The condenser: writes many probes as few facts, for live probes and for captures. Successive
 * probes with the same result and the same pace become a span, which is one line (docs/facts.md).
 * The bounds of gaps stay exact: the last answer before and the first answer after an interruption
 * have separate lines; a span's line has the stamps of its first and last send and, for answers,
 * the longest silence that is possible within it. No function allocates memory.
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
	bool condense_fine; /* condense only probes at the shorter interval, if not `condense` */
	size_t trips_max;   /* maximum answers of a span, if each round trip is kept */
};

/* One probe. */
struct span_probe {
	uint64_t seq;
	int64_t sent_ns;
	int64_t ns; /* the answer's arrival, or when it was certain that none came in time */
	int64_t reported_ns; /* the round trip that the prober itself measured; NS_NONE: none */
	uint8_t pace;        /* has another value after each change of the interval */
};

/* A span that is not written yet; n is 0 if there is none. */
struct span {
	uint64_t first, n;      /* the first sequence number, the number of probes */
	int64_t from_ns, to_ns; /* the first and the last send */
	int64_t pace_ns;        /* the interval at which its probes are sent */
	uint8_t pace;
	int64_t ns; /* `ns` of its newest probe */
};

/* The probes of one target or one flow. */
struct span_series {
	const char *subject;
	struct span ok, lost;
	struct span_probe newest;      /* the newest probe answered in time; ns NS_NONE: none */
	struct span_probe newest_lost; /* the newest unanswered probe; ns NS_NONE: none */
	/* True while `newest` is not in the span: if an interruption follows, it gets a line. */
	bool held;
	int64_t before_ns; /* the send before `newest` */
	/* The longest time from a send to the next answer's arrival in the span, and that send. */
	int64_t silence_ns, silence_from_ns;
	/* Round trips, kept in one of two ways (the other pointer is NULL): */
	double *trips_ns;           /* each round trip of the open span */
	uint16_t *buckets;          /* a histogram of a minute's spans */
	struct span counted;        /* the probes in the buckets */
	int64_t counted_fastest_ns; /* the shortest of their round trips */
};

/*
 * Initializes a series. Either `trips_ns` is an array of writer->trips_max round trips, or
 * `buckets` is an array of HISTOGRAM_BUCKETS counters that are 0; the other pointer is NULL. The
 * arrays and `subject` belong to the caller and must outlive the series.
 */
void span_series_init(
	struct span_series *series, const char *subject, double *trips_ns, uint16_t *buckets);
/* Takes a probe answered in time: adds it to a span or writes a line for it. */
void span_add_answer(const struct span_writer *writer, struct span_series *series,
	const struct span_probe *probe);
/*
 * Takes a probe that was not answered in time. Returns false if the probe was added to a span, true
 * if the caller must write a line for it: always if `single` (set for a probe with details that a
 * span cannot hold).
 */
bool span_add_unanswered(const struct span_writer *writer, struct span_series *series,
	const struct span_probe *probe, bool single);
/* Writes the open spans. The newest answer stays held back; more probes may follow. */
void span_flush(const struct span_writer *writer, struct span_series *series, int64_t now_ns);
/* Writes everything that is not written yet. */
void span_finish(const struct span_writer *writer, struct span_series *series);

#endif

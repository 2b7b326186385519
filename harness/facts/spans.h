/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The condenser: probes as facts where there are many of them, of a live probe and of a capture alike.
 * Probes of one fate, neighbouring numbers and one pace become one line (docs/facts.md). What the bounds
 * of a gap rest on stays exact: the last answer before and the first after each disturbance have lines
 * of their own, a run's line has its first and last send, and of a run of answers the longest silence
 * between them that the answers leave room for. After span_series_init nothing is allocated.
 */
#ifndef BLACKOUT_FACTS_SPANS_H
#define BLACKOUT_FACTS_SPANS_H

#include "harness/facts/facts.h"

/* What all series of one writer share; the caller fills it in. */
struct span_writer {
	struct fact_log *log;
	int64_t interval_ns;
	int64_t fine_interval_ns; /* 0: none */
	bool condense;      /* all that comes as planned becomes runs … */
	bool condense_fine; /* … or only what comes at the finer interval */
	size_t trips_max;   /* round trips of a run at most: then a line is written */
};

/* One probe. */
struct span_probe {
	uint64_t seq;
	int64_t sent_ns;
	int64_t ns;          /* the answer's arrival; or when it was known that none came in time */
	int64_t reported_ns; /* a round trip that the prober itself tells; NS_NONE: none */
	uint8_t pace;        /* a change of the interval lies between two values */
};

/* A run that is open; n: 0 while none is. */
struct span {
	uint64_t first, n;
	int64_t from_ns, to_ns; /* the first and the last send */
	int64_t pace_ns;
	uint8_t pace;
	int64_t ns;
};

/* One target's, or one flow's. */
struct span_series {
	const char *subject;
	struct span ok, lost;
	/* Answers in time. The newest of a run is held back: it may be the last one. */
	struct span_probe newest, newest_lost; /* ns NS_NONE: none */
	bool held;
	int64_t before_ns; /* the send before the newest */
	int64_t silence_ns, silence_from_ns; /* the run's longest from a send to the next arrival */
	/* Round trips: of the open run, or of a minute's runs in buckets; NULL: the other way. */
	double *trips_ns;
	uint16_t *buckets;
	struct span counted; /* what is in the buckets */
	int64_t counted_fastest_ns;
};

/*
 * `trips_ns` has room for writer->trips_max round trips, or `buckets` for HISTOGRAM_BUCKETS counters; one
 * of them is NULL. `subject` and they are the caller's and outlive the series.
 */
void span_series_init(struct span_series *series, const char *subject, double *trips_ns,
	uint16_t *buckets);
/* An answer in time: becomes part of a run, or gets a line of its own. */
void span_add_answer(const struct span_writer *writer, struct span_series *series,
	const struct span_probe *probe);
/*
 * A probe without an answer in time. `single`: it has more to tell than a run can. True: the caller writes
 * its line.
 */
bool span_add_unanswered(const struct span_writer *writer, struct span_series *series,
	const struct span_probe *probe, bool single);
/* Writes the open runs; another answer may still continue them. */
void span_flush(const struct span_writer *writer, struct span_series *series, int64_t now_ns);
/* Writes all that is open. */
void span_finish(const struct span_writer *writer, struct span_series *series);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Passes records from an engine to the facts. The engine puts records of fixed size into a ring
 * (one producer, one consumer, no lock, no allocation, no file). The station's main thread takes
 * them out, writes them as facts (docs/facts.md) and keeps what the live view shows. Judges
 * nothing.
 */
#ifndef BLACKOUT_PROBES_ENGINE_RECORDER_H
#define BLACKOUT_PROBES_ENGINE_RECORDER_H

#include "harness/facts/spans.h"
#include "harness/ops/probe.h"
#include "probes/engine/lateness.h"

#include <stdatomic.h>

enum record_kind {
	RECORD_ANSWER,
	RECORD_UNANSWERED,
	RECORD_DUPLICATE,
	RECORD_LATE_TICK, /* from sent_ns to ns; seq: how long, in ns */
	RECORD_DROPS,     /* from sent_ns to ns; seq: how many messages were lost */
	RECORD_SESSION,   /* what, kept */
	RECORD_UNSENT, /* from sent_ns to ns; seq: how many probes could not be sent; error: why */
	RECORD_PACE,   /* seq: the target's interval from now on, in ns */
	RECORD_PACE_REFUSED, /* from sent_ns to ns; seq: how often the fine interval was refused */
};

struct record {
	int64_t ns;
	int64_t sent_ns;
	uint64_t seq;
	int64_t reported_ns; /* the round trip by liboping's own measure; NS_NONE: none */
	uint32_t target;     /* its index in the configuration */
	uint8_t kind;        /* enum record_kind */
	uint8_t icmp_type, icmp_code;
	uint8_t from_family;          /* of `from`: AF_INET or AF_INET6; 0: no ICMP error */
	uint8_t pace;                 /* changes when the target's interval does */
	uint8_t from[16];             /* who sent the ICMP error */
	int error;                    /* errno; 0: none */
	enum session_event_kind what; /* RECORD_SESSION */
	bool kept;                    /* RECORD_SESSION: is the session's state kept? */
};

/* A queue for exactly one writing and one reading thread. */
struct record_ring {
	struct record *slots;
	size_t size;                     /* a power of two */
	_Alignas(64) atomic_size_t head; /* set by the writer */
	_Alignas(64) atomic_size_t tail; /* set by the reader */
	atomic_uint_fast64_t lost;
};

/* The ring holds at least `min_records`. Returns 0, or -1 out of memory. */
int record_ring_init(struct record_ring *ring, size_t min_records);
void record_ring_release(struct record_ring *ring);
/* For the writer. Never waits: if the ring is full, counts the record as lost. */
void record_put(struct record_ring *ring, const struct record *record);
/* For the writer: records that the engine cannot be trusted from from_ns to until_ns. */
void record_put_late(struct record_ring *ring, int64_t from_ns, int64_t until_ns);
/* For the reader. False: the ring is empty. */
bool record_take(struct record_ring *ring, struct record *record);
/*
 * How many records an engine's ring should hold: those of half a minute in which the reader stalls;
 * but at most 131,072, which are more than a second of 100,000 probes a second.
 */
size_t record_ring_capacity(int64_t interval_ns, size_t targets);

struct recorder_target {
	char subject[16];
	uint64_t sent, answered, late, foreign;
	int64_t silent_from_ns;   /* first unanswered send of the present silence; NS_NONE: none */
	int64_t answered_sent_ns; /* the newest send that was answered */
	int64_t longest_ns;       /* the longest silence that is over */
	int64_t lost_sent_ns;     /* the newest send that was not answered in time */
	int64_t fastest_ns, slowest_ns;  /* round trips of answers in time; NS_NONE: none yet */
	uint64_t silences;               /* how many silences are over */
	int64_t last_from_ns;            /* begin of the latest silence that is over */
	struct interval last;            /* bounds of its length */
	struct span_series span;         /* its probes that are condensed into spans */
	const struct lateness *lateness; /* the engine's counters; NULL: it has none */
};

struct recorder {
	const struct probe_config *config;
	struct span_writer spans;
	int64_t taken_ns;  /* when records were last taken */
	int64_t flush_ns;  /* flushes of spans that were due by then are done */
	size_t flush_next; /* the target whose spans are flushed next */
	double *trips_ns;  /* the round trips of all targets' spans; NULL: histograms instead */
	uint16_t *buckets; /* space for those histograms */
	struct recorder_target *targets;
};

/*
 * Prepares a recorder and writes the `target` facts. Returns 0, or -1 with the error; the caller
 * releases the recorder in both cases.
 */
int recorder_init(struct recorder *recorder, const struct probe_config *config, const char *kind,
	struct err *e);
void recorder_release(struct recorder *recorder);
/* Writes all records of a ring to the facts. */
void recorder_take(struct recorder *recorder, struct record_ring *ring);
/* Fills at most `count` entries, one per target; returns how many. */
int recorder_live(const struct recorder *recorder, struct probe_live *live, size_t count);
/* Writes the open spans and the `summary` facts. */
void recorder_finish(struct recorder *recorder);
/* Writes the `target` facts, for a probe that has no recorder. */
void recorder_declare(const struct probe_config *config, const char *kind);

#endif

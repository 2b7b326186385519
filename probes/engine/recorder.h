/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From an engine to the facts. The engine puts records of fixed size into a ring (one producer, one
 * consumer, no lock, no allocation, no file); the station's main thread takes them out, writes them
 * as facts (docs/facts.md) and keeps what the live view shows. Judges nothing.
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
	RECORD_LATE_TICK, /* sent_ns: since when; seq: by how many ns */
	RECORD_DROPS,     /* sent_ns: since when; seq: how many */
	RECORD_SESSION,   /* what, kept */
	RECORD_UNSENT,    /* sent_ns: since when; seq: how many; error: why */
	RECORD_PACE,      /* seq: the target's interval from now on, in ns */
	RECORD_PACE_REFUSED, /* sent_ns: since when; seq: how often */
};

struct record {
	int64_t ns;
	int64_t sent_ns;
	uint64_t seq;
	int64_t reported_ns;      /* NS_NONE: the engine has no opinion of its own */
	uint32_t target;          /* index, not number */
	uint8_t kind;             /* enum record_kind */
	uint8_t icmp_type, icmp_code;
	uint8_t from_family;      /* AF_INET or AF_INET6 with an ICMP error; else 0 */
	uint8_t pace;             /* a change of the target's interval lies between two values */
	uint8_t from[16];
	int error;                /* errno; 0: none */
	enum session_event_kind what; /* of a session */
	bool kept;                /* a session's state */
};

/* A queue for exactly one writing and one reading thread. */
struct record_ring {
	struct record *slots;
	size_t size;              /* a power of two */
	_Alignas(64) atomic_size_t head; /* the writer's */
	_Alignas(64) atomic_size_t tail; /* the reader's */
	atomic_uint_fast64_t lost;
};

/* Room for at min_records `min_records` records. Returns 0, or -1 out of memory. */
int record_ring_init(struct record_ring *ring, size_t min_records);
void record_ring_release(struct record_ring *ring);
/* The writer's: never waits; a full ring counts the record as lost. */
void record_put(struct record_ring *ring, const struct record *record);
/* The writer's: the engine cannot be trusted from `from_ns` to `until_ns`. */
void record_put_late(struct record_ring *ring, int64_t from_ns, int64_t until_ns);
/* The reader's: false when the ring is empty. */
bool record_take(struct record_ring *ring, struct record *record);
/*
 * The capacity an engine of that rate needs, so that a reader may stall for half a minute; with a fleet
 * of 100,000 probes a second for more than a second.
 */
size_t record_ring_capacity(int64_t interval_ns, size_t targets);

struct recorder_target {
	char subject[16];
	uint64_t sent, answered, late, foreign;
	int64_t silent_from_ns;   /* the first send not answered; NS_NONE: answering */
	int64_t answered_sent_ns; /* the newest send that was answered */
	int64_t longest_ns;
	int64_t lost_sent_ns;     /* the newest send in the silence that ran out */
	int64_t fastest_ns, slowest_ns; /* round trips in time; NS_NONE: none yet */
	uint64_t outs;            /* silences that are over, the newest of them: */
	int64_t last_from_ns;
	struct interval last;
	struct span_series series;   /* where probes are condensed */
	const struct lateness *lateness; /* the engine's; NULL where it counts none */
};

struct recorder {
	const struct probe_config *config;
	struct span_writer writer;
	int64_t taken_ns;
	int64_t flush_ns;   /* until when runs were flushed, target after target */
	size_t flush_next;
	double *trips_ns;   /* the targets' capacity for round trips */
	uint16_t *buckets;  /* or for histograms of them */
	struct recorder_target *targets;
};

/* Allocates, and writes the `target` facts. Returns 0 or -1 with the error. */
int recorder_init(struct recorder *recorder, const struct probe_config *config, const char *kind,
	struct err *e);
void recorder_release(struct recorder *recorder);
/* Empties a ring into the facts. */
void recorder_take(struct recorder *recorder, struct record_ring *ring);
/* Fills at most `count` entries, one a target; returns how many. */
int recorder_live(const struct recorder *recorder, struct probe_live *live, size_t count);
/* Ends open runs and writes the `summary` facts. */
void recorder_finish(struct recorder *recorder);
/* Writes the `target` facts of a probe that has no recorder. */
void recorder_declare(const struct probe_config *config, const char *kind);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Facts about the harness itself: how late an engine's ticks were, and how much processor time
 * other machines and threads took. The engine counts; the station's main thread samples and writes
 * the facts, so that the engine accesses no file.
 */
#ifndef BLACKOUT_PROBES_ENGINE_AUDIT_H
#define BLACKOUT_PROBES_ENGINE_AUDIT_H

#include "harness/facts/facts.h"
#include "probes/engine/lateness.h"

struct audit {
	struct late_ticks ticks;
	atomic_int thread; /* the engine's thread id; 0: not known yet */
	/* Only the sampling thread uses these. */
	uint64_t written[LATE_BUCKETS]; /* the buckets as last written */
	int64_t from_ns;                /* begin of the time that the next `ticks` fact covers */
	int64_t sampled_ns;             /* when last sampled; 0: never */
	int64_t worst_ns;               /* the latest tick since from_ns */
	int64_t steal_ns, switches;     /* as last sampled */
};

/* The engine's thread calls this when it begins. */
void audit_register_thread(struct audit *audit);
/*
 * Each second writes a `stolen` fact if processor time was stolen or the thread was preempted, each
 * minute a `ticks` fact.
 */
void audit_sample(struct audit *audit, struct fact_log *log, int64_t now_ns);
/* Writes the last `ticks` fact. */
void audit_finish(struct audit *audit, struct fact_log *log, int64_t now_ns);

#endif

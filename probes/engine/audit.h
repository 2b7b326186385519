/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an engine knows against itself, as facts: how late its ticks were, and how much of the
 * processor was taken away from it. The engine counts; the station's main thread samples and
 * writes, so that the engine itself touches no file.
 */
#ifndef BLACKOUT_PROBES_ENGINE_AUDIT_H
#define BLACKOUT_PROBES_ENGINE_AUDIT_H

#include "harness/facts/facts.h"
#include "probes/engine/lateness.h"

struct audit {
	struct late_ticks ticks;
	atomic_int thread; /* the engine's; 0: not known yet */
	/* The sampling thread's own. */
	uint64_t written[LATE_BUCKETS];
	int64_t from_ns;            /* of the histogram that is next written */
	int64_t sampled_ns;         /* 0: never */
	int64_t worst_ns;           /* in that histogram */
	int64_t steal_ns, switches; /* when last sampled */
};

/* To be called by the engine's thread when it begins. */
void audit_register_thread(struct audit *audit);
/* Writes a `stolen` fact a second, where something was, and a `ticks` fact a minute. */
void audit_sample(struct audit *audit, struct fact_log *log, int64_t now_ns);
/* Writes the last `ticks` fact. */
void audit_finish(struct audit *audit, struct fact_log *log, int64_t now_ns);

#endif

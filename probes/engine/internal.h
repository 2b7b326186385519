/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the recorder: the fact lines that it writes, one per record or per span of probes. */
#ifndef BLACKOUT_PROBES_ENGINE_INTERNAL_H
#define BLACKOUT_PROBES_ENGINE_INTERNAL_H

#include "probes/engine/recorder.h"

/* Writes a record as a separate line. */
void record_write(struct recorder *recorder, const struct record *r);
/* Writes a target's counts as its `summary` line. */
void record_write_summary(
	struct recorder *recorder, const struct recorder_target *target, int64_t now);

/*
 * Decides whether probes are condensed into spans, and allocates the memory for that. Returns 0, or
 * -1 out of memory.
 */
int recorder_spans_init(struct recorder *recorder);
void recorder_spans_release(struct recorder *recorder);
/* Adds an answer in time to a span, or writes it as a separate line. */
void recorder_spans_answer(struct recorder *recorder, const struct record *r);
/* Adds a probe whose time-out ran out, or that failed with an error. */
void recorder_spans_unanswered(struct recorder *recorder, const struct record *r);
/* Writes the open spans of the targets whose turn has come by `now`. */
void recorder_spans_flush(struct recorder *recorder, int64_t now);
/* Writes all open spans. */
void recorder_spans_finish(struct recorder *recorder);

static inline bool recorder_condenses(const struct recorder *recorder)
{
	return recorder->spans.condense || recorder->spans.condense_fine;
}

#endif

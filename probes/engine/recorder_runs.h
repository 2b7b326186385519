/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the recorder: probes that become run lines (recorder_runs.c). Others: use recorder.h. */
#ifndef BLACKOUT_PROBES_ENGINE_RECORDER_RUNS_H
#define BLACKOUT_PROBES_ENGINE_RECORDER_RUNS_H

#include "probes/engine/recorder.h"

/* Decides whether probes become runs, and makes room for their round trips. 0 or -1. */
int runs_open(struct recorder *recorder);
void runs_close(struct recorder *recorder);
/* An answer in time: becomes part of a run, or gets a line of its own. */
void runs_answer(struct recorder *recorder, const struct record *r);
/* A probe whose time-out ran out, or an error. */
void runs_unanswered(struct recorder *recorder, const struct record *r);
/* Writes so many targets' open runs that each has its turn in time. */
void runs_flush(struct recorder *recorder, int64_t now);
/* Writes all that is open. */
void runs_finish(struct recorder *recorder);

static inline bool runs_made(const struct recorder *recorder)
{
	return recorder->spans.condense || recorder->spans.condense_fine;
}

#endif

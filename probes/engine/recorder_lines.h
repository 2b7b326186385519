/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the recorder: the lines that it writes (recorder_lines.c). Others: use recorder.h. */
#ifndef BLACKOUT_PROBES_ENGINE_RECORDER_LINES_H
#define BLACKOUT_PROBES_ENGINE_RECORDER_LINES_H

#include "probes/engine/recorder.h"

/* Writes a record as a line of its own. */
void record_write(struct recorder *recorder, const struct record *r);
/* Writes what was counted of a target. */
void record_write_summary(struct recorder *recorder, const struct recorder_target *target,
	int64_t now);

#endif

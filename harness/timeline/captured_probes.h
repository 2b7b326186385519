/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A probe's requests and answers as the captures of its station have them. */
#ifndef BLACKOUT_TIMELINE_CAPTURED_PROBES_H
#define BLACKOUT_TIMELINE_CAPTURED_PROBES_H

#include "harness/timeline/timeline.h"

/*
 * The frames of a probe's own flows, from the folder's captures, in folder time. *frames is NULL where
 * none are found: there is no capture of the station, it cannot be read, or its name begins as another
 * station's does; the flows are not the probe's (by address, number and stamps). To be freed by
 * timeline_frames_free.
 */
int timeline_frames(struct series **frames, const struct timeline *timeline,
	const struct series *probe, struct err *e);
void timeline_frames_free(struct series *frames);
/* Whether drops of that source are those of a capture of the station. */
bool timeline_is_capture(const struct timeline *timeline, const char *station, const char *source);
/*
 * By how much the clock pairs around a stretch disagree: so much a stamp of the wall clock may be off
 * in folder time. NS_NONE: there are none.
 */
int64_t timeline_clock_spread(const struct timeline *timeline, int64_t from_ns, int64_t to_ns);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds a probe's requests and answers in the captures of its station. */
#ifndef BLACKOUT_TIMELINE_CAPTURED_PROBES_H
#define BLACKOUT_TIMELINE_CAPTURED_PROBES_H

#include "harness/timeline/timeline.h"

/*
 * Collects the frames of a probe's flows from the folder's captures, in folder time. A flow is the
 * probe's if address, number and stamps agree. NULL if none are found: the station has no readable
 * capture, its captures cannot be assigned because another station is named STATION-…, or they have
 * only other flows. Free them with timeline_frames_free.
 */
struct series *timeline_frames(const struct timeline *timeline, const struct series *probe);
void timeline_frames_free(struct series *frames);
/* Whether `source`, the source of a disturbance, is a capture of the station. */
bool timeline_is_capture(const struct timeline *timeline, const char *station, const char *source);
/*
 * By how much, in ns, the clock pairs around [from_ns, to_ns] disagree: a converted wall-clock
 * stamp may be off by that. NS_NONE: there are no pairs.
 */
int64_t timeline_clock_spread(const struct timeline *timeline, int64_t from_ns, int64_t to_ns);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * This machine as JSON: what it is, and how exactly it measures. The latter is what `blackout calibrate`
 * found and stored; a run copies it into its folder, so that a report needs the folder alone.
 */
#ifndef BLACKOUT_FACTS_MACHINE_H
#define BLACKOUT_FACTS_MACHINE_H

#include "harness/base/base.h"

#include <jansson.h>

/* kernel, architecture, memory_bytes, cpu, cores; what cannot be found out is not there. */
json_t *machine_json(void);
/* Where calibrations are: $XDG_STATE_HOME/blackout/calibration.json, else
 * /var/lib/blackout/calibration.json. -1: name too long. */
int calibration_path(char *buf, size_t size);
/*
 * Stores `section`, which it takes over, under its key ("quiet", "loaded") beside the other parts of this
 * machine; those of another one, or of another kernel, go. Errors name the file.
 */
int calibration_store(const char *key, json_t *section, struct err *e);
/* What is stored of this machine as it is now: {"quiet": …, "loaded": …}; NULL: nothing. */
json_t *calibration_load(void);
#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * This machine as JSON: its properties, and its calibration, which says how exactly the machine
 * measures. `blackout calibrate` stores the calibration; commands that measure copy it into the
 * result folder, so that a report needs nothing but the folder.
 */
#ifndef BLACKOUT_FACTS_MACHINE_H
#define BLACKOUT_FACTS_MACHINE_H

#include "harness/base/base.h"

#include <jansson.h>

/* An object with kernel, architecture, memory_bytes, cpu, cores; unknown ones are absent. */
json_t *machine_json(void);
/*
 * Writes to buf the path of the stored calibration: $XDG_STATE_HOME/blackout/calibration.json, else
 * /var/lib/blackout/calibration.json. Returns 0, or -1 if it does not fit.
 */
int calibration_path(char *buf, size_t size);
/*
 * Stores `section` under its key ("quiet", "loaded") and keeps the other section of this machine;
 * removes sections of another machine or kernel. Takes over the reference to `section`. Errors: out
 * of memory, the file cannot be written.
 */
int calibration_store(const char *key, json_t *section, struct err *e);
/*
 * The calibration of this machine with its current kernel: {"quiet": …, "loaded": …}; NULL: none.
 */
json_t *calibration_load(void);

#endif

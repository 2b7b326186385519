/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The events that a responder carried out, as facts: DIR/facts/NAME-truth.tsv. */
#ifndef BLACKOUT_TOOLS_CALIBRATE_TRUTH_H
#define BLACKOUT_TOOLS_CALIBRATE_TRUTH_H

#include "tools/calibrate/responder.h"

/* Writes the events that are done. Returns 0, or -1 with the error. */
int truth_write(const char *dir, const char *name, const struct responder_event *events,
	size_t count, struct err *e);
/*
 * Reads the events back into *events (NULL before the call), which the caller frees, also on error.
 * Errors: no such file, no event in it.
 */
int truth_read(const char *dir, const char *name, struct responder_event **events, size_t *count,
	struct err *e);

#endif

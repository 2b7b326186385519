/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a responder did, as facts of its own beside those of the probe: DIR/facts/NAME-truth.tsv. */
#ifndef BLACKOUT_TOOLS_CALIBRATE_TRUTH_H
#define BLACKOUT_TOOLS_CALIBRATE_TRUTH_H

#include "tools/calibrate/responder.h"

int truth_write(const char *dir, const char *name, const struct responder_event *events,
	size_t count, struct err *e);
/* Reads them back; the events are the caller's to free. Errors: no such file, no outages in it. */
int truth_read(const char *dir, const char *name, struct responder_event **events, size_t *count,
	struct err *e);

#endif

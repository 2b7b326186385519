/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Converts a capture made elsewhere into the facts of a standalone folder, which `blackout analyse`
 * then judges like any other. The capture is read as a stream, twice or more, never held in memory.
 */
#ifndef BLACKOUT_TOOLS_COMMANDS_CAPTURE_IMPORT_H
#define BLACKOUT_TOOLS_COMMANDS_CAPTURE_IMPORT_H

#include "harness/packet/frame.h"

struct analyse_options {
	int64_t timeout_ns; /* NS_NONE: the larger of a flow's interval and 50 ms */
	int64_t bound_ns;   /* NS_NONE: no verdicts */
	const struct frame_address *targets; /* only these; with target_count 0, all */
	size_t target_count;
};

/*
 * Writes DIR/facts (which must exist and be empty) and DIR/format from the capture at `path`. 0; -1
 * with an error: no capture, no echo request in it or none to a wanted target, a full disk, out of
 * memory.
 */
int capture_import(
	const char *path, const char *dir, const struct analyse_options *options, struct err *e);

#endif

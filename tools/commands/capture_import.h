/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From a capture made elsewhere to the facts of a watch-only folder: what `blackout analyse` writes
 * before it is judged like any other folder. The capture is read as a stream, twice.
 */
#ifndef BLACKOUT_TOOLS_COMMANDS_CAPTURE_IMPORT_H
#define BLACKOUT_TOOLS_COMMANDS_CAPTURE_IMPORT_H

#include "harness/packet/frame.h"

struct analyse_options {
	int64_t timeout_ns; /* NS_NONE: the larger of a flow's interval and 50 ms */
	int64_t bound_ns;   /* NS_NONE: nothing is judged */
	const struct frame_address *targets; /* none: all that are asked */
	size_t target_count;
};

/*
 * Writes DIR/facts (which is there, and empty) and DIR/format from the capture. Errors: no capture, no
 * echo requests in it (says what it holds instead), none to a wanted target, a full disk.
 */
int analyse_capture(const char *path, const char *dir, const struct analyse_options *options,
	struct err *e);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs a responder in a child process, in its own network namespace with a TAP device. The
 * namespace has no name, so the kernel removes it and the device when the child ends; the child
 * is killed when its parent ends. So nothing is left behind in any case.
 */
#ifndef BLACKOUT_TOOLS_CALIBRATE_RESPONDER_PROCESS_H
#define BLACKOUT_TOOLS_CALIBRATE_RESPONDER_PROCESS_H

#include "tools/calibrate/responder.h"

#include <sys/types.h>

#define RESPONDER_ADDRESS "10.78.0.2"

struct responder_process {
	pid_t pid;      /* 0: not started */
	char netns[64]; /* path of its network namespace, valid while the process lives */
};

/*
 * Starts a responder and waits until it answers. At until_ns (monotonic) it writes the events that
 * happened as facts of source NAME-truth in `dir` and exits. Errors: no permission, no TAP device.
 */
int responder_process_start(struct responder_process *process, const char *name, const char *dir,
	struct responder_event *events, size_t count, int64_t until_ns, struct err *e);
/* Waits until the process exits. With `now` kills it first; then it writes no facts. */
int responder_process_stop(struct responder_process *process, bool now, struct err *e);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A network namespace with a TAP device, behind which the responder answers. It belongs to a child
 * process and has no name: when the child ends, however it or its parent ends, the kernel takes the
 * namespace and the device away. So nothing can be left behind.
 */
#ifndef BLACKOUT_TOOLS_CALIBRATE_RESPONDER_PROCESS_H
#define BLACKOUT_TOOLS_CALIBRATE_RESPONDER_PROCESS_H

#include "tools/calibrate/responder.h"

#include <sys/types.h>

#define RESPONDER_ADDRESS "10.78.0.2" /* the responder's */

struct responder_process {
	pid_t pid; /* 0: none */
	char netns[64];
};

/* Forks a process and waits until it answers. At until_ns it writes its truth as facts of `name` in
 * `dir`, and ends. Errors: no permission, no TAP devices. */
int responder_process_start(struct responder_process *process, const char *name, const char *dir,
	struct responder_event *events, size_t count, int64_t until_ns, struct err *e);
/* Waits for its end; `now`: ends it at once, without its truth. */
int responder_process_stop(struct responder_process *process, bool now, struct err *e);

#endif

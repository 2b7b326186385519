/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a forked child calls first, so that no process outlives the run that started it. */
#ifndef BLACKOUT_BASE_PROCESS_H
#define BLACKOUT_BASE_PROCESS_H

#include <sys/types.h>

/*
 * Has the kernel kill the calling process when the thread that forked it ends (PR_SET_PDEATHSIG);
 * exits at once if `parent` has already ended. An exec keeps this setting; a change of credentials
 * clears it, after which this must be called again.
 */
void process_tie_to_parent(pid_t parent);
/*
 * Prepares the calling process for an exec: ties it to its parent, resets SIGPIPE and the signal
 * mask, makes the three descriptors its standard streams and marks all others close-on-exec. Exits
 * with 1 if that fails.
 */
void process_prepare_exec(pid_t parent, int in, int out, int error);

#endif

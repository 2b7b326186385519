/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a child does with itself once it is forked, so that nothing of a run outlives it. */
#ifndef BLACKOUT_BASE_PROCESS_H
#define BLACKOUT_BASE_PROCESS_H

#include <sys/types.h>

/*
 * From now on it is killed when the thread that forked it ends, however that happens; leaves at once if
 * that has happened. An exec keeps this, a change of credentials clears it.
 */
void process_tie_to_parent(pid_t parent);
/*
 * Before an exec: tied to its parent, signals as a program expects them, these three as its standard
 * streams, and none of the parent's other files once it is another program. Leaves where that fails.
 */
void process_prepare_exec(pid_t parent, int in, int out, int error);

#endif

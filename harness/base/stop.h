/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Being asked to stop: Ctrl-C, a terminal that goes away, a service manager. */
#ifndef BLACKOUT_BASE_STOP_H
#define BLACKOUT_BASE_STOP_H

#include <signal.h>
#include <stdbool.h>

#define STOP_SIGNALS 3

/* What the signals did before. */
struct stop_before {
	struct sigaction actions[STOP_SIGNALS];
};

/* From now on these signals only raise a flag; a closed pipe is an error of the write, no signal. */
void stop_catch(struct stop_before *before);
void stop_restore(const struct stop_before *before);
/* True once one came since stop_catch. */
bool stop_asked(void);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Requests to stop, as signals: Ctrl-C, a terminal that is closed, a service manager. */
#ifndef BLACKOUT_BASE_STOP_H
#define BLACKOUT_BASE_STOP_H

#include <signal.h>
#include <stdbool.h>

#define STOP_SIGNALS 3

/* The signal actions from before stop_catch. */
struct stop_before {
	struct sigaction actions[STOP_SIGNALS];
};

/*
 * Makes SIGINT, SIGTERM and SIGHUP set a flag only, and clears the flag. Ignores SIGPIPE, so that
 * writing to a closed pipe fails with an error instead.
 */
void stop_catch(struct stop_before *before);
void stop_restore(const struct stop_before *before);
/* True if one of the three signals has come since stop_catch. */
bool stop_asked(void);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Requests to stop the program, as signals from Ctrl-C, a closed terminal or a service manager. */
#ifndef BLACKOUT_BASE_STOP_H
#define BLACKOUT_BASE_STOP_H

#include <signal.h>
#include <stdbool.h>

#define STOP_SIGNALS 3

/* The signal actions that stop_catch replaced. */
struct stop_saved {
	struct sigaction actions[STOP_SIGNALS];
};

/*
 * Makes SIGINT, SIGTERM and SIGHUP set a flag only, and clears the flag. Ignores SIGPIPE, so that
 * writing to a closed pipe fails with an error instead.
 */
void stop_catch(struct stop_saved *saved);
/* Restores the actions of the three signals; SIGPIPE stays ignored. */
void stop_restore(const struct stop_saved *saved);
/* True if one of the three signals has arrived since stop_catch. */
bool stop_asked(void);

#endif

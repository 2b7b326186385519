/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Requests to stop: see stop.h. */
#include "harness/base/stop.h"

#include <stddef.h>

/* Static, because a signal handler gets no context. */
static volatile sig_atomic_t asked;

/* SIGHUP too: if the terminal is closed, a move under way must still be brought to an end. */
static const int signals[STOP_SIGNALS] = {SIGINT, SIGTERM, SIGHUP};

static void on_stop(int signal_number)
{
	(void)signal_number;
	asked = 1;
}

bool stop_asked(void)
{
	return asked;
}

void stop_catch(struct stop_saved *saved)
{
	struct sigaction action = {.sa_handler = on_stop};

	asked = 0;
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < STOP_SIGNALS; i++)
		sigaction(signals[i], &action, &saved->actions[i]);
	signal(SIGPIPE, SIG_IGN);
}

void stop_restore(const struct stop_saved *saved)
{
	for (size_t i = 0; i < STOP_SIGNALS; i++)
		sigaction(signals[i], &saved->actions[i], NULL);
}

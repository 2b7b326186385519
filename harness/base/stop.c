/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Requests to stop: see stop.h. */
#include "harness/base/stop.h"

#include <stddef.h>

/* Global, because a signal handler can reach nothing else. */
static volatile sig_atomic_t asked;

/* SIGHUP too: closing the terminal must not leave a VM in the middle of a move. */
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

void stop_catch(struct stop_before *before)
{
	struct sigaction action = {.sa_handler = on_stop};

	asked = 0;
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < STOP_SIGNALS; i++)
		sigaction(signals[i], &action, &before->actions[i]);
	signal(SIGPIPE, SIG_IGN);
}

void stop_restore(const struct stop_before *before)
{
	for (size_t i = 0; i < STOP_SIGNALS; i++)
		sigaction(signals[i], &before->actions[i], NULL);
}

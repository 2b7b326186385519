/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The thread that an engine runs in: see engine.h. */
#include "probes/engine.h"

#include <errno.h>
#include <signal.h>

int engine_start(const char *probe, pthread_t *thread, void *(*engine)(void *), void *arg,
	struct err *e)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	errno = pthread_create(thread, NULL, engine, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return errno ? err_errno(e, "probe %s: no thread", probe) : 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The thread that an engine runs in. */
#ifndef BLACKOUT_ENGINE_H
#define BLACKOUT_ENGINE_H

#include "harness/base.h"

#include <pthread.h>

/* Starts a probe's engine with all signals blocked: they are the main thread's business. */
int engine_start(const char *probe, pthread_t *thread, void *(*engine)(void *), void *arg,
	struct err *e);

#endif

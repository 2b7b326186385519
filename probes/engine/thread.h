/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The thread that an engine runs in. */
#ifndef BLACKOUT_PROBES_ENGINE_THREAD_H
#define BLACKOUT_PROBES_ENGINE_THREAD_H

#include "harness/base/base.h"

#include <pthread.h>
#include <semaphore.h>

/* Starts a probe's engine with all signals blocked: they are the main thread's business. */
int engine_thread_create(const char *probe, pthread_t *thread, void *(*engine)(void *), void *arg,
	struct err *e);

/*
 * An engine that has to be punctual: its thread is created while the process may still ask to be
 * scheduled first (CAP_SYS_NICE), asks, gives up all capabilities of its own, and waits. Whether it
 * was granted shows in the lateness only.
 */
struct engine {
	pthread_t thread;
	sem_t go;
	void *(*body)(void *);
	void *arg;
	bool created, started;
};

/* Returns 0, or -1 with the error. */
int engine_create(struct engine *engine, const char *probe, void *(*body)(void *), void *arg,
	struct err *e);
/* Lets it run. */
void engine_start(struct engine *engine);
/* Waits for its end, which was asked for before; one that never ran does not any more. */
void engine_join(struct engine *engine);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The thread that an engine runs in. */
#ifndef BLACKOUT_PROBES_ENGINE_THREAD_H
#define BLACKOUT_PROBES_ENGINE_THREAD_H

#include "harness/base/base.h"

#include <pthread.h>
#include <semaphore.h>

/* Starts a thread for a probe's engine, with all signals blocked: the main thread handles them. */
int engine_thread_create(
	const char *probe, pthread_t *thread, void *(*engine)(void *), void *arg, struct err *e);

/*
 * An engine that has to be punctual. engine_create makes its thread while the process still has
 * CAP_SYS_NICE: the thread requests real-time scheduling, gives up all capabilities, and waits for
 * engine_start. If the kernel refuses the request, the engine works at ordinary priority, and its
 * lateness shows that.
 */
struct engine {
	pthread_t thread;
	sem_t go;
	void *(*body)(void *);
	void *arg;
	bool created, started;
};

/* Returns 0, or -1 with the error. */
int engine_create(
	struct engine *engine, const char *probe, void *(*body)(void *), void *arg, struct err *e);
/* Lets the thread execute `body`. */
void engine_start(struct engine *engine);
/*
 * Joins the thread; the caller has requested `body` to return. If the engine was never started, the
 * thread exits without executing `body`.
 */
void engine_join(struct engine *engine);

#endif

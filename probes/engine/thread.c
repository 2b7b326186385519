/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The thread that an engine runs in: see thread.h. */
#include "probes/engine/thread.h"

#include <cap-ng.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>

int engine_thread_create(
	const char *probe, pthread_t *thread, void *(*engine)(void *), void *arg, struct err *e)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	errno = pthread_create(thread, NULL, engine, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return errno ? err_errno(e, "probe %s: no thread", probe) : 0;
}

static void *execute_when_started(void *arg)
{
	struct engine *engine = arg;
	struct sched_param priority = {.sched_priority = 1};

	prctl(PR_SET_TIMERSLACK, 1);
	pthread_setschedparam(pthread_self(), SCHED_FIFO, &priority);
	capng_clear(CAPNG_SELECT_CAPS);
	capng_apply(CAPNG_SELECT_CAPS);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	while (sem_wait(&engine->go) && errno == EINTR)
		continue;
	return engine->started ? engine->body(engine->arg) : NULL;
}

int engine_create(
	struct engine *engine, const char *probe, void *(*body)(void *), void *arg, struct err *e)
{
	*engine = (struct engine){.body = body, .arg = arg};
	sem_init(&engine->go, 0, 0);
	if (engine_thread_create(probe, &engine->thread, execute_when_started, engine, e)) {
		sem_destroy(&engine->go);
		return -1;
	}
	engine->created = true;
	return 0;
}

void engine_start(struct engine *engine)
{
	engine->started = true;
	sem_post(&engine->go);
}

void engine_join(struct engine *engine)
{
	if (!engine->created)
		return;
	if (!engine->started)
		sem_post(&engine->go);
	pthread_join(engine->thread, NULL);
	sem_destroy(&engine->go);
	engine->created = engine->started = false;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The thread that an engine runs in: see thread.h. */
#include "probes/engine/thread.h"

#include <cap-ng.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>

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

static void *run_when_told(void *arg)
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
	return engine->gone ? engine->run(engine->arg) : NULL;
}

int engine_make(struct engine *engine, const char *probe, void *(*run)(void *), void *arg,
	struct err *e)
{
	*engine = (struct engine){.run = run, .arg = arg};
	sem_init(&engine->go, 0, 0);
	if (engine_start(probe, &engine->thread, run_when_told, engine, e)) {
		sem_destroy(&engine->go);
		return -1;
	}
	engine->made = true;
	return 0;
}

void engine_go(struct engine *engine)
{
	engine->gone = true;
	sem_post(&engine->go);
}

void engine_end(struct engine *engine)
{
	if (!engine->made)
		return;
	if (!engine->gone)
		sem_post(&engine->go);
	pthread_join(engine->thread, NULL);
	sem_destroy(&engine->go);
	engine->made = engine->gone = false;
}

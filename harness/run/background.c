/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See background.h. */
#include "harness/run/background.h"

#include <time.h>

static void *carry_out(void *ctx)
{
	struct background *work = ctx;

	work->function(work->ctx);
	pthread_mutex_lock(&work->lock);
	work->over = true;
	pthread_cond_signal(&work->changed);
	pthread_mutex_unlock(&work->lock);
	return NULL;
}

void background_begin(struct background *work, bool at_once, void (*function)(void *ctx), void *ctx)
{
	pthread_condattr_t attr;

	*work = (struct background){.function = function, .ctx = ctx};
	pthread_mutex_init(&work->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&work->changed, &attr);
	pthread_condattr_destroy(&attr);
	work->has_thread = !at_once && pthread_create(&work->thread, NULL, carry_out, work) == 0;
	if (!work->has_thread)
		carry_out(work);
}

bool background_wait(struct background *work, int64_t limit_ns)
{
	struct timespec until;
	bool over;

	clock_gettime(CLOCK_MONOTONIC, &until);
	limit_ns += until.tv_nsec;
	until.tv_sec += (time_t)(limit_ns / NS_PER_S);
	until.tv_nsec = (long)(limit_ns % NS_PER_S);
	pthread_mutex_lock(&work->lock);
	while (!work->over && pthread_cond_timedwait(&work->changed, &work->lock, &until) == 0)
		;
	over = work->over;
	pthread_mutex_unlock(&work->lock);
	return over;
}

void background_end(struct background *work)
{
	if (work->has_thread)
		pthread_join(work->thread, NULL);
	pthread_cond_destroy(&work->changed);
	pthread_mutex_destroy(&work->lock);
}

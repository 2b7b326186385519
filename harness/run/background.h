/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Work that may take long, such as a request to a guest's agent, carried out by a thread. */
#ifndef BLACKOUT_RUN_BACKGROUND_H
#define BLACKOUT_RUN_BACKGROUND_H

#include "harness/base/base.h"

#include <pthread.h>

/* All members are background.c's own. It must stay where it is until background_end. */
struct background {
	void (*function)(void *ctx);
	void *ctx;
	bool has_thread;
	pthread_t thread;
	pthread_mutex_t lock; /* guards `over` */
	pthread_cond_t changed;
	bool over;
};

/* Calls function(ctx) in a thread; at_once, or if there can be no thread: before it returns. */
void background_begin(
	struct background *work, bool at_once, void (*function)(void *ctx), void *ctx);
/* Waits at most limit_ns until the function has returned; true: it has. */
bool background_wait(struct background *work, int64_t limit_ns);
/* Waits until the function has returned, and releases the thread. */
void background_end(struct background *work);

#endif

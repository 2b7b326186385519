/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Coroutines: functions that take turns in one thread, each on a stack of its own. The steps of a
 * run are written one after another for one VM, and all VMs of the run carry them out together:
 * where a VM would wait, its coroutine yields, and the others continue.
 *
 * Threads would do the same, but the programs that a step starts must outlive it: the kernel ends
 * them with the thread that started them (PR_SET_PDEATHSIG).
 */
#ifndef BLACKOUT_RUN_COROUTINE_H
#define BLACKOUT_RUN_COROUTINE_H

#include "harness/base/base.h"

struct coroutine;

/*
 * Makes a coroutine that will call function(ctx). It begins with the first coroutine_resume.
 * Returns 0, or -1 with an error: no memory for its stack.
 */
int coroutine_new(struct coroutine **out, int (*function)(void *ctx), void *ctx, struct err *e);
/* Continues it until it yields or returns. True: it has returned, and must not be resumed again. */
bool coroutine_resume(struct coroutine *coroutine);
/* Called in the coroutine's function: gives the turn back to the caller of coroutine_resume. */
void coroutine_yield(struct coroutine *coroutine);
/* What the function returned. It must have returned. */
int coroutine_result(const struct coroutine *coroutine);
/* NULL is allowed. A coroutine that has begun must have returned: what it holds would leak. */
void coroutine_free(struct coroutine *coroutine);

#endif

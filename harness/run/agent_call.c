/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Requests to a guest's agent that take long. A thread waits for the response, so that run_wait
 * keeps polling the stations and flushing facts.
 */
#include "harness/run/internal.h"

#include <pthread.h>
#include <stdatomic.h>

/*
 * The driver enforces the time limit of a request. run_wait waits this much longer, then the thread
 * is joined.
 */
#define GRACE_NS (5 * NS_PER_S)

struct agent_call {
	struct vm_run *vm;
	const char *request;
	char *response;
	size_t size;
	int64_t limit_ns;
	int rc;
	struct err e;
	atomic_bool over;
};

static void *ask(void *ctx)
{
	struct agent_call *call = ctx;
	struct vm_run *vm = call->vm;

	call->rc = vm->state->driver_ops->agent(vm->state->driver, vm->spec.name, call->request,
		call->response, call->size, call->limit_ns, &call->e);
	atomic_store(&call->over, true);
	return NULL;
}

static bool is_over(struct vm_run *vm)
{
	return atomic_load(&vm->agent_call->over);
}

/* True if no VM of the run waits for its agent. */
static bool nobody_asks(struct vm_run *vm)
{
	const struct run_state *state = vm->state;

	for (size_t i = 0; i < state->vm_count; i++)
		if (state->vms[i].agent_call)
			return false;
	return true;
}

int run_agent_ask(struct vm_run *vm, const char *request, char *response, size_t size,
	int64_t limit_ns, struct err *response_error, struct err *e)
{
	struct agent_call call = {.vm = vm,
		.request = request,
		.response = response,
		.size = size,
		.limit_ns = limit_ns};
	pthread_t thread;
	int rc = 0;

	/*
	 * A driver may carry out one request at a time: the limit of a request that waits for
	 * another VM's would pass meanwhile, and its agent would seem not to respond.
	 */
	if (!vm->state->driver_ops->agent_at_once && !nobody_asks(vm) &&
		run_wait(vm, INT64_MAX, nobody_asks, e))
		return -1;
	if (vm->state->driver_ops->agent_at_once || pthread_create(&thread, NULL, ask, &call)) {
		ask(&call);
	} else {
		vm->agent_call = &call;
		rc = run_wait(vm, now_of(vm) + limit_ns + GRACE_NS, is_over, e);
		pthread_join(thread, NULL);
		vm->agent_call = NULL;
	}
	*response_error = call.e;
	return rc ? -1 : call.rc ? 1 : 0;
}

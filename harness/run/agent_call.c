/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Requests to a guest's agent. A thread waits for a response that takes long, while the run's other
 * VMs continue and the stations are polled.
 */
#include "harness/run/background.h"
#include "harness/run/internal.h"

/*
 * A response that comes within this time is taken at once: most do, and a round of run_serve
 * sleeps longer.
 */
#define QUICK_NS (20 * NS_PER_MS)

struct agent_call {
	struct vm_run *vm;
	struct agent_exchange *exchange;
	struct background work;
};

static void ask(void *ctx)
{
	struct agent_call *call = ctx;
	struct agent_exchange *x = call->exchange;
	struct vm_run *vm = call->vm;

	x->asked_ns = now_of(vm);
	x->rc = vm->state->driver_ops->agent(vm->state->driver, vm->spec.name, x->request,
		x->response, sizeof(x->response), x->limit_ns, &x->error);
	x->told_ns = now_of(vm);
}

static bool is_over(struct vm_run *vm)
{
	return background_wait(&vm->agent_call->work, 0);
}

static bool is_not_polled(struct vm_run *vm)
{
	return !vm->poll;
}

int run_agent_ask(struct vm_run *vm, struct agent_exchange *exchange, struct err *e)
{
	struct agent_call call = {.vm = vm, .exchange = exchange};
	int rc = 0;

	vm->agent_call = &call; /* no further poll begins */
	/* One request at a time: the limit would pass while this one waits for the other. */
	if (vm->poll && run_wait(vm, INT64_MAX, is_not_polled, e)) {
		vm->agent_call = NULL;
		return -1;
	}
	background_begin(&call.work, vm->state->driver_ops->agent_at_once, ask, &call);
	if (!background_wait(&call.work, QUICK_NS))
		rc = run_wait(vm, INT64_MAX, is_over, e); /* the driver has the limit */
	background_end(&call.work);
	vm->agent_call = NULL;
	return rc ? rc : exchange->rc ? 1 : 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Coroutines by makecontext(3): see coroutine.h. */
#include "harness/run/coroutine.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

/* ThreadSanitizer must be told of each switch; AddressSanitizer intercepts swapcontext. */
#if defined(__SANITIZE_THREAD__)
#define WITH_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WITH_TSAN 1
#endif
#endif
#ifdef WITH_TSAN
#include <sanitizer/tsan_interface.h>
#define FIBER_NEW() __tsan_create_fiber(0)
#define FIBER_CURRENT() __tsan_get_current_fiber()
#define FIBER_SWITCH(fiber) __tsan_switch_to_fiber((fiber), 0)
#define FIBER_FREE(fiber) __tsan_destroy_fiber(fiber)
#else
#define FIBER_NEW() NULL
#define FIBER_CURRENT() NULL
#define FIBER_SWITCH(fiber) ((void)(fiber))
#define FIBER_FREE(fiber) ((void)(fiber))
#endif

/* Address space; only the pages that are used take memory. libvirt's client needs the most. */
#define STACK_BYTES ((size_t)1 << 20)

struct coroutine {
	ucontext_t own, caller;
	int (*function)(void *ctx);
	void *ctx;
	char *stack; /* its lowest page is not accessible: an overflow ends the program */
	int result;
	bool returned;
	void *fiber, *caller_fiber; /* ThreadSanitizer's */
};

/* makecontext passes ints only: the pointer comes in two halves. */
static void begin(unsigned high, unsigned low)
{
	struct coroutine *c = (struct coroutine *)(((uintptr_t)high << 32) | low);

	c->result = c->function(c->ctx);
	c->returned = true;
	coroutine_yield(c);
}

int coroutine_new(struct coroutine **out, int (*function)(void *ctx), void *ctx, struct err *e)
{
	struct coroutine *c = calloc(1, sizeof(*c));
	size_t guard = (size_t)sysconf(_SC_PAGESIZE);

	*out = NULL;
	if (!c)
		return err_set(e, "out of memory");
	c->stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
	if (c->stack == MAP_FAILED || mprotect(c->stack, guard, PROT_NONE)) {
		if (c->stack != MAP_FAILED)
			munmap(c->stack, STACK_BYTES);
		free(c);
		return err_set(e, "out of memory");
	}
	c->function = function;
	c->ctx = ctx;
	getcontext(&c->own);
	c->own.uc_stack.ss_sp = c->stack;
	c->own.uc_stack.ss_size = STACK_BYTES;
	makecontext(&c->own, (void (*)(void))begin, 2, (unsigned)((uintptr_t)c >> 32),
		(unsigned)(uintptr_t)c);
	c->fiber = FIBER_NEW();
	*out = c;
	return 0;
}

bool coroutine_resume(struct coroutine *c)
{
	c->caller_fiber = FIBER_CURRENT();
	FIBER_SWITCH(c->fiber);
	swapcontext(&c->caller, &c->own);
	return c->returned;
}

void coroutine_yield(struct coroutine *c)
{
	FIBER_SWITCH(c->caller_fiber);
	swapcontext(&c->own, &c->caller);
}

int coroutine_result(const struct coroutine *c)
{
	return c->result;
}

void coroutine_free(struct coroutine *c)
{
	if (!c)
		return;
	FIBER_FREE(c->fiber);
	munmap(c->stack, STACK_BYTES);
	free(c);
}

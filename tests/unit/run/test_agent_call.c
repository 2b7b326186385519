/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ticks of a run continue while it waits for a slow agent; its VMs ask one after another. */
#include "harness/run/internal.h"
#include "tests/unit/fact_folder.h"
#include "tests/unit/test.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

#define MS NS_PER_MS

/* The agent responds after this many ticks. */
#define TICKS 3
#define LIMIT_NS (20 * NS_PER_S)

static atomic_uint ticks;
static bool at_once;

static void tick(struct vm_run *vm)
{
	(void)vm;
	ticks++;
}

static int slow_agent(struct driver *driver, const char *vm, const char *request, char *response,
	size_t size, int64_t timeout_ns, struct err *e)
{
	(void)driver;
	(void)timeout_ns;
	for (int64_t end_ns = clock_mono_ns() + LIMIT_NS;
		!at_once && ticks < TICKS && clock_mono_ns() < end_ns;)
		nanosleep(&(struct timespec){.tv_nsec = MS}, NULL);
	if (strcmp(request, "verify") != 0)
		return err_set(e, "%s: does not know %s", vm, request);
	snprintf(response, size, "ok pages=1 bad=0");
	return 0;
}

/* A VM whose only step is a request to its agent. */
struct request {
	struct vm_run vm;
	const char *text;
	char response[64];
	struct err response_error;
};

static int ask(void *ctx)
{
	struct request *r = ctx;
	struct err e = {0};

	return run_agent_ask(&r->vm, r->text, r->response, sizeof(r->response), LIMIT_NS,
		&r->response_error, &e);
}

/* Returns what run_agent_ask returned. */
static int serve_request(struct run_state *state, struct request *r, const char *text)
{
	struct err e = {0};
	int rc;

	*r = (struct request){.vm = {.state = state, .spec = {.name = "desk"}}, .text = text};
	ticks = 0;
	CU_ASSERT_EQUAL_FATAL(coroutine_new(&r->vm.coroutine, ask, r, &e), 0);
	state->vms = &r->vm;
	state->vm_count = 1;
	run_serve(state);
	rc = coroutine_result(r->vm.coroutine);
	coroutine_free(r->vm.coroutine);
	return rc;
}

static void test_ticks_go_on(void)
{
	const struct driver_ops ops = {.agent = slow_agent};
	const struct driver_ops simulated = {.agent = slow_agent, .agent_at_once = true};
	struct run_state state = {.clock = &clock_system, .driver_ops = &ops};
	struct fact_folder folder;
	struct request r;
	struct err e = {0};

	fact_folder_make(&folder);
	CU_ASSERT_EQUAL_FATAL(fact_log_open(&state.log, folder.dir, "run", state.clock, &e), 0);
	run_tick_add(&state, tick);
	CU_ASSERT_EQUAL(serve_request(&state, &r, "verify"), 0);
	CU_ASSERT_STRING_EQUAL(r.response, "ok pages=1 bad=0");
	CU_ASSERT(ticks >= TICKS);
	CU_ASSERT_PTR_NULL(r.vm.agent_call);
	CU_ASSERT_EQUAL(serve_request(&state, &r, "what"), 1);
	CU_ASSERT_STRING_EQUAL(r.response_error.text, "desk: does not know what");
	/* A simulated agent responds at once, so the request waits for no further tick. */
	state.driver_ops = &simulated;
	at_once = true;
	CU_ASSERT_EQUAL(serve_request(&state, &r, "verify"), 0);
	CU_ASSERT_EQUAL(ticks, 1);
	fact_log_close(state.log, "done", &e);
	fact_folder_remove(&folder);
}

static atomic_int asking, asking_most;

static int busy_agent(struct driver *driver, const char *vm, const char *request, char *response,
	size_t size, int64_t timeout_ns, struct err *e)
{
	(void)driver;
	(void)request;
	(void)timeout_ns;
	(void)e;
	if (++asking > asking_most)
		asking_most = (int)asking;
	nanosleep(&(struct timespec){.tv_nsec = 50 * MS}, NULL);
	asking--;
	snprintf(response, size, "ok %s", vm);
	return 0;
}

static char responses[3][64];

static int ask_of(void *ctx)
{
	struct vm_run *vm = ctx;
	struct err ignored, e = {0};

	return run_agent_ask(vm, "verify", responses[vm->number - 1], 64, LIMIT_NS, &ignored, &e);
}

static void test_one_at_a_time(void)
{
	static const char *const expected[] = {"ok vm-1", "ok vm-2", "ok vm-3"};
	const struct driver_ops ops = {.agent = busy_agent};
	struct run_state state = {.clock = &clock_system, .driver_ops = &ops};
	struct vm_run vms[3];
	struct fact_folder folder;
	struct err e = {0};

	fact_folder_make(&folder);
	CU_ASSERT_EQUAL_FATAL(fact_log_open(&state.log, folder.dir, "run", state.clock, &e), 0);
	for (size_t i = 0; i < 3; i++) {
		vms[i] = (struct vm_run){.state = &state, .number = i + 1};
		snprintf(vms[i].spec.name, sizeof(vms[i].spec.name), "vm-%zu", i + 1);
		CU_ASSERT_EQUAL_FATAL(coroutine_new(&vms[i].coroutine, ask_of, &vms[i], &e), 0);
	}
	state.vms = vms;
	state.vm_count = 3;
	run_serve(&state);
	CU_ASSERT_EQUAL(asking_most, 1);
	for (size_t i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(coroutine_result(vms[i].coroutine), 0);
		CU_ASSERT_STRING_EQUAL(responses[i], expected[i]);
		coroutine_free(vms[i].coroutine);
	}
	fact_log_close(state.log, "done", &e);
	fact_folder_remove(&folder);
}

TEST_SUITE(agent_call, {"ticks go on", test_ticks_go_on}, {"one at a time", test_one_at_a_time})

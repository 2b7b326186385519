/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ticks of a run continue while it waits for a slow agent; its VMs ask at the same time. */
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
	struct agent_exchange exchange;
};

static int ask(void *ctx)
{
	struct request *r = ctx;
	struct err e = {0};

	return run_agent_ask(&r->vm, &r->exchange, &e);
}

/* Returns what run_agent_ask returned. */
static int serve_request(struct run_state *state, struct request *r, const char *text)
{
	struct err e = {0};
	int rc;

	*r = (struct request){.vm = {.state = state, .spec = {.name = "desk"}},
		.exchange = {.request = text, .limit_ns = LIMIT_NS}};
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
	CU_ASSERT_STRING_EQUAL(r.exchange.response, "ok pages=1 bad=0");
	CU_ASSERT(ticks >= TICKS);
	CU_ASSERT_PTR_NULL(r.vm.agent_call);
	CU_ASSERT_EQUAL(serve_request(&state, &r, "what"), 1);
	CU_ASSERT_STRING_EQUAL(r.exchange.error.text, "desk: does not know what");
	/* A simulated agent responds at once, so the request waits for no further tick. */
	state.driver_ops = &simulated;
	at_once = true;
	CU_ASSERT_EQUAL(serve_request(&state, &r, "verify"), 0);
	CU_ASSERT_EQUAL(ticks, 1);
	fact_log_close(state.log, "done", &e);
	fact_folder_remove(&folder);
}

#define ASKING 3

static atomic_int asking;

/* Responds when the agents of all VMs are asked. */
static int patient_agent(struct driver *driver, const char *vm, const char *request, char *response,
	size_t size, int64_t timeout_ns, struct err *e)
{
	int64_t end_ns = clock_mono_ns() + LIMIT_NS;

	(void)driver;
	(void)request;
	(void)timeout_ns;
	for (asking++; asking < ASKING; nanosleep(&(struct timespec){.tv_nsec = MS}, NULL))
		if (clock_mono_ns() >= end_ns)
			return err_set(e, "%s: the others were not asked", vm);
	snprintf(response, size, "ok %s", vm);
	return 0;
}

static int ask_of(void *ctx)
{
	struct agent_exchange exchange = {.request = "verify", .limit_ns = LIMIT_NS};
	struct err e = {0};

	return run_agent_ask(ctx, &exchange, &e);
}

static void test_at_the_same_time(void)
{
	const struct driver_ops ops = {.agent = patient_agent};
	struct run_state state = {.clock = &clock_system, .driver_ops = &ops};
	struct vm_run vms[ASKING];
	struct fact_folder folder;
	struct err e = {0};

	fact_folder_make(&folder);
	CU_ASSERT_EQUAL_FATAL(fact_log_open(&state.log, folder.dir, "run", state.clock, &e), 0);
	asking = 0;
	for (size_t i = 0; i < ASKING; i++) {
		vms[i] = (struct vm_run){.state = &state};
		snprintf(vms[i].spec.name, sizeof(vms[i].spec.name), "vm-%zu", i + 1);
		CU_ASSERT_EQUAL_FATAL(coroutine_new(&vms[i].coroutine, ask_of, &vms[i], &e), 0);
	}
	state.vms = vms;
	state.vm_count = ASKING;
	run_serve(&state);
	for (size_t i = 0; i < ASKING; i++) {
		CU_ASSERT_EQUAL(coroutine_result(vms[i].coroutine), 0);
		coroutine_free(vms[i].coroutine);
	}
	fact_log_close(state.log, "done", &e);
	fact_folder_remove(&folder);
}

static atomic_bool reading, asks;
static bool asked_while_reading;

/* A workload whose guest does not respond before its agent is asked, and for several ticks then. */
static int slow_status(struct workload *workload, struct workload_status *status,
	int64_t timeout_ns, struct err *e)
{
	(void)workload;
	(void)timeout_ns;
	(void)e;
	reading = true;
	for (int64_t end_ns = clock_mono_ns() + LIMIT_NS;
		(!asks || ticks < TICKS) && clock_mono_ns() < end_ns;)
		nanosleep(&(struct timespec){.tv_nsec = MS}, NULL);
	reading = false;
	*status = (struct workload_status){.state = WORKLOAD_CORRECT};
	return 0;
}

static int quick_agent(struct driver *driver, const char *vm, const char *request, char *response,
	size_t size, int64_t timeout_ns, struct err *e)
{
	(void)driver;
	(void)vm;
	(void)timeout_ns;
	(void)e;
	asked_while_reading = reading;
	snprintf(response, size, "ok %s", request);
	return 0;
}

static bool is_read(struct vm_run *vm)
{
	(void)vm;
	return reading;
}

/* Asks the agent while its workload is being polled. */
static int ask_during_poll(void *ctx)
{
	struct request *r = ctx;
	struct err e = {0};

	CU_ASSERT_EQUAL(run_wait(&r->vm, clock_mono_ns() + LIMIT_NS, is_read, &e), 0);
	CU_ASSERT(reading);
	ticks = 0;
	asks = true;
	return run_agent_ask(&r->vm, &r->exchange, &e);
}

/* The poll of a silent guest holds up nothing but the next request to that guest. */
static void test_poll(void)
{
	const struct driver_ops ops = {.agent = quick_agent};
	const struct plan_component component = {.name = "slow", .workload = {.agent = true}};
	const struct workload_ops slow = {.component = &component, .status = slow_status};
	struct run_state state = {.clock = &clock_system, .driver_ops = &ops};
	struct request r = {
		.vm = {.state = &state,
			.workloads = {{.ops = &slow, .name = "slow"}},
			.polled = {{.begun = true, .status = {.state = WORKLOAD_RUNNING}}},
			.workload_count = 1},
		.exchange = {.request = "verify", .limit_ns = LIMIT_NS}};
	struct fact_folder folder;
	struct err e = {0};

	fact_folder_make(&folder);
	CU_ASSERT_EQUAL_FATAL(fact_log_open(&state.log, folder.dir, "run", state.clock, &e), 0);
	run_tick_add(&state, tick);
	run_tick_add(&state, run_workloads_poll);
	ticks = 0;
	CU_ASSERT_EQUAL_FATAL(coroutine_new(&r.vm.coroutine, ask_during_poll, &r, &e), 0);
	state.vms = &r.vm;
	state.vm_count = 1;
	run_serve(&state);
	CU_ASSERT_EQUAL(coroutine_result(r.vm.coroutine), 0);
	CU_ASSERT_STRING_EQUAL(r.exchange.response, "ok verify");
	CU_ASSERT(ticks >= TICKS);
	CU_ASSERT(!asked_while_reading);
	CU_ASSERT_EQUAL(r.vm.polled[0].status.state, WORKLOAD_CORRECT);
	CU_ASSERT_PTR_NULL(r.vm.poll);
	coroutine_free(r.vm.coroutine);
	fact_log_close(state.log, "done", &e);
	fact_folder_remove(&folder);
}

TEST_SUITE(agent_call, {"ticks go on", test_ticks_go_on},
	{"at the same time", test_at_the_same_time}, {"poll", test_poll})

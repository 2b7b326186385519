/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ticks of a run continue while it waits for a slow agent. */
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

static void tick(struct run_state *state)
{
	(void)state;
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

static void test_ticks_go_on(void)
{
	const struct driver_ops ops = {.agent = slow_agent};
	const struct driver_ops simulated = {.agent = slow_agent, .agent_at_once = true};
	struct run_state state = {
		.clock = &clock_system, .driver_ops = &ops, .vm = {.name = "desk"}};
	struct fact_folder folder;
	struct err response_error = {0}, e = {0};
	char response[64];

	fact_folder_make(&folder);
	CU_ASSERT_EQUAL_FATAL(fact_log_open(&state.log, folder.dir, "run", state.clock, &e), 0);
	run_tick_add(&state, tick);
	ticks = 0;
	CU_ASSERT_EQUAL(run_agent_ask(&state, "verify", response, sizeof(response), LIMIT_NS,
				&response_error, &e),
		0);
	CU_ASSERT_STRING_EQUAL(response, "ok pages=1 bad=0");
	CU_ASSERT(ticks >= TICKS);
	CU_ASSERT_PTR_NULL(state.agent_call);
	ticks = 0;
	CU_ASSERT_EQUAL(run_agent_ask(&state, "what", response, sizeof(response), LIMIT_NS,
				&response_error, &e),
		1);
	CU_ASSERT_STRING_EQUAL(response_error.text, "desk: does not know what");
	/* A simulated agent responds at once, so no tick is called. */
	state.driver_ops = &simulated;
	at_once = true;
	ticks = 0;
	CU_ASSERT_EQUAL(run_agent_ask(&state, "verify", response, sizeof(response), LIMIT_NS,
				&response_error, &e),
		0);
	CU_ASSERT_EQUAL(ticks, 0);
	fact_log_close(state.log, "done", &e);
	fact_folder_remove(&folder);
}

TEST_SUITE(agent_call, {"ticks go on", test_ticks_go_on})

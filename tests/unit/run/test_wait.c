/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The VMs of a run wait for each other, and continue in the plan's order. */
#include "harness/run/internal.h"
#include "tests/unit/fact_folder.h"
#include "tests/unit/test.h"

#define VMS 4

static size_t order[VMS], continued, last_to_come;

static int meet(void *ctx)
{
	struct vm_run *vm = ctx;
	int64_t delay_ns = vm->number == last_to_come ? 20 * NS_PER_MS : 0;
	struct err e = {0};

	if (run_wait(vm, now_of(vm) + delay_ns, NULL, &e) || run_meet(vm, &e))
		return -1;
	order[continued++] = vm->number;
	return 0;
}

static void test_meeting(void)
{
	struct run_state state = {.clock = &clock_system};
	struct fact_folder folder;
	struct err e = {0};

	fact_folder_make(&folder);
	CU_ASSERT_EQUAL_FATAL(fact_log_open(&state.log, folder.dir, "run", state.clock, &e), 0);
	for (last_to_come = 1; last_to_come <= VMS; last_to_come++) {
		struct vm_run vms[VMS];

		continued = 0;
		for (size_t i = 0; i < VMS; i++) {
			vms[i] = (struct vm_run){.state = &state, .number = i + 1};
			CU_ASSERT_EQUAL_FATAL(
				coroutine_new(&vms[i].coroutine, meet, &vms[i], &e), 0);
		}
		state.vms = vms;
		state.vm_count = VMS;
		run_serve(&state);
		CU_ASSERT_EQUAL(continued, VMS);
		for (size_t i = 0; i < VMS; i++) {
			CU_ASSERT_EQUAL(order[i], i + 1);
			coroutine_free(vms[i].coroutine);
		}
	}
	fact_log_close(state.log, "done", &e);
	fact_folder_remove(&folder);
}

TEST_SUITE(wait, {"meeting", test_meeting})

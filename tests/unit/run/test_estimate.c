/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Estimates of a plan's duration, before it starts and while it runs. */
#include "harness/run/estimate.h"
#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

static struct plan *plan;
static struct scenario scenario;

static struct estimate *estimates_of(const char *ini)
{
	struct plan_errors errors = {0};
	struct err e = {0};

	CU_ASSERT_EQUAL_FATAL(plan_parse(&plan, "test.ini", ini, strlen(ini), &errors), 0);
	plan_errors_release(&errors);
	CU_ASSERT_EQUAL_FATAL(scenario_make(&scenario, plan, NULL, &e), 0);
	return estimate_scenario(&scenario);
}

static void done(struct estimate *estimates)
{
	free(estimates);
	scenario_release(&scenario);
	plan_free(plan);
}

/*
 * A VM is started for its first run and if its memory changes; only a run with a session has the
 * time to open it.
 */
static void test_stages(void)
{
	struct estimate *e = estimates_of(
		"[plan]\nrepeat = 2\nbaseline = 5 s\nsettle = 3 s\n"
		"[lab]\nlink = 1 Gbit/s\nwarm-up = no\n"
		"[vm desk]\nmemory = 2 GB, 4 GB\nsession = attached, none\nfill = 50 %\n"
		"[probe fine]\nkind = burst\n[probe desktop]\nkind = rdp\n"
		"[judge]\nprobe = fine\n"
		"[control switch]\ntarget = lab-switch\n");

	CU_ASSERT_EQUAL_FATAL(scenario.count, 8);
	CU_ASSERT_TRUE(e[0].prepare_s > ESTIMATE_BOOT_S);
	CU_ASSERT_EQUAL(e[1].prepare_s, 0); /* the second run */
	CU_ASSERT_EQUAL(e[2].prepare_s, 0); /* another session, the same VM */
	CU_ASSERT_TRUE(e[4].prepare_s > e[0].prepare_s);
	CU_ASSERT_DOUBLE_EQUAL(e[0].copy_s, 8.0 * (1 << 30) / 0.95e9, 1e-6);
	CU_ASSERT_DOUBLE_EQUAL(e[4].copy_s, 2 * e[0].copy_s, 1e-6);
	CU_ASSERT_TRUE(e[0].session_s > 0);
	CU_ASSERT_EQUAL(e[2].session_s, 0);
	CU_ASSERT_DOUBLE_EQUAL(e[0].run_s - e[2].run_s, e[0].session_s, 1e-9);
	CU_ASSERT_DOUBLE_EQUAL(
		e[2].run_s, 5 + e[2].copy_s + ESTIMATE_STEADY_S + 3 + e[2].verify_s, 1e-9);
	done(e);
}

#define FOUR_VMS                                                                          \
	"[plan]\nrepeat = 1\n[lab]\n[vm desk]\ncount = 4\nmemory = 256 MB\nfill = 60 %\n" \
	"[probe fine]\nkind = burst\n[control switch]\ntarget = lab-switch\n"

/* A run starts all its VMs, each of which takes as long as if it were moved alone. */
static void test_several(void)
{
	struct estimate *e = estimates_of(FOUR_VMS);
	double start_s = e[0].start_s;

	CU_ASSERT_EQUAL_FATAL(scenario.count, 4);
	CU_ASSERT_DOUBLE_EQUAL(e[0].prepare_s, start_s, 1e-9);
	done(e);
	e = estimates_of(FOUR_VMS "[move]\ntogether = 2\n");
	CU_ASSERT_EQUAL_FATAL(scenario.count, 1);
	CU_ASSERT_DOUBLE_EQUAL(e[0].start_s, start_s, 1e-9);
	CU_ASSERT_DOUBLE_EQUAL(e[0].prepare_s, 4 * start_s, 1e-9);
	done(e);
	/* Between the runs only the VM is started again whose memory changes. */
	e = estimates_of(FOUR_VMS "[vm other]\nmemory = 1 GB, 2 GB\n[move]\ntogether = 5\n");
	CU_ASSERT_EQUAL_FATAL(scenario.count, 2);
	CU_ASSERT_DOUBLE_EQUAL(e[0].prepare_s, 5 * e[0].start_s, 1e-9);
	CU_ASSERT(e[1].start_s > e[0].start_s);
	CU_ASSERT_DOUBLE_EQUAL(e[1].prepare_s, e[1].start_s, 1e-9);
	done(e);
}

/* An installation lasts longer than a short move; an unmoved run lasts as long as its workload. */
static void test_workload(void)
{
	struct estimate *e =
		estimates_of("[plan]\nbaseline = 5 s\nsettle = 3 s\n[lab]\nwarm-up = no\n"
			     "[vm desk]\nmemory = 1 GB\nfill = 50 %\nworkload = none, suite, loop\n"
			     "[workload suite]\nkind = install\nsize = 2 GB\nunmoved = 2\n"
			     "[workload loop]\nkind = dirty\nrate = 10 MB/s\nlead = 20 s\n"
			     "[probe fine]\nkind = burst\n"
			     "[control switch]\ntarget = lab-switch\n");

	CU_ASSERT_EQUAL_FATAL(scenario.count, 5);
	CU_ASSERT_EQUAL(e[0].workload_s, 0);
	CU_ASSERT_TRUE(scenario.runs[1].unmoved && scenario.runs[2].unmoved);
	CU_ASSERT_TRUE(e[1].workload_s > 100);
	CU_ASSERT_DOUBLE_EQUAL(e[1].run_s, 5 + e[1].workload_s, 1e-9);
	CU_ASSERT_EQUAL(e[1].copy_s, 0);
	CU_ASSERT_DOUBLE_EQUAL(e[3].run_s, 5 + e[3].workload_s + e[3].verify_s, 1e-9);
	CU_ASSERT_DOUBLE_EQUAL(e[4].run_s, e[0].run_s + 20, 1e-9);
	done(e);
}

static void test_left(void)
{
	/* No run is done: the estimate less the elapsed time. */
	CU_ASSERT_DOUBLE_EQUAL(estimate_left(0, 0, 0, 300, 30, 10), 290, 1e-9);
	/* The current run takes longer than estimated: the time of the later runs stays. */
	CU_ASSERT_DOUBLE_EQUAL(estimate_left(0, 0, 0, 300, 30, 500), 270, 1e-9);
	/* Nine runs took twice as long: (180 + 10) / (90 + 10) is the factor. */
	CU_ASSERT_DOUBLE_EQUAL(estimate_left(9, 90, 180, 100, 0, 0), 190, 1e-9);
	CU_ASSERT_DOUBLE_EQUAL(estimate_left(9, 90, 90, 10, 10, 10), 0, 1e-9);
}

TEST_SUITE(estimate, {"stages", test_stages}, {"several", test_several},
	{"workload", test_workload}, {"left", test_left});

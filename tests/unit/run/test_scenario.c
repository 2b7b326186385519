/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The order of runs, their steps, and the runs that --only selects. */
#include "harness/run/scenario.h"
#include "tests/unit/test.h"

#include <string.h>

static const char text[] = "[plan]\nrepeat = 3\n"
			   "[lab]\n"
			   "[vm desk]\nmemory = 256 MB, 512 MB\nsession = attached, detached\n"
			   "[probe fine]\nkind = burst\n"
			   "[control switch]\ntarget = lab-switch\n";

static struct plan *plan_of(const char *ini)
{
	struct plan_errors errors = {0};
	struct plan *plan = NULL;

	CU_ASSERT_EQUAL_FATAL(plan_parse(&plan, "test.ini", ini, strlen(ini), &errors), 0);
	plan_errors_release(&errors);
	return plan;
}

static void test_order(void)
{
	struct plan *plan = plan_of(text);
	struct scenario s;
	struct err e = {0};

	CU_ASSERT_EQUAL_FATAL(scenario_make(&s, plan, NULL, &e), 0);
	CU_ASSERT_EQUAL(s.count, 12);
	CU_ASSERT_STRING_EQUAL(s.runs[0].plan_case->name, "memory=256MB session=attached");
	CU_ASSERT_EQUAL(s.runs[2].run, 3);
	CU_ASSERT_STRING_EQUAL(s.runs[11].plan_case->name, "memory=512MB session=detached");
	CU_ASSERT_EQUAL(s.runs[0].steps[0].kind, STEP_ENSURE);
	CU_ASSERT_EQUAL(s.runs[0].steps[1].kind, STEP_WARM_UP);
	CU_ASSERT_EQUAL(s.runs[0].steps[s.runs[0].step_count - 1].kind, STEP_NEXT);
	scenario_release(&s);
	plan_free(plan);
}

static void test_only(void)
{
	struct plan *plan = plan_of(text);
	struct scenario s;
	struct err e = {0};

	CU_ASSERT_EQUAL_FATAL(scenario_make(&s, plan, "memory=512MB session=attached", &e), 0);
	CU_ASSERT_EQUAL(s.count, 3);
	scenario_release(&s);
	CU_ASSERT_EQUAL_FATAL(scenario_make(&s, plan, "memory=512MB session=attached/2", &e), 0);
	CU_ASSERT_EQUAL(s.count, 1);
	CU_ASSERT_EQUAL(s.runs[0].run, 2);
	scenario_release(&s);
	CU_ASSERT_EQUAL(scenario_make(&s, plan, "memory=1GB", &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "memory=256MB session=attached"));
	CU_ASSERT_EQUAL(scenario_make(&s, plan, "memory=512MB session=attached/4", &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "1 to 3"));
	plan_free(plan);
}

TEST_SUITE(scenario, {"order", test_order}, {"only", test_only})

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs the registered suites; with an argument, those whose name contains it. The last line counts
 * tests: "unit: N passed, N failed". CU_get_error stays 0 when a test fails, so it is not used.
 */
#include "tests/unit/test.h"

#include <CUnit/Basic.h>
#include <stdio.h>
#include <string.h>

/*
 * Tests ask for more memory than there is. In a sanitizer's build it is refused as calloc refuses
 * it; by default the sanitizers would end the program.
 */
#define MEMORY_IS_REFUSED "allocator_may_return_null=1"
/* The sanitizers look for these names. */
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
const char *__asan_default_options(void);
const char *__tsan_default_options(void);

const char *__asan_default_options(void)
{
	return MEMORY_IS_REFUSED;
}

const char *__tsan_default_options(void)
{
	return MEMORY_IS_REFUSED;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

static struct test_suite *suites;

void test_suite_add(struct test_suite *suite)
{
	suite->next = suites;
	suites = suite;
}

int main(int argc, char **argv)
{
	unsigned passed, failed;

	if (CU_initialize_registry() != CUE_SUCCESS)
		return 1;
	for (struct test_suite *s = suites; s; s = s->next) {
		CU_pSuite suite;

		if (argc > 1 && !strstr(s->name, argv[1]))
			continue;
		suite = CU_add_suite(s->name, NULL, NULL);
		for (const CU_TestInfo *t = s->tests; suite && t->pName; t++)
			if (!CU_add_test(suite, t->pName, t->pTestFunc))
				suite = NULL;
		if (!suite) {
			fprintf(stderr, "suite %s cannot be registered\n", s->name);
			return 1;
		}
	}
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failed = CU_get_number_of_tests_failed() + CU_get_number_of_suites_failed();
	passed = CU_get_number_of_tests_run() - CU_get_number_of_tests_failed();
	CU_cleanup_registry();
	printf("unit: %u passed, %u failed\n", passed, failed);
	return failed || !passed ? 1 : 0;
}

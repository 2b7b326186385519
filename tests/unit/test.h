/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Unit tests: each file registers one suite; main.c runs them. They need no root and take seconds.
 */
#ifndef BLACKOUT_TESTS_UNIT_TEST_H
#define BLACKOUT_TESTS_UNIT_TEST_H

#include <CUnit/CUnit.h>

struct test_suite {
	const char *name;
	const CU_TestInfo *tests; /* ends with CU_TEST_INFO_NULL */
	struct test_suite *next;
};
void test_suite_add(struct test_suite *suite);

/* TEST_SUITE(base, {"units", test_units}, …) at a file's end. */
#define TEST_SUITE(suite_name, ...)                                                            \
	static const CU_TestInfo suite_name##_tests[] = {__VA_ARGS__, CU_TEST_INFO_NULL};      \
	static struct test_suite suite_name##_suite = {#suite_name, suite_name##_tests, NULL}; \
	__attribute__((constructor)) static void suite_name##_register(void)                   \
	{                                                                                      \
		test_suite_add(&suite_name##_suite);                                           \
	}

#endif

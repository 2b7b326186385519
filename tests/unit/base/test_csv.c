/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading CSV text: RFC 4180, damaged text, cells that are not numbers, guarded cells. */
#include "harness/base/csv.h"

#include "tests/unit/test.h"

#include <string.h>

static void parse(struct csv_table *t, const char *text)
{
	struct err e = {0};

	CU_ASSERT_EQUAL_FATAL(csv_parse(t, "t.csv", text, strlen(text), &e), 0);
}

static void test_rfc4180(void)
{
	struct csv_table t;

	parse(&t, "\xEF\xBB\xBF"
		  "a,b\r\n\"x,\"\"y\"\"\r\nz\",\r\n\r\n,\" 1\"\n3,4");
	CU_ASSERT_EQUAL(t.column_count, 2);
	CU_ASSERT_EQUAL(t.row_count, 3);
	CU_ASSERT_STRING_EQUAL(t.header[0], "a");
	CU_ASSERT_STRING_EQUAL(csv_cell(&t, 0, 0), "x,\"y\"\r\nz");
	CU_ASSERT_STRING_EQUAL(csv_cell(&t, 0, 1), "");
	CU_ASSERT_STRING_EQUAL(csv_cell(&t, 1, csv_column(&t, "b")), " 1");
	CU_ASSERT_STRING_EQUAL(csv_cell(&t, 2, 1), "4");
	CU_ASSERT_STRING_EQUAL(csv_cell(&t, 0, csv_column(&t, "c")), "");
	CU_ASSERT_STRING_EQUAL(csv_cell(&t, 9, 0), "");
	csv_release(&t);
	parse(&t, "only\n");
	CU_ASSERT_EQUAL(t.row_count, 0);
	csv_release(&t);
}

static void assert_refused(const char *text, size_t length, const char *message)
{
	struct csv_table t;
	struct err e = {0};

	CU_ASSERT_EQUAL(csv_parse(&t, "t.csv", text, length, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, message));
	CU_ASSERT_PTR_NULL(t.header);
}

static void test_damage(void)
{
	assert_refused("", 0, "empty");
	assert_refused("a,b\n1\n", 6, "t.csv:2: 1 fields where the header has 2");
	assert_refused("a,b\n\"x\ny\",2\n3\n", 14, "t.csv:4: 1 fields");
	assert_refused("a\n\"x\n", 5, "t.csv:2: the quote is not closed");
	assert_refused("a\n\"x\"y\n", 7, "after a closing quote");
	assert_refused("a\n\0\n", 4, "NUL");
}

static void assert_seconds(const char *text, int64_t ns)
{
	int64_t got;

	CU_ASSERT_EQUAL(seconds_parse(text, &got), 0);
	CU_ASSERT_EQUAL(got, ns);
}

static void test_numbers(void)
{
	static const char *const wrong[] = {
		"1,5", " 1", "1s", ".5", "1.", "nan", "1e3", "--1", "99999999999999999999"};
	int64_t ns;

	assert_seconds("", NS_NONE);
	assert_seconds("inf", NS_INF);
	assert_seconds("0.000000", 0);
	assert_seconds("12.345678", INT64_C(12345678000));
	assert_seconds("-1.5", INT64_C(-1500000000));
	assert_seconds("7", 7 * NS_PER_S);
	assert_seconds("0.1234567899", 123456789);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		CU_ASSERT_EQUAL(seconds_parse(wrong[i], &ns), -1);
	CU_ASSERT_EQUAL(utc_parse("2026-11-21T05:29:00.123456Z", &ns), 0);
	CU_ASSERT_EQUAL(ns, INT64_C(1795238940123456000));
	CU_ASSERT_EQUAL(utc_parse("2026-11-21T05:29:00Z", &ns), 0);
	CU_ASSERT_EQUAL(utc_parse("", &ns), 0);
	CU_ASSERT_EQUAL(ns, NS_NONE);
	CU_ASSERT_EQUAL(utc_parse("2026-11-21T05:29:00+01:00", &ns), -1);
	CU_ASSERT_EQUAL(utc_parse("yesterday", &ns), -1);
	CU_ASSERT_EQUAL(utc_parse("9999-01-01T00:00:00Z", &ns), -1);
	CU_ASSERT_EQUAL(utc_parse("1600-01-01T00:00:00Z", &ns), -1);
}

/* Reading a cell returns exactly the text that was written, guarded or not. */
static void test_guard(void)
{
	static const char *const texts[] = {"=1+1", "+1", "-x", "@a", "\tx", "plain", "", "'",
		"'abc", "''", "'=x", "''=x", "'''"};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		char cell[32];

		snprintf(
			cell, sizeof(cell), "%s%s", csv_needs_guard(texts[i]) ? "'" : "", texts[i]);
		CU_ASSERT_PTR_NULL(strchr("=+-@\t", cell[0] ? cell[0] : 'x'));
		CU_ASSERT_STRING_EQUAL(csv_unguard(cell), texts[i]);
	}
}

TEST_SUITE(csv, {"rfc4180", test_rfc4180}, {"damage", test_damage}, {"numbers", test_numbers},
	{"guarded cells", test_guard});

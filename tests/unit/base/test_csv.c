/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Result tables read back: RFC 4180, absent and added columns, what is no number. */
#include "harness/base/csv.h"

#include "tests/unit/test.h"

#include <string.h>

static void parse(struct table *t, const char *text)
{
	struct err e = {0};

	CU_ASSERT_EQUAL_FATAL(table_parse(t, "t.csv", text, strlen(text), &e), 0);
}

static void test_rfc4180(void)
{
	struct table t;

	parse(&t, "\xEF\xBB\xBF"
		  "a,b\r\n\"x,\"\"y\"\"\r\nz\",\r\n\r\n,\" 1\"\n3,4");
	CU_ASSERT_EQUAL(t.column_count, 2);
	CU_ASSERT_EQUAL(t.row_count, 3);
	CU_ASSERT_STRING_EQUAL(t.header[0], "a");
	CU_ASSERT_STRING_EQUAL(table_cell(&t, 0, 0), "x,\"y\"\r\nz");
	CU_ASSERT_STRING_EQUAL(table_cell(&t, 0, 1), "");
	CU_ASSERT_STRING_EQUAL(table_cell(&t, 1, table_column(&t, "b")), " 1");
	CU_ASSERT_STRING_EQUAL(table_cell(&t, 2, 1), "4");
	CU_ASSERT_STRING_EQUAL(table_cell(&t, 0, table_column(&t, "c")), "");
	CU_ASSERT_STRING_EQUAL(table_cell(&t, 9, 0), "");
	table_free(&t);
	parse(&t, "only\n");
	CU_ASSERT_EQUAL(t.row_count, 0);
	table_free(&t);
}

static void refused(const char *text, size_t length, const char *says)
{
	struct table t;
	struct err e = {0};

	CU_ASSERT_EQUAL(table_parse(&t, "t.csv", text, length, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, says));
	CU_ASSERT_PTR_NULL(t.header);
}

static void test_damage(void)
{
	refused("", 0, "empty");
	refused("a,b\n1\n", 6, "t.csv:2: 1 fields where the header has 2");
	refused("a,b\n\"x\ny\",2\n3\n", 14, "t.csv:4: 1 fields");
	refused("a\n\"x\n", 5, "t.csv:2: the quote is not closed");
	refused("a\n\"x\"y\n", 7, "after a closing quote");
	refused("a\n\0\n", 4, "NUL");
}

static void seconds(const char *text, int64_t ns)
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

	seconds("", NS_NONE);
	seconds("inf", NS_INF);
	seconds("0.000000", 0);
	seconds("12.345678", INT64_C(12345678000));
	seconds("-1.5", INT64_C(-1500000000));
	seconds("7", 7 * NS_PER_S);
	seconds("0.1234567899", 123456789);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		CU_ASSERT_EQUAL(seconds_parse(wrong[i], &ns), -1);
	CU_ASSERT_EQUAL(utc_parse("2026-11-21T05:29:00.123456Z", &ns), 0);
	CU_ASSERT_EQUAL(ns, INT64_C(1795238940123456000));
	CU_ASSERT_EQUAL(utc_parse("2026-11-21T05:29:00Z", &ns), 0);
	CU_ASSERT_EQUAL(utc_parse("", &ns), 0);
	CU_ASSERT_EQUAL(ns, NS_NONE);
	CU_ASSERT_EQUAL(utc_parse("2026-11-21T05:29:00+01:00", &ns), -1);
	CU_ASSERT_EQUAL(utc_parse("yesterday", &ns), -1);
}

/* Columns in another order, one of our own, one absent; as another tool might bring them. */
static const char runs[] =
	"verdict,case,run,blackout_hi_s,blackout_lo_s,job_lo_s,job_hi_s,downtime_reported_ms,lost_"
	"1s,"
	"axis:memory,colour,job_start_utc,vm\n"
	"FAIL,memory=2GB,3,inf,2.500000,17.250000,17.250000,246.125000,3,2GB,red,"
	"2026-11-21T05:29:00.000000Z,'=desk\n"
	"NOT JUDGED,\"a,b\",,,,,,,,,,,\n";

static void test_runs(void)
{
	struct run_rows r;
	struct err e = {0};

	CU_ASSERT_EQUAL_FATAL(runs_parse(&r, "runs.csv", runs, strlen(runs), &e), 0);
	CU_ASSERT_EQUAL_FATAL(r.count, 2);
	CU_ASSERT_STRING_EQUAL(r.row[0].case_name, "memory=2GB");
	CU_ASSERT_STRING_EQUAL(r.row[0].verdict, "FAIL");
	CU_ASSERT_STRING_EQUAL(r.row[0].vm, "=desk");
	CU_ASSERT_EQUAL(r.row[0].run, 3);
	CU_ASSERT_EQUAL(r.row[0].lost_1s, 3);
	CU_ASSERT_EQUAL(r.row[0].blackout.lo_ns, 2500 * NS_PER_MS);
	CU_ASSERT_EQUAL(r.row[0].blackout.hi_ns, NS_INF);
	CU_ASSERT_EQUAL(r.row[0].job.hi_ns, 17250 * NS_PER_MS);
	CU_ASSERT_EQUAL(r.row[0].downtime_ns, 246125 * NS_PER_US);
	CU_ASSERT_EQUAL_FATAL(r.row[0].axis_count, 1);
	CU_ASSERT_STRING_EQUAL(r.row[0].axes[0].name, "memory");
	CU_ASSERT_STRING_EQUAL(r.row[0].axes[0].value, "2GB");
	CU_ASSERT_STRING_EQUAL(r.row[1].case_name, "a,b");
	CU_ASSERT_STRING_EQUAL(r.row[1].outcome, "");
	CU_ASSERT_EQUAL(r.row[1].lost_1s, -1);
	CU_ASSERT_EQUAL(r.row[1].downtime_ns, NS_NONE);
	CU_ASSERT_EQUAL(r.row[1].blackout.lo_ns, NS_NONE);
	CU_ASSERT_EQUAL(r.row[1].job_start_utc_ns, NS_NONE);
	runs_free(&r);
}

static void runs_refused(const char *text, const char *says)
{
	struct run_rows r;
	struct err e = {0};

	CU_ASSERT_EQUAL(runs_parse(&r, "runs.csv", text, strlen(text), &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, says));
	CU_ASSERT_EQUAL(r.count, 0);
}

static void test_runs_wrong(void)
{
	runs_refused("case,run\nall,1\n", "no column 'verdict'");
	runs_refused("case,verdict,lost_1s\nall,PASS,0\nall,PASS,x\n", "row 2: lost_1s 'x'");
	runs_refused("case,verdict,lost_1s\nall,PASS,-1\n", "lost_1s '-1'");
	runs_refused(
		"case,verdict,blackout_lo_s,blackout_hi_s\nall,PASS,2,1\n", "blackout_lo_s '2'");
	runs_refused("case,verdict,blackout_lo_s,blackout_hi_s\nall,PASS,,1\n", "blackout_lo_s ''");
	runs_refused("case,verdict,job_lo_s,job_hi_s\nall,PASS,\"1,5\",2\n", "job_lo_s '1,5'");
}

static void test_cases(void)
{
	static const char text[] =
		"case,platform,runs,job_mean_s,job_sd_s,job_least_s,job_most_s,lost_1s_most,"
		"blackout_lo_s,blackout_hi_s,verdict,axis:memory\r\n"
		"all,libvirt,5,25.400000,,24.000000,26.000000,1,0.120000,0.180000,PASS,2GB\r\n";
	struct case_rows c;
	struct err e = {0};

	CU_ASSERT_EQUAL_FATAL(cases_parse(&c, "cases.csv", text, strlen(text), &e), 0);
	CU_ASSERT_EQUAL_FATAL(c.count, 1);
	CU_ASSERT_EQUAL(c.row[0].runs, 5);
	CU_ASSERT_EQUAL(c.row[0].job_mean_ns, 25400 * NS_PER_MS);
	CU_ASSERT_EQUAL(c.row[0].job_sd_ns, NS_NONE);
	CU_ASSERT_EQUAL(c.row[0].lost_1s_most, 1);
	CU_ASSERT_EQUAL(c.row[0].blackout.hi_ns, 180 * NS_PER_MS);
	CU_ASSERT_STRING_EQUAL(c.row[0].verdict, "PASS");
	CU_ASSERT_STRING_EQUAL(c.row[0].axes[0].value, "2GB");
	cases_free(&c);
}

/* What the writer guards, the reader gives back; anything else stays as it is. */
static void test_guard(void)
{
	static const char *const texts[] = {"=1+1", "+1", "-x", "@a", "\tx", "plain", "", "'",
		"'abc", "''", "'=x", "''=x", "'''"};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		char cell[32];

		snprintf(cell, sizeof(cell), "%s%s", cell_guarded(texts[i]) ? "'" : "", texts[i]);
		CU_ASSERT_PTR_NULL(strchr("=+-@\t", cell[0] ? cell[0] : 'x'));
		CU_ASSERT_STRING_EQUAL(cell_unguard(cell), texts[i]);
	}
}

TEST_SUITE(results, {"rfc4180", test_rfc4180}, {"damage", test_damage}, {"numbers", test_numbers},
	{"runs", test_runs}, {"runs that are wrong", test_runs_wrong}, {"cases", test_cases},
	{"guarded cells", test_guard});

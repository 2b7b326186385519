/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading runs.csv: absent and added columns, rows with errors. */
#include "harness/compare/run_rows.h"

#include "tests/unit/test.h"

#include <string.h>

/* As another tool may write it: columns in another order, an added one, an absent one. */
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

	CU_ASSERT_EQUAL_FATAL(run_rows_parse(&r, "runs.csv", runs, strlen(runs), &e), 0);
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
	run_rows_release(&r);
}

static void runs_refused(const char *text, const char *message)
{
	struct run_rows r;
	struct err e = {0};

	CU_ASSERT_EQUAL(run_rows_parse(&r, "runs.csv", text, strlen(text), &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, message));
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

TEST_SUITE(run_rows, {"runs", test_runs}, {"runs that are wrong", test_runs_wrong})

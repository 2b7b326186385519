/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Responses of a guest's agent: correct lines, and lines that no agent should send. */
#include "harness/ops/agent_responses.h"
#include "tests/unit/test.h"

#include <string.h>

static void test_workload(void)
{
	struct workload_status s;
	struct err e = {0};

	CU_ASSERT_EQUAL_FATAL(
		agent_workload_parse("ok state=running percent=41 done_bytes=7 files=3 "
				     "elapsed_ns=5000000000",
			&s, &e),
		0);
	CU_ASSERT_EQUAL(s.state, WORKLOAD_RUNNING);
	CU_ASSERT_EQUAL(s.percent, 41);
	CU_ASSERT_EQUAL(s.done_bytes, 7);
	CU_ASSERT_EQUAL(s.elapsed_ns, 5 * NS_PER_S);
	CU_ASSERT_EQUAL(s.rate_bytes_per_s, NS_NONE);
	CU_ASSERT_EQUAL(s.held, -1);
	CU_ASSERT_EQUAL(s.bad, NS_NONE);
	CU_ASSERT_EQUAL_FATAL(
		agent_workload_parse("ok state=incorrect percent=100 files=9 rate=5 held=no bad=12 "
				     "file=suite/7.dat why=the state=correct belongs to another",
			&s, &e),
		0);
	CU_ASSERT_EQUAL(s.state, WORKLOAD_INCORRECT);
	CU_ASSERT_EQUAL(s.held, 0);
	CU_ASSERT_EQUAL(s.bad, 12);
	CU_ASSERT_STRING_EQUAL(s.file, "suite/7.dat");
	CU_ASSERT_STRING_EQUAL(s.why, "the state=correct belongs to another");
	/* Prose contains no keys. */
	CU_ASSERT_EQUAL_FATAL(
		agent_workload_parse("ok state=failed why=disk full percent=9 file=x", &s, &e), 0);
	CU_ASSERT_EQUAL(s.percent, -1);
	CU_ASSERT_STRING_EQUAL(s.file, "");
	CU_ASSERT_EQUAL(agent_workload_parse("error no such work", &s, &e), -1);
	CU_ASSERT_STRING_EQUAL(e.text, "no such work");
	CU_ASSERT_EQUAL(agent_workload_parse("ok state=dancing", &s, &e), -1);
	CU_ASSERT_EQUAL(agent_workload_parse("ok state=ended", &s, &e), -1);
	CU_ASSERT_EQUAL(agent_workload_parse("state=running", &s, &e), -1);
	CU_ASSERT_EQUAL(agent_workload_parse("ok percent=-3 state=running", &s, &e), 0);
	CU_ASSERT_EQUAL(s.percent, -1);
	CU_ASSERT_EQUAL(
		agent_workload_parse("ok state=running done_bytes=99999999999999999999", &s, &e),
		0);
	CU_ASSERT_EQUAL(s.done_bytes, NS_NONE);
}

static void test_done(void)
{
	struct err e = {0};

	CU_ASSERT_EQUAL(agent_done_parse("ok", &e), 0);
	CU_ASSERT_EQUAL(agent_done_parse("ok file=suite/7.dat", &e), 0);
	CU_ASSERT_EQUAL(agent_done_parse("error it runs already", &e), -1);
	CU_ASSERT_STRING_EQUAL(e.text, "it runs already");
	CU_ASSERT_EQUAL(agent_done_parse("okay", &e), -1);
	CU_ASSERT_STRING_EQUAL(e.text, "the agent's response is malformed: 'okay'");
	CU_ASSERT_EQUAL(agent_done_parse("error", &e), -1);
	CU_ASSERT_STRING_EQUAL(e.text, "the agent's response is malformed: 'error'");
	CU_ASSERT_EQUAL(agent_done_parse("", &e), -1);
	CU_ASSERT_EQUAL(agent_done_parse("bad pages=7 bad=1", &e), -1);
}

static void test_hello(void)
{
	struct agent_hello hello;
	struct err e = {0};

	CU_ASSERT_EQUAL_FATAL(
		agent_hello_parse(
			"ok version=2 pages=9 fill_bytes=36864 disk=yes rdp=no", &hello, &e),
		0);
	CU_ASSERT_EQUAL(hello.version, 2);
	CU_ASSERT_EQUAL(hello.fill_bytes, 36864);
	CU_ASSERT_TRUE(hello.disk);
	/* Version 1 of the agent sends fewer values. */
	CU_ASSERT_EQUAL_FATAL(agent_hello_parse("ok pages=9 old_version=1 disk=no", &hello, &e), 0);
	CU_ASSERT_EQUAL(hello.version, NS_NONE);
	CU_ASSERT_EQUAL(hello.fill_bytes, NS_NONE);
	CU_ASSERT_FALSE(hello.disk);
	CU_ASSERT_EQUAL_FATAL(
		agent_hello_parse("ok version=two fill_bytes=-1 disk=yesterday", &hello, &e), 0);
	CU_ASSERT_EQUAL(hello.version, NS_NONE);
	CU_ASSERT_EQUAL(hello.fill_bytes, NS_NONE);
	CU_ASSERT_FALSE(hello.disk);
	CU_ASSERT_EQUAL(agent_hello_parse("error busy", &hello, &e), -1);
	CU_ASSERT_EQUAL(agent_hello_parse("version=2", &hello, &e), -1);
}

static void test_fill(void)
{
	struct agent_fill fill;
	struct err e = {0};

	CU_ASSERT_EQUAL_FATAL(
		agent_fill_parse(
			"ok pages=512 filled=17 rewritten=0 sessions=1 uptime_ns=5", &fill, &e),
		0);
	CU_ASSERT_EQUAL(fill.pages, 512);
	CU_ASSERT_EQUAL(fill.filled, 17);
	CU_ASSERT_EQUAL(agent_fill_parse("ok pages=512", &fill, &e), -1);
	CU_ASSERT_EQUAL(agent_fill_parse("ok filled=512", &fill, &e), -1);
	CU_ASSERT_EQUAL(agent_fill_parse("ok pages=x filled=x", &fill, &e), -1);
	CU_ASSERT_EQUAL(agent_fill_parse("error out of memory", &fill, &e), -1);
	CU_ASSERT_STRING_EQUAL(e.text, "out of memory");
}

static void test_memory(void)
{
	CU_ASSERT_EQUAL(agent_memory_parse("ok pages=512 bad=0"), MEMORY_INTACT);
	CU_ASSERT_EQUAL(
		agent_memory_parse("bad pages=512 bad=1 first=7 why=checksum expected=1 found=2"),
		MEMORY_CORRUPTED);
	CU_ASSERT_EQUAL(
		agent_memory_parse("error still filling: 3 of 512 pages"), MEMORY_UNVERIFIED);
	CU_ASSERT_EQUAL(agent_memory_parse("badly connected"), MEMORY_UNVERIFIED);
	CU_ASSERT_EQUAL(agent_memory_parse(""), MEMORY_UNVERIFIED);
}

static void test_clock(void)
{
	struct agent_clock clock;
	struct err e = {0};

	CU_ASSERT_EQUAL_FATAL(
		agent_clock_parse("ok mono_ns=5 wall_ns=-6 jump_ns=7 jump_at_ns=8", &clock, &e), 0);
	CU_ASSERT_EQUAL(clock.mono_ns, 5);
	CU_ASSERT_EQUAL(clock.wall_ns, -6);
	CU_ASSERT_EQUAL(clock.jump_ns, 7);
	CU_ASSERT_EQUAL(clock.jump_at_ns, 8);
	CU_ASSERT_EQUAL(agent_clock_parse("ok mono_ns=5 wall_ns=6 jump_ns=7", &clock, &e), -1);
	CU_ASSERT_EQUAL(agent_clock_parse("ok", &clock, &e), -1);
	CU_ASSERT_EQUAL(agent_clock_parse("error no such request", &clock, &e), -1);
}

TEST_SUITE(agent_responses, {"work", test_workload}, {"done", test_done}, {"hello", test_hello},
	{"fill", test_fill}, {"memory", test_memory}, {"clock", test_clock})

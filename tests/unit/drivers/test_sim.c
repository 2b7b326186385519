/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The simulated platform: all ends of a job, calling it off, the operator, the guest's agent. */
#include "tools/components.h"
#include "tests/unit/sim_bench.h"
#include "tests/unit/test.h"

#include <string.h>

/* Moves the VM "desk" once, with a script of one row. The bench stays open. */
static struct job_status move_once(
	struct bench *b, enum sim_job job, enum sim_mode mode, int64_t outage_ns)
{
	struct move_spec move = {.vm = "desk",
		.source = "a",
		.destination = "b",
		.bandwidth_bps = NS_NONE,
		.timeout_ns = 600 * S};
	struct sim_setup setup = bench_setup();
	struct job_status status;
	struct err e = {0};
	int64_t now;

	setup.outages_ns = &outage_ns;
	setup.modes = &mode;
	setup.jobs = &job;
	setup.outage_count = setup.mode_count = setup.job_count = 1;
	bench_open(b, &setup);
	bench_start(b);
	bench_probe(b, &probe_sim_burst, 10 * MS, 50 * MS);
	bench_pass_for(b, S);
	now = sim_now_ns(b->world);
	CU_ASSERT_EQUAL_FATAL(driver_sim.trigger(b->driver, &move, &e), 0);
	CU_ASSERT_EQUAL(driver_sim.trigger(b->driver, &move, &e), -1);
	bench_pass_for(b, 100 * MS);
	CU_ASSERT_EQUAL(driver_sim.job_status(b->driver, "desk", now, &status, &e), 0);
	CU_ASSERT_EQUAL(status.state, JOB_MOVING);
	CU_ASSERT_EQUAL(driver_sim.job_status(b->driver, "desk", now + 1, &status, &e), 0);
	CU_ASSERT_EQUAL(status.state, JOB_NONE);
	bench_pass_for(b, 10 * S);
	driver_sim.job_status(b->driver, "desk", now, &status, &e);
	return status;
}

static bool placed(struct bench *b, enum vm_state on_a, enum vm_state on_b)
{
	struct vm_place places[2];
	struct err e = {0};

	return driver_sim.where(b->driver, "desk", places, &e) == 0 && places[0].state == on_a &&
	       places[1].state == on_b;
}

static void test_job_completed(void)
{
	struct job_status status;
	struct tally paused, resumed, truth;
	struct bench b;

	status = move_once(&b, SIM_JOB_COMPLETED, SIM_DROP, 700 * MS);
	CU_ASSERT_EQUAL(status.state, JOB_COMPLETED);
	CU_ASSERT(placed(&b, VM_NONE, VM_RUNNING));
	bench_finish(&b);
	/* 256 MB at 955 Mbit/s take 2.25 s. */
	CU_ASSERT(status.ended_ns - status.requested_ns > 2 * S);
	CU_ASSERT(status.ended_ns - status.requested_ns < 3 * S);
	paused = bench_tally(&b, "driver", "job", "desk", "what=paused", NULL);
	resumed = bench_tally(&b, "driver", "job", "desk", "what=resumed", NULL);
	truth = bench_tally(&b, "driver", "truth", "desk", "mode=drop", "to");
	CU_ASSERT_EQUAL(bench_tally(&b, "driver", "job", "desk", NULL, NULL).count, 6);
	CU_ASSERT_EQUAL(truth.first_ns, paused.first_ns);
	CU_ASSERT_EQUAL(truth.number, paused.first_ns + 700 * MS);
	CU_ASSERT_EQUAL(bench_tally(&b, "driver", "statistics", "desk", NULL, "downtime").number,
		resumed.first_ns - paused.first_ns);
	CU_ASSERT(bench_tally(&b, "driver", "progress", "desk", NULL, NULL).count >= 4);
	CU_ASSERT_EQUAL(
		bench_tally(&b, "driver", "event", "desk", "detail=migrated", NULL).count, 3);
	CU_ASSERT_EQUAL(bench_tally(&b, "local-fine", "unanswered", "1", NULL, NULL).count, 70);
	CU_ASSERT(bench_tally(&b, "local-fine", "unanswered", "1", NULL, NULL).first_ns >
		  paused.first_ns);
	bench_close(&b);
}

/* A paused VM does not respond, so the reported downtime is never longer than the true outage. */
static void test_downtime(void)
{
	struct bench b;

	move_once(&b, SIM_JOB_COMPLETED, SIM_DROP, 20 * MS);
	bench_finish(&b);
	CU_ASSERT_EQUAL(
		bench_tally(&b, "driver", "statistics", "desk", NULL, "downtime").number, 20 * MS);
	bench_close(&b);
}

static void test_job_not_moved(void)
{
	static const struct {
		enum sim_job job;
		enum job_state state;
		const char *fact;
	} rows[] = {
		{SIM_JOB_FAILED, JOB_FAILED, "state=failed"},
		{SIM_JOB_CANCELLED, JOB_CANCELLED, "state=cancelled"},
		{SIM_JOB_WITH_STATUS, JOB_WITH_STATUS, "state=completed-with-status"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct bench b;
		struct job_status status = move_once(&b, rows[i].job, SIM_DROP, 700 * MS);

		CU_ASSERT_EQUAL(status.state, rows[i].state);
		CU_ASSERT(*status.message != '\0');
		CU_ASSERT(placed(&b, VM_RUNNING, VM_NONE));
		bench_finish(&b);
		CU_ASSERT_EQUAL(
			bench_tally(&b, "driver", "job", "desk", rows[i].fact, NULL).count, 1);
		CU_ASSERT_EQUAL(
			bench_tally(&b, "driver", "job", "desk", "what=paused", NULL).count, 0);
		CU_ASSERT_EQUAL(
			bench_tally(&b, "local-fine", "unanswered", "1", NULL, NULL).count, 0);
		bench_close(&b);
	}
}

static void test_job_vanish(void)
{
	struct job_status status;
	struct err e = {0};
	struct bench b;

	status = move_once(&b, SIM_JOB_VANISH, SIM_DROP, 700 * MS);
	CU_ASSERT_EQUAL(status.state, JOB_UNKNOWN);
	CU_ASSERT(placed(&b, VM_UNKNOWN, VM_NONE));
	CU_ASSERT_EQUAL(driver_sim.reconnect(b.driver, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "sim://a"));
	CU_ASSERT_EQUAL(driver_sim.vm_ensure(b.driver, &bench_vm, "a", &e), -1);
	bench_pass_for(&b, 30 * S);
	/* The host is back, but the driver has not reconnected yet. */
	CU_ASSERT(placed(&b, VM_UNKNOWN, VM_NONE));
	CU_ASSERT_EQUAL(driver_sim.vm_ensure(b.driver, &bench_vm, "a", &e), -1);
	CU_ASSERT_EQUAL(driver_sim.reconnect(b.driver, &e), 0);
	CU_ASSERT(placed(&b, VM_NONE, VM_NONE));
	driver_sim.job_status(b.driver, "desk", 0, &status, &e);
	CU_ASSERT_EQUAL(status.state, JOB_FAILED);
	CU_ASSERT_EQUAL(driver_sim.vm_ensure(b.driver, &bench_vm, "a", &e), 0);
	bench_pass_for(&b, 3 * S);
	CU_ASSERT(placed(&b, VM_RUNNING, VM_NONE));
	bench_finish(&b);
	CU_ASSERT_EQUAL(bench_tally(&b, "driver", "contact", "a", "what=lost", NULL).count, 1);
	CU_ASSERT_EQUAL(bench_tally(&b, "driver", "contact", "a", "what=back", NULL).count, 1);
	CU_ASSERT_EQUAL(bench_tally(&b, "driver", "truth", "desk", "mode=down", NULL).count, 1);
	CU_ASSERT_EQUAL(bench_tally(&b, "driver", "job", "desk", "what=resumed", NULL).count, 0);
	CU_ASSERT(bench_tally(&b, "local-fine", "unanswered", "1", NULL, NULL).count > 3000);
	bench_close(&b);
}

static void test_destination_vanishes(void)
{
	struct move_spec move = {.vm = "desk", .source = "a", .destination = "b"};
	struct sim_setup setup = bench_setup();
	struct job_status status;
	struct err e = {0};
	struct bench b;

	bench_open(&b, &setup);
	bench_start(&b);
	CU_ASSERT_EQUAL(driver_sim.trigger(b.driver, &move, &e), 0);
	sim_host_vanish(b.world, "b", sim_now_ns(b.world) + S, NS_INF, &e);
	bench_pass_for(&b, 5 * S);
	driver_sim.job_status(b.driver, "desk", 0, &status, &e);
	CU_ASSERT_EQUAL(status.state, JOB_WITH_STATUS);
	CU_ASSERT(placed(&b, VM_RUNNING, VM_UNKNOWN));
	bench_pass_for(&b, 3600 * S);
	CU_ASSERT_EQUAL(driver_sim.reconnect(b.driver, &e), -1);
	bench_close(&b);
}

static void test_job_harm(void)
{
	struct move_spec move = {.vm = "desk"};
	struct job_status status;
	char response[256];
	struct err e = {0};
	struct bench b;

	CU_ASSERT_EQUAL(move_once(&b, SIM_JOB_CORRUPTED, SIM_HOLD, S).state, JOB_COMPLETED);
	CU_ASSERT_EQUAL(
		driver_sim.agent(b.driver, "desk", "verify", response, sizeof(response), S, &e), 0);
	CU_ASSERT_EQUAL(strncmp(response, "bad pages=65536 bad=1 first=", 28), 0);
	bench_close(&b);
	CU_ASSERT_EQUAL(move_once(&b, SIM_JOB_TWO_PLACES, SIM_HOLD, S).state, JOB_COMPLETED);
	CU_ASSERT(placed(&b, VM_RUNNING, VM_RUNNING));
	/* A VM that runs on both hosts cannot move from either to the other. */
	for (int i = 0; i < 2; i++) {
		snprintf(move.source, sizeof(move.source), "%s", i ? "b" : "a");
		snprintf(move.destination, sizeof(move.destination), "%s", i ? "a" : "b");
		CU_ASSERT_EQUAL(driver_sim.trigger(b.driver, &move, &e), 0);
		driver_sim.job_status(b.driver, "desk", 0, &status, &e);
		CU_ASSERT_EQUAL(status.state, JOB_FAILED);
	}
	CU_ASSERT_EQUAL(driver_sim.vm_remove(b.driver, &bench_vm, &e), 0);
	CU_ASSERT(placed(&b, VM_NONE, VM_NONE));
	bench_close(&b);
}

static void test_called_off(void)
{
	struct move_spec move = {.vm = "desk",
		.source = "a",
		.destination = "b",
		.bandwidth_bps = 100000000,
		.timeout_ns = 5 * S};
	struct sim_setup setup = bench_setup();
	struct job_status status;
	struct err e = {0};
	struct bench b;

	bench_open(&b, &setup);
	bench_start(&b);
	CU_ASSERT_EQUAL(driver_sim.cancel(b.driver, "desk", &e), -1);
	CU_ASSERT_EQUAL(driver_sim.trigger(b.driver, &move, &e), 0);
	bench_pass_for(&b, S);
	CU_ASSERT(placed(&b, VM_RUNNING, VM_PAUSED));
	CU_ASSERT_EQUAL(driver_sim.cancel(b.driver, "desk", &e), 0);
	driver_sim.job_status(b.driver, "desk", 0, &status, &e);
	CU_ASSERT_EQUAL(status.state, JOB_CANCELLED);
	CU_ASSERT(placed(&b, VM_RUNNING, VM_NONE));
	/* At a tenth of the link's speed the copy takes 22 s; the watchdog ends it after 5 s. */
	CU_ASSERT_EQUAL(driver_sim.trigger(b.driver, &move, &e), 0);
	bench_pass_for(&b, 30 * S);
	driver_sim.job_status(b.driver, "desk", 0, &status, &e);
	CU_ASSERT_EQUAL(status.state, JOB_CANCELLED);
	CU_ASSERT_EQUAL(status.ended_ns - status.requested_ns, 5 * S);
	CU_ASSERT_STRING_EQUAL(status.message, "called off by the watchdog after 5s");
	snprintf(move.source, sizeof(move.source), "b");
	CU_ASSERT_EQUAL(driver_sim.trigger(b.driver, &move, &e), -1);
	bench_close(&b);
}

static void test_operator(void)
{
	struct sim_setup setup = bench_setup();
	struct job_status status;
	struct err e = {0};
	struct bench b;
	int64_t asked;

	setup.operator_moves = true;
	bench_open(&b, &setup);
	bench_start(&b);
	asked = sim_now_ns(b.world);
	driver_sim.job_status(b.driver, "desk", asked, &status, &e);
	CU_ASSERT_EQUAL(status.state, JOB_NONE);
	bench_pass_for(&b, 6 * S);
	driver_sim.job_status(b.driver, "desk", asked, &status, &e);
	CU_ASSERT_EQUAL(status.state, JOB_MOVING);
	CU_ASSERT_EQUAL(status.requested_ns, asked + 5 * S);
	CU_ASSERT_STRING_EQUAL(status.id, "operator-1");
	bench_pass_for(&b, 6 * S);
	CU_ASSERT(placed(&b, VM_NONE, VM_RUNNING));
	bench_close(&b);
}

static void test_agent(void)
{
	struct vm_spec half = bench_vm;
	struct sim_setup setup = bench_setup();
	char response[256], definition[] = "fill_bytes=134217728";
	struct err e = {0};
	struct bench b;
	int64_t before;

	half.definition = definition;
	bench_open(&b, &setup);
	before = sim_now_ns(b.world);
	CU_ASSERT_EQUAL(
		driver_sim.agent(b.driver, "desk", "hello", response, sizeof(response), S, &e), -1);
	CU_ASSERT_EQUAL(sim_now_ns(b.world) - before, S);
	CU_ASSERT_EQUAL(driver_sim.vm_ensure(b.driver, &half, NULL, &e), 0);
	bench_pass_for(&b, SIM_BOOT_NS + 50 * MS);
	driver_sim.agent(b.driver, "desk", "hello", response, sizeof(response), S, &e);
	CU_ASSERT_STRING_EQUAL(
		response, "ok version=2 pages=32768 fill_bytes=134217728 disk=yes rdp=no");
	driver_sim.agent(b.driver, "desk", "status", response, sizeof(response), S, &e);
	CU_ASSERT_PTR_NOT_NULL(strstr(response, "ok pages=32768 filled=1"));
	CU_ASSERT_PTR_NULL(strstr(response, "filled=32768 "));
	bench_pass_for(&b, S);
	driver_sim.agent(b.driver, "desk", "status", response, sizeof(response), S, &e);
	CU_ASSERT_PTR_NOT_NULL(strstr(response, "filled=32768 "));
	driver_sim.agent(b.driver, "desk", "verify", response, sizeof(response), S, &e);
	CU_ASSERT_STRING_EQUAL(response, "ok pages=32768 bad=0");
	driver_sim.agent(b.driver, "desk", "corrupt 40000", response, sizeof(response), S, &e);
	CU_ASSERT_EQUAL(strncmp(response, "error ", 6), 0);
	driver_sim.agent(b.driver, "desk", "corrupt 4711", response, sizeof(response), S, &e);
	driver_sim.agent(b.driver, "desk", "verify", response, sizeof(response), S, &e);
	CU_ASSERT_EQUAL(strncmp(response, "bad ", 4), 0);
	/* A VM of another size is started anew, without corrupted pages. */
	half.memory_bytes *= 2;
	CU_ASSERT_EQUAL(driver_sim.vm_ensure(b.driver, &half, NULL, &e), 0);
	bench_pass_for(&b, 5 * S);
	driver_sim.agent(b.driver, "desk", "verify", response, sizeof(response), S, &e);
	CU_ASSERT_STRING_EQUAL(response, "ok pages=32768 bad=0");
	bench_close(&b);
}

TEST_SUITE(sim_driver, {"completed", test_job_completed}, {"downtime", test_downtime},
	{"failed, cancelled, with status", test_job_not_moved}, {"vanish", test_job_vanish},
	{"destination vanishes", test_destination_vanishes},
	{"corrupted, two places", test_job_harm}, {"called off", test_called_off},
	{"operator", test_operator}, {"agent", test_agent})

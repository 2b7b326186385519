/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The list of jobs, the exact bytes of its facts, and conclusions from polls of the hosts a, b, c.
 */
#include "harness/drivers/jobs.h"
#include "tests/unit/test.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MS NS_PER_MS
#define INTERVAL (250 * MS)
enum { A, B, C, HOSTS };

/* A list with its facts, and the readings of the VM "desk". */
struct platform {
	char dir[64];
	struct fact_log *log;
	struct job_list list;
	struct job_reading *readings;
	char facts[4096]; /* the fact lines of desk, set by platform_close */
};

static void platform_open(struct platform *p)
{
	struct host_address hosts[HOSTS] = {{.name = "a"}, {.name = "b"}, {.name = "c"}};
	struct driver_context context = {.hosts = hosts, .host_count = HOSTS};
	char facts[PATH_MAX];
	struct err e;

	snprintf(p->dir, sizeof(p->dir), P_tmpdir "/blackout-jobs-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(p->dir));
	snprintf(facts, sizeof(facts), "%s/facts", p->dir);
	CU_ASSERT_EQUAL_FATAL(mkdir(facts, 0700), 0);
	CU_ASSERT_EQUAL_FATAL(fact_log_open(&p->log, p->dir, "driver", &clock_system, &e), 0);
	context.log = p->log;
	CU_ASSERT_EQUAL_FATAL(
		jobs_init(&p->list, &context, sizeof(struct platform_job), INTERVAL), 0);
	p->readings = job_readings_new(HOSTS);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p->readings);
}

static void platform_close(struct platform *p)
{
	char path[PATH_MAX], line[1024];
	struct err e;
	FILE *f;

	jobs_release(&p->list);
	free(p->readings);
	CU_ASSERT_EQUAL(fact_log_close(p->log, "done", &e), 0);
	snprintf(path, sizeof(path), "%s/facts/driver.tsv", p->dir);
	f = fopen(path, "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	*p->facts = '\0';
	while (fgets(line, sizeof(line), f))
		if (strstr(line, "\tdesk\t"))
			snprintf(p->facts + strlen(p->facts), sizeof(p->facts) - strlen(p->facts),
				"%s", line);
	fclose(f);
	unlink(path);
	snprintf(path, sizeof(path), "%s/facts", p->dir);
	rmdir(path);
	rmdir(p->dir);
}

static struct platform_job *add(struct platform *p, const struct job_request *request)
{
	struct platform_job *job = jobs_add(&p->list, request);

	CU_ASSERT_PTR_NOT_NULL_FATAL(job);
	return job;
}

/* Adds a job of the driver itself, from a to b. */
static struct platform_job *request(struct platform *p, const char *vm, int64_t ns)
{
	return add(p, &(struct job_request){.vm = vm,
			      .id_prefix = vm,
			      .id_number = ns,
			      .source = A,
			      .destination = B,
			      .ns = ns,
			      .earliest_ns = NS_NONE});
}

/* The reading of a poll that began at `ms` and took a millisecond. */
static struct job_reading reading(int64_t ms, enum vm_state state)
{
	return (struct job_reading){.asked_ns = ms * MS, .seen_ns = (ms + 1) * MS, .state = state};
}

static enum job_finding take(struct platform *p, size_t host, struct job_reading now)
{
	struct platform_job *job;
	enum job_finding finding = jobs_poll(&p->list, "desk", p->readings, host, &now, &job);

	CU_ASSERT_PTR_EQUAL(job, jobs_latest(&p->list, "desk"));
	return finding;
}

static enum job_finding poll_host(struct platform *p, size_t host, int64_t ms, enum vm_state state)
{
	return take(p, host, reading(ms, state));
}

/*
 * A poll that sees a migration away from `host`, running for 100 ms, with `remaining` bytes left.
 */
static enum job_finding poll_moving(struct platform *p, size_t host, int64_t ms, uint64_t remaining)
{
	struct job_reading now = reading(ms, VM_RUNNING);

	now.moving = true;
	now.elapsed_ns = 100 * MS;
	now.progress.total_bytes = 100;
	now.progress.processed_bytes = 100 - remaining;
	now.progress.remaining_bytes = remaining;
	return take(p, host, now);
}

static enum job_state state_since(const struct platform *p, int64_t since_ns)
{
	struct job_status status;
	bool any = jobs_status(&p->list, "desk", since_ns, &status);

	CU_ASSERT_EQUAL(any, status.state != JOB_NONE);
	return status.state;
}

/* A job of the driver, whose destination is known only when it starts, with every kind of fact. */
static void record_own_job(struct platform *p)
{
	struct platform_job *job = add(p, &(struct job_request){.vm = "desk",
						  .id_prefix = "sim",
						  .id_number = 7,
						  .source = A,
						  .destination = JOBS_NO_HOST,
						  .ns = 1000,
						  .earliest_ns = 900,
						  .bandwidth_bps = 8388608});
	int64_t values[JOB_STATISTICS];

	job->destination = B;
	job_record_start(job, 1100, 950);
	job_record_start(job, 1150, 1100);
	job_record_progress(job, 1200,
		&(struct job_progress){.total_bytes = 9,
			.processed_bytes = 5,
			.remaining_bytes = 4,
			.iteration = 2,
			.dirty_rate = 3});
	jobs_record_event(&p->list, 1300, "desk", B, "resumed", "migrated");
	job_record(job, JOB_EVENT_RESUMED, 1300, NS_NONE);
	job_record(job, JOB_EVENT_RESUMED, 1350, NS_NONE);
	for (size_t i = 0; i < JOB_STATISTICS; i++)
		values[i] = NS_NONE;
	CU_ASSERT_FALSE(job_record_statistics(job, 1400, values));
	values[JOB_STATISTIC_DOWNTIME] = 0;
	values[JOB_STATISTIC_TOTAL] = 5;
	values[JOB_STATISTIC_ITERATIONS] = 6;
	CU_ASSERT_TRUE(job_record_statistics(job, 1400, values));
	snprintf(job->message, sizeof(job->message), "why");
	job_end(job, JOB_FAILED, 1500, 1300);
}

/* A job that the operator marked: its hosts are unknown. */
static void record_marked_job(struct platform *p)
{
	struct platform_job *job = add(p, &(struct job_request){.vm = "desk",
						  .id_prefix = "mark",
						  .id_number = 2000,
						  .source = JOBS_NO_HOST,
						  .destination = JOBS_NO_HOST,
						  .ns = 2000,
						  .earliest_ns = NS_NONE,
						  .message = "by hand"});

	job_end(job, JOB_COMPLETED, 2100, NS_NONE);
}

/* Every kind of fact, with its keys in order. */
static void test_facts(void)
{
	static const char expected[] =
		"1000\tjob\tdesk\tid=sim-7\twhat=requested\tsource=a\tdestination=\tearliest=900"
		"\tbandwidth=8388608\n"
		"1100\tjob\tdesk\tid=sim-7\twhat=started\tsource=a\tdestination=b\tearliest=1000\n"
		"1200\tprogress\tdesk\tid=sim-7\ttotal=9\tprocessed=5\tremaining=4\titeration=2"
		"\tdirty_rate=3\n"
		"1300\tevent\tdesk\thost=b\twhat=resumed\tdetail=migrated\n"
		"1300\tjob\tdesk\tid=sim-7\twhat=resumed\tsource=a\tdestination=b\n"
		"1400\tstatistics\tdesk\tid=sim-7\tdowntime=0\ttotal=5\titerations=6\n"
		"1500\tjob\tdesk\tid=sim-7\twhat=ended\tsource=a\tdestination=b\tearliest=1300"
		"\tstate=failed\tmessage=why\n"
		"2000\tjob\tdesk\tid=mark-2000\twhat=requested\n"
		"2100\tjob\tdesk\tid=mark-2000\twhat=ended\tstate=completed\tmessage=by hand\n";
	struct platform p;

	platform_open(&p);
	record_own_job(&p);
	record_marked_job(&p);
	/* An abandoned driver writes no facts. */
	p.list.log = NULL;
	jobs_record_event(&p.list, 2200, "desk", B, "resumed", "migrated");
	platform_close(&p);
	CU_ASSERT_STRING_EQUAL(p.facts, expected);
}

/* A VM has several jobs, mixed with another VM's; each is found by the time of its request. */
static void test_several_jobs(void)
{
	struct platform_job *first, *second;
	struct job_status status;
	struct platform p;

	platform_open(&p);
	first = request(&p, "desk", 1000 * MS);
	job_end(first, JOB_COMPLETED, 2000 * MS, NS_NONE);
	second = request(&p, "desk", 3000 * MS);
	request(&p, "web", 4000 * MS);
	CU_ASSERT_PTR_EQUAL(jobs_latest(&p.list, "desk"), second);
	CU_ASSERT_PTR_NULL(jobs_latest(&p.list, "des"));
	CU_ASSERT_STRING_NOT_EQUAL(first->id, second->id);
	CU_ASSERT_EQUAL(state_since(&p, 3000 * MS), JOB_MOVING);
	CU_ASSERT_EQUAL(state_since(&p, 3001 * MS), JOB_NONE);
	job_end(second, JOB_FAILED, 5000 * MS, NS_NONE);
	CU_ASSERT_EQUAL(state_since(&p, 5000 * MS), JOB_NONE);

	/* A poll that began before the second job ended may have seen that job. */
	CU_ASSERT_EQUAL(poll_moving(&p, B, 4999, 50), JOB_FINDING_NONE);
	CU_ASSERT_EQUAL(poll_moving(&p, B, 5250, 40), JOB_FINDING_BEGAN);
	CU_ASSERT_EQUAL(poll_moving(&p, B, 5500, 10), JOB_FINDING_RUNS);
	CU_ASSERT_EQUAL(poll_moving(&p, C, 5600, 10), JOB_FINDING_NONE);
	CU_ASSERT_EQUAL(p.list.count, 4);
	CU_ASSERT_TRUE(jobs_status(&p.list, "desk", 0, &status));
	CU_ASSERT_EQUAL(status.requested_ns, 5151 * MS);
	CU_ASSERT_EQUAL(status.remaining_bytes, 10);
	CU_ASSERT_EQUAL(status.processed_bytes, 90);
	CU_ASSERT_EQUAL(first->state, JOB_COMPLETED);
	CU_ASSERT_EQUAL(second->state, JOB_FAILED);
	platform_close(&p);
}

/* A job started elsewhere, noticed by a poll and followed until the VM runs on a host. */
static void test_started_elsewhere(void)
{
	const struct platform_job *job;
	struct platform p;

	platform_open(&p);
	CU_ASSERT_EQUAL(poll_host(&p, B, 900, VM_PAUSED), JOB_FINDING_NONE);
	CU_ASSERT_EQUAL(poll_moving(&p, A, 1000, 50), JOB_FINDING_BEGAN);
	job = jobs_latest(&p.list, "desk");
	CU_ASSERT_TRUE(job->found);
	CU_ASSERT_EQUAL(job->source, A);
	CU_ASSERT_EQUAL(job->destination, B);
	CU_ASSERT_EQUAL(job->at_ns[JOB_EVENT_REQUESTED], 901 * MS);
	/* A query for later jobs finds it too, because it is still moving. */
	CU_ASSERT_EQUAL(state_since(&p, 5000 * MS), JOB_MOVING);
	CU_ASSERT_EQUAL(poll_host(&p, A, 1250, VM_PAUSED), JOB_FINDING_NONE);
	CU_ASSERT_EQUAL(poll_host(&p, C, 1300, VM_RUNNING), JOB_FINDING_NONE);
	CU_ASSERT_EQUAL(poll_host(&p, A, 1500, VM_NONE), JOB_FINDING_ENDED);
	CU_ASSERT_EQUAL(job->destination, C);
	CU_ASSERT_EQUAL(state_since(&p, 1501 * MS), JOB_COMPLETED);
	CU_ASSERT_EQUAL(state_since(&p, 1502 * MS), JOB_NONE);

	CU_ASSERT_EQUAL(poll_host(&p, C, 1505, VM_UNKNOWN), JOB_FINDING_NONE);
	CU_ASSERT_EQUAL(poll_moving(&p, C, 1550, 50), JOB_FINDING_BEGAN);
	platform_close(&p);
	CU_ASSERT_PTR_NOT_NULL(strstr(p.facts,
		"901000000\tjob\tdesk\tid=desk-901000000\twhat=requested\tsource=a\tdestination=b"
		"\tearliest=899000000\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(p.facts, "\tearliest=1000000000\tstate=completed"));
	/* At 1300 c showed no migration: this bounds the request better than the elapsed time. */
	CU_ASSERT_PTR_NOT_NULL(strstr(p.facts, "1451000000\tjob\tdesk\tid=desk-1451000000\t"));
	CU_ASSERT_PTR_NOT_NULL(strstr(p.facts, "\tearliest=1300000000\n"));
	CU_ASSERT_PTR_NULL(strstr(p.facts, "what=started"));
}

/* The VM vanishes: concluded only from polls of all hosts after it was last seen moving. */
static void test_vanished(void)
{
	struct platform_job *job;
	struct platform p;

	platform_open(&p);
	job = request(&p, "desk", 500 * MS);
	job->called_off = true;
	CU_ASSERT_EQUAL(poll_host(&p, C, 900, VM_NONE), JOB_FINDING_NONE);
	CU_ASSERT_EQUAL(poll_moving(&p, A, 1000, 50), JOB_FINDING_RUNS);
	CU_ASSERT_EQUAL(poll_host(&p, A, 1250, VM_NONE), JOB_FINDING_NONE);
	CU_ASSERT_EQUAL(poll_host(&p, B, 1300, VM_NONE), JOB_FINDING_NONE);
	CU_ASSERT_EQUAL(poll_host(&p, C, 1350, VM_UNKNOWN), JOB_FINDING_NONE);
	CU_ASSERT_EQUAL(poll_host(&p, C, 1400, VM_PAUSED), JOB_FINDING_NONE);
	/* A reading from before the source fell silent does not count. */
	CU_ASSERT_EQUAL(poll_host(&p, A, 1500, VM_UNKNOWN), JOB_FINDING_NONE);
	CU_ASSERT_EQUAL(poll_host(&p, C, 1550, VM_NONE), JOB_FINDING_NONE);
	CU_ASSERT_EQUAL(job->state, JOB_MOVING);
	CU_ASSERT_EQUAL(poll_host(&p, A, 1600, VM_NONE), JOB_FINDING_ENDED);
	CU_ASSERT_EQUAL(job->state, JOB_FAILED);
	CU_ASSERT_STRING_EQUAL(job->message, JOBS_NOWHERE);
	CU_ASSERT_EQUAL(job->at_ns[JOB_EVENT_ENDED], 1601 * MS);
	platform_close(&p);
	CU_ASSERT_PTR_NOT_NULL(strstr(p.facts, "\tearliest=1000000000\tstate=failed"));
}

/* Contact with the source is lost and comes back: the job continues, is lost again, and failed. */
static void test_failed_after_loss(void)
{
	struct job_reading hidden = reading(9000, VM_RUNNING);
	struct platform_job *job;
	struct platform p;

	platform_open(&p);
	job = request(&p, "desk", 500 * MS);
	job->in_call = true;
	CU_ASSERT_EQUAL(poll_moving(&p, A, 1000, 50), JOB_FINDING_RUNS);
	/* For a job in a call, only the call reports the end. */
	jobs_lose_host(&p.list, A, 2000 * MS);
	CU_ASSERT_EQUAL(poll_host(&p, B, 2100, VM_RUNNING), JOB_FINDING_NONE);
	CU_ASSERT_EQUAL(job->state, JOB_MOVING);
	CU_ASSERT_EQUAL(poll_host(&p, B, 2200, VM_PAUSED), JOB_FINDING_NONE);
	job->in_call = false;
	jobs_lose_host(&p.list, B, 3000 * MS);
	CU_ASSERT_EQUAL(job->state, JOB_MOVING);
	jobs_lose_host(&p.list, A, 3000 * MS);
	CU_ASSERT_EQUAL(job->state, JOB_UNKNOWN);
	CU_ASSERT_STRING_EQUAL(job->message, "contact with host a was lost");

	CU_ASSERT_EQUAL(poll_host(&p, A, 3100, VM_UNKNOWN), JOB_FINDING_NONE);
	CU_ASSERT_EQUAL(poll_moving(&p, A, 2999, 40), JOB_FINDING_NONE);
	CU_ASSERT_EQUAL(poll_moving(&p, A, 5000, 30), JOB_FINDING_RUNS);
	CU_ASSERT_EQUAL(job->state, JOB_MOVING);
	CU_ASSERT_EQUAL(job->at_ns[JOB_EVENT_ENDED], NS_NONE);
	CU_ASSERT_EQUAL(p.list.count, 1);

	/* Neither the loss of contact nor readings from before it show that the job failed. */
	CU_ASSERT_EQUAL(poll_host(&p, A, 5250, VM_RUNNING), JOB_FINDING_NONE);
	jobs_lose_host(&p.list, A, 8000 * MS);
	CU_ASSERT_EQUAL(poll_host(&p, B, 8700, VM_NONE), JOB_FINDING_NONE);
	CU_ASSERT_EQUAL(poll_host(&p, A, 8499, VM_RUNNING), JOB_FINDING_NONE);
	hidden.job_hidden = true;
	CU_ASSERT_EQUAL(take(&p, A, hidden), JOB_FINDING_NONE);
	CU_ASSERT_EQUAL(poll_host(&p, A, 9250, VM_RUNNING), JOB_FINDING_ENDED);
	CU_ASSERT_EQUAL(job->state, JOB_FAILED);
	CU_ASSERT_STRING_EQUAL(
		job->message, "the job ended (failed, or called off) and the VM runs on a");
	platform_close(&p);
	CU_ASSERT_PTR_NOT_NULL(strstr(p.facts, "\tearliest=1000000000\tstate=unknown"));
	CU_ASSERT_PTR_NOT_NULL(strstr(p.facts, "\tearliest=5000000000\tstate=failed"));
}

/* A job whose VM runs on the source again counts as cancelled if the driver called it off. */
static void test_called_off(void)
{
	struct platform_job *job;
	struct platform p;

	platform_open(&p);
	CU_ASSERT_EQUAL(poll_moving(&p, A, 1000, 50), JOB_FINDING_BEGAN);
	job = jobs_latest(&p.list, "desk");
	job->called_off = true;
	CU_ASSERT_EQUAL(poll_host(&p, A, 1499, VM_RUNNING), JOB_FINDING_NONE);
	CU_ASSERT_EQUAL(poll_host(&p, A, 1500, VM_RUNNING), JOB_FINDING_ENDED);
	CU_ASSERT_EQUAL(job->state, JOB_CANCELLED);
	platform_close(&p);
}

/* A move that no poll saw may have ended at any time since its request. */
static void test_never_seen(void)
{
	struct platform p;

	platform_open(&p);
	request(&p, "desk", 2000 * MS);
	CU_ASSERT_EQUAL(poll_host(&p, A, 2050, VM_NONE), JOB_FINDING_NONE);
	CU_ASSERT_EQUAL(poll_host(&p, B, 2100, VM_RUNNING), JOB_FINDING_ENDED);
	CU_ASSERT_EQUAL(jobs_latest(&p.list, "desk")->state, JOB_COMPLETED);
	platform_close(&p);
	CU_ASSERT_PTR_NOT_NULL(strstr(p.facts, "\tearliest=2000000000\tstate=completed"));
}

/*
 * Source and destination both show the VM running: once the destination was polled after the job
 * was last seen moving, the job has completed. While one of them is paused, it may still run again.
 */
static void test_both_run(void)
{
	struct platform_job *job;
	struct platform p;

	platform_open(&p);
	job = request(&p, "desk", 500 * MS);
	CU_ASSERT_EQUAL(poll_moving(&p, A, 1000, 50), JOB_FINDING_RUNS);
	CU_ASSERT_EQUAL(poll_host(&p, A, 1200, VM_PAUSED), JOB_FINDING_NONE);
	CU_ASSERT_EQUAL(poll_host(&p, B, 999, VM_RUNNING), JOB_FINDING_NONE);
	CU_ASSERT_EQUAL(poll_host(&p, A, 1201, VM_RUNNING), JOB_FINDING_NONE);
	CU_ASSERT_EQUAL(poll_host(&p, A, 1202, VM_PAUSED), JOB_FINDING_NONE);
	CU_ASSERT_EQUAL(poll_host(&p, B, 1250, VM_RUNNING), JOB_FINDING_NONE);
	job->stopped_ns = 1210 * MS;
	job_record(job, JOB_EVENT_RESUMED, 1205 * MS, NS_NONE);
	CU_ASSERT_EQUAL(poll_host(&p, A, 1450, VM_RUNNING), JOB_FINDING_ENDED);
	CU_ASSERT_EQUAL(job->state, JOB_COMPLETED);
	CU_ASSERT_EQUAL(job->destination, B);
	CU_ASSERT_STRING_EQUAL(job->message, "");
	/* An ended job is not ended again. */
	CU_ASSERT_EQUAL(poll_host(&p, B, 1500, VM_NONE), JOB_FINDING_NONE);
	platform_close(&p);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(p.facts, "1210000000\tjob\tdesk\tid=desk-500000000\twhat=ended"
				"\tsource=a\tdestination=b\tearliest=1205000000\t"));
}

TEST_SUITE(jobs, {"facts to the byte", test_facts}, {"several jobs of one VM", test_several_jobs},
	{"a job started elsewhere", test_started_elsewhere}, {"a VM that vanished", test_vanished},
	{"failed after its host was lost", test_failed_after_loss},
	{"called off by the driver", test_called_off}, {"never seen moving", test_never_seen},
	{"running on both hosts", test_both_run})

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Workloads: their defaults and steps in a plan, and a user's own command. */
#include "harness/ops/workload.h"
#include "harness/plan/settings.h"
#include "harness/run/scenario.h"
#include "reports/common/fit.h"
#include "tests/unit/test.h"
#include "harness/workloads/components.h"
#include "tools/components.h"

#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const struct workload_ops *const table[] = {
	&workload_install, &workload_dirty, &workload_command, NULL};

static struct plan *plan_of(const char *ini)
{
	struct plan_errors errors = {0};
	struct plan *plan = NULL;

	if (plan_parse(&plan, "test.ini", ini, strlen(ini), &errors))
		fprintf(stderr, "\n  %s\n", errors.text[0]);
	CU_ASSERT_PTR_NOT_NULL_FATAL(plan);
	plan_errors_release(&errors);
	return plan;
}

#define REST "[lab]\n[probe fine]\nkind = burst\n[control switch]\ntarget = lab-switch\n"

static void test_defaults(void)
{
	struct install_settings settings;
	struct plan *plan = plan_of(REST "[vm desk]\n[vm other]\nworkload = none\n"
					 "[workload suite]\nkind = install\nsize = 20 MB\n");
	const struct plan_section *suite = plan_section_find(plan, SECTION_WORKLOAD, "suite");
	const struct plan_case *c = plan_case_at(plan, 0);
	struct workload workloads[WORKLOADS_MAX];

	component_settings_read(component_of(suite), suite, &settings);
	CU_ASSERT_EQUAL(settings.files, 80);
	CU_ASSERT_EQUAL(workload_settings_of(suite).unmoved, 1);
	CU_ASSERT_PTR_EQUAL(component_of(suite), &component_workload_install);
	CU_ASSERT_EQUAL_FATAL(
		workload_collect(table, c, plan_section_at(plan, SECTION_VM, 0), workloads), 1);
	CU_ASSERT_STRING_EQUAL(workloads[0].name, "suite");
	CU_ASSERT_EQUAL(workloads[0].bytes, 20 << 20);
	CU_ASSERT_EQUAL(
		workload_collect(table, c, plan_section_at(plan, SECTION_VM, 1), workloads), 0);
	plan_free(plan);
}

static void test_dirty_axis(void)
{
	struct plan *plan = plan_of(REST "[vm desk]\ndirty = 0, 100 MB/s\n");
	const struct plan_section *desk = plan_section_at(plan, SECTION_VM, 0);
	struct workload workloads[WORKLOADS_MAX];

	CU_ASSERT_EQUAL_FATAL(plan_case_count(plan), 2);
	CU_ASSERT_STRING_EQUAL(plan_case_at(plan, 0)->name, "dirty=0");
	CU_ASSERT_STRING_EQUAL(plan_case_at(plan, 1)->name, "dirty=100MB/s");
	CU_ASSERT_EQUAL(workload_collect(table, plan_case_at(plan, 0), desk, workloads), 0);
	CU_ASSERT_EQUAL_FATAL(workload_collect(table, plan_case_at(plan, 1), desk, workloads), 1);
	CU_ASSERT_EQUAL(workloads[0].rate_bytes_per_s, INT64_C(100) << 20);
	CU_ASSERT_EQUAL(workloads[0].set_bytes, INT64_C(64) << 20);
	plan_free(plan);
}

/* Unmoved runs come first and contain no move. A VM without a workload has no steps for it. */
static void test_steps(void)
{
	struct plan *plan = plan_of(REST "[vm desk]\nworkload = none, suite\n"
					 "[workload suite]\nkind = install\nunmoved = 2\n");
	struct scenario s;
	struct err e = {0};

	CU_ASSERT_EQUAL_FATAL(scenario_make(&s, plan, NULL, &e), 0);
	CU_ASSERT_EQUAL_FATAL(s.count, 4);
	CU_ASSERT(
		!s.runs[0].unmoved && s.runs[1].unmoved && s.runs[2].unmoved && !s.runs[3].unmoved);
	CU_ASSERT_EQUAL(s.runs[2].run, 2);
	CU_ASSERT_EQUAL(s.runs[3].run, 1);
	for (size_t i = 0; i < s.runs[0].step_count; i++)
		CU_ASSERT(s.runs[0].steps[i].kind != STEP_WORKLOAD &&
			  s.runs[0].steps[i].kind != STEP_WORKLOAD_END);
	for (size_t i = 0; i < s.runs[1].step_count; i++)
		CU_ASSERT_NOT_EQUAL(s.runs[1].steps[i].kind, STEP_TRIGGER);
	for (size_t i = 0; i + 1 < s.runs[3].step_count; i++)
		if (s.runs[3].steps[i].kind == STEP_WORKLOAD) {
			CU_ASSERT_EQUAL(s.runs[3].steps[i].limit_ns, 5 * NS_PER_S);
			CU_ASSERT_EQUAL(s.runs[3].steps[i + 1].kind, STEP_TRIGGER);
		}
	scenario_release(&s);
	CU_ASSERT_EQUAL_FATAL(scenario_make(&s, plan, "workload=suite/1", &e), 0);
	CU_ASSERT_EQUAL(s.count, 1);
	CU_ASSERT(!s.runs[0].unmoved);
	scenario_release(&s);
	plan_free(plan);
}

/* Without a move, an endless workload runs for its lead time; a finite one runs to its end. */
static void test_unmoved_lead(void)
{
	struct plan *plan =
		plan_of(REST "[vm desk]\nworkload = pages, suite\n"
			     "[workload pages]\nkind = dirty\nrate = 5 MB/s\n"
			     "lead = 7 s\nunmoved = 1\n[workload suite]\nkind = install\n");
	struct scenario s;
	struct err e = {0};
	size_t found = 0;

	CU_ASSERT_EQUAL_FATAL(scenario_make(&s, plan, NULL, &e), 0);
	CU_ASSERT_EQUAL_FATAL(s.count, 4);
	CU_ASSERT(s.runs[0].unmoved && s.runs[2].unmoved);
	for (size_t k = 0; k < 4; k += 2)
		for (size_t i = 0; i < s.runs[k].step_count; i++) {
			if (s.runs[k].steps[i].kind != STEP_WORKLOAD)
				continue;
			found++;
			CU_ASSERT_EQUAL(s.runs[k].steps[i].limit_ns, k ? 0 : 7 * NS_PER_S);
		}
	CU_ASSERT_EQUAL(found, 2);
	scenario_release(&s);
	plan_free(plan);
}

/* Puts a replacement for ssh into PATH, which runs the command on this machine. */
static void replace_ssh(char dir[static 64])
{
	static const char script[] = "#!/bin/sh\nwhile [ \"$1\" != -- ]; do shift; done\nshift 2\n"
				     "exec sh -c \"$*\"\n";
	char path[128], search[4200];
	const char *before = getenv("PATH");
	struct err e = {0};

	snprintf(dir, 64, "/tmp/test-workload-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/ssh", dir);
	CU_ASSERT_EQUAL_FATAL(file_write(path, script, strlen(script), &e), 0);
	CU_ASSERT_EQUAL_FATAL(chmod(path, 0755), 0);
	snprintf(search, sizeof(search), "%s:%.4000s", dir, before ? before : "/usr/bin:/bin");
	setenv("PATH", search, 1);
}

#define OWN(what, check)                                                           \
	{                                                                          \
		.ops = &workload_command, .name = "own", .address = "192.0.2.1",   \
		.command = (what), .verify = (check), .user = "root", .output = -1 \
	}

static enum workload_state final_state(
	const char *command, const char *verify, struct workload_status *s)
{
	struct workload workload = OWN(command, verify);
	struct err e = {0};

	CU_ASSERT_EQUAL_FATAL(workload.ops->start(&workload, &e), 0);
	for (int i = 0; i < 1000; i++) {
		CU_ASSERT_EQUAL_FATAL(workload.ops->status(&workload, s, 0, &e), 0);
		if (workload_over(s->state))
			break;
		nanosleep(&(struct timespec){.tv_nsec = 10 * NS_PER_MS}, NULL);
	}
	workload.ops->close(&workload);
	return s->state;
}

/* The command ends with the harness, even if the harness is killed: the FIFO then has no writer. */
static void test_killed(void)
{
	char dir[64], path[128], fifo[80], command[160], said[8] = "";
	char *before = strdup(getenv("PATH") ? getenv("PATH") : "");
	struct pollfd end = {.events = POLLIN};
	pid_t pid;

	replace_ssh(dir);
	snprintf(fifo, sizeof(fifo), "%s/fifo", dir);
	snprintf(command, sizeof(command), "exec >%s; echo up; exec sleep 60", fifo);
	CU_ASSERT_EQUAL_FATAL(mkfifo(fifo, 0600), 0);
	end.fd = open(fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	pid = fork();
	if (pid == 0) {
		struct workload workload = OWN(command, NULL);
		struct err e = {0};

		workload.ops->start(&workload, &e);
		for (;;)
			pause();
	}
	CU_ASSERT_EQUAL(poll(&end, 1, 30000), 1);
	CU_ASSERT_EQUAL(read(end.fd, said, sizeof(said)), 3);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	CU_ASSERT_EQUAL(poll(&end, 1, 10000), 1);
	CU_ASSERT_EQUAL(read(end.fd, said, sizeof(said)), 0);
	close(end.fd);
	setenv("PATH", before, 1);
	snprintf(path, sizeof(path), "%s/ssh", dir);
	unlink(path);
	unlink(fifo);
	rmdir(dir);
	free(before);
}

/* A missing ssh is reported at once. */
static void test_no_ssh(void)
{
	char *before = strdup(getenv("PATH") ? getenv("PATH") : "");
	struct workload workload = OWN("true", NULL);
	struct err e = {0};

	setenv("PATH", "/proc/self/fdinfo", 1);
	CU_ASSERT_EQUAL(workload.ops->start(&workload, &e), -1);
	CU_ASSERT_STRING_EQUAL(e.text, "workload own: ssh cannot be started (install "
				       "openssh-client): No such file or directory");
	workload.ops->close(&workload);
	setenv("PATH", before, 1);
	free(before);
}

static void test_command(void)
{
	char dir[64], path[128], *before = strdup(getenv("PATH") ? getenv("PATH") : "");
	struct workload_status s;

	replace_ssh(dir);
	CU_ASSERT_EQUAL(final_state("true", "true", &s), WORKLOAD_CORRECT);
	CU_ASSERT_EQUAL(final_state("true", "echo one; echo file seven differs; exit 1", &s),
		WORKLOAD_INCORRECT);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.why, "status 1: file seven differs"));
	CU_ASSERT_EQUAL(final_state("echo no space >&2; exit 3", "true", &s), WORKLOAD_FAILED);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.why, "its command ended with status 3: no space"));
	CU_ASSERT_EQUAL(final_state("true", "exit 255", &s), WORKLOAD_FAILED);
	CU_ASSERT_EQUAL(final_state("kill -9 $$", "true", &s), WORKLOAD_FAILED);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.why, "ended by signal 9"));
	/* Output without limit does not hold up the command, and only its end is kept. */
	CU_ASSERT_EQUAL(
		final_state("seq 400000; echo the end; exit 4", "true", &s), WORKLOAD_FAILED);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.why, "status 4: the end"));
	CU_ASSERT_EQUAL(final_state("true", NULL, &s), WORKLOAD_ENDED);
	CU_ASSERT_STRING_EQUAL(workload_state_name(s.state), "ended");
	CU_ASSERT(workload_over(s.state));
	setenv("PATH", before, 1);
	snprintf(path, sizeof(path), "%s/ssh", dir);
	unlink(path);
	rmdir(dir);
	free(before);
}

/*
 * Welch's interval for {30, 32, 34, 31} and {25, 26, 24}: difference 6.75, 4.850 degrees of
 * freedom, 95 % interval [4.075, 9.425].
 */
static void test_difference(void)
{
	const double a[] = {30, 32, 34, 31}, b[] = {25, 26, 24}, same[] = {7, 7};
	double lo, hi;

	CU_ASSERT_FATAL(mean_difference(a, 4, b, 3, &lo, &hi));
	CU_ASSERT_DOUBLE_EQUAL((lo + hi) / 2, 6.75, 1e-9);
	CU_ASSERT_DOUBLE_EQUAL(lo, 4.075, 0.001);
	CU_ASSERT_FATAL(mean_difference(same, 2, same, 2, &lo, &hi));
	CU_ASSERT(lo == 0 && hi == 0);
	CU_ASSERT(!mean_difference(a, 4, b, 1, &lo, &hi));
}

TEST_SUITE(workload, {"defaults", test_defaults}, {"dirty axis", test_dirty_axis},
	{"steps", test_steps}, {"unmoved lead", test_unmoved_lead}, {"command", test_command},
	{"killed", test_killed}, {"no ssh", test_no_ssh}, {"difference", test_difference})

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of drivers, names of states, moves announced by `blackout mark`. */
#include "tools/components.h"
#include "tests/unit/test.h"
#include "tools/commands/commands.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A result folder whose plan is being carried out, and an external driver that uses it. */
/* What a plan needs besides its VMs. */
#define PLAN_REST \
	"[platform sim]\n[probe fine]\nkind = burst\n[control switch]\ntarget = sim-switch\n"

struct folder {
	char dir[64];
	struct fact_log *run, *log;
	struct driver *driver;
	struct host_address hosts[2];
	struct driver_context context;
};

static void put(const struct folder *folder, const char *name, const char *text, const char *mode)
{
	char path[PATH_MAX];
	FILE *f;

	CU_ASSERT_FATAL(path_join(path, sizeof(path), folder->dir, name) == 0);
	f = fopen(path, mode);
	CU_ASSERT_FATAL(f != NULL);
	fputs(text, f);
	fclose(f);
}

static void folder_open(struct folder *folder)
{
	struct err e = {0};
	char path[PATH_MAX];

	memset(folder, 0, sizeof(*folder));
	snprintf(folder->dir, sizeof(folder->dir), "/tmp/blackout-driver-XXXXXX");
	CU_ASSERT_FATAL(mkdtemp(folder->dir) != NULL);
	CU_ASSERT_FATAL(path_join(path, sizeof(path), folder->dir, "facts") == 0);
	CU_ASSERT_FATAL(mkdir(path, 0755) == 0);
	put(folder, "format", "1\n", "w");
	put(folder, "facts/plan.ini", "[plan]\ntitle = x\n[vm desk]\nmemory = 2 GB\n" PLAN_REST,
		"w");
	CU_ASSERT_FATAL(fact_log_open(&folder->run, folder->dir, "run", &clock_system, &e) == 0);
	CU_ASSERT_FATAL(fact_log_open(&folder->log, folder->dir, "driver", &clock_system, &e) == 0);
	snprintf(folder->hosts[0].name, sizeof(folder->hosts[0].name), "a");
	snprintf(folder->hosts[1].name, sizeof(folder->hosts[1].name), "b");
	folder->context = (struct driver_context){.clock = &clock_system,
		.log = folder->log,
		.dir = folder->dir,
		.hosts = folder->hosts,
		.host_count = 2};
	CU_ASSERT_FATAL(driver_external.open(&folder->driver, &folder->context, &e) == 0);
}

static void folder_close(struct folder *folder)
{
	static const char *const names[] = {"format", "facts/plan.ini", "facts/run.tsv",
		"facts/driver.tsv", "facts/marks.tsv", "facts", ""};
	char path[PATH_MAX];
	struct err e;

	driver_external.close(folder->driver);
	fact_log_close(folder->run, "done", &e);
	fact_log_close(folder->log, "done", &e);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (path_join(path, sizeof(path), folder->dir, names[i]) == 0)
			remove(path);
}

/* Runs `blackout mark` and keeps its output in `said`. */
static int mark(char *said, size_t size, const char *dir, const char *what, const char *vm)
{
	char text[] = "mark",
	     *argv[5] = {text, strdup(dir), strdup(what), vm ? strdup(vm) : NULL, NULL};
	int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO), status;
	FILE *kept = tmpfile();
	size_t n;

	CU_ASSERT_FATAL(kept != NULL && out >= 0 && err >= 0);
	fflush(stdout);
	dup2(fileno(kept), STDOUT_FILENO);
	dup2(fileno(kept), STDERR_FILENO);
	status = cmd_mark(vm ? 4 : 3, argv);
	fflush(stdout);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	close(out);
	close(err);
	rewind(kept);
	n = fread(said, 1, size - 1, kept);
	said[n] = '\0';
	fclose(kept);
	for (int i = 1; i < 4; i++)
		free(argv[i]);
	return status;
}

static void test_names(void)
{
	CU_ASSERT_STRING_EQUAL(job_state_name(JOB_NONE), "none");
	CU_ASSERT_STRING_EQUAL(job_state_name(JOB_MOVING), "moving");
	CU_ASSERT_STRING_EQUAL(job_state_name(JOB_COMPLETED), "completed");
	CU_ASSERT_STRING_EQUAL(job_state_name(JOB_FAILED), "failed");
	CU_ASSERT_STRING_EQUAL(job_state_name(JOB_WITH_STATUS), "completed-with-status");
	CU_ASSERT_STRING_EQUAL(job_state_name(JOB_CANCELLED), "cancelled");
	CU_ASSERT_STRING_EQUAL(job_state_name(JOB_UNKNOWN), "unknown");
	CU_ASSERT_STRING_EQUAL(job_state_name((enum job_state)99), "unknown");
	CU_ASSERT_STRING_EQUAL(vm_state_name(VM_NONE), "none");
	CU_ASSERT_STRING_EQUAL(vm_state_name(VM_RUNNING), "running");
	CU_ASSERT_STRING_EQUAL(vm_state_name(VM_PAUSED), "paused");
	CU_ASSERT_STRING_EQUAL(vm_state_name(VM_UNKNOWN), "unknown");
}

static void test_table(void)
{
	const struct driver_ops *const table[] = {&driver_libvirt, &driver_external, NULL};
	struct driver_ops lacking;

	CU_ASSERT_PTR_EQUAL(driver_find(table, &component_platform_libvirt), &driver_libvirt);
	CU_ASSERT_PTR_EQUAL(driver_find(table, &component_platform_external), &driver_external);
	CU_ASSERT_PTR_NULL(driver_find(table, &component_platform_sim));
	for (size_t i = 0; table[i]; i++)
		CU_ASSERT_PTR_NULL(driver_missing(table[i]));
	CU_ASSERT_TRUE(driver_libvirt.component->platform.starts_moves);
	CU_ASSERT_FALSE(driver_external.component->platform.starts_moves);

	lacking = driver_libvirt;
	lacking.agent = NULL;
	lacking.environment = NULL;
	CU_ASSERT_PTR_NULL(driver_missing(&lacking));
#define LACKS(op)                                                       \
	do {                                                            \
		lacking = driver_libvirt;                               \
		lacking.op = NULL;                                      \
		CU_ASSERT_PTR_NOT_NULL_FATAL(driver_missing(&lacking)); \
		CU_ASSERT_STRING_EQUAL(driver_missing(&lacking), #op);  \
	} while (0)
	LACKS(component);
	LACKS(open);
	LACKS(close);
	LACKS(vm_ensure);
	LACKS(vm_remove);
	LACKS(trigger);
	LACKS(job_status);
	LACKS(cancel);
	LACKS(where);
	LACKS(reconnect);
}

static enum job_state state_since(
	struct folder *folder, int64_t since_ns, struct job_status *status)
{
	struct err e = {0};

	CU_ASSERT_FATAL(
		driver_external.job_status(folder->driver, "desk", since_ns, status, &e) == 0);
	return status->state;
}

/* The number of lines of a file that contain a text. */
static int lines_with(const struct folder *folder, const char *name, const char *text)
{
	char path[PATH_MAX], line[1024];
	int count = 0;
	FILE *f;

	CU_ASSERT_FATAL(path_join(path, sizeof(path), folder->dir, name) == 0);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		count += strstr(line, text) != NULL;
	if (f)
		fclose(f);
	return count;
}

static void test_external_marks(void)
{
	int64_t before = clock_mono_ns();
	struct job_status status, first;
	struct folder folder;
	struct err e;
	char said[512];

	folder_open(&folder);
	CU_ASSERT_EQUAL(state_since(&folder, before, &status), JOB_NONE);
	CU_ASSERT_EQUAL(mark(said, sizeof(said), folder.dir, "start", NULL), STATUS_PASS);
	CU_ASSERT_EQUAL(state_since(&folder, before, &status), JOB_MOVING);
	CU_ASSERT_TRUE(status.requested_ns >= before && status.requested_ns <= clock_mono_ns());
	CU_ASSERT_EQUAL(status.ended_ns, NS_NONE);
	CU_ASSERT_TRUE(*status.id != '\0');

	CU_ASSERT_EQUAL(mark(said, sizeof(said), folder.dir, "end", "desk"), STATUS_PASS);
	CU_ASSERT_EQUAL(state_since(&folder, before, &first), JOB_COMPLETED);
	CU_ASSERT_STRING_EQUAL(first.id, status.id);
	CU_ASSERT_EQUAL(first.requested_ns, status.requested_ns);
	CU_ASSERT_TRUE(first.ended_ns > first.requested_ns);
	/* The job has ended, so a query for later jobs finds none. */
	CU_ASSERT_EQUAL(state_since(&folder, first.ended_ns + 1, &status), JOB_NONE);

	CU_ASSERT_EQUAL(mark(said, sizeof(said), folder.dir, "start", "desk"), STATUS_PASS);
	CU_ASSERT_EQUAL(state_since(&folder, first.ended_ns + 1, &status), JOB_MOVING);
	CU_ASSERT_STRING_NOT_EQUAL(status.id, first.id);
	CU_ASSERT_EQUAL(fact_log_close(folder.log, "done", &e), 0);
	folder.log = NULL;
	/* Each mark makes one fact, however often the status is asked for. */
	CU_ASSERT_EQUAL(lines_with(&folder, "facts/driver.tsv", "what=requested"), 2);
	CU_ASSERT_EQUAL(lines_with(&folder, "facts/driver.tsv", "what=ended\tstate=completed"), 1);
	folder_close(&folder);
}

static void test_external_half_lines(void)
{
	struct job_status status;
	struct folder folder;
	char boot[64] = "", text[256];
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "r");

	CU_ASSERT_FATAL(f && fgets(boot, sizeof(boot), f));
	fclose(f);
	folder_open(&folder);
	put(&folder, "facts/marks.tsv",
		FACTS_HEADER "\n5\tsegment\t-\tboot=another\n50\tmark\tdesk\twhat=start\n", "w");
	CU_ASSERT_EQUAL(state_since(&folder, 0, &status), JOB_NONE);
	snprintf(text, sizeof(text), "60\tsegment\t-\tboot=%.36s\n70\tmark\tdes", boot);
	put(&folder, "facts/marks.tsv", text, "a");
	CU_ASSERT_EQUAL(state_since(&folder, 0, &status), JOB_NONE);
	put(&folder, "facts/marks.tsv", "k\twhat=start\nrubbish\n80\tmark\tother\twhat=end\n", "a");
	CU_ASSERT_EQUAL(state_since(&folder, 0, &status), JOB_MOVING);
	CU_ASSERT_EQUAL(status.requested_ns, 70);
	CU_ASSERT_EQUAL(state_since(&folder, 71, &status), JOB_NONE);
	put(&folder, "facts/marks.tsv", "90\tmark\t-\twhat=end\n", "a");
	CU_ASSERT_EQUAL(state_since(&folder, 0, &status), JOB_COMPLETED);
	CU_ASSERT_EQUAL(status.ended_ns, 90);
	folder_close(&folder);
}

static void test_external_rest(void)
{
	struct vm_place places[2];
	struct move_spec move = {.vm = "desk"};
	struct vm_spec vm = {.name = "desk"};
	struct folder folder;
	struct err e = {0};

	folder_open(&folder);
	CU_ASSERT_EQUAL(driver_external.where(folder.driver, "desk", places, &e), 0);
	CU_ASSERT_STRING_EQUAL(places[1].host, "b");
	CU_ASSERT_EQUAL(places[0].state, VM_UNKNOWN);
	CU_ASSERT_EQUAL(places[1].state, VM_UNKNOWN);
	CU_ASSERT_EQUAL(driver_external.vm_ensure(folder.driver, &vm, NULL, &e), 0);
	CU_ASSERT_EQUAL(driver_external.trigger(folder.driver, &move, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "blackout mark"));
	CU_ASSERT_EQUAL(driver_external.cancel(folder.driver, "desk", &e), -1);
	CU_ASSERT_PTR_EQUAL(driver_downcast(folder.driver, &driver_external), folder.driver);
	CU_ASSERT_PTR_NULL(driver_downcast(NULL, &driver_external));
	driver_external.close(NULL);
	folder_close(&folder);
}

static void test_mark_errors(void)
{
	struct folder folder;
	char said[1024];

	folder_open(&folder);
#define REFUSED(dir, what, vm, word)                                                    \
	do {                                                                            \
		CU_ASSERT_EQUAL(mark(said, sizeof(said), dir, what, vm), STATUS_USAGE); \
		CU_ASSERT_PTR_NOT_NULL(strstr(said, word));                             \
	} while (0)
	REFUSED("/nowhere/at/all", "start", NULL, "not a result folder");
	REFUSED("/tmp", "start", NULL, "not a result folder");
	REFUSED(folder.dir, "stop", NULL, "usage: blackout mark");
	REFUSED(folder.dir, "end", NULL, "no move of VM desk was marked");
	REFUSED(folder.dir, "start", "dusk", "did you mean desk?");
	CU_ASSERT_EQUAL(lines_with(&folder, "facts/marks.tsv", "mark"), 0);

	CU_ASSERT_EQUAL(mark(said, sizeof(said), folder.dir, "start", "desk"), STATUS_PASS);
	REFUSED(folder.dir, "start", "desk", "mark its end first");
	CU_ASSERT_EQUAL(mark(said, sizeof(said), folder.dir, "end", "desk"), STATUS_PASS);
	REFUSED(folder.dir, "end", "desk", "no move of VM desk was marked");

	put(&folder, "facts/plan.ini", "[vm desk]\n[vm lamp]\n" PLAN_REST, "w");
	REFUSED(folder.dir, "start", NULL, "has 2 VMs");
	put(&folder, "facts/plan.ini", "[vm desk]\ncount = 4\n" PLAN_REST, "w");
	REFUSED(folder.dir, "start", NULL, "has 4 VMs");
	REFUSED(folder.dir, "end", "desk-3", "no move of VM desk-3 was marked");
	put(&folder, "facts/plan.ini", "[vm\n", "w");
	REFUSED(folder.dir, "start", NULL, "plan.ini:1: ");
	CU_ASSERT_EQUAL(lines_with(&folder, "facts/marks.tsv", "what=start"), 1);
	folder_close(&folder);
}

/* Marks are refused after a plan's end, accepted once it is resumed, refused after a reboot. */
static void test_mark_folder(void)
{
	char said[1024], text[128];
	struct folder folder;
	struct err e;

	folder_open(&folder);
	CU_ASSERT_EQUAL(mark(said, sizeof(said), folder.dir, "start", NULL), STATUS_PASS);
	FACT(folder.run, clock_mono_ns(), FACT_FOLDER, "-", FS("state", "interrupted"));
	CU_ASSERT_EQUAL(fact_log_close(folder.run, "interrupted", &e), 0);
	folder.run = NULL;
	REFUSED(folder.dir, "start", NULL, "its plan has ended (interrupted)");

	/* Resumed: the earlier mark without an end belongs to a move that was interrupted. */
	CU_ASSERT_EQUAL(fact_log_open(&folder.run, folder.dir, "run", &clock_system, &e), 0);
	REFUSED(folder.dir, "end", NULL, "no move of VM desk was marked");
	CU_ASSERT_EQUAL(mark(said, sizeof(said), folder.dir, "start", NULL), STATUS_PASS);

	snprintf(text, sizeof(text), "%" PRId64 "\tsegment\t-\tboot=another\n", clock_mono_ns());
	put(&folder, "facts/run.tsv", text, "a");
	REFUSED(folder.dir, "end", NULL, "before this machine was started");
	folder_close(&folder);
}

TEST_SUITE(driver, {"names of states", test_names}, {"table", test_table},
	{"external: marks", test_external_marks},
	{"external: incomplete lines, other boots", test_external_half_lines},
	{"external: the rest", test_external_rest}, {"mark: errors", test_mark_errors},
	{"mark: folders", test_mark_folder})

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The libvirt driver against libvirt's test hypervisor, whose one VM "test" runs on both hosts. It
 * cannot migrate and has no jobs, so the functions below replace these calls of the library.
 */
#include "tools/components.h"
#include "harness/drivers/libvirt/internal.h"
#include "tests/unit/test.h"

#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Counts and results of the replaced calls; guarded by the lock. */
static struct platform {
	pthread_mutex_t lock;
	int operation;       /* of the job that runs; VIR_DOMAIN_JOB_OPERATION_UNKNOWN: none */
	int error;           /* of the migrate call; 0: the VM moves */
	const char *message; /* of that error; NULL: the test hypervisor's own */
	bool forgets_autostart;
	unsigned moves, aborts;
	char peer_uri[300], uri[300];
	sem_t may_return; /* the migrate call waits for it */
} platform = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Sets an error of libvirt's own, by a call that the test hypervisor does not support. */
static int fail(virDomainPtr domain)
{
	virDomainPtr none = virDomainLookupByName(virDomainGetConnect(domain), "nobody");

	if (none)
		virDomainFree(none);
	return -1;
}

virErrorPtr virSaveLastError(void)
{
	virErrorPtr error = calloc(1, sizeof(*error));
	const char *message;

	CU_ASSERT_PTR_NOT_NULL_FATAL(error);
	pthread_mutex_lock(&platform.lock);
	message = platform.message;
	pthread_mutex_unlock(&platform.lock);
	if (!message) {
		virCopyLastError(error);
		return error;
	}
	error->code = VIR_ERR_OPERATION_FAILED;
	error->domain = VIR_FROM_QEMU;
	error->level = VIR_ERR_ERROR;
	error->message = strdup(message);
	return error;
}

static int migrate(
	virDomainPtr domain, virTypedParameterPtr params, unsigned count, const char *peer)
{
	const char *uri = "";
	int rc;

	virTypedParamsGetString(params, (int)count, VIR_MIGRATE_PARAM_URI, &uri);
	pthread_mutex_lock(&platform.lock);
	platform.moves++;
	snprintf(platform.peer_uri, sizeof(platform.peer_uri), "%s", peer);
	snprintf(platform.uri, sizeof(platform.uri), "%s", uri);
	pthread_mutex_unlock(&platform.lock);
	sem_wait(&platform.may_return);
	pthread_mutex_lock(&platform.lock);
	if (platform.forgets_autostart)
		virDomainSetAutostart(domain, 0);
	platform.operation = VIR_DOMAIN_JOB_OPERATION_UNKNOWN;
	rc = platform.error;
	pthread_mutex_unlock(&platform.lock);
	return rc ? fail(domain) : 0;
}

int virDomainMigrateToURI3(virDomainPtr domain, const char *dconnuri, virTypedParameterPtr params,
	unsigned int nparams, unsigned int flags)
{
	(void)flags;
	return migrate(domain, params, nparams, dconnuri);
}

virDomainPtr virDomainMigrate3(virDomainPtr domain, virConnectPtr dconn,
	virTypedParameterPtr params, unsigned int nparams, unsigned int flags)
{
	(void)flags;
	return migrate(domain, params, nparams, "direct") ? NULL
							  : virDomainLookupByName(dconn, "test");
}

int virDomainGetJobStats(virDomainPtr domain, int *type, virTypedParameterPtr *params, int *nparams,
	unsigned int flags)
{
	int capacity = 0, operation;

	(void)domain;
	pthread_mutex_lock(&platform.lock);
	operation = platform.operation;
	pthread_mutex_unlock(&platform.lock);
	*params = NULL;
	*nparams = 0;
	*type = VIR_DOMAIN_JOB_NONE;
	if (flags || operation == VIR_DOMAIN_JOB_OPERATION_UNKNOWN)
		return 0;
	*type = VIR_DOMAIN_JOB_UNBOUNDED;
	return virTypedParamsAddInt(
		params, nparams, &capacity, VIR_DOMAIN_JOB_OPERATION, operation);
}

int virDomainAbortJob(virDomainPtr domain)
{
	(void)domain;
	pthread_mutex_lock(&platform.lock);
	platform.aborts++;
	platform.error = -1;
	platform.operation = VIR_DOMAIN_JOB_OPERATION_UNKNOWN;
	pthread_mutex_unlock(&platform.lock);
	sem_post(&platform.may_return);
	return 0;
}

static void platform_set_operation(int operation)
{
	pthread_mutex_lock(&platform.lock);
	platform.operation = operation;
	pthread_mutex_unlock(&platform.lock);
}

static unsigned platform_count(const unsigned *what)
{
	unsigned count;

	pthread_mutex_lock(&platform.lock);
	count = *what;
	pthread_mutex_unlock(&platform.lock);
	return count;
}

/* A driver of two hosts and its facts. Its context is freed when it is closed. */
struct world {
	char dir[64];
	struct fact_log *log;
	struct host_address *hosts;
	struct driver_context *context;
	struct driver *driver;
};

static const struct move_spec there = {.vm = "test",
	.source = "a",
	.destination = "b",
	.bandwidth_bps = NS_NONE,
	.timeout_ns = 60 * NS_PER_S};

static int world_open(struct world *w, const struct plan *plan, const char *uri, struct err *e)
{
	char facts[80];

	pthread_mutex_lock(&platform.lock);
	platform.operation = VIR_DOMAIN_JOB_OPERATION_UNKNOWN;
	platform.error = 0;
	platform.message = NULL;
	platform.forgets_autostart = false;
	platform.moves = platform.aborts = 0;
	sem_init(&platform.may_return, 0, 0);
	pthread_mutex_unlock(&platform.lock);

	memset(w, 0, sizeof(*w));
	snprintf(w->dir, sizeof(w->dir), P_tmpdir "/blackout-libvirt-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(w->dir));
	snprintf(facts, sizeof(facts), "%s/facts", w->dir);
	CU_ASSERT_EQUAL_FATAL(mkdir(facts, 0700), 0);
	CU_ASSERT_EQUAL_FATAL(fact_log_open(&w->log, w->dir, "driver", &clock_system, e), 0);
	w->hosts = calloc(2, sizeof(*w->hosts));
	w->context = calloc(1, sizeof(*w->context));
	CU_ASSERT_FATAL(w->hosts && w->context);
	for (size_t i = 0; i < 2; i++) {
		snprintf(w->hosts[i].name, sizeof(w->hosts[i].name), "%c", (char)('a' + (int)i));
		snprintf(w->hosts[i].uri, sizeof(w->hosts[i].uri), "%s", uri);
	}
	*w->context = (struct driver_context){.plan = plan,
		.clock = &clock_system,
		.log = w->log,
		.dir = w->dir,
		.hosts = w->hosts,
		.host_count = 2};
	return driver_libvirt.open(&w->driver, w->context, e);
}

/* Overwrites and frees the driver's context, so that a later use of it shows. */
static void world_free_context(struct world *w)
{
	struct err e;

	CU_ASSERT_EQUAL(fact_log_close(w->log, "done", &e), 0);
	memset(w->hosts, 0xa5, 2 * sizeof(*w->hosts));
	memset(w->context, 0xa5, sizeof(*w->context));
	free(w->hosts);
	free(w->context);
}

static void world_remove(const struct world *w)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/facts/driver.tsv", w->dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/facts", w->dir);
	rmdir(path);
	rmdir(w->dir);
}

static void world_close(struct world *w)
{
	driver_libvirt.close(w->driver);
	world_free_context(w);
	world_remove(w);
}

/* The number of fact lines that are flushed and contain `text`. */
static size_t facts_with(const struct world *w, const char *text)
{
	char path[128], line[2048];
	size_t count = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/facts/driver.tsv", w->dir);
	f = fopen(path, "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	while (fgets(line, sizeof(line), f))
		count += strstr(line, text) != NULL;
	fclose(f);
	return count;
}

/* Waits until `expression` is true, at most 20 s. */
#define SOON(expression)                                                                \
	do {                                                                            \
		for (int tries = 0; tries < 2000 && !(expression); tries++)             \
			nanosleep(&(struct timespec){.tv_nsec = 10 * NS_PER_MS}, NULL); \
		CU_ASSERT_TRUE_FATAL(expression);                                       \
	} while (0)

static enum job_state state_of(const struct world *w)
{
	struct job_status status;
	struct err e;

	CU_ASSERT_EQUAL(driver_libvirt.job_status(w->driver, "test", 0, &status, &e), 0);
	return status.state;
}

static struct plan *plan_of(const char *hosts)
{
	static const char rest[] = "[vm test]\naddress = 127.0.0.1\n[probe fine]\nkind = burst\n"
				   "[control c]\ntarget = 127.0.0.2\n";
	struct plan_errors errors = {0};
	struct plan *plan = NULL;
	char text[1024];

	snprintf(text, sizeof(text), "%s%s", hosts, rest);
	CU_ASSERT_EQUAL_FATAL(plan_parse(&plan, "p.ini", text, strlen(text), &errors), 0);
	plan_errors_release(&errors);
	return plan;
}

static void move_and_wait(struct world *w, bool direct)
{
	struct move_spec move = there;
	struct err e = {0};

	move.direct = direct;
	CU_ASSERT_EQUAL_FATAL(driver_libvirt.trigger(w->driver, &move, &e), 0);
	sem_post(&platform.may_return);
	SOON(state_of(w) != JOB_MOVING);
	CU_ASSERT_EQUAL(state_of(w), JOB_COMPLETED);
}

static void test_uris(void)
{
	static const struct {
		const char *hosts, *peer, *uri;
	} rows[] = {
		{"[host a]\nuri = test:///other\n[host b]\nuri = test:///default\n",
			"test:///default", ""},
		{"[host a]\nuri = test:///other\nmigration-address = 10.1.1.1\n"
		 "[host b]\nuri = test:///default\nmigration-address = 10.9.9.9\n"
		 "peer-uri = qemu+tls://b/system\n",
			"qemu+tls://b/system", "tcp://10.9.9.9"},
		{"[host a]\nuri = test:///other\n"
		 "[host b]\nuri = test:///default\nmigration-address = fd00::7\n",
			"test:///default", "tcp://[fd00::7]"},
		{"[host a]\nuri = test:///other\n"
		 "[host b]\nuri = test:///default\nmigration-address = rdma://b.example:5000\n",
			"test:///default", "rdma://b.example:5000"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct plan *plan = plan_of(rows[i].hosts);
		struct err e = {0};
		struct world w;

		CU_ASSERT_EQUAL_FATAL(world_open(&w, plan, "test:///default", &e), 0);
		move_and_wait(&w, false);
		CU_ASSERT_STRING_EQUAL(platform.peer_uri, rows[i].peer);
		CU_ASSERT_STRING_EQUAL(platform.uri, rows[i].uri);
		move_and_wait(&w, true);
		CU_ASSERT_STRING_EQUAL(platform.peer_uri, "direct");
		CU_ASSERT_STRING_EQUAL(platform.uri, rows[i].uri);
		world_close(&w);
		plan_free(plan);
	}
}

static int autostart_set(int value)
{
	virConnectPtr connection = virConnectOpen("test:///default");
	virDomainPtr domain = virDomainLookupByName(connection, "test");
	int was = -1;

	CU_ASSERT_PTR_NOT_NULL_FATAL(domain);
	virDomainGetAutostart(domain, &was);
	virDomainSetAutostart(domain, value);
	virDomainFree(domain);
	virConnectClose(connection);
	return was;
}

static void test_autostart(void)
{
	struct err e = {0};
	struct world w;

	CU_ASSERT_EQUAL_FATAL(world_open(&w, NULL, "test:///default", &e), 0);
	platform.forgets_autostart = true;
	autostart_set(1);
	move_and_wait(&w, false);
	CU_ASSERT_EQUAL(autostart_set(0), 1);
	/* A VM without autostart does not get it by a move. */
	move_and_wait(&w, false);
	CU_ASSERT_EQUAL(autostart_set(0), 0);
	world_close(&w);
}

/* While a backup runs, no move starts. A backup that begins before the move is not called off. */
static void test_foreign_job(void)
{
	struct err e = {0};
	struct world w;

	CU_ASSERT_EQUAL_FATAL(world_open(&w, NULL, "test:///default", &e), 0);
	platform_set_operation(VIR_DOMAIN_JOB_OPERATION_BACKUP);
	CU_ASSERT_EQUAL(driver_libvirt.trigger(w.driver, &there, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "host a: VM test has a job running (backup)"));
	CU_ASSERT_EQUAL(platform_count(&platform.moves), 0);

	platform_set_operation(VIR_DOMAIN_JOB_OPERATION_UNKNOWN);
	CU_ASSERT_EQUAL_FATAL(driver_libvirt.trigger(w.driver, &there, &e), 0);
	SOON(platform_count(&platform.moves) == 1);
	platform_set_operation(VIR_DOMAIN_JOB_OPERATION_BACKUP);
	CU_ASSERT_EQUAL(driver_libvirt.cancel(w.driver, "test", &e), 0);
	/* The watchdog tries four times a second. */
	nanosleep(&(struct timespec){.tv_nsec = 800 * NS_PER_MS}, NULL);
	CU_ASSERT_EQUAL(platform_count(&platform.aborts), 0);
	CU_ASSERT_EQUAL(state_of(&w), JOB_MOVING);

	/* The backup ends and the driver's move begins: now it is called off. */
	platform_set_operation(VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT);
	SOON(state_of(&w) != JOB_MOVING);
	CU_ASSERT_EQUAL(state_of(&w), JOB_CANCELLED);
	CU_ASSERT_EQUAL(platform_count(&platform.aborts), 1);
	world_close(&w);
}

/*
 * If QEMU reports a cancelled job as a broken connection, the message says that it may be either.
 */
static void test_cancel_reported_as_failure(void)
{
	static const struct {
		const char *message;
		bool maybe_cancelled;
	} failures[] = {
		{"job 'migration out' failed: Unable to write to socket: Broken pipe", true},
		{"job 'migration out' failed: Unable to write to socket: Bad file descriptor",
			true},
		{"job 'migration out' failed: Unable to write to socket: Connection reset", false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(failures); i++) {
		struct job_status status;
		struct err e = {0};
		struct world w;

		CU_ASSERT_EQUAL_FATAL(world_open(&w, NULL, "test:///default", &e), 0);
		pthread_mutex_lock(&platform.lock);
		platform.error = -1;
		platform.message = failures[i].message;
		pthread_mutex_unlock(&platform.lock);
		CU_ASSERT_EQUAL_FATAL(driver_libvirt.trigger(w.driver, &there, &e), 0);
		sem_post(&platform.may_return);
		SOON(state_of(&w) == JOB_FAILED);
		CU_ASSERT_EQUAL(driver_libvirt.job_status(w.driver, "test", 0, &status, &e), 0);
		CU_ASSERT_PTR_NOT_NULL(strstr(status.message, failures[i].message));
		CU_ASSERT_EQUAL(strstr(status.message, "or it was called off") != NULL,
			failures[i].maybe_cancelled);
		world_close(&w);
	}
}

/* Contact is lost during a move and comes back: the move still runs and can be called off. */
static void test_cancel_after_reconnect(void)
{
	struct libvirt_driver *d;
	struct err e = {0};
	struct world w;

	CU_ASSERT_EQUAL_FATAL(world_open(&w, NULL, "test:///default", &e), 0);
	d = driver_downcast(w.driver, &driver_libvirt);
	CU_ASSERT_EQUAL_FATAL(driver_libvirt.trigger(w.driver, &there, &e), 0);
	platform_set_operation(VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT);
	SOON(facts_with(&w, "\tprogress\t") > 0);
	/* The migrate call fails, but the migration continues, as after a lost connection. */
	pthread_mutex_lock(&platform.lock);
	platform.error = -1;
	pthread_mutex_unlock(&platform.lock);
	sem_post(&platform.may_return);
	SOON(state_of(&w) == JOB_FAILED);
	platform_set_operation(VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT);
	SOON(state_of(&w) == JOB_MOVING);
	/* Both hosts show the job and either may be its source, so contact with both is lost. */
	for (size_t i = 0; i < 2; i++)
		lv_host_lost(&d->hosts[i], lv_host_generation(d, i), "pulled");
	CU_ASSERT_EQUAL(state_of(&w), JOB_UNKNOWN);
	CU_ASSERT_EQUAL(driver_libvirt.cancel(w.driver, "test", &e), -1);
	CU_ASSERT_EQUAL(platform_count(&platform.aborts), 0);

	CU_ASSERT_EQUAL(driver_libvirt.reconnect(w.driver, &e), 0);
	CU_ASSERT_EQUAL(state_of(&w), JOB_MOVING);
	CU_ASSERT_EQUAL(driver_libvirt.cancel(w.driver, "test", &e), 0);
	CU_ASSERT_EQUAL(platform_count(&platform.aborts), 1);
	SOON(state_of(&w) != JOB_MOVING);
	world_close(&w);
}

/* Keeps an abandoned driver reachable, so that the leak checker does not report it. */
static struct libvirt_driver *left_behind;

static void test_abandoned(void)
{
	struct err e = {0};
	struct world w;
	bool done;

	CU_ASSERT_EQUAL_FATAL(world_open(&w, NULL, "test:///default", &e), 0);
	CU_ASSERT_EQUAL_FATAL(driver_libvirt.trigger(w.driver, &there, &e), 0);
	SOON(platform_count(&platform.moves) == 1);
	left_behind = driver_downcast(w.driver, &driver_libvirt);
	lv_close(left_behind, 0);
	world_free_context(&w);
	/*
	 * The thread returns from its call with an error, which takes the longer path in the code.
	 */
	pthread_mutex_lock(&platform.lock);
	platform.error = -1;
	pthread_mutex_unlock(&platform.lock);
	sem_post(&platform.may_return);
	for (int tries = 0; tries < 2000; tries++) {
		nanosleep(&(struct timespec){.tv_nsec = 10 * NS_PER_MS}, NULL);
		pthread_mutex_lock(&left_behind->lock);
		done = lv_job_of(left_behind->jobs.jobs[0])->worker.finished;
		pthread_mutex_unlock(&left_behind->lock);
		if (done)
			break;
	}
	CU_ASSERT_TRUE(done);
	CU_ASSERT_EQUAL(facts_with(&w, "what=ended"), 0);
	world_remove(&w);
}

/* Only the driver's ticker flushes the facts here. */
static void test_facts_flushed(void)
{
	struct err e = {0};
	struct world w;

	CU_ASSERT_EQUAL_FATAL(world_open(&w, NULL, "test:///default", &e), 0);
	CU_ASSERT_EQUAL_FATAL(driver_libvirt.trigger(w.driver, &there, &e), 0);
	SOON(facts_with(&w, "what=requested") == 1);
	SOON(facts_with(&w, "\tclock\t") > 0);
	sem_post(&platform.may_return);
	SOON(facts_with(&w, "what=ended") == 1);
	world_close(&w);
}

/* ssh must not be in the process group, which receives a Ctrl-C at the terminal. */
static void test_ssh_group(void)
{
	char script[64], said[96], uri[300];
	long group = 0;
	struct err e = {0};
	struct world w;
	FILE *f;
	int fd;

	snprintf(script, sizeof(script), P_tmpdir "/blackout-ssh-XXXXXX");
	fd = mkstemp(script);
	CU_ASSERT_TRUE_FATAL(fd >= 0);
	snprintf(said, sizeof(said), "%s.said", script);
	dprintf(fd, "#!/bin/sh\ncut -d' ' -f5 /proc/$$/stat >%s.new && mv %s.new %s\n", said, said,
		said);
	fchmod(fd, 0700);
	close(fd);
	snprintf(uri, sizeof(uri), "qemu+ssh://nobody/system?command=%s", script);
	CU_ASSERT_EQUAL(world_open(&w, NULL, uri, &e), -1);
	SOON((f = fopen(said, "r")) != NULL);
	CU_ASSERT_EQUAL(fscanf(f, "%ld", &group), 1);
	fclose(f);
	CU_ASSERT_TRUE(group > 0);
	CU_ASSERT_NOT_EQUAL(group, (long)getpgrp());
	unlink(said);
	unlink(script);
	world_free_context(&w);
	world_remove(&w);
}

TEST_SUITE(libvirt, {"URIs of hosts", test_uris}, {"autostart is kept", test_autostart},
	{"a job started elsewhere is not touched", test_foreign_job},
	{"a cancelled job reported as a failure", test_cancel_reported_as_failure},
	{"cancel after reconnect", test_cancel_after_reconnect},
	{"facts are flushed in time", test_facts_flushed},
	{"ssh has its own process group", test_ssh_group},
	{"an abandoned thread returns", test_abandoned})

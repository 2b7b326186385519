/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Brings the lab up and down, and reads its status. The record folder /var/lib/blackout/NAME is
 * made first and removed last, so that `down` finds what an interrupted `up` left. The folder's
 * lock is held by `up` and by its short-lived children, so that `down` never races with children of
 * a killed `up`.
 */
#include "harness/sites/lab/internal.h"

#include "harness/base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOCK_TIMEOUT_NS (5 * NS_PER_S)

/* Checks that namespaces can be made here, before anything is changed. */
static int check_privileges(const void *arg, FILE *out, struct err *e)
{
	(void)arg;
	(void)out;
	if (unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC))
		return err_errno(e, "no namespaces can be made here; " ADVICE_PRIVILEGE);
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return err_errno(e, "mounts cannot be made private here; " ADVICE_PRIVILEGE);
	return 0;
}

/* Opens the record folder and locks it; *fd is -1 if there is none. */
static int lock_records(const char *name, int *fd, struct err *e)
{
	int64_t end_ns = clock_mono_ns() + LOCK_TIMEOUT_NS;
	char path[PATH_MAX];
	struct stat here, there;

	lab_path(path, name, "%s", "");
	for (;;) {
		/* Not close-on-exec: children of `up` hold the lock too. */
		*fd = open(path, O_RDONLY | O_DIRECTORY);
		if (*fd < 0)
			return errno == ENOENT ? 0 : err_errno(e, "%s", path);
		if (flock(*fd, LOCK_EX | LOCK_NB) == 0) {
			if (stat(path, &there) == 0 && fstat(*fd, &here) == 0 &&
				here.st_ino == there.st_ino)
				return 0;
			close(*fd);
			continue;
		}
		close(*fd);
		*fd = -1;
		if (clock_mono_ns() > end_ns)
			return err_set(e,
				"another process is bringing lab %s up or down; wait until it is "
				"done",
				name);
		nanosleep(&(struct timespec){.tv_nsec = 10 * NS_PER_MS}, NULL);
	}
}

/* Returns -1 with the error that the lab is up already. */
static int refuse_second(const char *name, struct err *e)
{
	char path[PATH_MAX];

	lab_path(path, name, "/state");
	if (access(path, F_OK) == 0)
		return err_set(e, "the lab is up; `blackout lab down` takes it down");
	return err_set(
		e, "the lab is half up, or being brought up; `blackout lab down` takes it down");
}

/* Fails if a namespace with a name of this lab exists: the lab has not made it. */
static int refuse_foreign_namespace(const char *name, const char *label, struct err *e)
{
	char path[PATH_MAX];

	lab_netns_path(name, label, path, sizeof(path));
	if (access(path, F_OK))
		return 0;
	return err_set(e,
		"%s exists, but this lab did not make it; choose another --name, or remove it with "
		"`ip netns del %s-%s`",
		path, name, label);
}

static int refuse_foreign(const struct lab_options *options, struct err *e)
{
	char host[64];

	if (refuse_foreign_namespace(options->name, LAB_SWITCH, e) ||
		refuse_foreign_namespace(options->name, LAB_MANAGEMENT, e))
		return -1;
	for (unsigned n = 1; n <= options->hosts; n++) {
		lab_host_name(n, host, sizeof(host));
		if (refuse_foreign_namespace(options->name, host, e))
			return -1;
	}
	return options->router ? refuse_foreign_namespace(options->name, LAB_ROUTER, e) : 0;
}

/* Makes the record folder, which must not exist, and locks it. */
static int make_records(const struct lab_options *options, int *fd, struct err *e)
{
	char path[PATH_MAX];

	if (dir_make(LAB_STATE_DIR, e))
		return -1;
	lab_path(path, options->name, "%s", "");
	if (mkdir(path, 0755))
		return errno == EEXIST ? refuse_second(options->name, e) : err_errno(e, "%s", path);
	if (lock_records(options->name, fd, e))
		return -1;
	return *fd < 0 ? err_set(e, "%s was removed by another process", path) : 0;
}

static int write_hosts(const struct lab_options *options, struct err *e)
{
	char text[1024] = "127.0.0.1 localhost\n10.20.0.254 lab-switch\n", path[PATH_MAX], host[8];
	size_t length = strlen(text);

	for (unsigned n = 1; n <= options->hosts; n++) {
		lab_host_name(n, host, sizeof(host));
		length += (size_t)snprintf(
			text + length, sizeof(text) - length, "10.10.0.%u %s\n", 10 + n, host);
	}
	lab_path(path, options->name, "/hosts");
	return file_write(path, text, length, e);
}

static int write_state(const struct lab_options *options, bool kvm, int64_t up_ns, struct err *e)
{
	char path[PATH_MAX], text[160];
	int n = snprintf(text, sizeof(text),
		"hosts %u\nlink %" PRId64 "\nkvm %d\nup_ns %" PRId64 "\nrouter %d\n",
		options->hosts, options->link_bps, kvm, up_ns, options->router);

	lab_path(path, options->name, "/state");
	return file_write(path, text, (size_t)n, e);
}

static int bring_up(const struct lab_options *options, bool kvm, const char *cache, struct err *e)
{
	int64_t start_ns = clock_mono_ns();

	if (write_hosts(options, e) || network_make(options, e))
		return -1;
	for (unsigned n = 1; n <= options->hosts; n++) {
		pid_t pid;

		if (host_start(options, n, kvm, cache, &pid, e))
			return -1;
	}
	if (host_query_wait(options, e))
		return -1;
	return write_state(options, kvm, clock_mono_ns() - start_ns, e);
}

/* Removes the whole lab except for the claim. */
static int take_down(const char *name, struct err *e)
{
	char path[PATH_MAX];

	if (processes_end(name, e) || network_remove(name, e))
		return -1;
	lab_path(path, name, "%s", "");
	if (file_remove_tree(path, false))
		return err_errno(e, "%s cannot be removed", path);
	/* Fails, as it should, if other labs have their records there. */
	rmdir(LAB_STATE_DIR);
	return 0;
}

int lab_up(const struct lab_options *options, FILE *progress, struct err *e)
{
	char cache[PATH_MAX];
	struct err ignored;
	int fd = -1, rc;
	bool kvm;

	if (options->hosts < 1 || options->hosts > LAB_HOSTS_MAX)
		return err_set(e, "a lab has 1 to %d hosts, not %u", LAB_HOSTS_MAX, options->hosts);
	if (options->link_bps < 1000000)
		return err_set(e, "a link of less than 1 Mbit/s carries no migration");
	if (lab_check_root(e) || spawn_function(NULL, check_privileges, NULL, NULL, e) ||
		lab_cache_dir(cache, e))
		return -1;
	kvm = lab_kvm_works(progress);
	if (make_records(options, &fd, e))
		return -1;
	rc = refuse_foreign(options, e);
	if (rc) {
		char path[PATH_MAX];

		lab_path(path, options->name, "%s", "");
		rmdir(path);
		rmdir(LAB_STATE_DIR);
	} else {
		rc = bring_up(options, kvm, cache, e);
		if (rc)
			take_down(options->name, &ignored);
	}
	close(fd);
	return rc;
}

int lab_down(const char *name, bool *was_up, struct err *e)
{
	int fd, rc;

	*was_up = false;
	if (lab_check_root(e) || lock_records(name, &fd, e))
		return -1;
	*was_up = fd >= 0;
	if (*was_up) {
		rc = take_down(name, e);
		close(fd);
		if (rc)
			return -1;
	}
	/* Last, because this ends the claim of a run that takes down its own lab. */
	claim_clear(name);
	rmdir(LAB_STATE_DIR);
	return 0;
}

int lab_status(const char *name, struct lab_status *status, struct err *e)
{
	char path[PATH_MAX], *text;
	struct err ignored;
	int kvm = 0, router = 0, n;

	memset(status, 0, sizeof(*status));
	snprintf(status->options.name, sizeof(status->options.name), "%s", name);
	lab_path(path, name, "%s", "");
	if (access(path, F_OK))
		return errno == ENOENT ? 0 : err_errno(e, "%s", path);
	status->state = LAB_HALF_UP;
	lab_path(path, name, "/state");
	if (file_read(path, 4096, &text, NULL, &ignored))
		return 0;
	n = sscanf(text, "hosts %u\nlink %" SCNd64 "\nkvm %d\nup_ns %" SCNd64 "\nrouter %d",
		&status->options.hosts, &status->options.link_bps, &kvm, &status->up_ns, &router);
	free(text);
	if (n != 5 || status->options.hosts > LAB_HOSTS_MAX)
		return err_set(e, "%s is damaged; `blackout lab down` removes the lab", path);
	status->state = LAB_UP;
	status->kvm = kvm;
	status->options.router = router;
	for (n = 1; n <= (int)status->options.hosts; n++) {
		struct lab_host *host = &status->hosts[n - 1];

		lab_host_name((unsigned)n, host->name, sizeof(host->name));
		lab_path(path, name, "/%s/pid", host->name);
		host->pid = process_recorded(path);
		host->alive = host->pid != 0;
	}
	return 0;
}

int lab_exec(const char *name, char *const argv[], struct err *e)
{
	const struct program program = {.argv = (const char *const *)argv,
		.in = STDIN_FILENO,
		.out = STDOUT_FILENO,
		.error = STDERR_FILENO,
		.keep_files = true};
	char netns[PATH_MAX], hosts[PATH_MAX];
	struct lab_status status;

	if (lab_check_root(e) || lab_status(name, &status, e))
		return -1;
	if (status.state != LAB_UP)
		return err_set(e, "the lab is not up; `blackout lab up` brings it up");
	lab_netns_path(name, LAB_MANAGEMENT, netns, sizeof(netns));
	if (spawn_enter_netns(netns, e))
		return -1;
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return err_errno(e, "mounts cannot be made private (" ADVICE_PRIVILEGE ")");
	lab_path(hosts, name, "/hosts");
	if (mount(hosts, "/etc/hosts", NULL, MS_BIND, NULL))
		return err_errno(e, "%s cannot be mounted over /etc/hosts", hosts);
	/* /sys shows the network namespace in which it was mounted: it is mounted again. */
	umount2("/sys", MNT_DETACH);
	if (mount("sysfs", "/sys", "sysfs", 0, NULL))
		return err_errno(e, "/sys");
	program_become(&program);
	return err_errno(e, "%s cannot be started", argv[0]);
}

int lab_logs_copy(const char *name, unsigned n, const char *dir, struct err *e)
{
	char from[PATH_MAX], host[64], to[PATH_MAX];
	const char *const argv[] = {"cp", "-r", from, to, NULL};

	lab_host_log_dir(name, n, from, sizeof(from));
	lab_host_name(n, host, sizeof(host));
	if (path_join(to, sizeof(to), dir, host))
		return err_set(e, "%s: name too long", dir);
	return spawn_program(argv, NULL, e);
}

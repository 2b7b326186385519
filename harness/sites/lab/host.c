/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A host's first process: enters its own mount, UTS, pid, IPC and network namespaces, then starts
 * libvirtd under tini. Hosts share the machine's files, and so have the guest image, but each has
 * its own settings, logs and state of libvirt.
 */
#include "harness/sites/lab/internal.h"

#include "harness/base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

/* The descriptor to which a host that fails to start writes the error. */
#define ERROR_FD 3

struct host_setup {
	const char *lab, *lab_cache_dir;
	unsigned n;
	bool kvm;
	char name[8];
};

static int write_file(
	const struct host_setup *host, const char *name, const char *text, struct err *e)
{
	char path[PATH_MAX];

	lab_path(path, host->lab, "/%s/%s", host->name, name);
	return file_write(path, text, strlen(text), e);
}

static int write_settings(const struct host_setup *host, struct err *e)
{
	char text[1024], path[PATH_MAX];

	lab_path(path, host->lab, "/%s/log/qemu", host->name);
	if (dir_make(path, e))
		return -1;
	lab_path(path, host->lab, "/%s/etc/qemu", host->name);
	if (dir_make(path, e))
		return -1;
	snprintf(text, sizeof(text), "%032x\n", 0xbeef00 + host->n);
	if (write_file(host, "machine-id", text, e))
		return -1;
	snprintf(text, sizeof(text),
		"listen_tls = 0\nlisten_tcp = 1\nauth_tcp = \"none\"\nauth_unix_rw = \"none\"\n"
		"host_uuid = \"00000000-0000-4000-8000-0000000000%02x\"\n"
		"keepalive_interval = 1\nkeepalive_count = 5\n"
		"log_filters = \"1:qemu.qemu_migration 3:object 3:rpc\"\n"
		"log_outputs = \"2:file:/var/log/libvirt/libvirtd.log\"\n",
		0xc0 + host->n);
	if (write_file(host, "etc/libvirtd.conf", text, e))
		return -1;
	snprintf(text, sizeof(text),
		"security_driver = \"none\"\nuser = \"root\"\ngroup = \"root\"\n"
		"dynamic_ownership = 0\nremember_owner = 0\ncgroup_controllers = []\n"
		"namespaces = []\nstdio_handler = \"file\"\nmax_core = 0\n"
		"keepalive_interval = 1\nkeepalive_count = 5\n"
		"migration_address = \"0.0.0.0\"\nmigration_host = \"10.30.0.%u\"\n",
		10 + host->n);
	return write_file(host, "etc/qemu.conf", text, e);
}

static int mount_at(const char *source, const char *target, const char *type, const char *options,
	struct err *e)
{
	if (mount(source, target, type, type ? 0 : MS_BIND, options))
		return err_errno(e, "mount of %s at %s (" ADVICE_PRIVILEGE ")", source, target);
	return 0;
}

static int bind_own(
	const struct host_setup *host, const char *name, const char *target, struct err *e)
{
	char path[PATH_MAX];

	lab_path(path, host->lab, "/%s", name);
	return mount_at(path, target, NULL, NULL, e);
}

static int make_devices(const struct host_setup *host, struct err *e)
{
	static const struct device {
		const char *path;
		unsigned major, minor;
	} devices[] = {
		{"/dev/null", 1, 3},
		{"/dev/zero", 1, 5},
		{"/dev/full", 1, 7},
		{"/dev/random", 1, 8},
		{"/dev/urandom", 1, 9},
		{"/dev/tty", 5, 0},
		{"/dev/net/tun", 10, 200},
		/* Must be the last: left out if KVM does not work. */
		{"/dev/kvm", 10, 232},
	};

	if (mount_at("tmpfs", "/dev", "tmpfs", "mode=755", e))
		return -1;
	mkdir("/dev/net", 0755);
	mkdir("/dev/pts", 0755);
	mkdir("/dev/shm", 01777);
	for (size_t i = 0; i < ARRAY_SIZE(devices) - !host->kvm; i++)
		if (mknod(devices[i].path, S_IFCHR | 0666,
			    makedev(devices[i].major, devices[i].minor)))
			return err_errno(e, "%s (" ADVICE_PRIVILEGE ")", devices[i].path);
	if (symlink("/proc/self/fd", "/dev/fd") || symlink("pts/ptmx", "/dev/ptmx"))
		return err_errno(e, "/dev");
	if (mount_at("devpts", "/dev/pts", "devpts", "newinstance,ptmxmode=666", e))
		return -1;
	return mount_at("tmpfs", "/dev/shm", "tmpfs", NULL, e);
}

static int make_mounts(const struct host_setup *host, struct err *e)
{
	char own[64];

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return err_errno(e, "mounts cannot be made private (" ADVICE_PRIVILEGE ")");
	/*
	 * Mounts /sys again for this network namespace: the old one has the machine's interfaces
	 * and cgroups.
	 */
	umount2("/sys", MNT_DETACH);
	if (mount_at("sysfs", "/sys", "sysfs", NULL, e) ||
		mount_at("proc", "/proc", "proc", NULL, e))
		return -1;
	snprintf(own, sizeof(own), "%s/etc", host->name);
	if (bind_own(host, own, "/etc/libvirt", e) || bind_own(host, "hosts", "/etc/hosts", e))
		return -1;
	snprintf(own, sizeof(own), "%s/machine-id", host->name);
	if (access("/etc/machine-id", F_OK) == 0 && bind_own(host, own, "/etc/machine-id", e))
		return -1;
	if (dir_make("/var/log/libvirt", e) || dir_make("/var/cache/libvirt", e) ||
		dir_make("/var/lib/libvirt", e))
		return -1;
	snprintf(own, sizeof(own), "%s/log", host->name);
	/* All hosts share /var/cache/libvirt, so that QEMU is probed once and not once a host. */
	if (bind_own(host, own, "/var/log/libvirt", e) ||
		mount_at(host->lab_cache_dir, "/var/cache/libvirt", NULL, NULL, e) ||
		mount_at("tmpfs", "/var/lib/libvirt", "tmpfs", "mode=755", e))
		return -1;
	/* Copies of the mounts of named namespaces would keep these alive. */
	umount2(NETNS_DIR, MNT_DETACH);
	if (mount_at("tmpfs", "/run", "tmpfs", "mode=755", e))
		return -1;
	mkdir("/run/lock", 01777);
	return make_devices(host, e);
}

/*
 * Closes the caller's descriptors: a reader that waits for the end of the caller's output must not
 * wait for this host.
 */
static int detach_from_caller(const struct host_setup *host, int error, struct err *e)
{
	char path[PATH_MAX];
	int null, log;

	if (error != ERROR_FD && dup3(error, ERROR_FD, O_CLOEXEC) < 0)
		return err_errno(e, "descriptor %d", error);
	if (close_range(ERROR_FD + 1, ~0U, 0))
		return err_errno(e, "descriptors cannot be closed");
	lab_path(path, host->lab, "/%s/log/init.log", host->name);
	null = open("/dev/null", O_RDONLY);
	log = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
	if (null < 0 || log < 0 || dup2(null, 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0)
		return err_errno(e, "%s", path);
	close(null);
	close(log);
	setsid();
	return 0;
}

static int become_host(const struct host_setup *host, int error, struct err *e)
{
	static char *const environment[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root",
		"LANG=C.UTF-8", NULL};
	/* Restarts libvirtd when it dies, as a service manager does; guests keep running. */
	static const char *const argv[] = {
		"tini", "--", "sh", "-c", "while :; do libvirtd --listen; sleep 1; done", NULL};
	static const struct program program = {.argv = argv,
		.environment = environment,
		.dir = "/",
		.in = STDIN_FILENO,
		.out = STDOUT_FILENO,
		.error = STDERR_FILENO};

	if (detach_from_caller(host, error, e))
		return -1;
	/* Signals that the caller ignores would stay ignored in the host's programs. */
	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	umask(022);
	if (sethostname(host->name, strlen(host->name)))
		return err_errno(e, "hostname");
	if (make_mounts(host, e))
		return -1;
	if (access("/usr/sbin/libvirtd", X_OK))
		return err_set(e, "libvirtd is not installed; " ADVICE_SETUP);
	program_become(&program);
	return err_errno(e, "tini cannot be started; " ADVICE_SETUP);
}

/* Ends the process after it wrote the error to a descriptor. */
static _Noreturn void exit_with_error(int error, const struct err *e)
{
	ssize_t n = write(error, e->text, strlen(e->text));

	_exit(n < 0 ? 2 : 1);
}

/*
 * The process between the caller and the host. It enters the namespaces, which the caller must not
 * do; starts the host's first process there; and exits at once, so that the host is not the
 * caller's child. It is killed if the caller dies.
 */
static _Noreturn void launcher(const struct host_setup *host, pid_t caller, int error, int pid_out)
{
	struct err e = {0};
	char netns[PATH_MAX];
	pid_t pid;

	setpgid(0, 0);
	process_tie_to_parent(caller);
	lab_netns_path(host->lab, host->name, netns, sizeof(netns));
	if (spawn_enter_netns(netns, &e))
		exit_with_error(error, &e);
	if (unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWPID | CLONE_NEWIPC)) {
		err_errno(&e, "namespaces cannot be made (" ADVICE_PRIVILEGE ")");
		exit_with_error(error, &e);
	}
	pid = fork();
	if (pid < 0) {
		err_errno(&e, "fork");
		exit_with_error(error, &e);
	}
	if (pid == 0) {
		become_host(host, error, &e);
		exit_with_error(ERROR_FD, &e);
	}
	if (write(pid_out, &pid, sizeof(pid)) != sizeof(pid))
		_exit(1);
	_exit(0);
}

/*
 * Waits until the host's exec closes the pipe. Returns -1 with the error if the host has written
 * one to the pipe, else 0 and leaves `e` as it is.
 */
static int read_error(int fd, struct err *e)
{
	char text[sizeof(e->text)];
	size_t length = 0;
	ssize_t n;

	while ((n = read(fd, text + length, sizeof(text) - 1 - length)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		length += (size_t)n;
	}
	text[length] = '\0';
	return length ? err_set(e, "%s", text) : 0;
}

int host_start(const struct lab_options *options, unsigned n, bool kvm, const char *lab_cache_dir,
	pid_t *pid, struct err *e)
{
	struct host_setup host = {
		.lab = options->name, .lab_cache_dir = lab_cache_dir, .n = n, .kvm = kvm};
	int error_pipe[2] = {-1, -1}, pid_pipe[2] = {-1, -1}, rc = -1, status;
	pid_t caller = getpid(), launched;
	char path[PATH_MAX];

	lab_host_name(n, host.name, sizeof(host.name));
	if (write_settings(&host, e))
		return -1;
	if (pipe2(error_pipe, O_CLOEXEC) || pipe2(pid_pipe, O_CLOEXEC) || (launched = fork()) < 0) {
		err_errno(e, "host %s", host.name);
		goto out;
	}
	if (launched == 0)
		launcher(&host, caller, error_pipe[1], pid_pipe[1]);
	close(error_pipe[1]);
	close(pid_pipe[1]);
	error_pipe[1] = pid_pipe[1] = -1;
	if (read(pid_pipe[0], pid, sizeof(*pid)) == sizeof(*pid)) {
		lab_path(path, options->name, "/%s/pid", host.name);
		rc = process_record(path, *pid, e);
	} else {
		err_set(e, "its first process died");
	}
	while (waitpid(launched, &status, 0) < 0 && errno == EINTR)
		;
	if (read_error(error_pipe[0], e))
		rc = -1;
	if (rc)
		err_prefix(e, "host %s", host.name);
out:
	for (int i = 0; i < 2; i++) {
		if (error_pipe[i] >= 0)
			close(error_pipe[i]);
		if (pid_pipe[i] >= 0)
			close(pid_pipe[i]);
	}
	return rc;
}

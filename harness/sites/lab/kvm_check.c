/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The KVM test. Even if /dev/kvm can be opened, an ordinary guest may hang with nested or filtered
 * virtualisation. So the lab's own guest is booted on KVM once, and the result is kept until the
 * machine boots again or the guest's kernel changes.
 */
#include "harness/sites/lab/internal.h"

#include "harness/base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TEST_TIMEOUT_NS (10 * NS_PER_S)
#define READY_TEXT "agent ready"

/* KVM_FAILS: the guest hung, or QEMU failed. KVM_UNTESTED: no result; the test must be repeated. */
enum kvm_result { KVM_UNTESTED, KVM_WORKS, KVM_FAILS };

/* Identifies what a result is valid for: "BOOT-ID SIZE MTIME", with those of the guest's kernel. */
static int result_key(const struct lab_guest *guest, char *buf, size_t size, struct err *e)
{
	char *boot;
	struct stat st;

	if (stat(guest->kernel, &st))
		return err_errno(e, "%s", guest->kernel);
	boot = lab_boot_id(e);
	if (!boot)
		return -1;
	snprintf(buf, size, "%s %" PRId64 " %" PRId64, boot, (int64_t)st.st_size,
		(int64_t)st.st_mtime);
	free(boot);
	return 0;
}

static int start_guest(const struct lab_guest *guest, const char *serial, pid_t *pid)
{
	char chardev[PATH_MAX + 8];
	const char *const argv[] = {"qemu-system-x86_64", "-machine", "q35", "-accel", "kvm",
		"-cpu", "host", "-m", "256", "-nodefaults", "-no-user-config", "-display", "none",
		"-serial", chardev, "-kernel", guest->kernel, "-initrd", guest->initrd, "-append",
		"console=ttyS0 quiet", NULL};
	const struct program program = {.argv = argv,
		.in = PROGRAM_NULL,
		.out = PROGRAM_NULL,
		.error = PROGRAM_NULL,
		.death_signal = SIGKILL,
		.own_group = true};

	snprintf(chardev, sizeof(chardev), "file:%s", serial);
	return program_start(&program, pid);
}

/* True once the guest has written to its console that the agent is ready. */
static bool is_ready(const char *serial)
{
	struct err ignored;
	size_t length;
	bool ready;
	char *text;

	if (file_read(serial, 1 << 20, &text, &length, &ignored))
		return false;
	ready = memmem(text, length, READY_TEXT, strlen(READY_TEXT)) != NULL;
	free(text);
	return ready;
}

/* The result by QEMU's wait status: KVM fails if QEMU exited or crashed; none if it was killed. */
static enum kvm_result result_of_end(int status)
{
	static const int crashes[] = {SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS};

	if (WIFEXITED(status))
		return KVM_FAILS;
	for (size_t i = 0; i < ARRAY_SIZE(crashes); i++)
		if (WIFSIGNALED(status) && WTERMSIG(status) == crashes[i])
			return KVM_FAILS;
	return KVM_UNTESTED;
}

/* Waits until the guest is ready, QEMU ends or the time is over. *ended: QEMU has ended. */
static enum kvm_result await_guest(pid_t pid, const char *serial, bool *ended)
{
	int64_t end_ns = clock_mono_ns() + TEST_TIMEOUT_NS;
	int status;

	for (;;) {
		bool late = clock_mono_ns() >= end_ns;
		pid_t got = waitpid(pid, &status, WNOHANG);

		*ended = got != 0;
		if (is_ready(serial))
			return KVM_WORKS;
		if (*ended)
			return got > 0 ? result_of_end(status) : KVM_UNTESTED;
		if (late)
			return KVM_FAILS;
		nanosleep(&(struct timespec){.tv_nsec = 20 * NS_PER_MS}, NULL);
	}
}

static enum kvm_result boot_guest(const struct lab_guest *guest, const char *cache)
{
	char serial[PATH_MAX];
	pid_t pid;
	enum kvm_result result = KVM_UNTESTED;
	bool ended;
	int fd;

	if (snprintf(serial, sizeof(serial), "%.*s/kvm-XXXXXX", PATH_MAX - 16, cache) < 0)
		return KVM_UNTESTED;
	fd = mkstemp(serial);
	if (fd < 0)
		return KVM_UNTESTED;
	close(fd);
	if (start_guest(guest, serial, &pid) == 0) {
		result = await_guest(pid, serial, &ended);
		if (!ended) {
			kill(pid, SIGKILL);
			while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
				;
		}
	}
	unlink(serial);
	return result;
}

bool lab_kvm_works(FILE *progress)
{
	char cache[PATH_MAX], path[PATH_MAX], key[160], line[192], *known = NULL;
	struct lab_guest guest;
	static const char *const texts[] = {
		[KVM_UNTESTED] =
			"was not tested, because its guest was killed or not started: using TCG",
		[KVM_WORKS] = "works",
		[KVM_FAILS] = "does not run a guest here: using TCG",
	};
	struct err ignored;
	enum kvm_result result;

	if (access("/dev/kvm", R_OK | W_OK) || lab_guest_find(&guest, &ignored) ||
		lab_cache_dir(cache, &ignored) || result_key(&guest, key, sizeof(key), &ignored) ||
		path_join(path, sizeof(path), cache, "kvm"))
		return false;
	if (file_read(path, sizeof(line), &known, NULL, &ignored) == 0) {
		size_t length = strlen(key);
		bool valid = strncmp(known, key, length) == 0;
		bool works = valid && strcmp(known + length, " works\n") == 0;

		free(known);
		if (valid)
			return works;
	}
	if (progress)
		fprintf(progress,
			"testing KVM with a guest (once per boot of the machine, at most 10 s)\n");
	result = boot_guest(&guest, cache);
	if (progress)
		fprintf(progress, "KVM %s\n", texts[result]);
	if (result == KVM_UNTESTED)
		return false;
	snprintf(line, sizeof(line), "%s %s\n", key, result == KVM_WORKS ? "works" : "hangs");
	file_write(path, line, strlen(line), &ignored);
	return result == KVM_WORKS;
}

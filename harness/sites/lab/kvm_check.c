/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The KVM test. Even if /dev/kvm can be opened, an ordinary guest may hang with nested or filtered
 * virtualisation. So the lab's own guest is booted with it once, and the result is kept until the next
 * boot of the machine or another guest kernel.
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

#define PROOF_TIMEOUT_NS (10 * NS_PER_S)
#define PROOF_SAYS "agent ready"

/* PROOF_OPEN: the test told nothing and must be repeated. */
enum proof { PROOF_OPEN, PROOF_WORKS, PROOF_HANGS };

/* What the result is valid for: "BOOT-ID SIZE MTIME", the latter two of the guest's kernel. */
static int proof_key(const struct lab_guest *guest, char *buf, size_t size, struct err *e)
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
static bool says_ready(const char *serial)
{
	struct err ignored;
	size_t length;
	bool ready;
	char *text;

	if (file_read(serial, 1 << 20, &text, &length, &ignored))
		return false;
	ready = memmem(text, length, PROOF_SAYS, strlen(PROOF_SAYS)) != NULL;
	free(text);
	return ready;
}

/* What the end of QEMU tells: KVM does not work if QEMU failed or crashed; nothing if QEMU was killed. */
static enum proof judge_end(int status)
{
	static const int crashes[] = {SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS};

	if (WIFEXITED(status))
		return PROOF_HANGS;
	for (size_t i = 0; i < ARRAY_SIZE(crashes); i++)
		if (WIFSIGNALED(status) && WTERMSIG(status) == crashes[i])
			return PROOF_HANGS;
	return PROOF_OPEN;
}

/* Waits until the guest is ready, QEMU ends or the time is over. *ended: QEMU need not be killed. */
static enum proof await_guest(pid_t pid, const char *serial, bool *ended)
{
	int64_t end_ns = clock_mono_ns() + PROOF_TIMEOUT_NS;
	int status;

	for (;;) {
		bool late = clock_mono_ns() >= end_ns;
		pid_t got = waitpid(pid, &status, WNOHANG);

		*ended = got != 0;
		if (says_ready(serial))
			return PROOF_WORKS;
		if (*ended)
			return got > 0 ? judge_end(status) : PROOF_OPEN;
		if (late)
			return PROOF_HANGS;
		nanosleep(&(struct timespec){.tv_nsec = 20 * NS_PER_MS}, NULL);
	}
}

static enum proof boots(const struct lab_guest *guest, const char *cache)
{
	char serial[PATH_MAX];
	pid_t pid;
	enum proof proof = PROOF_OPEN;
	bool ended;
	int fd;

	if (snprintf(serial, sizeof(serial), "%.*s/kvm-XXXXXX", PATH_MAX - 16, cache) < 0)
		return PROOF_OPEN;
	fd = mkstemp(serial);
	if (fd < 0)
		return PROOF_OPEN;
	close(fd);
	if (start_guest(guest, serial, &pid) == 0) {
		proof = await_guest(pid, serial, &ended);
		if (!ended) {
			kill(pid, SIGKILL);
			while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
				;
		}
	}
	unlink(serial);
	return proof;
}

bool lab_kvm_works(FILE *say)
{
	char cache[PATH_MAX], path[PATH_MAX], key[160], line[192], *known = NULL;
	struct lab_guest guest;
	static const char *const found[] = {
		[PROOF_OPEN] = "was not tested, as its guest was killed or not started: using TCG",
		[PROOF_WORKS] = "works",
		[PROOF_HANGS] = "does not run a guest here: using TCG",
	};
	struct err ignored;
	enum proof proof;

	if (access("/dev/kvm", R_OK | W_OK) || lab_guest_find(&guest, &ignored) ||
		lab_cache_dir(cache, &ignored) || proof_key(&guest, key, sizeof(key), &ignored) ||
		path_join(path, sizeof(path), cache, "kvm"))
		return false;
	if (file_read(path, sizeof(line), &known, NULL, &ignored) == 0) {
		size_t length = strlen(key);
		bool holds = strncmp(known, key, length) == 0;
		bool workloads = holds && strcmp(known + length, " works\n") == 0;

		free(known);
		if (holds)
			return workloads;
	}
	if (say)
		fprintf(say, "trying KVM with a guest (once a boot, at most 10 s)\n");
	proof = boots(&guest, cache);
	if (say)
		fprintf(say, "KVM %s\n", found[proof]);
	if (proof == PROOF_OPEN)
		return false;
	snprintf(line, sizeof(line), "%s %s\n", key, proof == PROOF_WORKS ? "works" : "hangs");
	file_write(path, line, strlen(line), &ignored);
	return proof == PROOF_WORKS;
}

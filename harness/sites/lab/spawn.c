/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Programs and child processes of the lab. Their output goes to files in memory, not to pipes: so
 * none blocks on a full pipe, and a reader of our output does not wait for a process that outlives
 * us.
 */
#include "harness/sites/lab/internal.h"

#include "harness/base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* Reads a whole memory file, NUL-terminated, malloc'd; "" on read errors, NULL out of memory. */
static char *read_all(int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char *text = calloc(1, (size_t)(size > 0 ? size : 0) + 1);

	if (text && size > 0 && pread(fd, text, (size_t)size, 0) < 0)
		text[0] = '\0';
	return text;
}

static int wait_for(pid_t pid, int *status)
{
	while (waitpid(pid, status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return 0;
}

static int spawn_start(const char *const argv[], int in, int out, pid_t *pid, struct err *e)
{
	/*
	 * In its own process group, so that Ctrl-C at the terminal does not interrupt it. It
	 * inherits descriptors that are open without O_CLOEXEC: the lock of the lab's records
	 * (lab.c).
	 */
	const struct program program = {.argv = argv,
		.in = in,
		.out = out,
		.error = out,
		.own_group = true,
		.keep_files = true};

	if (program_start(&program, pid) == 0)
		return 0;
	if (errno == ENOENT)
		return err_set(e, "%s is not installed; " ADVICE_SETUP, argv[0]);
	return err_errno(e, "%s cannot be started", argv[0]);
}

int spawn_program(const char *const argv[], const char *input, struct err *e)
{
	int in = memfd_create("in", MFD_CLOEXEC), out = memfd_create("out", MFD_CLOEXEC);
	size_t length = input ? strlen(input) : 0;
	char *printed = NULL;
	int status, rc = -1;
	pid_t pid;

	if (in < 0 || out < 0 || pwrite(in, input, length, 0) != (ssize_t)length) {
		err_errno(e, "%s: no memory for its input", argv[0]);
		goto out;
	}
	if (spawn_start(argv, in, out, &pid, e))
		goto out;
	if (wait_for(pid, &status)) {
		err_errno(e, "%s", argv[0]);
		goto out;
	}
	rc = 0;
	if (!WIFEXITED(status) || WEXITSTATUS(status)) {
		printed = read_all(out);
		if (printed)
			printed[strcspn(printed, "\n")] = '\0';
		rc = err_set(e, "%s %s failed: %.500s", argv[0], argv[1],
			printed && *printed ? printed : "it printed nothing");
	}
out:
	free(printed);
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return rc;
}

int spawn_enter_netns(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc = 0;

	if (fd < 0)
		return err_errno(e, "network namespace %s", path);
	if (setns(fd, CLONE_NEWNET))
		rc = err_errno(
			e, "network namespace %s cannot be entered (" ADVICE_PRIVILEGE ")", path);
	close(fd);
	return rc;
}

static _Noreturn void child(pid_t parent, const char *netns, spawned_function *function,
	const void *arg, int out, int error)
{
	struct err e = {0};
	FILE *f = fdopen(out, "w");
	int rc;

	setpgid(0, 0);
	process_tie_to_parent(parent);
	rc = !f || (netns && spawn_enter_netns(netns, &e)) || function(arg, f, &e);
	if (f)
		fflush(f);
	if (rc && write(error, e.text, strlen(e.text)) < 0)
		_exit(2);
	_exit(rc != 0);
}

int spawn_function(const char *netns, spawned_function *function, const void *arg, char **output,
	struct err *e)
{
	int out = memfd_create("out", MFD_CLOEXEC), error = memfd_create("error", MFD_CLOEXEC);
	pid_t parent = getpid(), pid;
	int status, rc = -1;
	char *message;

	pid = out < 0 || error < 0 ? -1 : fork();
	if (pid == 0)
		child(parent, netns, function, arg, out, error);
	if (pid < 0 || wait_for(pid, &status)) {
		err_errno(e, "a child process cannot be started");
		goto out;
	}
	rc = WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
	if (rc) {
		message = read_all(error);
		err_set(e, "%.1000s", message && *message ? message : "a child process died");
		free(message);
	} else if (output) {
		*output = read_all(out);
		if (!*output)
			rc = err_set(e, "out of memory");
	}
out:
	if (out >= 0)
		close(out);
	if (error >= 0)
		close(error);
	return rc;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A user's command as the workload, executed in the guest over ssh. ssh uses the probed network, so
 * its connection has to survive the move. The command's exit status shows whether it failed; a
 * verify command, executed after it, shows whether its result is correct.
 */
#include "harness/ops/workload.h"

#include "harness/base/process.h"
#include "harness/workloads/components.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUTPUT_TAIL 4096
/* The exit status of ssh itself if it cannot connect or loses the connection. */
#define SSH_FAILED 255

static int execute(struct workload *workload, const char *command, struct err *e)
{
	char target[160];
	/* ssh gives up after 15 s * 20 = 300 s; a run waits 60 s for answers by default. */
	const char *const argv[] = {"ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-o",
		"ServerAliveInterval=15", "-o", "ServerAliveCountMax=20", target, "--", command,
		NULL};
	struct program program = {.argv = argv, .in = PROGRAM_NULL, .death_signal = SIGKILL};

	snprintf(target, sizeof(target), "%s@%s", workload->user, workload->address);
	if (workload->output >= 0)
		close(workload->output);
	workload->output = memfd_create("blackout-workload", MFD_CLOEXEC);
	if (workload->output < 0)
		return err_errno(e, "workload %s: no file for its output", workload->name);
	program.out = program.error = workload->output;
	if (program_start(&program, &workload->pid) == 0)
		return 0;
	workload->pid = 0;
	return err_errno(
		e, "workload %s: ssh cannot be started (install openssh-client)", workload->name);
}

static int start(struct workload *workload, struct err *e)
{
	workload->verifying = false;
	workload->latest = (struct workload_status){.state = WORKLOAD_RUNNING,
		.percent = -1,
		.done_bytes = NS_NONE,
		.files = NS_NONE,
		.elapsed_ns = NS_NONE,
		.rate_bytes_per_s = NS_NONE,
		.bad = NS_NONE,
		.held = -1};
	return execute(workload, workload->command, e);
}

/* Copies the last non-empty line of the command's output, for the report. */
static void last_line(const struct workload *workload, char *buf, size_t size)
{
	char tail[OUTPUT_TAIL + 1], *line = tail;
	off_t length = lseek(workload->output, 0, SEEK_END);
	off_t from = length > OUTPUT_TAIL ? length - OUTPUT_TAIL : 0;
	ssize_t n = pread(workload->output, tail, OUTPUT_TAIL, from);

	n = n < 0 ? 0 : n;
	while (n > 0 && (tail[n - 1] == '\n' || tail[n - 1] == '\r' || tail[n - 1] == ' '))
		n--;
	tail[n] = '\0';
	if (strrchr(tail, '\n'))
		line = strrchr(tail, '\n') + 1;
	snprintf(buf, size, "%.*s", (int)size - 1, line);
}

static void explain_failure(struct workload *workload, int status)
{
	char output[160];
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;

	last_line(workload, output, sizeof(output));
	snprintf(workload->latest.why, sizeof(workload->latest.why), "%s %s%d%s%s",
		workload->verifying ? "its verify command" : "its command",
		code == SSH_FAILED ? "could not be run, or lost its connection: ssh status "
		: code < 0         ? "was ended by signal "
				   : "ended with status ",
		code < 0 ? WTERMSIG(status) : code, *output ? ": " : "", output);
}

static void command_over(struct workload *workload, int status)
{
	bool right = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	bool reached = !WIFEXITED(status) || WEXITSTATUS(status) != SSH_FAILED;
	struct err e = {0};

	if (!right)
		explain_failure(workload, status);
	if (workload->verifying) {
		workload->latest.state = right     ? WORKLOAD_CORRECT
					 : reached ? WORKLOAD_INCORRECT
						   : WORKLOAD_FAILED;
	} else if (!right) {
		workload->latest.state = WORKLOAD_FAILED;
	} else if (!workload->verify) {
		workload->latest.state = WORKLOAD_ENDED;
		snprintf(workload->latest.why, sizeof(workload->latest.why),
			"its command ended; there is no verify command");
	} else {
		workload->verifying = true;
		workload->latest.state = WORKLOAD_VERIFYING;
		if (execute(workload, workload->verify, &e)) {
			workload->latest.state = WORKLOAD_FAILED;
			snprintf(workload->latest.why, sizeof(workload->latest.why), "%.255s",
				e.text);
		}
	}
}

static int status_of(struct workload *workload, struct workload_status *status, int64_t timeout_ns,
	struct err *e)
{
	int wait_status;
	pid_t pid;

	(void)timeout_ns;
	(void)e;
	if (workload->pid > 0) {
		pid = waitpid(workload->pid, &wait_status, WNOHANG);
		if (pid == workload->pid) {
			workload->pid = 0;
			command_over(workload, wait_status);
		}
	}
	*status = workload->latest;
	return 0;
}

static int verify(struct workload *workload, struct err *e)
{
	if (!workload->verify)
		return 0;
	workload->verifying = true;
	workload->latest.state = WORKLOAD_VERIFYING;
	return execute(workload, workload->verify, e);
}

static int stop(struct workload *workload, struct err *e)
{
	(void)e;
	if (workload->pid > 0) {
		kill(workload->pid, SIGKILL);
		waitpid(workload->pid, NULL, 0);
		workload->pid = 0;
	}
	if (!workload_over(workload->latest.state))
		workload->latest.state = WORKLOAD_STOPPED;
	return 0;
}

static void close_command(struct workload *workload)
{
	struct err ignored;

	stop(workload, &ignored);
	if (workload->output >= 0)
		close(workload->output);
	workload->output = -1;
}

const struct workload_ops workload_command = {
	.component = &component_workload_command,
	.start = start,
	.status = status_of,
	.verify = verify,
	.stop = stop,
	.close = close_command,
};

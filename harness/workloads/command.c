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
#include <sys/wait.h>
#include <unistd.h>

/* Room for output between two polls. */
#define OUTPUT_PIPE (1 << 20)
/* The exit status of ssh itself if it cannot connect or loses the connection. */
#define SSH_FAILED 255

/* Makes the pipe of the command's output, whose end is kept: a guest can write without limit. */
static int open_output(struct workload *workload, int *write_end, struct err *e)
{
	int ends[2];

	if (workload->output >= 0)
		close(workload->output);
	workload->output = -1;
	workload->tail_length = 0;
	if (pipe2(ends, O_CLOEXEC))
		return err_errno(e, "workload %s: no pipe for its output", workload->name);
	/* What the command writes between two polls should not hold it up. */
	fcntl(ends[0], F_SETPIPE_SZ, OUTPUT_PIPE);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	workload->output = ends[0];
	*write_end = ends[1];
	return 0;
}

static int execute(struct workload *workload, const char *command, struct err *e)
{
	char target[160];
	/* ssh gives up after 15 s * 20 = 300 s; a run waits 60 s for answers by default. */
	const char *const argv[] = {"ssh", "-a", "-x", "-T", "-o", "ClearAllForwardings=yes", "-o",
		"BatchMode=yes", "-o", "ConnectTimeout=10", "-o", "ServerAliveInterval=15", "-o",
		"ServerAliveCountMax=20", "--", target, command, NULL};
	struct program program = {.argv = argv, .in = PROGRAM_NULL, .death_signal = SIGKILL};
	int write_end = -1, rc;

	snprintf(target, sizeof(target), "%s@%s", workload->user, workload->address);
	if (open_output(workload, &write_end, e))
		return -1;
	program.out = program.error = write_end;
	rc = program_start(&program, &workload->pid);
	if (rc) {
		workload->pid = 0;
		err_errno(e, "workload %s: ssh cannot be started (install openssh-client)",
			workload->name);
	}
	close(write_end);
	return rc;
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

/* Takes what the command has written, and keeps the end of it. */
static void read_output(struct workload *workload)
{
	char bytes[4096];
	ssize_t n;

	while (workload->output >= 0 && (n = read(workload->output, bytes, sizeof(bytes))) > 0) {
		size_t keep = sizeof(workload->tail) - (size_t)n;

		if (workload->tail_length > keep) {
			memmove(workload->tail, workload->tail + workload->tail_length - keep,
				keep);
			workload->tail_length = keep;
		}
		memcpy(workload->tail + workload->tail_length, bytes, (size_t)n);
		workload->tail_length += (size_t)n;
	}
}

/* Copies the last non-empty line of the command's output, for the report. */
static void last_line(const struct workload *workload, char *buf, size_t size)
{
	const char *text = workload->tail;
	size_t end = workload->tail_length, begin;

	while (end > 0 && strchr("\n\r ", text[end - 1]))
		end--;
	for (begin = end; begin > 0 && text[begin - 1] != '\n';)
		begin--;
	snprintf(buf, size, "%.*s", (int)(end - begin), text + begin);
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
	read_output(workload);
	if (workload->pid > 0) {
		pid = waitpid(workload->pid, &wait_status, WNOHANG);
		if (pid == workload->pid) {
			workload->pid = 0;
			read_output(workload);
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

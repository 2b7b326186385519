/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The workloads: for each kind a child process that runs the installation program and takes
 * requests and gives responses as lines over pipes. So no workload delays the agent, and one that
 * hangs can be killed.
 */
#include "tools/guest/agent/internal.h"
#include "tools/guest/common/line_buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

/* Longest time for a response: the child's main thread only handles requests. */
#define RESPONSE_NS INT64_C(2000000000)

struct workload_process {
	pid_t pid;    /* 0: not running */
	int to, from; /* pipes */
	struct line_buffer lines;
	unsigned stale; /* number of responses to be discarded when they arrive */
	/* The current request: */
	bool pending;          /* its response was not yet returned */
	bool ready;            /* its response has arrived */
	bool status_requested; /* it is WORKLOAD_STATUS */
	int64_t deadline_ns;   /* of the response */
	char response[AGENT_LINE_MAX];
	const char *state; /* how the last process ended; NULL: as its last status says */
	char last_status[AGENT_LINE_MAX]; /* from "state=" on */
};

static struct {
	int epoll;
	struct workload_process processes[WORKLOAD_KINDS];
} workloads = {.epoll = -1, .processes = {{.state = "none"}, {.state = "none"}}};

int workloads_open(void)
{
	workloads.epoll = epoll_create1(EPOLL_CLOEXEC);
	return workloads.epoll;
}

static void forget_process(struct workload_process *process, const char *state)
{
	close(process->to);
	close(process->from);
	process->pid = 0;
	process->stale = 0;
	process->ready = false;
	process->lines = (struct line_buffer){0};
	process->state = state;
}

static int spawn_process(struct workload_process *process)
{
	char *const argv[] = {WORKLOAD_PROGRAM, WORKLOAD_FOLDER, NULL};
	char *const environment[] = {NULL};
	posix_spawn_file_actions_t actions;
	int down[2], up[2], rc;

	if (pipe2(down, O_CLOEXEC))
		return errno;
	if (pipe2(up, O_CLOEXEC)) {
		rc = errno;
		close(down[0]);
		close(down[1]);
		return rc;
	}
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, down[0], 0);
	posix_spawn_file_actions_adddup2(&actions, up[1], 1);
	/* Not fork: it would copy the page tables of a filled guest, and then its pages. */
	rc = posix_spawn(&process->pid, WORKLOAD_PROGRAM, &actions, NULL, argv, environment);
	posix_spawn_file_actions_destroy(&actions);
	close(down[0]);
	close(up[1]);
	process->to = down[1];
	process->from = up[0];
	fcntl(process->to, F_SETFL, O_NONBLOCK);
	fcntl(process->from, F_SETFL, O_NONBLOCK);
	process->last_status[0] = '\0';
	epoll_ctl(workloads.epoll, EPOLL_CTL_ADD, process->from,
		&(struct epoll_event){.events = EPOLLIN});
	if (rc)
		forget_process(process, "none");
	return rc;
}

/* Takes responses out of the buffer. True: that to the current request has arrived. */
static bool take_line(struct workload_process *process)
{
	char line[AGENT_LINE_MAX];
	int got;

	while (!process->ready && (got = line_buffer_next(&process->lines, line)) != 0) {
		if (process->stale) {
			process->stale--;
		} else if (process->pending) {
			snprintf(process->response, sizeof(process->response), "%s",
				got > 0 ? line : "error malformed response");
			process->ready = true;
		}
	}
	return process->ready;
}

/* Reads what has arrived; the end of the pipe means that the process has died. */
static void read_responses(struct workload_process *process)
{
	while (process->pid && !take_line(process)) {
		size_t size;
		char *space = line_buffer_reserve(&process->lines, &size);
		ssize_t n = read(process->from, space, size);

		if (n < 0)
			return;
		if (n == 0)
			forget_process(process, "failed");
		else
			line_buffer_commit(&process->lines, (size_t)n);
	}
}

void workloads_serve(void)
{
	for (int i = 0; i < WORKLOAD_KINDS; i++)
		read_responses(&workloads.processes[i]);
}

static int send_request(struct workload_process *process, const char *words, int64_t now_ns)
{
	char line[AGENT_LINE_MAX + 1];
	int n = snprintf(line, sizeof(line), "%s\n", words);

	/* Writes of up to PIPE_BUF bytes are atomic: all or nothing. */
	if (write(process->to, line, (size_t)n) != n)
		return -1;
	process->pending = true;
	process->deadline_ns = now_ns + RESPONSE_NS;
	return 0;
}

/* Responds to a status request without a process: how the last one ended, and its last figures. */
static void respond_state(const struct workload_process *process, char *response, size_t size)
{
	const char *rest = strstr(process->last_status, " percent=");
	int n;

	if (!process->state) {
		snprintf(response, size, "ok %.500s", process->last_status);
		return;
	}
	if (!rest)
		rest = " percent=0 done_bytes=0 files=0 elapsed_ns=0";
	n = (int)(strstr(rest, " why=") ? strstr(rest, " why=") - rest : (ptrdiff_t)strlen(rest));
	snprintf(response, size, "ok state=%s%.*s%s", process->state, n, rest,
		strcmp(process->state, "failed") == 0 ? " why=its process died (out of memory?)"
						      : "");
}

/* Kills the process. Its state becomes "stopped", unless its last status was already final. */
static void stop(struct workload_process *process)
{
	const char *state = process->last_status;
	bool ended = state[0] && strncmp(state, "state=running", 13) != 0 &&
		     strncmp(state, "state=verifying", 15) != 0;

	if (!process->pid)
		return;
	kill(process->pid, SIGKILL);
	forget_process(process, ended ? NULL : "stopped");
}

bool workloads_request(
	const struct control_request *request, int64_t now_ns, char *response, size_t size)
{
	const struct workload_request *workload = &request->workload;
	struct workload_process *process = &workloads.processes[workload->kind];
	int rc;

	read_responses(process);
	if (workload->verb == WORKLOAD_STOP) {
		stop(process);
		snprintf(response, size, "ok");
		return true;
	}
	if (workload->verb == WORKLOAD_STATUS && !process->pid) {
		respond_state(process, response, size);
		return true;
	}
	if (workload->kind == WORKLOAD_INSTALL && !boot_has_disk()) {
		snprintf(response, size, "error the guest has no disk to install on");
		return true;
	}
	rc = process->pid ? 0 : spawn_process(process);
	if (rc) {
		snprintf(response, size, "error " WORKLOAD_PROGRAM ": %s", strerror(rc));
		return true;
	}
	process->status_requested = workload->verb == WORKLOAD_STATUS;
	if (workload->verb == WORKLOAD_START)
		process->last_status[0] = '\0';
	if (send_request(process, request->words, now_ns)) {
		snprintf(response, size, "error %s: its process does not read requests",
			workload_kind_name(workload->kind));
		return true;
	}
	return false;
}

bool workloads_poll_response(enum workload_kind kind, int64_t now_ns, char *response, size_t size)
{
	struct workload_process *process = &workloads.processes[kind];

	read_responses(process);
	if (process->ready) {
		snprintf(response, size, "%s", process->response);
		if (process->status_requested && strncmp(response, "ok ", 3) == 0)
			memmove(process->last_status, response + 3, strlen(response + 3) + 1);
	} else if (!process->pid && process->status_requested) {
		respond_state(process, response, size);
	} else if (!process->pid) {
		snprintf(response, size, "error %s: its process ended", workload_kind_name(kind));
	} else if (now_ns < process->deadline_ns) {
		return false;
	} else {
		process->stale++;
		snprintf(response, size, "error %s does not respond", workload_kind_name(kind));
	}
	process->pending = process->ready = false;
	return true;
}

void workloads_abandon(void)
{
	for (int i = 0; i < WORKLOAD_KINDS; i++) {
		struct workload_process *process = &workloads.processes[i];

		process->stale += process->pending && !process->ready && process->pid;
		process->pending = process->ready = false;
	}
}

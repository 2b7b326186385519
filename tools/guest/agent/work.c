/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The works: each kind a child process of its own that runs the installation program, asked and
 * answering by lines over its pipes. So no work holds the agent up, and one that hangs can be
 * killed.
 */
#include "tools/guest/agent/internal.h"
#include "tools/guest/common/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

/* A child's main thread only answers; one that takes longer is not well. */
#define ANSWER_NS INT64_C(2000000000)

struct child {
	pid_t pid; /* 0: none */
	int to, from;
	struct lines lines;
	unsigned late;    /* answers to questions that nobody waits for any more */
	bool owed;        /* one that somebody waits for, */
	bool ready;       /* which is here, */
	bool status;      /* and which is of a status */
	int64_t until_ns; /* it is waited for this long */
	char answer[AGENT_LINE_MAX];
	const char *state; /* without a child: how the last one ended, NULL: as it last said */
	char last[AGENT_LINE_MAX]; /* its last status from state= on */
};

static struct {
	int epoll;
	struct child children[WORK_KINDS];
} works = {.epoll = -1, .children = {{.state = "none"}, {.state = "none"}}};

int works_open(void)
{
	works.epoll = epoll_create1(EPOLL_CLOEXEC);
	return works.epoll;
}

static void forget_child(struct child *child, const char *state)
{
	close(child->to);
	close(child->from);
	child->pid = 0;
	child->late = 0;
	child->ready = false;
	child->lines = (struct lines){0};
	child->state = state;
}

static int spawn_child(struct child *child)
{
	char *const argv[] = {WORK_PROGRAM, WORK_FOLDER, NULL};
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
	/* Not fork: that would copy the tables of a filled guest's memory, and then its pages. */
	rc = posix_spawn(&child->pid, WORK_PROGRAM, &actions, NULL, argv, environment);
	posix_spawn_file_actions_destroy(&actions);
	close(down[0]);
	close(up[1]);
	child->to = down[1];
	child->from = up[0];
	fcntl(child->to, F_SETFL, O_NONBLOCK);
	fcntl(child->from, F_SETFL, O_NONBLOCK);
	child->last[0] = '\0';
	epoll_ctl(
		works.epoll, EPOLL_CTL_ADD, child->from, &(struct epoll_event){.events = EPOLLIN});
	if (rc)
		forget_child(child, "none");
	return rc;
}

/* True: the answer that is waited for is here. */
static bool take_line(struct child *child)
{
	char line[AGENT_LINE_MAX];
	int got;

	while (!child->ready && (got = lines_next(&child->lines, line)) != 0) {
		if (child->late) {
			child->late--;
		} else if (child->owed) {
			snprintf(child->answer, sizeof(child->answer), "%s",
				got > 0 ? line : "error malformed answer");
			child->ready = true;
		}
	}
	return child->ready;
}

/* Reads what there is; a child whose pipe ends has died. */
static void listen_to(struct child *child)
{
	while (child->pid && !take_line(child)) {
		size_t size;
		char *room = lines_room(&child->lines, &size);
		ssize_t n = read(child->from, room, size);

		if (n < 0)
			return;
		if (n == 0)
			forget_child(child, "failed");
		else
			lines_add(&child->lines, (size_t)n);
	}
}

void works_serve(void)
{
	for (int i = 0; i < WORK_KINDS; i++)
		listen_to(&works.children[i]);
}

static int ask(struct child *child, const char *words, int64_t now_ns)
{
	char line[AGENT_LINE_MAX + 1];
	int n = snprintf(line, sizeof(line), "%s\n", words);

	/* A pipe takes so little whole or not at all. */
	if (write(child->to, line, (size_t)n) != n)
		return -1;
	child->owed = true;
	child->until_ns = now_ns + ANSWER_NS;
	return 0;
}

/* Without a child: how the last one ended, with what was last known of it. */
static void tell_state(const struct child *child, char *answer, size_t size)
{
	const char *rest = strstr(child->last, " percent=");
	int n;

	if (!child->state) {
		snprintf(answer, size, "ok %.500s", child->last);
		return;
	}
	if (!rest)
		rest = " percent=0 done_bytes=0 files=0 elapsed_ns=0";
	n = (int)(strstr(rest, " why=") ? strstr(rest, " why=") - rest : (ptrdiff_t)strlen(rest));
	snprintf(answer, size, "ok state=%s%.*s%s", child->state, n, rest,
		strcmp(child->state, "failed") == 0
			? " why=its process ended before its time (out of memory?)"
			: "");
}

/* What it was last known to have ended as, it stays. */
static void stop(struct child *child)
{
	const char *state = child->last;
	bool ended = state[0] && strncmp(state, "state=running", 13) != 0 &&
		     strncmp(state, "state=verifying", 15) != 0;

	if (!child->pid)
		return;
	kill(child->pid, SIGKILL);
	forget_child(child, ended ? NULL : "stopped");
}

bool works_ask(const struct request *request, int64_t now_ns, char *answer, size_t size)
{
	const struct work_request *work = &request->work;
	struct child *child = &works.children[work->kind];
	int rc;

	listen_to(child);
	if (work->verb == WORK_STOP) {
		stop(child);
		snprintf(answer, size, "ok");
		return true;
	}
	if (work->verb == WORK_STATUS && !child->pid) {
		tell_state(child, answer, size);
		return true;
	}
	if (work->kind == WORK_INSTALL && !boot_has_disk()) {
		snprintf(answer, size, "error the guest has no disk to install on");
		return true;
	}
	rc = child->pid ? 0 : spawn_child(child);
	if (rc) {
		snprintf(answer, size, "error " WORK_PROGRAM ": %s", strerror(rc));
		return true;
	}
	child->status = work->verb == WORK_STATUS;
	if (work->verb == WORK_START)
		child->last[0] = '\0';
	if (ask(child, request->words, now_ns)) {
		snprintf(answer, size, "error %s takes no words", work_kind_name(work->kind));
		return true;
	}
	return false;
}

bool works_answer(enum work_kind kind, int64_t now_ns, char *answer, size_t size)
{
	struct child *child = &works.children[kind];

	listen_to(child);
	if (child->ready) {
		snprintf(answer, size, "%s", child->answer);
		if (child->status && strncmp(answer, "ok ", 3) == 0)
			memmove(child->last, answer + 3, strlen(answer + 3) + 1);
	} else if (!child->pid && child->status) {
		tell_state(child, answer, size);
	} else if (!child->pid) {
		snprintf(answer, size, "error %s: its process ended", work_kind_name(kind));
	} else if (now_ns < child->until_ns) {
		return false;
	} else {
		child->late++;
		snprintf(answer, size, "error %s does not answer", work_kind_name(kind));
	}
	child->owed = child->ready = false;
	return true;
}

void works_forget(void)
{
	for (int i = 0; i < WORK_KINDS; i++) {
		struct child *child = &works.children[i];

		child->late += child->owed && !child->ready && child->pid;
		child->owed = child->ready = false;
	}
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The child process of a station: enters its namespace, opens its probes, drops every capability,
 * then drains the probes and serves its parent's requests until the request to close.
 */
#include "harness/station/internal.h"

#include "harness/base/process.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define DRAIN_EVERY_NS (100 * NS_PER_MS)
#define LIVE_EVERY_NS (250 * NS_PER_MS)

struct station_child {
	struct probe_set *set;
	int fd;
	uint32_t serial;                          /* of the request that is being handled */
	size_t next_live_probe, next_live_target; /* where send_live continues */
	bool broken, broken_sent;                 /* a probe failed; this was sent to the parent */
	struct err broken_err;
};

static void reset_signals(void)
{
	const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT};
	sigset_t none;

	/* A terminal signals the whole process group; the parent decides what to do. */
	for (size_t i = 0; i < ARRAY_SIZE(ignored); i++)
		signal(ignored[i], SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static int enter_netns(const char *name, const char *path, struct err *e)
{
	int rc = 0, fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_errno(
			e, "station %s: network namespace %s cannot be opened", name, path);
	if (setns(fd, CLONE_NEWNET))
		rc = err_errno(e,
			"station %s: network namespace %s cannot be entered (this "
			"requires CAP_SYS_ADMIN)",
			name, path);
	close(fd);
	return rc;
}

static int drop_capabilities(const char *name, struct err *e)
{
	struct rlimit realtime = {1, 1};
	capng_select_t what = CAPNG_SELECT_CAPS;

	/* Lets the engines choose a real-time priority later; without it they are less punctual. */
	setrlimit(RLIMIT_RTPRIO, &realtime);
	if (capng_get_caps_process())
		return err_set(e, "station %s: its capabilities cannot be read", name);
	if (capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP))
		what = CAPNG_SELECT_BOTH;
	capng_clear(what);
	if (capng_apply(what))
		return err_errno(e, "station %s: capabilities cannot be dropped", name);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return 0;
}

/*
 * Sends a message. If the socket is full, waits for space if `wait`, which is for messages that the
 * parent waits for. Returns true if the message was sent.
 */
static bool send_message(
	const struct station_child *child, const struct station_message *m, size_t size, bool wait)
{
	ssize_t n;

	do
		n = send(child->fd, m, size, MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT));
	while (n < 0 && errno == EINTR);
	return n >= 0;
}

static void send_text(
	const struct station_child *child, enum station_message_kind kind, int rc, const char *text)
{
	struct station_message m = {.kind = kind, .rc = rc, .serial = child->serial};

	snprintf(m.text, sizeof(m.text), "%s", text);
	send_message(child, &m, STATION_HEAD + sizeof(m.text), true);
}

/*
 * Sends the newest live values of every target. The socket has space for some thousand targets; if
 * it is full, the next call continues with the first target that was not sent.
 */
static void send_live(struct station_child *child)
{
	for (; child->next_live_probe < child->set->started; child->next_live_probe++) {
		size_t i = child->next_live_probe, total = child->set->live_count[i];

		for (; child->next_live_target < total;
			child->next_live_target += STATION_LIVE_BATCH) {
			size_t left = total - child->next_live_target;
			struct station_message m = {.kind = STATION_LIVE,
				.probe = (uint32_t)i,
				.first = (uint32_t)child->next_live_target};
			size_t n = size_min(left, STATION_LIVE_BATCH);

			m.count = (uint32_t)n;
			memcpy(m.live, child->set->live[i] + m.first, n * sizeof(m.live[0]));
			if (!send_message(child, &m, STATION_HEAD + n * sizeof(m.live[0]), false))
				return;
		}
		child->next_live_target = 0;
	}
	child->next_live_probe = 0;
}

/*
 * Drains all probes. The first failure is reported to the parent once, when the socket has space;
 * the other probes go on.
 */
static void drain(struct station_child *child)
{
	struct err e = {0};

	if (probe_set_drain(child->set, &e) && !child->broken) {
		child->broken = true;
		child->broken_err = e;
	}
	if (child->broken && !child->broken_sent) {
		struct station_message m = {.kind = STATION_BROKEN, .rc = -1};

		memcpy(m.text, child->broken_err.text, sizeof(m.text));
		child->broken_sent = send_message(child, &m, STATION_HEAD + sizeof(m.text), false);
	}
}

/* Handles a request of the parent. Ends the process after a request to close or a lost parent. */
static void handle_request(struct station_child *child)
{
	struct station_message m = {0};
	struct err e = {0};
	ssize_t n = recv(child->fd, &m, sizeof(m), MSG_DONTWAIT);
	int rc = -1;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		probe_set_close(child->set, "interrupted", &e);
		_exit(0);
	}
	m.text[sizeof(m.text) - 1] = '\0';
	child->serial = m.serial;
	switch (m.kind) {
	case STATION_START:
		rc = probe_set_start(child->set, &e);
		break;
	case STATION_COMMAND:
		rc = m.probe < child->set->count
			     ? probe_set_command(child->set, m.probe, m.text, &e)
			     : err_set(&e, "no such probe");
		break;
	case STATION_CLOSE:
		rc = probe_set_close(child->set, m.text, &e);
		send_text(child, STATION_RESPONSE, rc, e.text);
		_exit(0);
	default:
		err_set(&e, "station: unknown message");
		break;
	}
	send_text(child, STATION_RESPONSE, rc, e.text);
}

static _Noreturn void serve(struct station_child *child)
{
	int64_t drained_ns = clock_mono_ns(), live_sent_ns = drained_ns;

	for (;;) {
		int64_t now = clock_mono_ns();
		int64_t wait_ns = drained_ns + DRAIN_EVERY_NS - now;
		struct pollfd fd = {.fd = child->fd, .events = POLLIN};

		if (wait_ns > 0)
			poll(&fd, 1, (int)((wait_ns + NS_PER_MS - 1) / NS_PER_MS));
		if (fd.revents)
			handle_request(child);
		now = clock_mono_ns();
		if (now - drained_ns < DRAIN_EVERY_NS)
			continue;
		drain(child);
		drained_ns = now;
		if (now - live_sent_ns >= LIVE_EVERY_NS) {
			send_live(child);
			live_sent_ns = now;
		}
	}
}

_Noreturn void station_child_main(struct probe_set *set, const char *netns, const char *dir,
	const struct clock *clock, int fd, int parent_pid)
{
	struct station_child child = {.set = set, .fd = 3};
	struct err e = {0};
	int rc = 0;

	process_tie_to_parent(parent_pid);
	reset_signals();
	/* Closes the parent's other files: a socket's peer sees no end while a copy is open. */
	if (fd != child.fd && dup2(fd, child.fd) < 0)
		_exit(1);
	close_range(4, ~0U, 0);
	if (netns)
		rc = enter_netns(set->name, netns, &e);
	if (!rc)
		rc = probe_set_open(set, dir, clock, &e);
	if (!rc)
		rc = drop_capabilities(set->name, &e);
	process_tie_to_parent(parent_pid); /* again: dropping capabilities undid it */
	send_text(&child, STATION_OPENED, rc, e.text);
	if (rc) {
		probe_set_close(set, "not opened", &e);
		_exit(0);
	}
	serve(&child);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The parent's side of a station: forks the child, sends requests, receives messages and reports
 * how a child died. See child.c for the child. In the simulated world there is no child, and the
 * probe set (probe_set.c) is used here directly.
 */
#include "harness/station/internal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Time limits: for the child to open its probes, to respond, to close; for its process to end. */
#define OPEN_WAIT_NS (30 * NS_PER_S)
#define RESPONSE_WAIT_NS (20 * NS_PER_S)
#define CLOSE_WAIT_NS (30 * NS_PER_S)
#define EXIT_WAIT_NS (2 * NS_PER_S)

struct station {
	char name[64];
	struct probe_set set; /* if forked, only its live values are used in the parent */
	bool in_process;
	pid_t pid; /* 0: no child, or it was reaped */
	int fd;
	uint32_t serial; /* of the last request */
	bool gone;       /* a probe failed or the child died; `why` is the error */
	struct err why;
};

/* Returns -1 with the error of a station that is gone. */
static int gone(struct station *s, struct err *e)
{
	if (e)
		*e = s->why;
	return -1;
}

/*
 * Waits at most wait_ns until the child exits, then kills it. Sets *status to its wait status. -1:
 * there is no such child.
 */
static int reap(struct station *s, int64_t wait_ns, int *status)
{
	int64_t until = clock_mono_ns() + wait_ns;
	pid_t got;

	while ((got = waitpid(s->pid, status, WNOHANG)) == 0 && clock_mono_ns() < until)
		poll(NULL, 0, 5);
	if (got == 0) {
		kill(s->pid, SIGKILL);
		do
			got = waitpid(s->pid, status, 0);
		while (got < 0 && errno == EINTR);
	}
	s->pid = 0;
	return got > 0 ? 0 : -1;
}

/* Handles the child's death: sets and returns the error. */
static int died(struct station *s, struct err *e)
{
	int status = 0;

	s->gone = true;
	if (reap(s, EXIT_WAIT_NS, &status))
		err_set(&s->why, "station %s: its process is gone", s->name);
	else if (WIFSIGNALED(status))
		err_set(&s->why, "station %s: its process died of signal %d (%s)", s->name,
			WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		err_set(&s->why, "station %s: its process ended with status %d", s->name,
			WEXITSTATUS(status));
	return gone(s, e);
}

static void store_live(struct station *s, const struct station_message *m)
{
	size_t targets;

	if (m->probe >= s->set.count || m->count > STATION_LIVE_BATCH)
		return;
	targets = s->set.probes[m->probe].config.target_count;
	if (m->first + m->count > targets)
		return;
	memcpy(s->set.live[m->probe] + m->first, m->live, m->count * sizeof(m->live[0]));
	if (m->first + m->count > s->set.live_count[m->probe])
		s->set.live_count[m->probe] = m->first + m->count;
}

/*
 * Receives messages until until_ns. Stores live values and failures of probes itself. Returns 1
 * with any other message in *m, 0 if none came in time, -1 if the child has died.
 */
static int receive(struct station *s, int64_t until_ns, struct station_message *m, struct err *e)
{
	for (;;) {
		int64_t left_ns = until_ns - clock_mono_ns();
		struct pollfd fd = {.fd = s->fd, .events = POLLIN};
		int ready = poll(&fd, 1, left_ns > 0 ? (int)(left_ns / NS_PER_MS) + 1 : 0);
		ssize_t n;

		if (ready < 0 && errno != EINTR)
			return err_errno(e, "station %s: cannot be polled", s->name);
		if (ready <= 0 && left_ns <= 0)
			return 0;
		if (ready <= 0)
			continue;
		n = recv(s->fd, m, sizeof(*m), MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n <= 0)
			return died(s, e);
		if (m->kind == STATION_LIVE) {
			store_live(s, m);
		} else if (m->kind == STATION_BROKEN) {
			m->text[sizeof(m->text) - 1] = '\0';
			memcpy(s->why.text, m->text, sizeof(s->why.text));
			err_prefix(&s->why, "station %s", s->name);
			s->gone = true;
		} else {
			m->text[sizeof(m->text) - 1] = '\0';
			return 1;
		}
	}
}

/* Waits for the response to the newest request. */
static int receive_response(struct station *s, int64_t wait_ns, struct err *e)
{
	int64_t until_ns = clock_mono_ns() + wait_ns;
	struct station_message m;
	int rc;

	/* Skips late responses to earlier requests. */
	do
		rc = receive(s, until_ns, &m, e);
	while (rc > 0 && m.serial != s->serial);
	if (rc < 0)
		return -1;
	if (rc == 0)
		return err_set(e, "station %s: does not respond", s->name);
	return m.rc ? err_set(e, "%s", m.text) : 0;
}

static int request(struct station *s, enum station_message_kind kind, size_t probe,
	const char *text, int64_t wait_ns, struct err *e)
{
	struct station_message m = {.kind = kind, .probe = (uint32_t)probe, .serial = ++s->serial};

	if (!s->pid)
		return gone(s, e);
	snprintf(m.text, sizeof(m.text), "%s", text);
	/* Errors are ignored: receive_response finds out if and why the child died. */
	send(s->fd, &m, STATION_HEAD + sizeof(m.text), MSG_NOSIGNAL);
	return receive_response(s, wait_ns, e);
}

static int fork_child(struct station *s, const char *netns, const char *dir,
	const struct clock *clock, struct err *e)
{
	pid_t parent = getpid();
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return err_errno(e, "station %s: no socket pair", s->name);
	s->pid = fork();
	if (s->pid == 0)
		station_child_main(&s->set, netns, dir, clock, pair[1], parent);
	close(pair[1]);
	s->fd = pair[0];
	if (s->pid < 0) {
		s->pid = 0;
		return err_errno(e, "station %s: cannot be forked", s->name);
	}
	return receive_response(s, OPEN_WAIT_NS, e);
}

int station_open(struct station **out, const char *name, const char *netns, const char *dir,
	struct station_probe *probes, size_t count, const struct clock *clock, bool in_process,
	struct err *e)
{
	struct station *s = calloc(1, sizeof(*s));
	struct err ignored;
	int rc;

	if (!s)
		return err_set(e, "station %s: out of memory", name);
	snprintf(s->name, sizeof(s->name), "%s", name);
	s->in_process = in_process;
	s->fd = -1;
	if (probe_set_init(&s->set, s->name, probes, count, e)) {
		free(s);
		return -1;
	}
	rc = in_process ? probe_set_open(&s->set, dir, clock, e)
			: fork_child(s, netns, dir, clock, e);
	if (rc) {
		station_close(s, "not opened", &ignored);
		return -1;
	}
	*out = s;
	return 0;
}

int station_start(struct station *s, struct err *e)
{
	if (s->in_process)
		return probe_set_start(&s->set, e);
	return request(s, STATION_START, 0, "", RESPONSE_WAIT_NS, e);
}

static int find_probe(const struct station *s, const char *probe, size_t *index, struct err *e)
{
	for (*index = 0; *index < s->set.count; ++*index)
		if (strcmp(s->set.probes[*index].config.name, probe) == 0)
			return 0;
	return err_set(e, "station %s: has no probe '%s'", s->name, probe);
}

int station_command(struct station *s, const char *probe, const char *words, struct err *e)
{
	size_t i;

	if (find_probe(s, probe, &i, e))
		return -1;
	if (s->in_process)
		return probe_set_command(&s->set, i, words, e);
	return request(s, STATION_COMMAND, i, words, RESPONSE_WAIT_NS, e);
}

int station_live(
	struct station *s, const char *probe, struct probe_live *live, size_t count, struct err *e)
{
	size_t i, n;

	if (find_probe(s, probe, &i, e))
		return -1;
	if (s->in_process) {
		if (probe_set_drain(&s->set, e))
			return -1;
	} else if (!s->gone) {
		struct station_message m;

		/* No request is pending: a response here came too late and is dropped. */
		while (receive(s, 0, &m, e) > 0)
			;
	}
	if (s->gone)
		return gone(s, e);
	n = size_min(s->set.live_count[i], count);
	if (n)
		memcpy(live, s->set.live[i], n * sizeof(*live));
	return (int)n;
}

int station_close(struct station *s, const char *reason, struct err *e)
{
	int rc = 0, status;

	if (!s)
		return 0;
	if (s->in_process) {
		rc = probe_set_close(&s->set, reason, e);
	} else {
		rc = request(s, STATION_CLOSE, 0, reason, CLOSE_WAIT_NS, e);
		if (s->fd >= 0)
			close(s->fd);
		if (s->pid)
			reap(s, EXIT_WAIT_NS, &status);
		if (!rc && s->gone)
			rc = gone(s, e);
		probe_set_release(&s->set);
	}
	free(s);
	return rc;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The session probe's thread: holds one TCP connection to each target while a session is wanted,
 * sends an update each interval, matches the echoes to the updates, and checks that the agent's
 * count of updates increases by one. Without a session nothing is sent.
 */
#include "probes/session/component.h"
#include "probes/session/internal.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

/* Long enough that a blackout of a minute does not end the session. */
#define USER_TIMEOUT_MS 120000
#define READ_BYTES 4096

static void record_session(struct session_probe *p, const struct session_target *t,
	enum session_event_kind what, int error, bool kept)
{
	record_put(&p->ring, &(struct record){.kind = RECORD_SESSION,
				     .ns = clock_mono_ns(),
				     .target = (uint32_t)(t - p->targets),
				     .what = what,
				     .error = error,
				     .kept = kept});
}

static void complete_request(struct session_probe *p, struct session_target *t, int outcome)
{
	uint64_t one = 1;

	if (!t->pending)
		return;
	t->pending = false;
	atomic_store(&t->outcome, outcome);
	/* Writing fails only if the counter is at its maximum; then the main thread wakes, too. */
	while (write(p->outcome_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

static void close_connection(struct session_target *t)
{
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
	t->state = SESSION_CLOSED;
	t->in_size = t->out_left = 0;
	t->has_agent_count = false;
}

static void on_refused(struct session_probe *p, struct session_target *t, int error)
{
	close_connection(t);
	t->deadline_ns = clock_mono_ns() + SESSION_RETRY_NS;
	record_session(p, t, SESSION_EVENT_REFUSED, error, false);
	complete_request(p, t, error);
}

static void on_dropped(struct session_probe *p, struct session_target *t, int error)
{
	close_connection(t);
	t->deadline_ns = clock_mono_ns() + SESSION_RETRY_NS;
	record_session(p, t, SESSION_EVENT_DROP, error, false);
}

static void on_opened(struct session_probe *p, struct session_target *t)
{
	t->state = SESSION_OPEN;
	record_session(p, t, SESSION_EVENT_OPEN, 0, false);
	/* The agent's count begins anew in a new session: the old session's state is lost. */
	if (t->had_session)
		record_session(p, t, SESSION_EVENT_STATE, 0, false);
	t->had_session = true;
	t->silent = false;
	complete_request(p, t, 0);
}

static void start_connect(struct session_probe *p, struct session_target *t, int64_t now)
{
	unsigned user_timeout_ms = USER_TIMEOUT_MS;
	int on = 1;

	t->fd = socket(t->address.sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (t->fd < 0 || setsockopt(t->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) ||
		setsockopt(t->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout_ms,
			sizeof(user_timeout_ms))) {
		on_refused(p, t, errno);
		return;
	}
	t->deadline_ns = now + SESSION_CONNECT_NS;
	t->state = SESSION_CONNECTING;
	if (connect(t->fd, &t->address.sa, icmp_address_size(&t->address)) == 0)
		on_opened(p, t);
	else if (errno != EINPROGRESS)
		on_refused(p, t, errno);
}

static void finish_connect(struct session_probe *p, struct session_target *t)
{
	int error = 0;
	socklen_t size = sizeof(error);

	getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &error, &size);
	if (error)
		on_refused(p, t, error);
	else
		on_opened(p, t);
}

static uint64_t get_be64(const uint8_t *bytes)
{
	uint64_t v = 0;

	for (int i = 0; i < 8; i++)
		v = v << 8 | bytes[i];
	return v;
}

static void put_be(uint8_t *bytes, int count, uint64_t v)
{
	for (int i = 0; i < count; i++)
		bytes[i] = (uint8_t)(v >> (8 * (count - 1 - i)));
}

/* Handles one record from the agent: an echo, or a screen record, which answers no update. */
static void take_update(struct session_probe *p, struct session_target *t, int64_t now)
{
	struct record r = {.kind = RECORD_ANSWER,
		.ns = now,
		.seq = get_be64(t->in),
		.target = (uint32_t)(t - p->targets),
		.reported_ns = NS_NONE};
	uint64_t count = get_be64(t->in + 8);
	struct match_probe probe;
	bool kept = !t->has_agent_count || count == t->agent_count + 1;

	if (r.seq == AGENT_SCREEN)
		return;
	if (!kept || t->silent)
		record_session(p, t, SESSION_EVENT_STATE, 0, kept);
	t->has_agent_count = true;
	t->agent_count = count;
	t->silent = false;
	switch (match_answer(&t->match, r.seq, &probe)) {
	case MATCH_UNKNOWN:
		return;
	case MATCH_DUPLICATE:
		r.kind = RECORD_DUPLICATE;
		break;
	case MATCH_FIRST:
		break;
	}
	r.sent_ns = probe.sent_ns;
	record_put(&p->ring, &r);
}

static void read_updates(struct session_probe *p, struct session_target *t)
{
	uint8_t bytes[READ_BYTES];
	ssize_t n = recv(t->fd, bytes, sizeof(bytes), 0);
	int64_t now = clock_mono_ns();

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		on_dropped(p, t, n < 0 ? errno : 0);
		return;
	}
	for (ssize_t i = 0; i < n; i++) {
		t->in[t->in_size++] = bytes[i];
		if (t->in_size == sizeof(t->in)) {
			t->in_size = 0;
			take_update(p, t, now);
		}
	}
}

/* Sends what is left of an update. False: the socket's buffer is full, or the session was lost. */
static bool flush_update(struct session_probe *p, struct session_target *t)
{
	while (t->out_left) {
		ssize_t n = send(t->fd, t->out + sizeof(t->out) - t->out_left, t->out_left,
			MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n > 0) {
			t->out_left -= (size_t)n;
		} else if (n < 0 && errno != EINTR) {
			if (errno != EAGAIN)
				on_dropped(p, t, errno);
			return false;
		}
	}
	return true;
}

/* Sends an update. If the previous one is not sent completely, records the update as unanswered. */
static void send_update(struct session_probe *p, struct session_target *t, int64_t due)
{
	int64_t after;
	struct record r = {.kind = RECORD_UNANSWERED,
		.target = (uint32_t)(t - p->targets),
		.reported_ns = NS_NONE,
		.error = EAGAIN};
	struct match_probe probe;
	const struct session_settings *settings = p->config->settings;
	int64_t screen_ns = settings && settings->screen_ns != NS_NONE ? settings->screen_ns : 0;
	bool flushed = flush_update(p, t);

	if (t->state != SESSION_OPEN)
		return;
	r.ns = r.sent_ns = clock_mono_ns();
	match_send(&t->match, 0, 0, r.sent_ns, &probe);
	r.seq = probe.seq;
	atomic_fetch_add(&t->sent, 1);
	if (!flushed) {
		if (match_fail(&t->match, probe.serial, &probe))
			record_put(&p->ring, &r);
		return;
	}
	memset(t->out, 0, sizeof(t->out));
	put_be(t->out, 8, r.seq);
	put_be(t->out + AGENT_UPDATE_SCREEN, 4, (uint64_t)(screen_ns / NS_PER_MS));
	t->out_left = sizeof(t->out);
	flush_update(p, t);
	after = clock_mono_ns();
	if (lateness_send_disturbs(p->config->interval_ns, after - r.sent_ns))
		record_put_late(&p->ring, r.sent_ns, after);
	lateness_add(&t->lateness, after - due);
}

static void expire(struct session_probe *p, struct session_target *t, int64_t now)
{
	struct record r = {.kind = RECORD_UNANSWERED,
		.target = (uint32_t)(t - p->targets),
		.reported_ns = NS_NONE};
	int64_t timeout_ns = p->config->timeout_ns;
	struct match_probe probe;

	while (match_expire(&t->match, now - timeout_ns, &probe)) {
		r.seq = probe.seq;
		r.sent_ns = probe.sent_ns;
		r.ns = r.sent_ns + timeout_ns;
		t->silent = true;
		record_put(&p->ring, &r);
	}
}

static void end_session(struct session_probe *p, struct session_target *t)
{
	bool open = t->state == SESSION_OPEN;

	if (open && t->has_agent_count)
		record_session(p, t, SESSION_EVENT_STATE, 0, true);
	match_forget(&t->match);
	close_connection(t);
	t->had_session = false;
	if (open)
		record_session(p, t, SESSION_EVENT_CLOSE, 0, false);
}

/* Takes a request of the main thread; opens, reopens or closes the session accordingly. */
static void follow_request(struct session_probe *p, struct session_target *t, int64_t now)
{
	int request = atomic_exchange(&t->request, SESSION_NO_REQUEST);

	if (request != SESSION_NO_REQUEST) {
		t->wanted = request == SESSION_DO_OPEN;
		t->pending = true;
		if (t->state == SESSION_CLOSED)
			t->deadline_ns = 0;
	}
	if (!t->wanted) {
		if (t->state != SESSION_CLOSED)
			end_session(p, t);
		complete_request(p, t, 0);
	} else if (t->state == SESSION_CLOSED && now >= t->deadline_ns) {
		start_connect(p, t, now);
	} else if (t->state == SESSION_CONNECTING && now >= t->deadline_ns) {
		on_refused(p, t, ETIMEDOUT);
	} else if (t->state == SESSION_OPEN) {
		complete_request(p, t, 0);
	}
}

/*
 * When the thread must wake without an event: for the next update, or to check time-outs and
 * attempts.
 */
static int64_t wake_ns(const struct session_probe *p, int64_t now)
{
	int64_t next = schedule_due(&p->schedule);
	int64_t poll_ns = p->config->timeout_ns < 100 * NS_PER_MS ? 10 * NS_PER_MS : 50 * NS_PER_MS;

	return ns_min(next, now + poll_ns);
}

static void wait_for_events(struct session_probe *p)
{
	struct pollfd fds[SESSION_TARGETS_MAX + 1] = {{.fd = p->wake_fd, .events = POLLIN}};
	int64_t now = clock_mono_ns(), left = wake_ns(p, now) - now;
	struct timespec t = {0};
	uint64_t woken;

	for (size_t i = 0; i < p->count; i++) {
		const struct session_target *target = &p->targets[i];

		fds[i + 1].fd = target->fd;
		fds[i + 1].events = target->state == SESSION_CONNECTING || target->out_left
					    ? POLLIN | POLLOUT
					    : POLLIN;
	}
	if (left > 0)
		t = (struct timespec){left / NS_PER_S, left % NS_PER_S};
	if (ppoll(fds, p->count + 1, &t, NULL) <= 0)
		return;
	if (fds[0].revents && read(p->wake_fd, &woken, sizeof(woken)) < 0)
		return;
	for (size_t i = 0; i < p->count; i++) {
		struct session_target *target = &p->targets[i];

		if (!fds[i + 1].revents)
			continue;
		if (target->state == SESSION_CONNECTING) {
			finish_connect(p, target);
			continue;
		}
		if (target->state == SESSION_OPEN && fds[i + 1].revents & ~POLLOUT)
			read_updates(p, target);
		if (target->state == SESSION_OPEN)
			flush_update(p, target);
	}
}

static void send_due(struct session_probe *p, int64_t now)
{
	size_t target = p->schedule.target;
	int64_t due = schedule_due(&p->schedule), late = schedule_catch_up(&p->schedule, now);

	lateness_add(&p->targets[target].lateness, late);
	if (late)
		record_put_late(&p->ring, due, now);
	while (schedule_due(&p->schedule) <= now) {
		struct session_target *t = &p->targets[p->schedule.target];

		if (t->state == SESSION_OPEN)
			send_update(p, t, schedule_due(&p->schedule));
		schedule_next(&p->schedule);
	}
}

void *session_engine(void *arg)
{
	struct session_probe *p = arg;

	p->schedule = (struct schedule){.start_ns = clock_mono_ns(),
		.interval_ns = p->config->interval_ns,
		.targets = p->count};
	while (!atomic_load(&p->stopping)) {
		int64_t now = clock_mono_ns();

		for (size_t i = 0; i < p->count; i++) {
			follow_request(p, &p->targets[i], now);
			expire(p, &p->targets[i], now);
		}
		send_due(p, now);
		wait_for_events(p);
	}
	for (size_t i = 0; i < p->count; i++) {
		if (p->targets[i].state != SESSION_CLOSED)
			end_session(p, &p->targets[i]);
	}
	return NULL;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The session probe measures what an attached user feels: a TCP session with the guest's agent
 * (harness/ops/guest_agent.h), opened and closed by command, with an update each interval. Its gap
 * is longer than the network's, because TCP retransmits only when its timer expires.
 */
#include "probes/engine/thread.h"
#include "probes/session/component.h"
#include "probes/session/internal.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

extern const struct probe_ops probe_session;

static void session_close(struct probe *probe)
{
	struct session_probe *p = probe_downcast(probe, &probe_session);

	if (!p)
		return;
	for (size_t i = 0; p->targets && i < p->count; i++)
		match_release(&p->targets[i].match);
	free(p->targets);
	if (p->wake_fd >= 0)
		close(p->wake_fd);
	if (p->outcome_fd >= 0)
		close(p->outcome_fd);
	record_ring_release(&p->ring);
	recorder_release(&p->recorder);
	free(p);
}

static int open_target(struct session_probe *p, size_t i, struct err *e)
{
	const struct probe_target *target = &p->config->targets[i];
	struct session_target *t = &p->targets[i];
	uint16_t port = htons(target->port ? target->port : AGENT_SESSION_PORT);

	t->fd = -1;
	if (icmp_address_parse(&t->address, target->address))
		return err_set(e, "probe %s: target %s: '%s' is no numeric address",
			p->config->name, target->name, target->address);
	if (t->address.sa.sa_family == AF_INET)
		t->address.v4.sin_port = port;
	else
		t->address.v6.sin6_port = port;
	if (match_init(&t->match, match_size(p->config->interval_ns, p->config->timeout_ns, 1), 1))
		return err_set(e, "probe %s: out of memory", p->config->name);
	return 0;
}

static int session_open(struct probe **out, const struct probe_config *config, struct err *e)
{
	struct session_probe *p = aligned_alloc(_Alignof(struct session_probe), sizeof(*p));

	if (!p)
		return err_set(e, "probe %s: out of memory", config->name);
	memset(p, 0, sizeof(*p));
	p->base.ops = &probe_session;
	p->config = config;
	p->wake_fd = p->outcome_fd = -1;
	p->count = config->target_count;
	if (!p->count || p->count > SESSION_TARGETS_MAX) {
		err_set(e, "probe %s: kind session takes 1 to %d targets, not %zu", config->name,
			SESSION_TARGETS_MAX, p->count);
		p->count = 0;
		goto fail;
	}
	p->targets = calloc(p->count, sizeof(*p->targets));
	if (!p->targets ||
		record_ring_init(&p->ring, record_ring_capacity(config->interval_ns, p->count))) {
		err_set(e, "probe %s: out of memory", config->name);
		goto fail;
	}
	for (size_t i = 0; i < p->count; i++)
		if (open_target(p, i, e))
			goto fail;
	p->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	p->outcome_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (p->wake_fd < 0 || p->outcome_fd < 0) {
		err_errno(e, "probe %s", config->name);
		goto fail;
	}
	if (recorder_init(&p->recorder, config, component_probe_session.name, e))
		goto fail;
	for (size_t i = 0; i < p->count; i++)
		p->recorder.targets[i].lateness = &p->targets[i].lateness;
	*out = &p->base;
	return 0;
fail:
	session_close(&p->base);
	return -1;
}

static int session_start(struct probe *probe, struct err *e)
{
	struct session_probe *p = probe_downcast(probe, &probe_session);

	if (engine_thread_create(p->config->name, &p->thread, session_engine, p, e))
		return -1;
	p->running = true;
	return 0;
}

static int session_drain(struct probe *probe, struct probe_live *live, size_t count, struct err *e)
{
	struct session_probe *p = probe_downcast(probe, &probe_session);

	(void)e;
	recorder_take(&p->recorder, &p->ring);
	for (size_t i = 0; i < p->count; i++)
		p->recorder.targets[i].sent = atomic_load(&p->targets[i].sent);
	return recorder_live(&p->recorder, live, count);
}

static void wake_engine(struct session_probe *p)
{
	uint64_t one = 1;

	/* The write fails only if the counter is at its maximum, and then the engine wakes, too. */
	while (write(p->wake_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

/* Waits until the engine has carried out a request, for a limited time. Returns 0 or an errno. */
static int await_outcome(struct session_probe *p, struct session_target *t)
{
	int64_t until = clock_mono_ns() + SESSION_CONNECT_NS + NS_PER_S;
	struct pollfd fd = {.fd = p->outcome_fd, .events = POLLIN};
	uint64_t outcomes;
	int outcome;

	while ((outcome = atomic_load(&t->outcome)) == SESSION_PENDING) {
		if (clock_mono_ns() >= until)
			return ETIMEDOUT;
		if (poll(&fd, 1, 50) > 0 && read(p->outcome_fd, &outcomes, sizeof(outcomes)) < 0)
			continue;
	}
	return outcome;
}

static int request(struct session_probe *p, struct session_target *t, enum session_request what)
{
	atomic_store(&t->outcome, SESSION_PENDING);
	atomic_store(&t->request, (int)what);
	wake_engine(p);
	return await_outcome(p, t);
}

/* "open NAME", "close NAME", where NAME is a target's. */
static int session_command(struct probe *probe, const char *words, struct err *e)
{
	struct session_probe *p = probe_downcast(probe, &probe_session);
	bool open = strncmp(words, "open ", 5) == 0;
	const char *name = words + (open ? 5 : 6);

	if (!open && strncmp(words, "close ", 6) != 0)
		return err_set(e, "probe %s: '%s' is no command (open NAME, close NAME)",
			p->config->name, words);
	for (size_t i = 0; i < p->count; i++) {
		const struct probe_target *target = &p->config->targets[i];
		struct session_target *t = &p->targets[i];
		int outcome;

		if (strcmp(target->name, name) != 0)
			continue;
		outcome = request(p, t, open ? SESSION_DO_OPEN : SESSION_DO_CLOSE);
		if (!outcome)
			return 0;
		/* A failed open is over: withdraw the request, so that it is not tried again. */
		request(p, t, SESSION_DO_CLOSE);
		errno = outcome;
		return err_errno(e, "probe %s: no session with %s (%s port %u)", p->config->name,
			name, target->address, target->port ? target->port : AGENT_SESSION_PORT);
	}
	return err_set(e, "probe %s: has no target '%s'", p->config->name, name);
}

static int session_stop(struct probe *probe, struct err *e)
{
	struct session_probe *p = probe_downcast(probe, &probe_session);

	if (!p->running)
		return 0;
	atomic_store(&p->stopping, true);
	wake_engine(p);
	pthread_join(p->thread, NULL);
	p->running = false;
	session_drain(probe, NULL, 0, e);
	recorder_finish(&p->recorder);
	return 0;
}

const struct probe_ops probe_session = {
	.component = &component_probe_session,
	.open = session_open,
	.start = session_start,
	.drain = session_drain,
	.command = session_command,
	.stop = session_stop,
	.close = session_close,
};

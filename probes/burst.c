/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The burst probe: ICMP echo at planned times, down to 100 us apart and to many targets, through
 * one raw socket a family. This file opens, starts, drains and closes; the thread is
 * burst_engine.c.
 */
#include "probes/burst.h"
#include "probes/engine.h"
#include "probes/probes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/* A minute's held answers may come at once. The kernel takes the memory only when they do. */
#define RECEIVE_BYTES (32 << 20)

static int open_socket(const struct probe *p, sa_family_t family, int *out, struct err *e)
{
	int protocol = family == AF_INET ? (int)IPPROTO_ICMP : (int)IPPROTO_ICMPV6;
	int on = 1, bytes = RECEIVE_BYTES;
	int fd = socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);

	*out = fd;
	if (fd < 0 && (errno == EPERM || errno == EACCES))
		return err_set(e, "probe %s: raw ICMP sockets are not permitted (run as root, or "
			"give the program CAP_NET_RAW: setcap cap_net_raw+ep)", p->config->name);
	if (fd < 0)
		return err_errno(e, "probe %s: no raw ICMP socket", p->config->name);
	if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) ||
		setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof(on)) ||
		icmp_filter(fd, family, p->ident, true))
		return err_errno(e, "probe %s: the raw socket's options", p->config->name);
	/* Beyond the system's limit it takes CAP_NET_ADMIN; less room shows as drops. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	return 0;
}

static int open_target(struct probe *p, size_t i, struct err *e)
{
	const struct probe_target *target = &p->config->targets[i];
	struct burst_target *own = &p->targets[i];

	if (icmp_address_parse(&own->address, target->address))
		return err_set(e, "probe %s: target %s: '%s' is no numeric address",
			p->config->name, target->name, target->address);
	if (match_init(&own->match, match_size(p->config->interval_ns, p->config->timeout_ns)))
		return err_set(e, "probe %s: out of memory", p->config->name);
	if (own->address.sa.sa_family == AF_INET && p->fd4 < 0)
		return open_socket(p, AF_INET, &p->fd4, e);
	if (own->address.sa.sa_family == AF_INET6 && p->fd6 < 0)
		return open_socket(p, AF_INET6, &p->fd6, e);
	return 0;
}

static void burst_close(struct probe *p)
{
	if (!p)
		return;
	for (size_t i = 0; p->targets && i < p->count; i++)
		match_free(&p->targets[i].match);
	free(p->targets);
	if (p->fd4 >= 0)
		close(p->fd4);
	if (p->fd6 >= 0)
		close(p->fd6);
	record_ring_free(&p->ring);
	recorder_close(&p->recorder);
	free(p);
}

static int burst_open(struct probe **out, const struct probe_config *config, struct err *e)
{
	struct probe *p = aligned_alloc(_Alignof(struct probe), sizeof(*p));

	if (!p)
		return err_set(e, "probe %s: out of memory", config->name);
	memset(p, 0, sizeof(*p));
	p->config = config;
	p->fd4 = p->fd6 = -1;
	p->count = config->target_count;
	if (!p->count) {
		err_set(e, "probe %s: has no target", config->name);
		goto fail;
	}
	if (getrandom(&p->ident, sizeof(p->ident), 0) != sizeof(p->ident) ||
		getrandom(&p->cookie, sizeof(p->cookie), 0) != sizeof(p->cookie)) {
		err_errno(e, "probe %s: no random numbers", config->name);
		goto fail;
	}
	p->targets = calloc(p->count, sizeof(*p->targets));
	if (!p->targets || record_ring_init(&p->ring, record_room(config->interval_ns, p->count))) {
		err_set(e, "probe %s: out of memory", config->name);
		goto fail;
	}
	for (size_t i = 0; i < p->count; i++)
		if (open_target(p, i, e))
			goto fail;
	if (recorder_open(&p->recorder, config, "burst", e))
		goto fail;
	for (size_t i = 0; i < p->count; i++)
		p->recorder.targets[i].lateness = &p->targets[i].lateness;
	*out = p;
	return 0;
fail:
	burst_close(p);
	return -1;
}

static int burst_start(struct probe *p, struct err *e)
{
	if (engine_start(p->config->name, &p->thread, burst_engine, p, e))
		return -1;
	p->running = true;
	return 0;
}

static int burst_drain(struct probe *p, struct probe_live *live, size_t count, struct err *e)
{
	(void)e;
	recorder_take(&p->recorder, &p->ring);
	for (size_t i = 0; i < p->count; i++) {
		p->recorder.targets[i].sent = atomic_load(&p->targets[i].sent);
		p->recorder.targets[i].foreign = atomic_load(&p->targets[i].foreign);
	}
	return recorder_live(&p->recorder, live, count);
}

static int burst_stop(struct probe *p, struct err *e)
{
	if (!p->running)
		return 0;
	atomic_store(&p->stopping, true);
	pthread_join(p->thread, NULL);
	p->running = false;
	burst_drain(p, NULL, 0, e);
	recorder_finish(&p->recorder);
	return 0;
}

const struct probe_ops probe_burst = {
	.kind = "burst",
	.help = "ICMP echo requests at short intervals, to one or many targets",
	.default_interval_ns = 10 * NS_PER_MS,
	.least_interval_ns = 100 * NS_PER_US,
	.needs_raw = true,
	.open = burst_open,
	.start = burst_start,
	.drain = burst_drain,
	.stop = burst_stop,
	.close = burst_close,
};

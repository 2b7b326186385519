/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The burst probe: ICMP echo at planned times, down to 100 us apart, to many targets, through one
 * socket per address family. This file opens, starts, drains and closes the probe. A target takes
 * 0.2 KB of memory here; the ring of probes takes at most 25 MB (probes/engine/match.h).
 */
#include "probes/burst/component.h"
#include "probes/burst/internal.h"

#include <stdlib.h>
#include <string.h>

extern const struct probe_ops probe_burst;

/* The shortest interval while answers are missing. */
#define FINE_MIN_NS (100 * NS_PER_US)

static int open_target(struct burst_probe *p, size_t i, struct err *e)
{
	const struct probe_target *target = &p->config->targets[i];
	struct burst_target *own = &p->targets[i];

	if (icmp_address_parse(&own->address, target->address))
		return err_set(e, "probe %s: target %s: '%s' is no numeric address",
			p->config->name, target->name, target->address);
	return burst_socket_open(p, own->address.sa.sa_family, e);
}

static void burst_close(struct probe *probe)
{
	struct burst_probe *p = probe_downcast(probe, &probe_burst);

	if (!p)
		return;
	engine_join(&p->engine);
	match_release(&p->match);
	pace_release(&p->pace);
	free(p->targets);
	free(p->by_address);
	free(p->inbox);
	free(p->outbox);
	burst_sockets_close(p);
	record_ring_release(&p->ring);
	recorder_release(&p->recorder);
	free(p);
}

/* Allocates all memory of the engine, which allocates nothing itself. */
static int allocate(struct burst_probe *p)
{
	const struct probe_config *config = p->config;
	int64_t finest_ns = config->interval_ns;

	p->targets = calloc(p->count, sizeof(*p->targets));
	p->by_address = calloc(p->count, sizeof(*p->by_address));
	if (!p->targets || !p->by_address || burst_inbox_new(p) || burst_outbox_new(p) ||
		pace_init(&p->pace, p->count, config->interval_ns, config->fine_interval_ns,
			config->timeout_ns))
		return -1;
	if (config->fine_interval_ns && p->count <= p->pace.fine_max)
		finest_ns = config->fine_interval_ns;
	if (match_init(&p->match, match_size(finest_ns, config->timeout_ns, p->count), p->count))
		return -1;
	return record_ring_init(&p->ring, record_ring_capacity(finest_ns, p->count));
}

static int burst_open(struct probe **out, const struct probe_config *config, struct err *e)
{
	struct burst_probe *p = aligned_alloc(_Alignof(struct burst_probe), sizeof(*p));

	if (!p)
		return err_set(e, "probe %s: out of memory", config->name);
	memset(p, 0, sizeof(*p));
	p->base.ops = &probe_burst;
	p->config = config;
	p->count = config->target_count;
	if (burst_sockets_init(p)) {
		err_errno(e, "probe %s: no random numbers", config->name);
		goto fail;
	}
	if (!p->count) {
		err_set(e, "probe %s: has no target", config->name);
		goto fail;
	}
	if (config->fine_interval_ns && (config->fine_interval_ns >= config->interval_ns ||
						config->fine_interval_ns < FINE_MIN_NS)) {
		err_set(e,
			"probe %s: the fine interval is %g ms, it must be below the interval, "
			"%g ms, and 0.1 ms or more",
			config->name, (double)config->fine_interval_ns / NS_PER_MS,
			(double)config->interval_ns / NS_PER_MS);
		goto fail;
	}
	p->stamped = (int64_t)p->count * NS_PER_S < BURST_STAMPED_RATE * config->interval_ns;
	if (allocate(p)) {
		err_set(e, "probe %s: out of memory", config->name);
		goto fail;
	}
	for (size_t i = 0; i < p->count; i++)
		if (open_target(p, i, e))
			goto fail;
	burst_sort_addresses(p);
	if (recorder_init(&p->recorder, config, component_probe_burst.name, e))
		goto fail;
	for (size_t i = 0; i < p->count; i++)
		p->recorder.targets[i].lateness = &p->targets[i].lateness;
	if (engine_create(&p->engine, config->name, burst_engine, p, e))
		goto fail;
	*out = &p->base;
	return 0;
fail:
	burst_close(&p->base);
	return -1;
}

static int burst_start(struct probe *probe, struct err *e)
{
	struct burst_probe *p = probe_downcast(probe, &probe_burst);

	(void)e;
	engine_start(&p->engine);
	return 0;
}

static int burst_drain(struct probe *probe, struct probe_live *live, size_t count, struct err *e)
{
	struct burst_probe *p = probe_downcast(probe, &probe_burst);

	(void)e;
	recorder_take(&p->recorder, &p->ring);
	audit_sample(&p->audit, p->config->log, clock_mono_ns());
	for (size_t i = 0; i < p->count; i++) {
		p->recorder.targets[i].sent = atomic_load(&p->targets[i].sent);
		p->recorder.targets[i].foreign = atomic_load(&p->targets[i].foreign);
	}
	return recorder_live(&p->recorder, live, count);
}

static int burst_stop(struct probe *probe, struct err *e)
{
	struct burst_probe *p = probe_downcast(probe, &probe_burst);

	if (!p->engine.started)
		return 0;
	atomic_store(&p->stopping, true);
	engine_join(&p->engine);
	burst_drain(probe, NULL, 0, e);
	recorder_finish(&p->recorder);
	audit_finish(&p->audit, p->config->log, clock_mono_ns());
	return 0;
}

const struct probe_ops probe_burst = {
	.component = &component_probe_burst,
	.open = burst_open,
	.start = burst_start,
	.drain = burst_drain,
	.stop = burst_stop,
	.close = burst_close,
};

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The null probe: records each planned request as answered, in `drain`: it needs no thread. */
#include "harness/ops/probe.h"
#include "probes/engine/recorder.h"
#include "tests/null_components/component.h"

#include <stdlib.h>
#include <string.h>

extern const struct probe_ops probe_null;

/* The kind in its facts: one that reports know. */
#define FACTS_LIKE "sim"

struct null_probe {
	struct probe base;
	const struct probe_config *config;
	struct recorder recorder;
	struct record_ring ring;
	int64_t next_ns;
	uint64_t seq;
};

static void null_close(struct probe *probe)
{
	struct null_probe *p = probe_downcast(probe, &probe_null);

	recorder_release(&p->recorder);
	record_ring_release(&p->ring);
	free(p);
}

static int null_open(struct probe **out, const struct probe_config *config, struct err *e)
{
	/* A ring's ends stand apart in memory. */
	struct null_probe *p = aligned_alloc(_Alignof(struct null_probe), sizeof(*p));

	if (!p)
		return err_set(e, "probe %s: out of memory", config->name);
	memset(p, 0, sizeof(*p));
	p->base.ops = &probe_null;
	p->config = config;
	if (record_ring_init(
		    &p->ring, record_ring_capacity(config->interval_ns, config->target_count)) ||
		recorder_init(&p->recorder, config, FACTS_LIKE, e)) {
		null_close(&p->base);
		return *e->text ? -1 : err_set(e, "probe %s: out of memory", config->name);
	}
	*out = &p->base;
	return 0;
}

static int null_start(struct probe *probe, struct err *e)
{
	struct null_probe *p = probe_downcast(probe, &probe_null);

	(void)e;
	p->next_ns = p->config->clock->mono_ns(p->config->clock);
	return 0;
}

static int null_drain(struct probe *probe, struct probe_live *live, size_t count, struct err *e)
{
	struct null_probe *p = probe_downcast(probe, &probe_null);
	const struct null_probe_settings *settings = p->config->settings;
	int64_t now = p->config->clock->mono_ns(p->config->clock);

	(void)e;
	for (; p->next_ns + settings->delay_ns <= now;
		p->next_ns += p->config->interval_ns, p->seq++)
		for (uint32_t i = 0; i < p->config->target_count; i++)
			record_put(&p->ring, &(struct record){.kind = RECORD_ANSWER,
						     .sent_ns = p->next_ns,
						     .ns = p->next_ns + settings->delay_ns,
						     .seq = p->seq,
						     .target = i,
						     .reported_ns = NS_NONE});
	recorder_take(&p->recorder, &p->ring);
	for (size_t i = 0; i < p->config->target_count; i++)
		p->recorder.targets[i].sent = p->seq;
	return recorder_live(&p->recorder, live, count);
}

static int null_stop(struct probe *probe, struct err *e)
{
	struct null_probe *p = probe_downcast(probe, &probe_null);

	null_drain(probe, NULL, 0, e);
	recorder_finish(&p->recorder);
	return 0;
}

const struct probe_ops probe_null = {
	.component = &component_probe_null,
	.open = null_open,
	.start = null_start,
	.drain = null_drain,
	.stop = null_stop,
	.close = null_close,
};

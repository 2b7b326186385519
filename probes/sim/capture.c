/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The simulated capture: takes announcements and each VM's first frame after a silence from the
 * simulated world and writes them as facts, as if requests were sent to the VM all the time. There
 * are no frames, so there is no pcap file.
 */
#include "harness/sim/world.h"
#include "probes/capture/component.h"
#include "probes/engine/recorder.h"

#include <stdlib.h>
#include <string.h>

extern const struct probe_ops probe_sim_capture;

struct sim_capture {
	struct probe base;
	const struct probe_config *config;
	struct sim_world *world;
	int64_t drained_ns;
	bool running;
};

static int capture_open(struct probe **out, const struct probe_config *config, struct err *e)
{
	struct sim_world *world = sim_world_of(config->clock);
	struct sim_capture *p;

	if (!world)
		return err_set(e,
			"probe %s: the simulated capture needs the simulated world's clock",
			config->name);
	p = calloc(1, sizeof(*p));
	if (!p)
		return err_set(e, "probe %s: out of memory", config->name);
	p->base.ops = &probe_sim_capture;
	p->config = config;
	p->world = world;
	recorder_declare(config, component_probe_capture.name);
	*out = &p->base;
	return 0;
}

static int capture_start(struct probe *probe, struct err *e)
{
	struct sim_capture *p = probe_downcast(probe, &probe_sim_capture);

	(void)e;
	p->drained_ns = sim_now_ns(p->world);
	p->running = true;
	return 0;
}

/* The wall clock at at_ns, for the stamps of frames. */
static int64_t wall_ns(const struct sim_capture *p, int64_t at_ns)
{
	const struct clock *clock = p->config->clock;

	return clock->utc_ns(clock) - (sim_now_ns(p->world) - at_ns);
}

static void write_announcements(
	struct sim_capture *p, const struct probe_target *target, const char *subject)
{
	int64_t at_ns = p->drained_ns;

	while ((at_ns = sim_announced_after(p->world, target->name, at_ns)) != NS_NONE)
		FACT(p->config->log, sim_now_ns(p->world), FACT_ANNOUNCE, subject,
			FI(FIELD_AT, wall_ns(p, at_ns)), FS(FIELD_CLOCK, STAMPS_UTC),
			FS(FIELD_WHAT, sighting_name(SIGHTING_RARP)), FS(FIELD_MAC, target->mac));
}

static void write_frames(
	struct sim_capture *p, const struct probe_target *target, const char *subject)
{
	int64_t now = sim_now_ns(p->world);

	for (size_t i = 0; i < sim_truth_count(p->world); i++) {
		struct sim_truth truth = sim_truth_at(p->world, i);

		if (truth.to_ns <= p->drained_ns || truth.to_ns > now || truth.mode == SIM_SLOW ||
			truth.to_ns - truth.from_ns < CAPTURE_SILENCE_NS ||
			strcmp(truth.target, target->name) != 0)
			continue;
		FACT(p->config->log, now, FACT_FRAME, subject,
			FI(FIELD_AT, wall_ns(p, truth.to_ns)), FS(FIELD_CLOCK, STAMPS_UTC),
			FI(FIELD_SILENCE, truth.to_ns - truth.from_ns));
	}
}

static int capture_drain(struct probe *probe, struct probe_live *live, size_t count, struct err *e)
{
	struct sim_capture *p = probe_downcast(probe, &probe_sim_capture);

	(void)live;
	(void)count;
	(void)e;
	if (!p->running)
		return 0;
	for (size_t i = 0; i < p->config->target_count; i++) {
		char subject[16];

		snprintf(subject, sizeof(subject), "%u", p->config->targets[i].number);
		write_announcements(p, &p->config->targets[i], subject);
		write_frames(p, &p->config->targets[i], subject);
	}
	p->drained_ns = sim_now_ns(p->world);
	return 0;
}

static int capture_stop(struct probe *probe, struct err *e)
{
	struct sim_capture *p = probe_downcast(probe, &probe_sim_capture);
	capture_drain(probe, NULL, 0, e);
	p->running = false;
	return 0;
}

static void capture_close(struct probe *probe)
{
	struct sim_capture *p = probe_downcast(probe, &probe_sim_capture);

	free(p);
}

const struct probe_ops probe_sim_capture = {
	.component = &component_probe_capture,
	.open = capture_open,
	.start = capture_start,
	.drain = capture_drain,
	.stop = capture_stop,
	.close = capture_close,
};

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The simulated world's clock, scheduled calls, script and random generators. See world.h;
 * network.c has the network, hosts.c has hosts and VMs.
 */
#include "harness/sim/internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Shorter waits are added up first, because each takes some 50 us longer than asked for. */
#define WAIT_MIN_NS NS_PER_MS

static int64_t sim_mono_ns(const struct clock *clock)
{
	return ((const struct sim_world *)clock->ctx)->now_ns;
}

static int64_t sim_utc_ns(const struct clock *clock)
{
	const struct sim_world *world = clock->ctx;
	int64_t utc = SIM_START_UTC_NS + (world->now_ns - SIM_START_NS);

	for (size_t i = 0; i < world->utc_step_count; i++)
		if (world->utc_steps[i].at_ns <= world->now_ns)
			utc += world->utc_steps[i].by_ns;
	return utc;
}

/*
 * Waits in real time for the simulated time that passed, as the speed demands. If a signal ends the
 * wait, its rest is dropped, because a run that was asked to stop must stop soon.
 */
static void keep_speed(struct sim_world *world, int64_t passed_ns)
{
	struct timespec wait;

	if (world->setup.speed <= 0)
		return;
	world->owed_ns += passed_ns / world->setup.speed;
	if (world->owed_ns < WAIT_MIN_NS)
		return;
	wait = (struct timespec){
		.tv_sec = world->owed_ns / NS_PER_S, .tv_nsec = world->owed_ns % NS_PER_S};
	world->owed_ns = 0;
	nanosleep(&wait, NULL);
}

/* Makes the calls due up to mono_ns, each at its own instant; they may schedule more. */
static bool sim_sleep_until(const struct clock *clock, int64_t mono_ns)
{
	struct sim_world *world = clock->ctx;
	int64_t before_ns = world->now_ns;

	while (world->event_count && world->events[world->event_count - 1].at_ns <= mono_ns) {
		struct sim_event event = world->events[--world->event_count];

		if (event.at_ns > world->now_ns)
			world->now_ns = event.at_ns;
		event.fn(event.ctx);
	}
	if (mono_ns > world->now_ns)
		world->now_ns = mono_ns;
	keep_speed(world, world->now_ns - before_ns);
	return true;
}

static bool fires_before(const struct sim_event *a, const struct sim_event *b)
{
	return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->order < b->order;
}

int sim_schedule(struct sim_world *world, int64_t at_ns, void (*fn)(void *ctx), void *ctx)
{
	struct sim_event event = {.at_ns = at_ns, .order = world->order++, .fn = fn, .ctx = ctx};
	size_t i = world->event_count;

	if (ARRAY_GROW(world->events, world->event_count, world->event_capacity))
		return -1;
	for (; i > 0 && fires_before(&world->events[i - 1], &event); i--)
		world->events[i] = world->events[i - 1];
	world->events[i] = event;
	world->event_count++;
	return 0;
}

void sim_unschedule(struct sim_world *world, const void *ctx)
{
	size_t kept = 0;

	for (size_t i = 0; i < world->event_count; i++)
		if (world->events[i].ctx != ctx)
			world->events[kept++] = world->events[i];
	world->event_count = kept;
}

static int check_setup(const struct sim_setup *setup, struct err *e)
{
	if (setup->host_count < 1 || setup->host_count > SIM_HOSTS_MAX)
		return err_set(e, "the simulated world has 1 to %d hosts, not %zu", SIM_HOSTS_MAX,
			setup->host_count);
	if (setup->link_bps <= 0 || setup->round_trip_ns <= 0 || setup->jitter_ns < 0)
		return err_set(e,
			"the simulated world needs a link and a round trip above 0, and a "
			"jitter of at least 0");
	for (size_t i = 0; i < setup->outage_count; i++)
		if (setup->outages_ns[i] < 0)
			return err_set(e, "the simulated world: an outage lasts 0 s or longer");
	return 0;
}

/*
 * Copies a list of the set-up. Allocates one element more, so that NULL means out of memory even
 * for an empty list.
 */
static void *copy_list(const void *list, size_t count, size_t size)
{
	void *copy = calloc(count + 1, size);

	if (copy && count)
		memcpy(copy, list, count * size);
	return copy;
}

int sim_world_new(struct sim_world **out, const struct sim_setup *setup, struct err *e)
{
	struct sim_world *world;

	if (check_setup(setup, e))
		return -1;
	world = calloc(1, sizeof(*world));
	if (!world)
		return err_set(e, "out of memory");
	world->clock = (struct clock){.mono_ns = sim_mono_ns,
		.utc_ns = sim_utc_ns,
		.sleep_until = sim_sleep_until,
		.ctx = world};
	world->now_ns = SIM_START_NS;
	world->setup = *setup;
	world->setup.outages_ns =
		copy_list(setup->outages_ns, setup->outage_count, sizeof(*setup->outages_ns));
	world->setup.modes = copy_list(setup->modes, setup->mode_count, sizeof(*setup->modes));
	world->setup.jobs = copy_list(setup->jobs, setup->job_count, sizeof(*setup->jobs));
	world->setup.failed_starts = copy_list(
		setup->failed_starts, setup->failed_start_count, sizeof(*setup->failed_starts));
	if (!world->setup.outages_ns || !world->setup.modes || !world->setup.jobs ||
		!world->setup.failed_starts) {
		sim_world_free(world);
		return err_set(e, "out of memory");
	}
	for (size_t i = 0; i < setup->host_count; i++) {
		snprintf(world->hosts[i].name, sizeof(world->hosts[i].name), "%c", (char)('a' + i));
		world->hosts[i].up = true;
	}
	*out = world;
	return 0;
}

void sim_world_free(struct sim_world *world)
{
	if (!world)
		return;
	for (size_t i = 0; i < world->vm_count; i++)
		free(world->vms[i]);
	for (size_t i = 0; i < world->host_loss_count; i++)
		free(world->host_losses[i]);
	free(world->vms);
	free(world->host_losses);
	free(world->events);
	free(world->utc_steps);
	free(world->troubles);
	free(world->duplicates.stretch);
	free(world->stalls.stretch);
	free(world->overflows.stretch);
	free(world->announcements.stretch);
	free((void *)world->setup.outages_ns);
	free((void *)world->setup.modes);
	free((void *)world->setup.jobs);
	free((void *)world->setup.failed_starts);
	free(world);
}

const struct clock *sim_clock(struct sim_world *world)
{
	return &world->clock;
}

struct sim_world *sim_world_of(const struct clock *clock)
{
	return clock->mono_ns == sim_mono_ns ? clock->ctx : NULL;
}

int64_t sim_now_ns(const struct sim_world *world)
{
	return world->now_ns;
}

const struct sim_setup *sim_setup_of(const struct sim_world *world)
{
	return &world->setup;
}

/* The seed is FNV-1a over the name, mixed with the world's seed and folded to 32 bits. */
gsl_rng *sim_generator(const struct sim_world *world, const char *name)
{
	gsl_rng *generator = gsl_rng_alloc(gsl_rng_mt19937);
	uint64_t hash = UINT64_C(14695981039346656037) ^ world->setup.seed;

	if (!generator)
		return NULL;
	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * UINT64_C(1099511628211);
	gsl_rng_set(generator, (unsigned long)((hash ^ (hash >> 32)) & UINT32_MAX));
	return generator;
}

bool sim_start_fails(struct sim_world *world)
{
	size_t count = world->setup.failed_start_count;

	if (!world->starting)
		world->failures_left =
			count ? world->setup.failed_starts[world->starts++ % count] : 0;
	world->starting = world->failures_left > 0;
	if (world->starting)
		world->failures_left--;
	return world->starting;
}

void sim_start_forget(struct sim_world *world)
{
	world->starting = false;
}

struct sim_step sim_script_next(struct sim_world *world)
{
	const struct sim_setup *s = &world->setup;
	uint64_t k = world->moves++;

	return (struct sim_step){
		.outage_ns = s->outage_count ? s->outages_ns[k % s->outage_count] : 0,
		.mode = s->mode_count ? s->modes[k % s->mode_count] : SIM_DROP,
		.job = s->job_count ? s->jobs[k % s->job_count] : SIM_JOB_COMPLETED,
	};
}

int sim_check_ahead(const struct sim_world *world, int64_t at_ns, const char *what, struct err *e)
{
	if (at_ns >= world->now_ns)
		return 0;
	return err_set(e,
		"%s at %" PRId64 " ns lies in the simulated world's past (it is %" PRId64
		" ns there)",
		what, at_ns, world->now_ns);
}

int64_t sim_end_ns(int64_t from_ns, int64_t length_ns)
{
	return length_ns >= NS_INF - from_ns ? NS_INF : from_ns + length_ns;
}

int sim_utc_step(struct sim_world *world, int64_t at_ns, int64_t by_ns, struct err *e)
{
	if (sim_check_ahead(world, at_ns, "a step of the wall clock", e))
		return -1;
	if (ARRAY_GROW(world->utc_steps, world->utc_step_count, world->utc_step_capacity))
		return err_set(e, "out of memory");
	world->utc_steps[world->utc_step_count++] = (struct sim_clock_step){at_ns, by_ns};
	return 0;
}

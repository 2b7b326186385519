/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The site of the simulated world: makes the world (harness/sim/world.h) from the plan's [platform
 * sim], and provides its clock. There are two hosts, a and b. All VMs are owned, whatever the plan
 * says.
 */
#include "harness/sites/sim.h"

#include "harness/ops/guest_agent.h"
#include "harness/plan/settings.h"
#include "harness/sim/component.h"
#include "harness/sim/world.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define HOSTS 2

struct sim_site {
	struct site base;
	const struct plan *plan;
	struct sim_world *world;
	struct host_address hosts[HOSTS];
};

/*
 * Converts a list of words of the plan to an array of values, malloc'd. One element more than the
 * list is allocated, so that NULL is always an error.
 */
static void *read_words(const struct plan_list *list, const char *what, size_t size,
	int (*find)(const char *word, void *value), struct err *e)
{
	char *values = calloc(list->count + 1, size);

	if (!values) {
		err_set(e, "out of memory");
		return NULL;
	}
	for (size_t i = 0; i < list->count; i++) {
		const char *word = list->value[i].text;

		if (find(word, values + i * size)) {
			err_set(e, "[platform sim] %s: the simulated world has no '%s'", what,
				word);
			free(values);
			return NULL;
		}
	}
	return values;
}

/* Converts a list of numbers of the plan to an array in the same way. */
static int64_t *read_numbers(const struct plan_list *list, struct err *e)
{
	int64_t *numbers = calloc(list->count + 1, sizeof(*numbers));

	if (!numbers)
		err_set(e, "out of memory");
	for (size_t i = 0; numbers && i < list->count; i++)
		numbers[i] = list->value[i].number;
	return numbers;
}

static int find_mode(const char *word, void *value)
{
	return sim_mode_find(word, value);
}

static int find_job(const char *word, void *value)
{
	return sim_job_find(word, value);
}

static int make_world(struct sim_site *site, const struct plan_section *platform, struct err *e)
{
	struct sim_settings settings;
	int64_t *outages_ns, *failed_starts;
	enum sim_mode *modes;
	enum sim_job *jobs;
	int rc = -1;

	component_settings_read(&component_platform_sim, platform, &settings);
	outages_ns = read_numbers(&settings.outages, e);
	failed_starts = read_numbers(&settings.failed_starts, e);
	modes = read_words(&settings.modes, "mode", sizeof(*modes), find_mode, e);
	jobs = read_words(&settings.jobs, "job", sizeof(*jobs), find_job, e);
	if (outages_ns && failed_starts && modes && jobs)
		rc = sim_world_new(&site->world,
			&(struct sim_setup){.seed = (uint64_t)settings.seed,
				.round_trip_ns = settings.round_trip_ns,
				.jitter_ns = settings.jitter_ns,
				.link_bps = settings.link_bps,
				.host_count = HOSTS,
				.outages_ns = outages_ns,
				.outage_count = settings.outages.count,
				.failed_starts = failed_starts,
				.failed_start_count = settings.failed_starts.count,
				.modes = modes,
				.mode_count = settings.modes.count,
				.jobs = jobs,
				.job_count = settings.jobs.count,
				.operator_moves = plan_moved_by_others(site->plan),
				.speed = settings.speed == NS_NONE ? 0 : settings.speed},
			e);
	free(outages_ns);
	free(failed_starts);
	free(modes);
	free(jobs);
	return rc;
}

/* Defines the plan's VMs. They are silent until they are started. */
static int define_vms(struct sim_site *site, struct err *e)
{
	for (size_t i = 0; i < plan_section_count(site->plan, SECTION_VM); i++) {
		const struct plan_section *vm = plan_section_at(site->plan, SECTION_VM, i);
		uint64_t memory = (uint64_t)vm_settings_of(NULL, vm).memory_bytes;

		if (sim_vm_define(site->world, plan_section_name(vm), memory, memory, e))
			return -1;
	}
	return 0;
}

static int sim_open(struct site **out, const struct plan *plan, FILE *say, struct err *e)
{
	const struct plan_section *platform = plan_section_at(plan, SECTION_PLATFORM, 0);
	struct sim_site *site;

	if (!platform)
		return err_set(e, "the simulated world needs a section [platform sim] in the plan");
	site = calloc(1, sizeof(*site));
	if (!site)
		return err_set(e, "out of memory");
	site->base.ops = &site_sim;
	site->plan = plan;
	if (make_world(site, platform, e) || define_vms(site, e)) {
		sim_world_free(site->world);
		free(site);
		return -1;
	}
	for (size_t i = 0; i < HOSTS; i++) {
		struct host_address *host = &site->hosts[i];

		snprintf(host->name, sizeof(host->name), "%s", sim_host_name(site->world, i));
		snprintf(host->uri, sizeof(host->uri), "sim://%.60s", host->name);
	}
	if (say)
		fputs("SIMULATED: virtual time, nothing is moved and nothing is measured\n", say);
	*out = &site->base;
	return 0;
}

static int sim_close(struct site *base, struct err *e)
{
	struct sim_site *site = site_downcast(base, &site_sim);

	(void)e;
	sim_world_free(site->world);
	free(site);
	return 0;
}

static size_t sim_hosts(struct site *base, const struct host_address **hosts)
{
	struct sim_site *site = site_downcast(base, &site_sim);

	*hosts = site->hosts;
	return HOSTS;
}

/* A VM's address: the plan's, or one of the simulated world. */
static void address_of(
	const struct sim_site *site, const struct plan_section *section, char *buf, size_t size)
{
	const char *address = vm_settings_of(NULL, section).address;
	size_t i = 0;

	while (plan_section_at(site->plan, SECTION_VM, i) != section)
		i++;
	if (address)
		snprintf(buf, size, "%s", address);
	else
		plan_simulated_address(i, buf, size);
}

static int sim_vm(struct site *base, const struct plan_case *plan_case,
	const struct plan_section *section, struct vm_spec *vm, struct err *e)
{
	struct sim_site *site = site_downcast(base, &site_sim);
	const struct vm_settings settings = vm_settings_of(plan_case, section);

	*vm = (struct vm_spec){.owned = true,
		.agent = true,
		.memory_bytes = (uint64_t)settings.memory_bytes,
		.vcpus = (unsigned)settings.vcpus};
	snprintf(vm->name, sizeof(vm->name), "%s", plan_section_name(section));
	address_of(site, section, vm->address, sizeof(vm->address));
	if (asprintf(&vm->definition, "fill_bytes=%" PRIu64,
		    vm->memory_bytes / 100 * (uint64_t)settings.fill_percent) < 0) {
		vm->definition = NULL;
		return err_set(e, "out of memory");
	}
	return 0;
}

static int sim_target(struct site *base, const struct plan_section *section,
	struct probe_target *target, struct err *e)
{
	struct sim_site *site = site_downcast(base, &site_sim);

	(void)e;
	*target = (struct probe_target){0};
	snprintf(target->name, sizeof(target->name), "%s", plan_section_name(section));
	for (unsigned i = 0; i < plan_section_count(site->plan, SECTION_VM); i++) {
		if (plan_section_at(site->plan, SECTION_VM, i) != section)
			continue;
		address_of(site, section, target->address, sizeof(target->address));
		snprintf(target->mac, sizeof(target->mac), "52:54:00:00:%02x:%02x", i / 256 % 256,
			i % 256);
		target->port = AGENT_SESSION_PORT;
		return 0;
	}
	snprintf(target->address, sizeof(target->address), "%s",
		control_settings_of(section).target);
	return 0;
}

static const char *sim_station_netns(struct site *site, const struct plan_section *station)
{
	(void)site;
	(void)station;
	return NULL;
}

static const char *sim_driver_netns(struct site *site)
{
	(void)site;
	return NULL;
}

static const struct clock *site_clock(struct site *base)
{
	struct sim_site *site = site_downcast(base, &site_sim);

	return sim_clock(site->world);
}

static char *sim_environment(struct site *base)
{
	struct sim_site *site = site_downcast(base, &site_sim);
	const struct sim_setup *setup = sim_setup_of(site->world);
	char *text;

	return asprintf(&text,
		       "{\"simulated\": true, \"seed\": %" PRIu64 ", \"round_trip_ns\": %" PRId64
		       ", \"jitter_ns\": %" PRId64 ", \"link_bps\": %" PRId64 "}",
		       setup->seed, setup->round_trip_ns, setup->jitter_ns, setup->link_bps) < 0
		       ? NULL
		       : text;
}

const struct site_ops site_sim = {
	.name = "sim",
	.help = "SIMULATED hosts in memory, on a simulated clock",
	.open = sim_open,
	.close = sim_close,
	.hosts = sim_hosts,
	.vm = sim_vm,
	.target = sim_target,
	.station_netns = sim_station_netns,
	.driver_netns = sim_driver_netns,
	.clock = site_clock,
	.environment = sim_environment,
};

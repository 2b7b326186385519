/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Opens site, stations and driver before the first run, and closes stations, driver and site after
 * the last. Stations are forked before the driver is opened, because the driver starts threads.
 */
#include "harness/plan/settings.h"
#include "harness/run/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Ends an error if this build (`make WITHOUT=…`) lacks a component that the plan names. */
#define BUILD_ALL "`make` without WITHOUT= builds it"

static const struct site_ops *choose_site(const struct run_state *state)
{
	if (state->platform->simulated)
		return state->components->sim;
	if (plan_section_count(state->plan, SECTION_LAB) > 0)
		return state->components->lab;
	return state->components->cluster;
}

static int choose_driver(struct run_state *state, struct err *e)
{
	const struct plan_component *component = plan_platform(state->plan);
	const char *missing;

	state->driver_ops = driver_find(state->components->drivers, component);
	if (!state->driver_ops)
		return err_set(e, "[platform %s]: this build has no %s driver; " BUILD_ALL,
			component->name, component->name);
	missing = driver_missing(state->driver_ops);
	if (missing)
		return err_set(e, "driver %s lacks its operation %s", component->name, missing);
	state->platform = &component->platform;
	return 0;
}

static int find_targets(struct run_state *state, struct err *e)
{
	size_t vms = plan_section_count(state->plan, SECTION_VM);
	size_t controls = plan_section_count(state->plan, SECTION_CONTROL);

	state->targets = calloc(vms + controls, sizeof(*state->targets));
	state->live = calloc(vms + controls, sizeof(*state->live));
	state->kept = calloc(vms, sizeof(*state->kept));
	if (!state->targets || !state->live || !state->kept)
		return err_set(e, "out of memory");
	for (size_t i = 0; i < vms + controls; i++) {
		const struct plan_section *section =
			i < vms ? plan_section_at(state->plan, SECTION_VM, i)
				: plan_section_at(state->plan, SECTION_CONTROL, i - vms);
		struct probe_target *target = &state->targets[i];

		if (state->site_ops->target(state->site, section, target, e))
			return -1;
		target->number = (unsigned)i + 1;
		target->control = i >= vms;
		state->target_count++;
	}
	return 0;
}

/* Finds the station or adds it. NULL: out of memory. */
static struct run_station *station_for(struct run_state *state, const char *name)
{
	struct run_station *station;

	for (size_t i = 0; i < state->station_count; i++)
		if (strcmp(state->stations[i].name, name) == 0)
			return &state->stations[i];
	if (ARRAY_GROW(state->stations, state->station_count, state->station_capacity))
		return NULL;
	station = &state->stations[state->station_count++];
	*station = (struct run_station){0};
	snprintf(station->name, sizeof(station->name), "%s", name);
	return station;
}

static bool wants_session(const struct plan *plan)
{
	for (size_t c = 0; c < plan_case_count(plan); c++)
		for (size_t i = 0; i < plan_section_count(plan, SECTION_VM); i++)
			if (vm_settings_of(
				    plan_case_at(plan, c), plan_section_at(plan, SECTION_VM, i))
					.session != SESSION_NONE)
				return true;
	return false;
}

/* Adds a probe of the plan to its station; a session probe only if a case has sessions. */
static int add_probe(struct run_state *state, const struct plan_section *section, struct err *e)
{
	const struct probe_ops *const *table = state->platform->simulated
						       ? state->components->simulated_probes
						       : state->components->probes;
	const struct plan_component *kind = component_of(section);
	struct probe_settings settings = probe_settings_of(section);
	struct run_station *station;
	struct station_probe *probe;

	if (kind->probe.user_session && !wants_session(state->plan))
		return 0;
	station = station_for(state, settings.station);
	if (!station || ARRAY_GROW(station->probes, station->probe_count, station->probe_capacity))
		return err_set(e, "out of memory");
	probe = &station->probes[station->probe_count];
	*probe = (struct station_probe){.ops = probe_find(table, kind)};
	if (!probe->ops)
		return err_set(e, "[probe %s]: this build has no probe of kind %s; " BUILD_ALL,
			plan_section_name(section), kind->name);
	snprintf(probe->config.name, sizeof(probe->config.name), "%s", plan_section_name(section));
	snprintf(probe->config.station, sizeof(probe->config.station), "%s", station->name);
	probe->config.dir = state->dir;
	probe->config.interval_ns = settings.interval_ns;
	probe->config.timeout_ns = settings.timeout_ns;
	probe->config.settings = probe->settings = component_settings_new(kind, section);
	if (kind->settings_size && !probe->settings)
		return err_set(e, "out of memory");
	probe->config.secrets = state->options->secrets;
	probe->config.targets = state->targets;
	probe->config.target_count = kind->probe.controls
					     ? state->target_count
					     : plan_section_count(state->plan, SECTION_VM);
	station->probe_count++;
	return 0;
}

static int open_stations(struct run_state *state, struct err *e)
{
	for (size_t i = 0; i < plan_section_count(state->plan, SECTION_PROBE); i++)
		if (add_probe(state, plan_section_at(state->plan, SECTION_PROBE, i), e))
			return -1;
	for (size_t i = 0; i < state->station_count; i++) {
		struct run_station *s = &state->stations[i];
		const struct plan_section *section =
			plan_section_find(state->plan, SECTION_STATION, s->name);

		if (station_open(&s->station, s->name,
			    state->site_ops->station_netns(state->site, section), state->dir,
			    s->probes, s->probe_count, state->clock, state->platform->simulated, e))
			return -1;
	}
	return 0;
}

/* Enters the network namespace from which the driver reaches the hosts. */
static int enter_netns(struct run_state *state, struct err *e)
{
	const char *path = state->site_ops->driver_netns(state->site);
	int fd, rc;

	if (!path)
		return 0;
	state->home_netns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (state->home_netns < 0)
		return err_errno(e, "/proc/self/ns/net");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(e, "%s: the management network namespace cannot be opened", path);
	rc = setns(fd, CLONE_NEWNET);
	if (rc)
		err_errno(e, "%s: cannot be entered (root is needed)", path);
	close(fd);
	return rc;
}

static int open_driver(struct run_state *state, struct err *e)
{
	struct driver_context *context = calloc(1, sizeof(*context));
	int rc;

	if (!context)
		return err_set(e, "out of memory");
	*context = (struct driver_context){.plan = state->plan,
		.clock = state->clock,
		.log = state->driver_log,
		.dir = state->dir};
	context->host_count = state->site_ops->hosts(state->site, &context->hosts);
	rc = state->driver_ops->open(&state->driver, context, e);
	state->driver_context = context;
	return rc;
}

int run_set_up(struct run_state *state, struct err *e)
{
	run_tick_add(state, run_session_tick);
	run_tick_add(state, run_workloads_poll);
	if (choose_driver(state, e))
		return -1;
	state->site_ops = choose_site(state);
	if (!state->site_ops)
		return err_set(e, "[lab]: this build has no lab; " BUILD_ALL);
	if (state->site_ops->open(&state->site, state->plan, state->options->progress, e))
		return -1;
	if (state->site_ops->clock && state->site_ops->clock(state->site))
		state->clock = state->site_ops->clock(state->site);
	if (fact_log_open(&state->log, state->dir, "run", state->clock, e) ||
		find_targets(state, e) || open_stations(state, e) || enter_netns(state, e) ||
		fact_log_open(&state->driver_log, state->dir, "driver", state->clock, e) ||
		open_driver(state, e) || run_environment_write(state, e))
		return -1;
	for (size_t i = 0; i < plan_case_count(state->plan); i++) {
		struct fact_field fields[FACT_FIELDS_MAX];
		char keys[FACT_FIELDS_MAX][64], index[24];
		const struct plan_case *c = plan_case_at(state->plan, i);
		size_t n = 0;

		fields[n++] = (struct fact_field)FS(FIELD_NAME, c->name);
		for (size_t a = 0; a < plan_axis_count(state->plan) && n < FACT_FIELDS_MAX; a++) {
			snprintf(keys[n], sizeof(keys[n]), FIELD_AXIS,
				plan_axis_name(state->plan, a));
			fields[n] = (struct fact_field)FS(keys[n], plan_axis_value(c, a));
			n++;
		}
		snprintf(index, sizeof(index), "%zu", i);
		fact_write(state->log, clock_of(state), FACT_CASE, index, fields, n);
	}
	FACT(state->log, clock_of(state), FACT_SCOPE, "-",
		FS(FIELD_ONLY, state->options->only ? state->options->only : ""));
	for (size_t i = 0; i < state->station_count; i++)
		if (station_start(state->stations[i].station, e))
			return -1;
	return 0;
}

static void report_error(struct run_state *state, int rc, const struct err *e)
{
	if (rc)
		progress_event(state->view, "%s", e->text);
}

/* Reports facts that could not be written; a plan that passed becomes BROKE_OFF. */
static void report_lost_facts(struct run_state *state, int rc, const struct err *e)
{
	report_error(state, rc, e);
	if (rc && state->status == STATUS_PASS)
		state->status = STATUS_BROKE_OFF;
}

static void remove_vms(struct run_state *state)
{
	for (size_t i = 0; i < plan_section_count(state->plan, SECTION_VM); i++) {
		struct vm_spec vm = {0};
		struct err e = {0};
		int rc = state->site_ops->vm(state->site, plan_case_at(state->plan, 0),
			plan_section_at(state->plan, SECTION_VM, i), &vm, &e);

		if (rc == 0 && vm.owned)
			rc = state->driver_ops->vm_remove(state->driver, &vm, &e);
		report_error(state, rc, &e);
		free(vm.definition);
	}
}

static void keep_logs(struct run_state *state)
{
	char dir[PATH_MAX], number[24];
	struct err e = {0};
	int rc = -1;

	if (!state->site_ops->logs || !state->driver)
		return;
	/* A resumed plan has new logs: they go into a folder that is named by the time. */
	snprintf(number, sizeof(number), "facts/logs/%" PRId64, clock_utc_ns() / NS_PER_S);
	if (path_join(dir, sizeof(dir), state->dir, number))
		err_set(&e, "%s: name too long", state->dir);
	else
		rc = dir_make(dir, &e) ? -1 : state->site_ops->logs(state->site, dir, &e);
	report_error(state, rc, &e);
}

void run_take_down(struct run_state *state, const char *reason)
{
	struct err e = {0};

	for (size_t i = 0; i < state->station_count; i++) {
		report_lost_facts(state, station_close(state->stations[i].station, reason, &e), &e);
		for (size_t k = 0; k < state->stations[i].probe_count; k++)
			free(state->stations[i].probes[k].settings);
		free(state->stations[i].probes);
	}
	free(state->stations);
	run_release_vms(state);
	if (state->driver) {
		remove_vms(state);
		state->driver_ops->close(state->driver);
	}
	if (state->site)
		keep_logs(state);
	report_lost_facts(state, fact_log_close(state->driver_log, reason, &e), &e);
	report_lost_facts(state, fact_log_close(state->log, reason, &e), &e);
	if (state->home_netns >= 0) {
		if (setns(state->home_netns, CLONE_NEWNET))
			progress_event(state->view,
				"cannot return to the original network namespace: %s",
				strerror(errno));
		close(state->home_netns);
	}
	if (state->site)
		report_error(state, state->site_ops->close(state->site, &e), &e);
	free(state->driver_context);
	free(state->targets);
	free(state->live);
	for (size_t i = 0; state->kept && i < plan_section_count(state->plan, SECTION_VM); i++)
		free(state->kept[i].definition);
	free(state->kept);
}

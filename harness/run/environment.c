/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes environment.json: machine, site, driver and plan (harness/facts/environment.h). */
#include "harness/facts/environment.h"
#include "harness/facts/machine.h"
#include "harness/plan/settings.h"
#include "harness/run/internal.h"

#include <jansson.h>
#include <sha2.h>
#include <stdlib.h>
#include <string.h>

static void set_text(json_t *object, const char *key, const char *text)
{
	if (text)
		json_object_set_new(object, key, json_string(text));
}

/* Parses JSON text and frees it; an empty object if it is NULL or malformed. */
static json_t *parse_json(char *text)
{
	json_t *object = text ? json_loads(text, 0, NULL) : NULL;

	free(text);
	return object ? object : json_object();
}

static void set_plan_hash(json_t *root, const struct plan *plan)
{
	char *text = plan_resolved(plan);
	char hash[SHA256_DIGEST_STRING_LENGTH];

	if (text)
		set_text(
			root, "plan_sha256", SHA256Data((const uint8_t *)text, strlen(text), hash));
	free(text);
}

/* The settings of the cluster's load balancer, as far as the plan states them. */
static json_t *balancer_json(const struct plan *plan)
{
	const struct platform_settings platform = platform_settings_of(plan);
	const struct {
		const char *name;
		int64_t value;
	} numbers[] = {
		{"automatic-interval", platform.automatic_interval_ns},
		{"cpu-threshold", platform.cpu_percent},
		{"memory-threshold", platform.memory_bytes},
		{"disk-threshold", platform.disk_operations},
		{"network-threshold", platform.network_percent},
	};
	json_t *settings = json_object();

	set_text(settings, "scope", platform.scope);
	set_text(settings, "aggressiveness", platform.aggressiveness);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		if (numbers[i].value != NS_NONE)
			json_object_set_new(
				settings, numbers[i].name, json_integer(numbers[i].value));
	return settings;
}

int run_environment_write(struct run_state *state, struct err *e)
{
	json_t *root = json_object();

	set_text(root, "blackout", BLACKOUT_VERSION);
	json_object_set_new(root, "simulated", json_boolean(state->platform->simulated));
	set_plan_hash(root, state->plan);
	json_object_set_new(root, "machine", machine_json());
	set_text(root, "site_kind", state->site_ops->name);
	json_object_set_new(root, "site", parse_json(state->site_ops->environment(state->site)));
	set_text(root, "driver_kind", state->driver_ops->component->name);
	json_object_set_new(root, "driver",
		parse_json(state->driver_ops->environment
				   ? state->driver_ops->environment(state->driver)
				   : NULL));
	json_object_set_new(root, "balancer", balancer_json(state->plan));
	/* json_object_set_new ignores NULL: a machine without calibration gets no such key. */
	if (!state->platform->simulated)
		json_object_set_new(root, "calibration", calibration_load());
	return environment_write_json(root, state->dir, e);
}

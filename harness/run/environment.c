/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * environment.json: what a run ran on, so that two runs can be told apart later. Written once a folder;
 * each resumed run adds a file of its own beside it.
 */
#include "harness/facts/folder.h"
#include "harness/facts/machine.h"
#include "harness/run/internal.h"

#include <jansson.h>
#include <sha2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void set_text(json_t *object, const char *key, const char *text)
{
	if (text)
		json_object_set_new(object, key, json_string(text));
}

/* JSON text of a part, freed; an object that says so where the part gave none. */
static json_t *part_json(char *text)
{
	json_t *part = text ? json_loads(text, 0, NULL) : NULL;

	free(text);
	return part ? part : json_object();
}

static void set_plan_hash(json_t *root, const struct plan *plan)
{
	char *text = plan_resolved(plan);
	char hash[SHA256_DIGEST_STRING_LENGTH];

	if (text)
		set_text(root, "plan_sha256", SHA256Data((const uint8_t *)text, strlen(text), hash));
	free(text);
}

/* The study's table of the balancer's settings, as far as the plan states it. */
static json_t *balancer_json(const struct plan *plan)
{
	static const char *const texts[] = {"scope", "aggressiveness"};
	static const char *const numbers[] = {"automatic-interval", "cpu-threshold",
		"memory-threshold", "disk-threshold", "network-threshold"};
	const struct plan_section *platform = plan_section_at(plan, SECTION_PLATFORM, 0);
	json_t *settings = json_object();

	for (size_t i = 0; platform && i < ARRAY_SIZE(texts); i++)
		set_text(settings, texts[i], plan_text(NULL, platform, texts[i]));
	for (size_t i = 0; platform && i < ARRAY_SIZE(numbers); i++) {
		int64_t value = plan_number(NULL, platform, numbers[i]);

		if (value != NS_NONE)
			json_object_set_new(settings, numbers[i], json_integer(value));
	}
	return settings;
}

static int choose_path(char *path, size_t size, const char *dir)
{
	char name[64] = "facts/environment.json";
	struct stat there;

	for (unsigned i = 2;; i++) {
		if (path_join(path, size, dir, name))
			return -1;
		if (stat(path, &there))
			return 0;
		snprintf(name, sizeof(name), "facts/environment-%u.json", i);
	}
}

/* Writes the object and frees it. */
static int write_root(json_t *root, const char *dir, struct err *e)
{
	char *text = json_dumps(root, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	char path[PATH_MAX];
	int rc = -1;

	if (!text)
		err_set(e, "out of memory");
	else if (choose_path(path, sizeof(path), dir))
		err_set(e, "%s: name too long", dir);
	else
		rc = file_write(path, text, strlen(text), e);
	free(text);
	json_decref(root);
	return rc;
}

int folder_environment(const char *dir, struct err *e)
{
	json_t *root = json_object();

	set_text(root, "blackout", BLACKOUT_VERSION);
	json_object_set_new(root, "machine", machine_json());
	json_object_set_new(root, "calibration", calibration_load());
	return write_root(root, dir, e);
}

int run_environment_write(struct run_state *state, struct err *e)
{
	json_t *root = json_object();

	set_text(root, "blackout", BLACKOUT_VERSION);
	json_object_set_new(root, "simulated", json_boolean(state->simulated));
	set_plan_hash(root, state->plan);
	json_object_set_new(root, "machine", machine_json());
	set_text(root, "site_kind", state->site_ops->name);
	json_object_set_new(root, "site", part_json(state->site_ops->environment(state->site)));
	set_text(root, "driver_kind", state->driver_ops->name);
	json_object_set_new(root, "driver",
		part_json(state->driver_ops->environment
				? state->driver_ops->environment(state->driver)
				: NULL));
	json_object_set_new(root, "balancer", balancer_json(state->plan));
	/* NULL adds nothing. */
	if (!state->simulated)
		json_object_set_new(root, "calibration", calibration_load());
	return write_root(root, state->dir, e);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The environment of the run and the balancer's settings. A section of report.txt. */
#include "reports/text/text.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#define DEPTH_MAX 8

static void value_text(const json_t *value, char *buf, size_t size)
{
	if (!value) {
		snprintf(buf, size, "-");
		return;
	}
	switch (json_typeof(value)) {
	case JSON_STRING:
		text_safe(json_string_value(value), buf, size);
		break;
	case JSON_INTEGER:
		snprintf(buf, size, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		break;
	case JSON_REAL:
		snprintf(buf, size, "%g", json_real_value(value));
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		snprintf(buf, size, "%s", json_is_true(value) ? "yes" : "no");
		break;
	default:
		snprintf(buf, size, "-");
	}
}

void environment_leaf(const char *key, const json_t *value, char *buf, size_t size)
{
	size_t n = strlen(key);
	double number = value ? json_number_value(value) : 0;

	if (json_is_number(value) && n > 4 && strcmp(key + n - 4, "_bps") == 0)
		snprintf(buf, size, "%.1f Mbit/s", number / 1e6);
	else if (json_is_number(value) && n > 6 && strcmp(key + n - 6, "_bytes") == 0)
		snprintf(buf, size, "%.0f MB", number / 1048576);
	else
		value_text(value, buf, size);
}

static void put_value(FILE *f, const char *path, const char *key, json_t *value, int depth)
{
	char name[256], safe[128], text[512], line[1024];

	text_safe(key, safe, sizeof(safe));
	snprintf(name, sizeof(name), "%s%s%s", path, *path ? "." : "", safe);
	if (depth < DEPTH_MAX && json_is_object(value)) {
		const char *inner;
		json_t *member;

		json_object_foreach(value, inner, member)
			put_value(f, name, inner, member, depth + 1);
	} else if (depth < DEPTH_MAX && json_is_array(value)) {
		size_t i;
		json_t *member;

		json_array_foreach(value, i, member) {
			char index[24];

			snprintf(index, sizeof(index), "%zu", i + 1);
			put_value(f, name, index, member, depth + 1);
		}
	} else {
		environment_leaf(key, value, text, sizeof(text));
		snprintf(line, sizeof(line), "%s: %s", name, text);
		text_wrap(f, "  ", line);
	}
}

/* A balancer's setting in the study's units. */
static void setting_text(const char *key, const json_t *value, char *buf, size_t size)
{
	json_int_t number = json_integer_value(value);

	if (!value)
		snprintf(buf, size, "-");
	else if (!json_is_integer(value))
		value_text(value, buf, size);
	else if (strcmp(key, "automatic-interval") == 0)
		snprintf(buf, size, "%" JSON_INTEGER_FORMAT " min", number / (60 * NS_PER_S));
	else if (strcmp(key, "memory-threshold") == 0)
		snprintf(buf, size, "%" JSON_INTEGER_FORMAT " MB", number >> 20);
	else
		snprintf(buf, size, "%" JSON_INTEGER_FORMAT " %s", number,
			strcmp(key, "disk-threshold") == 0 ? "IOPS" : "%");
}

static void put_balancer(FILE *f, const json_t *root, const struct reference *reference)
{
	const json_t *settings = root ? json_object_get(root, "balancer") : NULL;

	text_heading(f, "Settings of the balancer (-: not stated, or there is none)");
	text_cell(f, "setting", 22, false);
	text_cell(f, "this run", 14, false);
	text_cell(f, "published tests", 16, false);
	text_cell(f, "default", 12, false);
	fputs("range\n", f);
	for (size_t i = 0; i < reference->setting_count; i++) {
		const struct reference_setting *s = &reference->settings[i];
		char ours[64];

		setting_text(s->key, json_object_get(settings, s->key), ours, sizeof(ours));
		text_cell(f, s->setting, 22, false);
		text_cell(f, ours, 14, false);
		text_cell(f, s->tests, 16, false);
		text_cell(f, s->usual, 12, false);
		text_line(f, s->range, 0, false);
	}
	text_wrap(f, "",
		"A threshold is what must remain free on the destination, not the load at "
		"which moving starts.");
}

void text_environment(FILE *f, const char *environment, const struct reference *reference)
{
	json_error_t error;
	json_t *root = environment ? json_loads(environment, 0, &error) : NULL;
	const char *key;
	json_t *value;

	text_heading(f, "Environment");
	if (!environment)
		fputs("  environment.json is missing.\n", f);
	else if (!json_is_object(root))
		fprintf(f, "  environment.json cannot be read, line %d.\n", root ? 1 : error.line);
	/* These two have sections of their own. */
	json_object_foreach(root, key, value)
		if (strcmp(key, "balancer") != 0 && strcmp(key, "calibration") != 0)
			put_value(f, "", key, value, 0);
	if (reference)
		put_balancer(f, root, reference);
	json_decref(root);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Differences between the environments of two results: see compare.h. */
#include "reports/compare/compare.h"
#include "harness/base/memory.h"
#include "reports/text/text.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 8
/* Measured rates that differ by at most this share count as equal. */
#define RATE_SHARE 0.1

/* If these differ, comparing figures is meaningless. */
static const char *const meaningless[] = {
	"simulated", "driver_kind", "machine.architecture", "site.accelerator"};
/* These differ from run to run, or are reported elsewhere. */
static const char *const ignored[] = {"site.lab_up_seconds", "site.brought_up", "calibration"};

static bool listed(const char *path, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t n = strlen(list[i]);

		if (strncmp(path, list[i], n) == 0 && (path[n] == '\0' || path[n] == '.'))
			return true;
	}
	return false;
}

static bool same(const char *path, const json_t *base, const json_t *fresh)
{
	double a = json_number_value(base), b = json_number_value(fresh);

	if (json_is_number(base) && json_is_number(fresh) && strstr(path, "measured"))
		return fabs(a - b) <= RATE_SHARE * fmax(fabs(a), fabs(b));
	return json_equal(base, fresh);
}

static void add(struct differences *d, const char *path, const char *key, const json_t *base,
	const json_t *fresh)
{
	struct difference *one;

	MEMORY_GROW("differences", d->difference, d->count, d->capacity);
	one = &d->difference[d->count++];
	*one = (struct difference){
		.meaningless = listed(path, meaningless, ARRAY_SIZE(meaningless))};
	snprintf(one->what, sizeof(one->what), "%s", path);
	environment_leaf(key, base, one->base, sizeof(one->base));
	environment_leaf(key, fresh, one->fresh, sizeof(one->fresh));
}

static void walk(struct differences *d, const char *path, const char *key, const json_t *base,
	const json_t *fresh, int depth);

static void walk_member(struct differences *d, const char *path, const char *key,
	const json_t *base, const json_t *fresh, int depth)
{
	char inner[192], safe[96];

	snprintf(inner, sizeof(inner), "%s%s%s", path, *path ? "." : "",
		text_safe(key, safe, sizeof(safe)));
	walk(d, inner, key, base, fresh, depth + 1);
}

static void walk_object(
	struct differences *d, const char *path, const json_t *base, const json_t *fresh, int depth)
{
	const char *key;
	json_t *member;

	json_object_foreach((json_t *)base, key, member)
		walk_member(d, path, key, member, json_object_get(fresh, key), depth);
	json_object_foreach((json_t *)fresh, key, member)
		if (!json_object_get(base, key))
			walk_member(d, path, key, NULL, member, depth);
}

static void walk_array(
	struct differences *d, const char *path, const json_t *base, const json_t *fresh, int depth)
{
	size_t count = json_array_size(base);

	count = json_array_size(fresh) > count ? json_array_size(fresh) : count;
	for (size_t i = 0; i < count; i++) {
		char index[24];

		snprintf(index, sizeof(index), "%zu", i + 1);
		walk_member(
			d, path, index, json_array_get(base, i), json_array_get(fresh, i), depth);
	}
}

static void walk(struct differences *d, const char *path, const char *key, const json_t *base,
	const json_t *fresh, int depth)
{
	if (depth > DEPTH_MAX || listed(path, ignored, ARRAY_SIZE(ignored)))
		return;
	if (json_is_object(base) && json_is_object(fresh))
		walk_object(d, path, base, fresh, depth);
	else if (json_is_array(base) && json_is_array(fresh))
		walk_array(d, path, base, fresh, depth);
	else if (!same(path, base, fresh))
		add(d, path, key, base, fresh);
}

void differences_find(struct differences *d, const char *base, const char *fresh)
{
	json_t *old = base ? json_loads(base, 0, NULL) : NULL;
	json_t *new = fresh ? json_loads(fresh, 0, NULL) : NULL;

	*d = (struct differences){.unknown = !json_is_object(old) || !json_is_object(new)};
	if (!d->unknown)
		walk(d, "", "", old, new, 0);
	json_decref(old);
	json_decref(new);
}

void differences_release(struct differences *d)
{
	free(d->difference);
	*d = (struct differences){0};
}

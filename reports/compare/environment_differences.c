/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What differs between the surroundings of two results: see compare.h. */
#include "reports/compare/compare.h"
#include "reports/text/text.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MOST 8
/* A measured rate is another one only beyond this share. */
#define RATE_SHARE 0.1

/* Where these differ, figures say nothing about each other. */
static const char *const meaningless[] = {
	"simulated", "driver_kind", "machine.architecture", "site.accelerator"};
/* These differ from one run to the next, or have a place of their own in the report. */
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

static int add(struct differences *d, const char *path, const char *key, const json_t *base,
	const json_t *fresh, struct err *e)
{
	struct difference *one;

	if (ARRAY_GROW(d->difference, d->count, d->room))
		return err_set(e, "out of memory");
	one = &d->difference[d->count++];
	*one = (struct difference){
		.meaningless = listed(path, meaningless, ARRAY_SIZE(meaningless))};
	snprintf(one->what, sizeof(one->what), "%s", path);
	environment_leaf(key, base, one->base, sizeof(one->base));
	environment_leaf(key, fresh, one->fresh, sizeof(one->fresh));
	return 0;
}

static int walk(struct differences *d, const char *path, const char *key, const json_t *base,
	const json_t *fresh, int depth, struct err *e);

static int walk_member(struct differences *d, const char *path, const char *key, const json_t *base,
	const json_t *fresh, int depth, struct err *e)
{
	char inner[192], safe[96];

	snprintf(inner, sizeof(inner), "%s%s%s", path, *path ? "." : "",
		text_safe(key, safe, sizeof(safe)));
	return walk(d, inner, key, base, fresh, depth + 1, e);
}

static int walk_object(struct differences *d, const char *path, const json_t *base,
	const json_t *fresh, int depth, struct err *e)
{
	const char *key;
	json_t *member;

	json_object_foreach((json_t *)base, key, member)
		if (walk_member(d, path, key, member, json_object_get(fresh, key), depth, e))
			return -1;
	json_object_foreach((json_t *)fresh, key, member)
		if (!json_object_get(base, key) &&
			walk_member(d, path, key, NULL, member, depth, e))
			return -1;
	return 0;
}

static int walk_array(struct differences *d, const char *path, const json_t *base,
	const json_t *fresh, int depth, struct err *e)
{
	size_t count = json_array_size(base);

	count = json_array_size(fresh) > count ? json_array_size(fresh) : count;
	for (size_t i = 0; i < count; i++) {
		char index[24];

		snprintf(index, sizeof(index), "%zu", i + 1);
		if (walk_member(d, path, index, json_array_get(base, i), json_array_get(fresh, i),
			    depth, e))
			return -1;
	}
	return 0;
}

static int walk(struct differences *d, const char *path, const char *key, const json_t *base,
	const json_t *fresh, int depth, struct err *e)
{
	if (depth > DEPTH_MOST || listed(path, ignored, ARRAY_SIZE(ignored)))
		return 0;
	if (json_is_object(base) && json_is_object(fresh))
		return walk_object(d, path, base, fresh, depth, e);
	if (json_is_array(base) && json_is_array(fresh))
		return walk_array(d, path, base, fresh, depth, e);
	return same(path, base, fresh) ? 0 : add(d, path, key, base, fresh, e);
}

int differences_find(struct differences *d, const char *base, const char *fresh, struct err *e)
{
	json_t *was = base ? json_loads(base, 0, NULL) : NULL;
	json_t *is = fresh ? json_loads(fresh, 0, NULL) : NULL;
	int rc = 0;

	*d = (struct differences){.unknown = !json_is_object(was) || !json_is_object(is)};
	if (!d->unknown)
		rc = walk(d, "", "", was, is, 0, e);
	json_decref(was);
	json_decref(is);
	if (rc)
		differences_free(d);
	return rc;
}

void differences_free(struct differences *d)
{
	free(d->difference);
	*d = (struct differences){0};
}

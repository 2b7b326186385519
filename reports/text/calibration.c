/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Accuracy of the machine that probed, as `blackout calibrate` found it before the run: taken from
 * environment.json for the intervals that the folder's probes have. A section of report.txt.
 */
#include "reports/text/text.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

/* Larger numbers are damage: no calibration gives them. */
#define NUMBER_MAX (3600 * NS_PER_S)

static int64_t number(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	int64_t n = json_is_integer(value) ? json_integer_value(value) : NS_NONE;

	return n >= 0 && n <= NUMBER_MAX ? n : NS_NONE;
}

static bool is_probed(const struct series *s)
{
	return !s->control && (s->kind == PROBE_PING || s->kind == PROBE_BURST);
}

/* Whether no earlier series of the folder has the same interval. */
static bool is_first(const struct timeline *t, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (is_probed(&t->series[i]) &&
			t->series[i].interval_ns == t->series[index].interval_ns)
			return false;
	return true;
}

/* Counts the known outages, and those with a true length inside the measured bounds. */
static void count_inside(const json_t *row, int64_t *inside, int64_t *outages)
{
	static const char *const groups[] = {"cut", "held", "slow"};

	*inside = *outages = 0;
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		const json_t *line = json_object_get(row, groups[i]);

		*inside += number(line, "inside");
		*outages += number(line, "outages");
	}
}

/* Prints a row of the interval; false if it has no errors measured. `how`: quiet or loaded. */
static bool put_row(FILE *f, const char *how, const char *date, const json_t *row)
{
	const json_t *cut = json_object_get(row, "cut");
	char every[32], fine[32] = "", median[NUMBER_TEXT_MAX], worst[NUMBER_TEXT_MAX], line[640];
	int64_t inside, outages, median_ns = number(cut, "median_error_ns");
	int64_t worst_ns = number(cut, "worst_error_ns"), fine_ns = number(row, "fine_interval_ns");

	if (median_ns == NS_NONE || worst_ns == NS_NONE)
		return false;
	count_inside(row, &inside, &outages);
	units_format(UNIT_TIME, number(row, "interval_ns"), every, sizeof(every));
	if (fine_ns > 0)
		units_format(UNIT_TIME, fine_ns, fine, sizeof(fine));
	snprintf(line, sizeof(line),
		"This machine at %s%s%s%s: the middle of the bounds was %s ms from the truth in the "
		"median, %s ms at worst; of %" PRId64 " known outages %" PRId64 " lay inside their "
		"bounds (calibrated %s)%s",
		every, *fine ? ", while answers were missing " : "", fine, how,
		fixed_text(median_ns * 1000, 2, median), fixed_text(worst_ns * 1000, 2, worst),
		outages, inside, date,
		inside < outages ? ": DO NOT TRUST the bounds of this interval here" : "");
	text_wrap(f, "  ", line);
	return true;
}

/* Prints the stored rows of an interval; false if there are none. */
static bool put_interval(FILE *f, const char *how, const json_t *calibration, int64_t interval_ns)
{
	const char *day = json_string_value(json_object_get(calibration, "date"));
	char date[32];
	bool printed = false;
	const json_t *row;
	size_t i;

	text_safe(day ? day : "-", date, sizeof(date));
	json_array_foreach(json_object_get(calibration, "rows"), i, row)
		if (number(row, "interval_ns") == interval_ns && put_row(f, how, date, row))
			printed = true;
	return printed;
}

void text_calibration(FILE *f, const struct results *results, const char *environment)
{
	json_t *root = environment ? json_loads(environment, 0, NULL) : NULL;
	const json_t *stored = json_object_get(root, "calibration");
	const struct timeline *t = results->timeline;
	bool headed = false;

	for (size_t i = 0; stored && i < t->series_count; i++) {
		const struct series *s = &t->series[i];
		char every[32], line[128];
		bool quiet, loaded;

		if (!is_probed(s) || !is_first(t, i))
			continue;
		if (!headed)
			text_heading(f, "How exactly this machine measures");
		headed = true;
		quiet = put_interval(f, "", json_object_get(stored, "quiet"), s->interval_ns);
		loaded = put_interval(
			f, ", every core busy", json_object_get(stored, "loaded"), s->interval_ns);
		if (quiet || loaded)
			continue;
		units_format(UNIT_TIME, s->interval_ns, every, sizeof(every));
		snprintf(line, sizeof(line),
			"This machine at %s: not calibrated (`blackout calibrate "
			"-i %s`)",
			every, every);
		text_wrap(f, "  ", line);
	}
	json_decref(root);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of a calibration: read from text, named, and scored from the folder. See calibrate.h. */
#include "tools/calibrate/calibrate.h"
#include "tools/calibrate/truth.h"

#include "harness/timeline/timeline.h"

#include <stdlib.h>
#include <string.h>

#define INTERVAL_MIN_NS (100 * NS_PER_US)
#define INTERVAL_MAX_NS NS_PER_S

bool calibrate_row_is_ping(const struct calibrate_row *row)
{
	return row->interval_ns >= NS_PER_S;
}

static int check_interval(int64_t interval_ns, const char *text, struct err *e)
{
	if (interval_ns >= INTERVAL_MIN_NS && interval_ns <= INTERVAL_MAX_NS)
		return 0;
	return err_set(
		e, "interval '%s': only intervals from 100 us to 1 s can be calibrated", text);
}

int calibrate_row_parse(struct calibrate_row *row, const char *text, struct err *e)
{
	char interval[64], fine[32];
	const char *slash = strchr(text, '/');
	size_t length = slash ? (size_t)(slash - text) : strlen(text);

	*row = (struct calibrate_row){0};
	if (length >= sizeof(fine))
		return err_set(e, "interval '%s': too long", text);
	snprintf(interval, sizeof(interval), "%.*s", (int)length, text);
	if (units_parse(UNIT_TIME, interval, &row->interval_ns, e) ||
		check_interval(row->interval_ns, interval, e))
		return -1;
	units_format(UNIT_TIME, row->interval_ns, interval, sizeof(interval));
	snprintf(row->name, sizeof(row->name), "%.31s", interval);
	if (!slash)
		return 0;
	if (units_parse(UNIT_TIME, slash + 1, &row->fine_interval_ns, e) ||
		check_interval(row->fine_interval_ns, slash + 1, e))
		return -1;
	if (row->fine_interval_ns >= row->interval_ns)
		return err_set(e, "interval '%s': the fine interval must be shorter", text);
	if (calibrate_row_is_ping(row))
		return err_set(e, "interval '%s': the one-second ping has no fine interval", text);
	units_format(UNIT_TIME, row->fine_interval_ns, fine, sizeof(fine));
	snprintf(row->name, sizeof(row->name), "%.15s-%.15s", interval, fine);
	return 0;
}

const char *calibrate_row_format(const struct calibrate_row *row, char *buf, size_t size)
{
	char interval[32], fine[32];

	units_format(UNIT_TIME, row->interval_ns, interval, sizeof(interval));
	units_format(UNIT_TIME, row->fine_interval_ns, fine, sizeof(fine));
	if (row->fine_interval_ns)
		snprintf(buf, size, "%s, then %s", interval, fine);
	else
		snprintf(buf, size, "%s%s", interval, calibrate_row_is_ping(row) ? " ping" : "");
	return buf;
}

static const struct observation *find(const struct results *results, const char *station)
{
	for (size_t i = 0; i < results->standalone_count; i++)
		if (strcmp(results->standalone[i].observation.series->station, station) == 0)
			return &results->standalone[i].observation;
	return NULL;
}

static int score_row(
	struct calibrate_row *row, const struct results *results, const char *dir, struct err *e)
{
	const struct observation *o = find(results, row->name);
	struct responder_event *events = NULL;
	size_t count = 0;
	int rc = -1;

	if (!o)
		return err_set(e, "%s: it has no probe of station %s", dir, row->name);
	if (truth_read(dir, row->name, &events, &count, e) == 0)
		rc = score_init(&row->score, o, events, count, e);
	free(events);
	return rc;
}

int calibrate_score(struct calibrate_row *rows, size_t count, const char *dir, struct err *e)
{
	struct timeline *timeline = NULL;
	struct results *results = NULL;
	int rc = 0;

	if (timeline_read(&timeline, dir, e) || results_new(&results, timeline, NULL, e))
		rc = -1;
	for (size_t i = 0; !rc && i < count; i++)
		rc = score_row(&rows[i], results, dir, e);
	if (results)
		results_free(results);
	if (timeline)
		timeline_free(timeline);
	return rc;
}

size_t calibrate_count_outside(const struct calibrate_row *rows, size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		n += rows[i].score.count - score_count_inside(&rows[i].score);
	return n;
}

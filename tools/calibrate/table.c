/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A calibration's scores as a table and as JSON: see calibrate.h. */
#include "tools/calibrate/calibrate.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#define LISTED_MAX 12

static const char *ms_text(int64_t ns, char *buf, size_t size)
{
	if (ns == NS_NONE)
		snprintf(buf, size, "-");
	else if (ns == NS_INF)
		snprintf(buf, size, "inf");
	else
		snprintf(buf, size, "%.*f", ns < 10 * NS_PER_MS ? 3 : 1, (double)ns / NS_PER_MS);
	return buf;
}

static void print_line(FILE *f, const char *name, const struct calibrate_row *row, size_t group)
{
	const struct score_summary *line = &row->score.summary[group];
	char median[32], worst[32], width[32];

	fprintf(f, "%-20s %-5s %7zu %7zu %7zu %9s %9s %9s", name,
		score_group_name((enum score_group)group), line->outages, line->inside,
		line->outages - line->seen, ms_text(line->median_error_ns, median, sizeof(median)),
		ms_text(line->worst_error_ns, worst, sizeof(worst)),
		ms_text(line->median_width_ns, width, sizeof(width)));
	if (group == SCORE_CUT)
		fprintf(f, " %5zu", row->score.false_gaps);
	fputc('\n', f);
}

/* Prints each outage outside its bounds, with the figures that help to find the cause. */
static void print_outside(FILE *f, const struct calibrate_row *rows, size_t count)
{
	size_t printed = 0;

	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < rows[i].score.count; k++) {
			const struct scored_outage *s = &rows[i].score.outages[k];
			char lo[32], hi[32], found_lo[32], found_hi[32];

			if (s->inside || ++printed > LISTED_MAX)
				continue;
			fprintf(f,
				"outside: %s, %s, begun at %" PRId64
				" ns: true length %s to %s ms, "
				"found %s to %s\n",
				rows[i].name, score_group_name(s->group), s->begin_ns,
				ms_text(s->truth.lo_ns, lo, sizeof(lo)),
				ms_text(s->truth.hi_ns, hi, sizeof(hi)),
				ms_text(s->found.lo_ns, found_lo, sizeof(found_lo)),
				ms_text(s->found.hi_ns, found_hi, sizeof(found_hi)));
		}
	}
	if (printed > LISTED_MAX)
		fprintf(f, "outside: and %zu more\n", printed - LISTED_MAX);
}

static const struct calibrate_row *finest_honest(const struct calibrate_row *rows, size_t count)
{
	const struct calibrate_row *finest = NULL;

	for (size_t i = 0; i < count; i++)
		if (score_is_honest(
			    &rows[i].score, rows[i].interval_ns, rows[i].fine_interval_ns) &&
			(!finest || rows[i].interval_ns < finest->interval_ns))
			finest = &rows[i];
	return finest;
}

void calibrate_print(FILE *f, const struct calibrate_row *rows, size_t count, bool load)
{
	size_t outages = 0, outside = calibrate_count_outside(rows, count);
	const struct calibrate_row *finest = finest_honest(rows, count);
	int64_t lag_ns = 0;
	char text[96];

	for (size_t i = 0; i < count; i++) {
		outages += rows[i].score.count;
		lag_ns = ns_max(rows[i].score.lag_ns, lag_ns);
	}
	if (outside)
		fprintf(f,
			"WRONG: of %zu known outages %zu lie outside the bounds that were "
			"measured.\n",
			outages, outside);
	else
		fprintf(f, "All %zu known outages lie inside the bounds that were measured.\n",
			outages);
	fprintf(f, "The machine was %s. The true lengths are known to +/- %s ms.\n\n",
		load ? "kept busy on every core" : "left as it was",
		ms_text(lag_ns, text, sizeof(text)));
	fprintf(f, "%-20s %-5s %7s %7s %7s %9s %9s %9s %5s\n", "", "", "", "", "", "error of",
		"middle", "width", "false");
	fprintf(f, "%-20s %-5s %7s %7s %7s %9s %9s %9s %5s\n", "a probe every", "what", "outages",
		"inside", "unseen", "median ms", "worst ms", "median ms", "gaps");
	for (size_t i = 0; i < count; i++)
		for (size_t group = 0; group < SCORE_GROUPS; group++)
			print_line(f,
				group ? "" : calibrate_row_format(&rows[i], text, sizeof(text)),
				&rows[i], group);
	fputc('\n', f);
	if (finest)
		fprintf(f, "The shortest interval that this machine can honestly use: %s.\n",
			calibrate_row_format(finest, text, sizeof(text)));
	else
		fprintf(f, "This machine can honestly use none of these intervals.\n");
	print_outside(f, rows, count);
}

static json_t *ns_json(int64_t ns)
{
	return ns == NS_NONE || ns == NS_INF ? json_null() : json_integer(ns);
}

static json_t *line_json(const struct score_summary *line)
{
	json_t *object = json_object();

	json_object_set_new(object, "outages", json_integer((json_int_t)line->outages));
	json_object_set_new(object, "inside", json_integer((json_int_t)line->inside));
	json_object_set_new(object, "seen", json_integer((json_int_t)line->seen));
	json_object_set_new(object, "median_error_ns", ns_json(line->median_error_ns));
	json_object_set_new(object, "worst_error_ns", ns_json(line->worst_error_ns));
	json_object_set_new(object, "median_width_ns", ns_json(line->median_width_ns));
	return object;
}

static json_t *row_json(const struct calibrate_row *row)
{
	json_t *object = json_object();

	json_object_set_new(object, "interval_ns", json_integer(row->interval_ns));
	json_object_set_new(object, "fine_interval_ns", json_integer(row->fine_interval_ns));
	json_object_set_new(object, "honest",
		json_boolean(
			score_is_honest(&row->score, row->interval_ns, row->fine_interval_ns)));
	json_object_set_new(object, "false_gaps", json_integer((json_int_t)row->score.false_gaps));
	for (size_t group = 0; group < SCORE_GROUPS; group++)
		json_object_set_new(object, score_group_name((enum score_group)group),
			line_json(&row->score.summary[group]));
	return object;
}

json_t *calibrate_to_json(
	const struct calibrate_row *rows, size_t count, const struct calibrate_options *options)
{
	json_t *object = json_object(), *list = json_array();
	time_t now = time(NULL);
	char date[32] = "";
	struct tm tm;

	strftime(date, sizeof(date), "%Y-%m-%d", gmtime_r(&now, &tm));
	json_object_set_new(object, "date", json_string(date));
	json_object_set_new(object, "blackout", json_string(BLACKOUT_VERSION));
	json_object_set_new(object, "length_ns", json_integer(options->length_ns));
	json_object_set_new(object, "seed", json_integer((json_int_t)options->seed));
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, row_json(&rows[i]));
	json_object_set_new(object, "rows", list);
	return object;
}

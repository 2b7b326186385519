/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Calibration without probing: seeded outages, known outages against bounds, the table, and storing
 * and reading back. The series are made by hand, so every figure is known.
 */
#include "tests/unit/test.h"

#include "harness/facts/machine.h"
#include "tools/calibrate/calibrate.h"
#include "tools/calibrate/outage_script.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MS NS_PER_MS
#define EVENTS 200

static bool same_events(
	const struct responder_event *events, const struct responder_event *others, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (events[i].kind != others[i].kind || events[i].begin_ns != others[i].begin_ns ||
			events[i].end_ns != others[i].end_ns ||
			events[i].arg_ns != others[i].arg_ns)
			return false;
	return true;
}

static void test_script(void)
{
	struct outage_script script = {
		.seed = 7, .begin_ns = 1000 * MS, .end_ns = 101000 * MS, .quiet_ns = 300 * MS};
	struct responder_event events[EVENTS], again[EVENTS];
	size_t count = outage_script_make(&script, events, EVENTS), kinds[EVENT_KINDS] = {0};

	CU_ASSERT_TRUE(count > 70 && count < 120);
	CU_ASSERT_EQUAL(outage_script_make(&script, again, EVENTS), count);
	CU_ASSERT_TRUE(same_events(events, again, count));
	for (size_t i = 0; i < count; i++) {
		int64_t length_ns = events[i].end_ns - events[i].begin_ns;

		kinds[events[i].kind]++;
		CU_ASSERT_TRUE(length_ns >= OUTAGE_MIN_NS && length_ns <= OUTAGE_MAX_NS);
		CU_ASSERT_TRUE(events[i].begin_ns >=
			       (i ? events[i - 1].end_ns + events[i - 1].arg_ns + script.quiet_ns
				  : script.begin_ns));
		CU_ASSERT_TRUE(events[i].end_ns + events[i].arg_ns <= script.end_ns);
	}
	CU_ASSERT_TRUE(kinds[EVENT_DROP] >= count / 2);
	CU_ASSERT_TRUE(kinds[EVENT_HOLD] >= count / 8 && kinds[EVENT_SLOW] >= count / 8);
	script.seed = 8;
	CU_ASSERT_NOT_EQUAL(outage_script_make(&script, again, 3), 0);
	CU_ASSERT_FALSE(same_events(events, again, 3));
	CU_ASSERT_EQUAL(outage_script_make(&script, again, 3), 3);
}

static void test_rows(void)
{
	struct calibrate_row row;
	struct err e = {0};
	char text[64];

	CU_ASSERT_EQUAL(calibrate_row_parse(&row, "10 ms/0.5ms", &e), 0);
	CU_ASSERT_EQUAL(row.interval_ns, 10 * MS);
	CU_ASSERT_EQUAL(row.fine_interval_ns, MS / 2);
	CU_ASSERT_STRING_EQUAL(row.name, "10ms-500us");
	CU_ASSERT_STRING_EQUAL(calibrate_row_format(&row, text, sizeof(text)), "10ms, then 500us");
	CU_ASSERT_FALSE(calibrate_row_is_ping(&row));
	CU_ASSERT_EQUAL(calibrate_row_parse(&row, "1 s", &e), 0);
	CU_ASSERT_TRUE(calibrate_row_is_ping(&row));
	CU_ASSERT_EQUAL(calibrate_row_parse(&row, "10", &e), -1);
	CU_ASSERT_EQUAL(calibrate_row_parse(&row, "10us", &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "100 us to 1 s"));
	CU_ASSERT_EQUAL(calibrate_row_parse(&row, "2s", &e), -1);
	CU_ASSERT_EQUAL(calibrate_row_parse(&row, "1ms/10ms", &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "shorter"));
	CU_ASSERT_EQUAL(calibrate_row_parse(&row, "1s/10ms", &e), -1);
}

#define PROBES 1000
#define TRIP (MS / 10)

/* A second of probes 1 ms apart, answered after 0.1 ms, except for those sent in [from, to). */
static void make_series(
	struct series *s, struct probe_record *records, int64_t from_ns, int64_t to_ns)
{
	static char name[] = "x";

	for (size_t i = 0; i < PROBES; i++) {
		int64_t sent_ns = (int64_t)(i + 1) * MS;

		records[i] = (struct probe_record){.sent_ns = sent_ns,
			.arrival_ns =
				sent_ns >= from_ns && sent_ns < to_ns ? NS_NONE : sent_ns + TRIP};
	}
	*s = (struct series){.station = name,
		.probe = name,
		.target = name,
		.address = name,
		.kind = PROBE_BURST,
		.interval_ns = MS,
		.timeout_ns = 50 * MS,
		.end_ns = (PROBES + 100) * MS,
		.records = records,
		.count = PROBES};
}

static void observe(struct observation *o, const struct series *s)
{
	*o = (struct observation){.series = s};
	baseline_of(s, 0, 100 * MS, INT64_MAX, &o->baseline);
	gaps_find(s, &o->baseline, 0, INT64_MAX, &o->gaps);
}

/*
 * The gap is [19, 21] ms: an outage of 19.5 ms lies inside, 0.5 ms off the middle; 16 ms does not.
 */
static void test_score(void)
{
	static struct probe_record records[PROBES];
	struct responder_event event = {
		.kind = EVENT_DROP, .begin_ns = 200 * MS, .end_ns = 219 * MS + MS / 2};
	struct observation o;
	struct score score;
	struct series s;
	struct err e = {0};

	make_series(&s, records, 200 * MS, 220 * MS);
	observe(&o, &s);
	CU_ASSERT_EQUAL_FATAL(score_init(&score, &o, &event, 1, &e), 0);
	CU_ASSERT_EQUAL(score_count_inside(&score), 1);
	CU_ASSERT_EQUAL(score.summary[SCORE_CUT].seen, 1);
	CU_ASSERT_EQUAL(score.summary[SCORE_CUT].median_error_ns, MS / 2);
	CU_ASSERT_EQUAL(score.summary[SCORE_CUT].worst_error_ns, MS / 2);
	CU_ASSERT_EQUAL(score.summary[SCORE_CUT].median_width_ns, 2 * MS);
	CU_ASSERT_EQUAL(score.summary[SCORE_HELD].worst_error_ns, NS_NONE);
	CU_ASSERT_EQUAL(score.false_gaps, 0);
	CU_ASSERT_TRUE(score_is_honest(&score, MS, 0));
	CU_ASSERT_FALSE(score_is_honest(&score, MS / 2, 0));
	score_release(&score);

	/* 16 ms is outside the bounds, but inside if it is known to ±3 ms only. */
	event.end_ns = 216 * MS;
	CU_ASSERT_EQUAL_FATAL(score_init(&score, &o, &event, 1, &e), 0);
	CU_ASSERT_EQUAL(score_count_inside(&score), 0);
	CU_ASSERT_FALSE(score_is_honest(&score, MS, 0));
	score_release(&score);
	event.lag_ns = 3 * MS;
	CU_ASSERT_EQUAL_FATAL(score_init(&score, &o, &event, 1, &e), 0);
	CU_ASSERT_EQUAL(score_count_inside(&score), 1);
	CU_ASSERT_EQUAL(score.lag_ns, 3 * MS);
	score_release(&score);
	gaps_release(&o.gaps);
}

/* An outage that began before the first probe, at 1 ms, is not scored. */
static void test_score_unprobed(void)
{
	static struct probe_record records[PROBES];
	struct responder_event events[] = {
		{.kind = EVENT_DROP, .begin_ns = MS / 2, .end_ns = 3 * MS},
		{.kind = EVENT_DROP,
			.begin_ns = 200 * MS,
			.end_ns = 219 * MS + MS / 2,
			.lag_ns = 7}};
	struct observation o;
	struct score score;
	struct series s;
	struct err e = {0};

	make_series(&s, records, 200 * MS, 220 * MS);
	observe(&o, &s);
	CU_ASSERT_EQUAL_FATAL(score_init(&score, &o, events, 2, &e), 0);
	CU_ASSERT_EQUAL_FATAL(score.count, 1);
	CU_ASSERT_EQUAL(score.outages[0].begin_ns, 200 * MS);
	CU_ASSERT_EQUAL(score.lag_ns, 7);
	CU_ASSERT_EQUAL(score_count_inside(&score), 1);
	score_release(&score);
	/* Without probes all outages are scored, as missed. */
	s.count = 0;
	CU_ASSERT_EQUAL_FATAL(score_init(&score, &o, events, 2, &e), 0);
	CU_ASSERT_EQUAL(score.count, 2);
	score_release(&score);
	gaps_release(&o.gaps);
}

/* An outage between two probes is not seen, but bounded; a gap without an outage is false. */
static void test_score_unseen(void)
{
	static struct probe_record records[PROBES];
	struct responder_event event = {
		.kind = EVENT_MUTE, .begin_ns = 600 * MS + MS / 10, .end_ns = 600 * MS + MS / 2};
	struct observation o;
	struct score score;
	struct series s;
	struct err e = {0};

	make_series(&s, records, 200 * MS, 220 * MS);
	observe(&o, &s);
	CU_ASSERT_EQUAL_FATAL(score_init(&score, &o, &event, 1, &e), 0);
	CU_ASSERT_EQUAL(score.summary[SCORE_CUT].outages, 1);
	CU_ASSERT_EQUAL(score.summary[SCORE_CUT].seen, 0);
	CU_ASSERT_EQUAL(score_count_inside(&score), 1);
	CU_ASSERT_EQUAL(score.outages[0].found.lo_ns, 0);
	CU_ASSERT_EQUAL(score.outages[0].found.hi_ns, MS);
	CU_ASSERT_EQUAL(score.false_gaps, 1);
	CU_ASSERT_FALSE(score_is_honest(&score, MS, 0));
	score_release(&score);
	event.end_ns += 2 * MS;
	CU_ASSERT_EQUAL_FATAL(score_init(&score, &o, &event, 1, &e), 0);
	CU_ASSERT_EQUAL(score_count_inside(&score), 0);
	score_release(&score);
	gaps_release(&o.gaps);
}

static char *read_stream(FILE *f)
{
	char *text = calloc(1, 8192);

	rewind(f);
	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	if (fread(text, 1, 8191, f) == 0)
		text[0] = '\0';
	fclose(f);
	return text;
}

/* The table's first line says whether all true lengths lie inside the bounds. */
static void test_table(void)
{
	struct scored_outage outage = {.group = SCORE_CUT,
		.begin_ns = 5,
		.truth = {2 * MS, 2 * MS},
		.found = {3 * MS, 4 * MS}};
	struct calibrate_row row = {.score = {.outages = &outage, .count = 1}};
	struct err e = {0};
	FILE *f = tmpfile();
	char *text;

	CU_ASSERT_EQUAL(calibrate_row_parse(&row, "1ms", &e), 0);
	row.score = (struct score){.outages = &outage, .count = 1};
	row.score.summary[SCORE_CUT] = (struct score_summary){.outages = 1,
		.seen = 1,
		.median_error_ns = 3 * MS / 2,
		.worst_error_ns = 3 * MS / 2,
		.median_width_ns = MS};
	CU_ASSERT_EQUAL(calibrate_count_outside(&row, 1), 1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	calibrate_print(f, &row, 1, false);
	text = read_stream(f);
	CU_ASSERT_EQUAL(strncmp(text, "WRONG: of 1 known outages 1 lie outside", 39), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "none of these intervals"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "outside: 1ms, cut, begun at 5 ns: true length 2.000"));
	free(text);
	outage.inside = true;
	row.score.summary[SCORE_CUT].inside = 1;
	f = tmpfile();
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	calibrate_print(f, &row, 1, true);
	text = read_stream(f);
	CU_ASSERT_EQUAL(strncmp(text, "All 1 known outages lie inside", 30), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "kept busy"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "honestly use: 1ms."));
	free(text);
}

/* Quiet and loaded calibrations are stored together; those of another machine are not loaded. */
static void test_stored(void)
{
	char dir[] = "/tmp/blackout-unit-XXXXXX", path[256], folder[256], *text, *id;
	struct err e = {0};
	json_t *all;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	setenv("XDG_STATE_HOME", dir, 1);
	CU_ASSERT_PTR_NULL(calibration_load());
	CU_ASSERT_EQUAL(calibration_store("quiet", json_pack("{s:i}", "length_ns", 1), &e), 0);
	CU_ASSERT_EQUAL(calibration_store("loaded", json_pack("{s:i}", "length_ns", 2), &e), 0);
	CU_ASSERT_EQUAL(calibration_store("quiet", json_pack("{s:i}", "length_ns", 3), &e), 0);
	all = calibration_load();
	CU_ASSERT_PTR_NOT_NULL_FATAL(all);
	CU_ASSERT_EQUAL(json_object_size(all), 2);
	CU_ASSERT_EQUAL(
		json_integer_value(json_object_get(json_object_get(all, "quiet"), "length_ns")), 3);
	CU_ASSERT_EQUAL(
		json_integer_value(json_object_get(json_object_get(all, "loaded"), "length_ns")),
		2);
	json_decref(all);
	CU_ASSERT_EQUAL(calibration_path(path, sizeof(path)), 0);
	CU_ASSERT_EQUAL_FATAL(file_read(path, 1 << 16, &text, NULL, &e), 0);
	id = strstr(text, "\"kernel\": \"");
	CU_ASSERT_PTR_NOT_NULL_FATAL(id);
	id[11] = 'x';
	CU_ASSERT_EQUAL(file_write(path, text, strlen(text), &e), 0);
	free(text);
	CU_ASSERT_PTR_NULL(calibration_load());
	unlink(path);
	snprintf(folder, sizeof(folder), "%s/blackout", dir);
	rmdir(folder);
	rmdir(dir);
	unsetenv("XDG_STATE_HOME");
}

TEST_SUITE(calibrate, {"random outages are the same for a seed", test_script},
	{"intervals", test_rows}, {"truth against bounds", test_score},
	{"before the first probe", test_score_unprobed},
	{"what no probe saw, and what only a probe saw", test_score_unseen},
	{"the table begins with whether the bounds held", test_table},
	{"calibrations are this machine's", test_stored})

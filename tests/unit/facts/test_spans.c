/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spans of probes: the fields of their lines. */
#include "harness/facts/spans.h"
#include "tests/unit/fact_folder.h"
#include "tests/unit/test.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define MS NS_PER_MS

/*
 * A round trip of -1 ns (a capture's clocks can disagree) must not be read as "none", which is -1
 * too.
 */
static void test_trip_of_minus_one(void)
{
	char file[PATH_MAX], *text;
	struct fact_log *log = NULL;
	struct fact_folder folder;
	double trips_ns[8];
	struct span_writer writer = {
		.interval_ns = 10 * MS, .condense = true, .trips_max = ARRAY_SIZE(trips_ns)};
	struct span_series series;
	struct err e = {0};

	fact_folder_make(&folder);
	snprintf(file, sizeof(file), "%s/facts/x.tsv", folder.dir);
	CU_ASSERT_EQUAL_FATAL(fact_log_open(&log, folder.dir, "x", &clock_system, &e), 0);
	writer.log = log;
	span_series_init(&series, "0", trips_ns, NULL);
	for (uint64_t i = 0; i < 6; i++) {
		int64_t sent_ns = (int64_t)(i + 1) * 10 * MS;
		struct span_probe probe = {
			.seq = i, .sent_ns = sent_ns, .ns = sent_ns - 1, .reported_ns = NS_NONE};

		span_add_answer(&writer, &series, &probe);
	}
	span_finish(&writer, &series);
	CU_ASSERT_EQUAL(fact_log_close(log, "done", &e), 0);
	CU_ASSERT_EQUAL_FATAL(file_read(file, 1 << 16, &text, NULL, &e), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\tfastest=-2\tmedian=-2\tp99=-2\tp999=-2\t"));
	free(text);
	fact_folder_remove(&folder);
}

TEST_SUITE(spans, {"a trip of -1 ns", test_trip_of_minus_one})

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/capture_bench.h"

#include "tests/unit/test.h"

#include <pcap/dlt.h>
#include <stdlib.h>

void capture_bench_init(struct capture_bench *b)
{
	*b = (struct capture_bench){.dir = "/tmp/blackout-analyse-XXXXXX",
		.options = {.timeout_ns = NS_NONE, .bound_ns = NS_NONE}};
	CU_ASSERT_FATAL(mkdtemp(b->dir) != NULL);
	snprintf(b->path, sizeof(b->path), "%s/c.pcap", b->dir);
}

static int judge(struct capture_bench *b)
{
	if (results_new(&b->results, b->timeline, NULL, &b->e) == 0)
		return 0;
	CU_FAIL("the results cannot be made");
	fprintf(stderr, "\n  %s\n", b->e.text);
	return -1;
}

int capture_bench_analyse(struct capture_bench *b)
{
	char facts[96];

	snprintf(facts, sizeof(facts), "%s/facts", b->dir);
	CU_ASSERT_FATAL(dir_make(facts, &b->e) == 0);
	CU_ASSERT_FATAL(capture_write(&b->world, b->path, DLT_EN10MB, true) == 0);
	if (capture_import(b->path, b->dir, &b->options, &b->e))
		return -1;
	if (timeline_read(&b->timeline, b->dir, &b->e)) {
		CU_FAIL("the facts cannot be read");
		fprintf(stderr, "\n  %s\n", b->e.text);
		return -1;
	}
	return judge(b);
}

void capture_bench_judge(struct capture_bench *b, int64_t bound_ns)
{
	results_free(b->results);
	b->results = NULL;
	b->timeline->standalone_bound_ns = bound_ns;
	CU_ASSERT_FATAL(judge(b) == 0);
}

void capture_bench_release(struct capture_bench *b)
{
	static const char *const names[] = {
		"facts/capture-frames.tsv", "facts/watch.tsv", "facts", "format", "c.pcap", ""};
	char path[128];

	results_free(b->results);
	timeline_free(b->timeline);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", b->dir, names[i]);
		remove(path);
	}
	capture_world_release(&b->world);
}

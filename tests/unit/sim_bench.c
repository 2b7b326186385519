/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See sim_bench.h. */
#include "tests/unit/sim_bench.h"

#include "tools/components.h"
#include "tests/unit/test.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct vm_spec bench_vm = {
	.name = "desk", .owned = true, .memory_bytes = 256 << 20, .vcpus = 1};

struct sim_setup bench_setup(void)
{
	return (struct sim_setup){.seed = 7,
		.round_trip_ns = 200 * NS_PER_US,
		.jitter_ns = 50 * NS_PER_US,
		.link_bps = 1000000000,
		.host_count = 2};
}

void bench_open(struct bench *b, const struct sim_setup *setup)
{
	const char *scratch = getenv("TMPDIR");
	char facts[PATH_MAX];
	struct err e = {0};

	*b = (struct bench){.hosts = {{"a", "sim://a"}, {"b", "sim://b"}}};
	snprintf(b->dir, sizeof(b->dir), "%.80s/test-sim-XXXXXX", scratch ? scratch : P_tmpdir);
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(b->dir));
	snprintf(facts, sizeof(facts), "%s/facts", b->dir);
	CU_ASSERT_EQUAL_FATAL(dir_make(facts, &e), 0);
	CU_ASSERT_EQUAL_FATAL(sim_world_new(&b->world, setup, &e), 0);
	CU_ASSERT_EQUAL_FATAL(sim_vm_define(b->world, bench_vm.name, bench_vm.memory_bytes,
				      bench_vm.memory_bytes, &e),
		0);
	b->clock = sim_clock(b->world);
	b->context = (struct driver_context){
		.clock = b->clock, .dir = b->dir, .hosts = b->hosts, .host_count = 2};
	CU_ASSERT_EQUAL_FATAL(fact_log_open(&b->context.log, b->dir, "driver", b->clock, &e), 0);
	CU_ASSERT_EQUAL_FATAL(driver_sim.open(&b->driver, &b->context, &e), 0);
	b->targets[0] = (struct probe_target){.number = 1, .name = "desk", .address = "192.0.2.10"};
	b->targets[1] = (struct probe_target){
		.number = 2, .name = "switch", .address = "192.0.2.1", .control = true};
}

void bench_probe(
	struct bench *b, const struct probe_ops *ops, int64_t interval_ns, int64_t timeout_ns)
{
	struct err e = {0};

	b->ops = ops;
	b->config = (struct probe_config){.name = "fine",
		.station = "local",
		.dir = b->dir,
		.clock = b->clock,
		.interval_ns = interval_ns,
		.timeout_ns = timeout_ns,
		.targets = b->targets,
		.target_count = ops == &probe_sim_capture ? 1 : 2};
	CU_ASSERT_EQUAL_FATAL(fact_log_open(&b->config.log, b->dir, "local-fine", b->clock, &e), 0);
	CU_ASSERT_EQUAL_FATAL(ops->open(&b->probe, &b->config, &e), 0);
	CU_ASSERT_EQUAL_FATAL(ops->start(b->probe, &e), 0);
}

void bench_pass(struct bench *b, int64_t until_ns, int64_t step_ns)
{
	struct probe_live live[2];
	struct err e = {0};

	while (b->clock->mono_ns(b->clock) < until_ns) {
		int64_t next = b->clock->mono_ns(b->clock) + step_ns;

		b->clock->sleep_until(b->clock, ns_min(next, until_ns));
		if (b->probe)
			CU_ASSERT(b->ops->drain(b->probe, live, 2, &e) >= 0);
	}
}

void bench_pass_for(struct bench *b, int64_t ns)
{
	bench_pass(b, b->clock->mono_ns(b->clock) + ns, 100 * MS);
}

void bench_start(struct bench *b)
{
	struct err e = {0};

	CU_ASSERT_EQUAL_FATAL(driver_sim.vm_ensure(b->driver, &bench_vm, "a", &e), 0);
	bench_pass_for(b, SIM_BOOT_NS);
}

void bench_finish(struct bench *b)
{
	struct err e = {0};

	if (b->probe) {
		CU_ASSERT_EQUAL(b->ops->stop(b->probe, &e), 0);
		b->ops->close(b->probe);
		CU_ASSERT_EQUAL(fact_log_close(b->config.log, "done", &e), 0);
	}
	b->probe = NULL;
	driver_sim.close(b->driver);
	CU_ASSERT_EQUAL(fact_log_close(b->context.log, "done", &e), 0);
	b->driver = NULL;
}

void bench_close(struct bench *b)
{
	char path[512];
	const struct dirent *entry;
	DIR *d;

	if (b->driver)
		bench_finish(b);
	sim_world_free(b->world);
	snprintf(path, sizeof(path), "%s/facts", b->dir);
	d = opendir(path);
	while (d && (entry = readdir(d))) {
		char file[1024];

		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		unlink(file);
	}
	if (d)
		closedir(d);
	rmdir(path);
	rmdir(b->dir);
}

char *bench_read(const struct bench *b, const char *source)
{
	char path[PATH_MAX], *text = NULL;
	struct err e = {0};

	snprintf(path, sizeof(path), "%s/facts/%s.tsv", b->dir, source);
	CU_ASSERT_EQUAL_FATAL(file_read(path, 64 << 20, &text, NULL, &e), 0);
	return text;
}

struct tally bench_tally(const struct bench *b, const char *source, const char *kind,
	const char *subject, const char *needle, const char *key)
{
	char *text = bench_read(b, source), *rest = text, *line;
	struct tally t = {.first_ns = NS_NONE, .number = NS_NONE};

	while ((line = strsep(&rest, "\n"))) {
		bool wanted = !needle || strstr(line, needle);
		struct fact fact;

		if (fact_parse(line, &fact) || !wanted || strcmp(fact.kind, kind) != 0 ||
			strcmp(fact.subject, subject) != 0)
			continue;
		if (!t.count++)
			t.first_ns = fact.ns;
		t.last_ns = fact.ns;
		if (key)
			t.number = fact_number(&fact, key, NS_NONE);
	}
	free(text);
	return t;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A station with a fake probe, in this process and in a child, and the ways in which it ends. */
#include "harness/plan/component.h"
#include "harness/station/station.h"
#include "tests/unit/small_disk.h"
#include "tests/unit/test.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct probe_ops fake;

struct fake_probe {
	struct probe base;
	const struct probe_config *config;
	uint64_t drained;
};

static int fake_open(struct probe **probe, const struct probe_config *config, struct err *e)
{
	struct fake_probe *p;

	if (strcmp(config->name, "shut") == 0)
		return err_set(e, "probe shut: no way in");
	p = calloc(1, sizeof(*p));
	p->base.ops = &fake;
	p->config = config;
	*probe = &p->base;
	FACT(config->log, 1, FACT_TARGET, "0", FS("station", config->station));
	return 0;
}

static int fake_start(struct probe *probe, struct err *e)
{
	(void)probe;
	(void)e;
	return 0;
}

static int fake_drain(struct probe *probe, struct probe_live *live, size_t count, struct err *e)
{
	struct fake_probe *p = probe_downcast(probe, &fake);

	if (strcmp(p->config->name, "frail") == 0 && p->drained++ > 1)
		return err_set(e, "probe frail: broke");
	for (size_t i = 0; i < count; i++)
		live[i] = (struct probe_live){.target = (unsigned)i, .sent = 1000 + i};
	return (int)count;
}

static int fake_command(struct probe *probe, const char *words, struct err *e)
{
	struct fake_probe *p = probe_downcast(probe, &fake);

	if (strcmp(words, "die") == 0)
		raise(SIGKILL);
	if (strcmp(words, "leave") == 0)
		_exit(7);
	FACT(p->config->log, 2, FACT_NOTE, "0", FS("words", words));
	return strcmp(words, "no") == 0 ? err_set(e, "probe: will not") : 0;
}

static int fake_stop(struct probe *probe, struct err *e)
{
	struct fake_probe *p = probe_downcast(probe, &fake);

	(void)e;
	FACT(p->config->log, 3, FACT_SUMMARY, "0", FI("sent", 1));
	return 0;
}

static void fake_close(struct probe *probe)
{
	free(probe);
}

static const struct plan_component component = {
	.class = COMPONENT_PROBE, .name = "fake", .help = "made up"};

static const struct probe_ops fake = {.component = &component,
	.open = fake_open,
	.start = fake_start,
	.drain = fake_drain,
	.command = fake_command,
	.stop = fake_stop,
	.close = fake_close};

#define TARGETS 150 /* more than one live message holds */

struct station_fixture {
	char dir[64];
	struct probe_target targets[TARGETS];
	struct station_probe probes[2];
	struct station *station;
};

static void fixture_make(struct station_fixture *f, const char *first, const char *second)
{
	char facts[80];
	struct err e = {0};

	memset(f, 0, sizeof(*f));
	strcpy(f->dir, "/tmp/blackout-unit-XXXXXX");
	CU_ASSERT_FATAL(mkdtemp(f->dir) != NULL);
	snprintf(facts, sizeof(facts), "%s/facts", f->dir);
	CU_ASSERT_FATAL(dir_make(facts, &e) == 0);
	for (int i = 0; i < 2; i++) {
		f->probes[i].ops = &fake;
		f->probes[i].config.targets = f->targets;
		f->probes[i].config.target_count = TARGETS;
	}
	strcpy(f->probes[0].config.name, first);
	strcpy(f->probes[1].config.name, second);
}

static int fixture_open(struct station_fixture *f, bool in_process, struct err *e)
{
	return station_open(
		&f->station, "here", NULL, f->dir, f->probes, 2, &clock_system, in_process, e);
}

static void fixture_remove(struct station_fixture *f)
{
	char facts[80], path[400];
	struct dirent *entry;
	DIR *dir;

	snprintf(facts, sizeof(facts), "%s/facts", f->dir);
	dir = opendir(facts);
	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.') {
			snprintf(path, sizeof(path), "%s/%s", facts, entry->d_name);
			unlink(path);
		}
	closedir(dir);
	rmdir(facts);
	rmdir(f->dir);
}

static bool facts_have(const struct station_fixture *f, const char *source, const char *words)
{
	struct err e = {0};
	char path[160], *text = NULL;
	bool have;

	snprintf(path, sizeof(path), "%s/facts/here-%s.tsv", f->dir, source);
	if (file_read(path, 1 << 20, &text, NULL, &e))
		return false;
	have = strstr(text, words) != NULL;
	free(text);
	return have;
}

static bool no_child_left(void)
{
	return waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD;
}

/* Polls until there are live values or an error, for at most five seconds. */
static int wait_live(
	struct station_fixture *f, const char *probe, struct probe_live *live, struct err *e)
{
	int n = 0;

	for (int i = 0; i < 500 && n == 0; i++) {
		n = station_live(f->station, probe, live, TARGETS, e);
		usleep(10000);
	}
	return n;
}

static int wait_broken(struct station_fixture *f, const char *probe, struct err *e)
{
	struct probe_live live[TARGETS];
	int n = 0;

	for (int i = 0; i < 500 && n >= 0; i++) {
		n = station_live(f->station, probe, live, TARGETS, e);
		usleep(10000);
	}
	return n;
}

static void check_life(bool in_process)
{
	struct probe_live live[TARGETS];
	struct station_fixture f;
	struct err e = {0};

	fixture_make(&f, "one", "two");
	CU_ASSERT_FATAL(fixture_open(&f, in_process, &e) == 0);
	CU_ASSERT(station_command(f.station, "one", "early", &e) == -1);
	CU_ASSERT(station_start(f.station, &e) == 0);
	CU_ASSERT(wait_live(&f, "two", live, &e) == TARGETS);
	CU_ASSERT(live[TARGETS - 1].sent == 1000 + TARGETS - 1);
	CU_ASSERT(station_command(f.station, "one", "open desk", &e) == 0);
	CU_ASSERT(station_command(f.station, "one", "no", &e) == -1);
	CU_ASSERT_STRING_EQUAL(e.text, "probe: will not");
	CU_ASSERT(station_command(f.station, "three", "open desk", &e) == -1);
	CU_ASSERT(station_close(f.station, "interrupted", &e) == 0);
	CU_ASSERT(facts_have(&f, "one", "\tnote\t0\twords=open desk\n"));
	CU_ASSERT(facts_have(&f, "two", "\ttarget\t0\tstation=here\n"));
	CU_ASSERT(facts_have(&f, "two", "\tsummary\t0\tsent=1\n"));
	CU_ASSERT(facts_have(&f, "two", "\tend\t-\treason=interrupted\n"));
	CU_ASSERT(no_child_left());
	fixture_remove(&f);
}

static void test_lives_in_process(void)
{
	check_life(true);
}

static void test_lives_in_a_child(void)
{
	check_life(false);
}

static void check_open_error(bool in_process)
{
	struct station_fixture f;
	struct err e = {0};

	fixture_make(&f, "one", "shut");
	CU_ASSERT(fixture_open(&f, in_process, &e) == -1);
	CU_ASSERT_STRING_EQUAL(e.text, "probe shut: no way in");
	CU_ASSERT(no_child_left());
	fixture_remove(&f);
}

static void test_says_what_cannot_be_opened(void)
{
	struct station_fixture f;
	struct err e = {0};

	check_open_error(true);
	check_open_error(false);
	fixture_make(&f, "one", "two");
	CU_ASSERT(station_open(&f.station, "here", "/nowhere/netns", f.dir, f.probes, 2,
			  &clock_system, false, &e) == -1);
	CU_ASSERT(strstr(e.text, "/nowhere/netns") != NULL);
	CU_ASSERT(no_child_left());
	fixture_remove(&f);
}

static void check_death(const char *command, const char *reason)
{
	struct probe_live live[TARGETS];
	struct station_fixture f;
	struct err e = {0};

	fixture_make(&f, "one", "two");
	CU_ASSERT_FATAL(fixture_open(&f, false, &e) == 0);
	CU_ASSERT(station_start(f.station, &e) == 0);
	CU_ASSERT(station_command(f.station, "one", command, &e) == -1);
	CU_ASSERT(strstr(e.text, reason) != NULL);
	CU_ASSERT(no_child_left());
	CU_ASSERT(station_live(f.station, "one", live, TARGETS, &e) == -1);
	CU_ASSERT(station_command(f.station, "one", "open desk", &e) == -1);
	e.text[0] = '\0';
	CU_ASSERT(station_close(f.station, "done", &e) == -1);
	CU_ASSERT(strstr(e.text, reason) != NULL);
	fixture_remove(&f);
}

static void test_says_what_it_died_of(void)
{
	check_death("die", "signal 9 (Killed)");
	check_death("leave", "status 7");
}

static void test_says_that_a_probe_broke(void)
{
	struct station_fixture f;
	struct err e = {0};

	fixture_make(&f, "one", "frail");
	CU_ASSERT_FATAL(fixture_open(&f, false, &e) == 0);
	CU_ASSERT(station_start(f.station, &e) == 0);
	CU_ASSERT(wait_broken(&f, "one", &e) == -1);
	CU_ASSERT(strstr(e.text, "probe frail: broke") != NULL);
	CU_ASSERT(station_close(f.station, "done", &e) == -1);
	CU_ASSERT(facts_have(&f, "one", "\tend\t-\treason=done\n"));
	CU_ASSERT(no_child_left());
	fixture_remove(&f);
}

static void test_says_that_the_disk_is_full(void)
{
	struct station_fixture f;
	struct rlimit before;
	struct err e = {0};

	fixture_make(&f, "one", "two");
	/* Opening the file already writes its first line. */
	before = small_disk_begin(0);
	CU_ASSERT(fixture_open(&f, false, &e) == -1);
	small_disk_end(before);
	CU_ASSERT(
		strstr(e.text, "here-one.tsv: facts cannot be written: " SMALL_DISK_ERROR) != NULL);
	fixture_remove(&f);
}

TEST_SUITE(station, {"in this process", test_lives_in_process},
	{"in a child", test_lives_in_a_child},
	{"cannot be opened", test_says_what_cannot_be_opened}, {"died", test_says_what_it_died_of},
	{"broke", test_says_that_a_probe_broke}, {"disk full", test_says_that_the_disk_is_full});

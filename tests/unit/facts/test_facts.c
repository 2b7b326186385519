/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Facts: parsed as written; a cut line damages no other line; a full disk is reported. */
#include "harness/facts/facts.h"
#include "tests/unit/small_disk.h"
#include "tests/unit/test.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* A clock whose time a test sets. */
static int64_t set_mono(const struct clock *clock)
{
	return *(const int64_t *)clock->ctx;
}

static int64_t set_utc(const struct clock *clock)
{
	return *(const int64_t *)clock->ctx + 1000 * NS_PER_S;
}

struct facts_folder {
	char dir[48], facts[64], file[80];
	int64_t now_ns;
	struct clock clock;
};

static void test_folder_make(struct facts_folder *folder)
{
	*folder = (struct facts_folder){.dir = P_tmpdir "/blackout-facts-XXXXXX",
		.clock = {.mono_ns = set_mono, .utc_ns = set_utc}};
	folder->clock.ctx = &folder->now_ns;
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder->dir));
	snprintf(folder->facts, sizeof(folder->facts), "%s/facts", folder->dir);
	snprintf(folder->file, sizeof(folder->file), "%s/x.tsv", folder->facts);
	CU_ASSERT_EQUAL_FATAL(mkdir(folder->facts, 0700), 0);
}

static void test_folder_remove(const struct facts_folder *folder)
{
	unlink(folder->file);
	CU_ASSERT_EQUAL(rmdir(folder->facts), 0);
	CU_ASSERT_EQUAL(rmdir(folder->dir), 0);
}

/* Reads the lines of a file; they point into the buffer *text. */
static size_t read_lines(const char *path, char **text, char **lines, size_t max)
{
	struct err e = {0};
	size_t count = 0;

	CU_ASSERT_EQUAL_FATAL(file_read(path, 1 << 20, text, NULL, &e), 0);
	for (char *rest = *text, *line; (line = strsep(&rest, "\n")) != NULL && count < max;)
		if (*line || rest)
			lines[count++] = line;
	return count;
}

static void test_round_trip(void)
{
	static const char special[] = "a\tb\nc%d=e\\ %09 caf\xc3\xa9";
	struct facts_folder folder;
	struct fact_log *log = NULL;
	struct err e = {0};
	struct fact fact;
	char *text, *lines[8];

	test_folder_make(&folder);
	folder.now_ns = 5;
	CU_ASSERT_EQUAL_FATAL(fact_log_open(&log, folder.dir, "x", &folder.clock, &e), 0);
	CU_ASSERT_EQUAL(FACT(log, 17, FACT_JOB, special, FS("message", special), FI("n", INT64_MIN),
				FS("empty", "")),
		0);
	CU_ASSERT_EQUAL(FACT(log, INT64_MAX, FACT_FOLDER, NULL, FS("state", "complete")), 0);
	CU_ASSERT_EQUAL(fact_log_close(log, "done", &e), 0);
	CU_ASSERT_EQUAL_FATAL(read_lines(folder.file, &text, lines, 8), 6);
	CU_ASSERT_STRING_EQUAL(lines[0], FACTS_HEADER);
	CU_ASSERT_EQUAL_FATAL(fact_parse(lines[1], &fact), 0);
	CU_ASSERT_STRING_EQUAL(fact.kind, "segment");
	CU_ASSERT_EQUAL(fact_number(&fact, "utc", 0), 1000 * NS_PER_S + 5);
	CU_ASSERT_STRING_EQUAL(fact_text(&fact, "boot"), "simulated");
	CU_ASSERT_EQUAL_FATAL(fact_parse(lines[2], &fact), 0);
	CU_ASSERT_EQUAL(fact.ns, 17);
	CU_ASSERT_STRING_EQUAL(fact.kind, "job");
	CU_ASSERT_STRING_EQUAL(fact.subject, special);
	CU_ASSERT_STRING_EQUAL(fact_text(&fact, "message"), special);
	CU_ASSERT_STRING_EQUAL(fact_text(&fact, "empty"), "");
	CU_ASSERT_EQUAL(fact_number(&fact, "n", 0), INT64_MIN);
	CU_ASSERT_EQUAL(fact_number(&fact, "message", -3), -3);
	CU_ASSERT_EQUAL(fact_number(&fact, "empty", -3), -3);
	CU_ASSERT_EQUAL(fact_number(&fact, "absent", -3), -3);
	CU_ASSERT_PTR_NULL(fact_text(&fact, "absent"));
	CU_ASSERT_EQUAL_FATAL(fact_parse(lines[3], &fact), 0);
	CU_ASSERT_EQUAL(fact.ns, INT64_MAX);
	CU_ASSERT_STRING_EQUAL(fact.subject, "-");
	CU_ASSERT_EQUAL_FATAL(fact_parse(lines[4], &fact), 0);
	CU_ASSERT_STRING_EQUAL(fact.kind, "clock");
	CU_ASSERT_EQUAL_FATAL(fact_parse(lines[5], &fact), 0);
	CU_ASSERT_STRING_EQUAL(fact.kind, "end");
	CU_ASSERT_STRING_EQUAL(fact_text(&fact, "reason"), "done");
	free(text);
	test_folder_remove(&folder);
}

static void test_no_facts(void)
{
	static const char *const bad[] = {"", "#blackout-facts 1", "17", "17\tjob", "x\tjob\t-",
		"17x\tjob\t-", "-1\tjob\t-", "99999999999999999999\tjob\t-", "17\t\t-",
		"17\tjob\t-\tnovalue", "\tjob\t-"};
	char line[1024], *end;
	struct fact fact;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		snprintf(line, sizeof(line), "%s", bad[i]);
		CU_ASSERT_EQUAL(fact_parse(line, &fact), -1);
	}
	/* A % that does not begin an escape is kept; a line with too many fields is refused. */
	snprintf(line, sizeof(line), "1\tjob\t100%%\ta=%%zz%%4");
	CU_ASSERT_EQUAL_FATAL(fact_parse(line, &fact), 0);
	CU_ASSERT_STRING_EQUAL(fact.subject, "100%");
	CU_ASSERT_STRING_EQUAL(fact_text(&fact, "a"), "%zz%4");
	for (int extra = 0; extra < 2; extra++) {
		end = line + snprintf(line, sizeof(line), "1\tjob\t-");
		for (int i = 0; i < FACT_FIELDS_MAX + extra; i++)
			end += snprintf(end, 8, "\tk=%d", i);
		CU_ASSERT_EQUAL(fact_parse(line, &fact), -extra);
		CU_ASSERT_EQUAL(fact.count, FACT_FIELDS_MAX);
	}
}

/* If a writer was killed in the middle of a line, the next writer ends that line first. */
static void test_cut_line(void)
{
	struct facts_folder folder;
	struct fact_log *log = NULL;
	struct err e = {0};
	struct fact fact;
	char *text, *lines[16];
	size_t size;
	FILE *f;

	test_folder_make(&folder);
	CU_ASSERT_EQUAL_FATAL(fact_log_open(&log, folder.dir, "x", &folder.clock, &e), 0);
	FACT(log, 17, FACT_JOB, "desk", FS("what", "started"));
	CU_ASSERT_EQUAL(fact_log_close(log, "done", &e), 0);
	CU_ASSERT_EQUAL_FATAL(file_read(folder.file, 1 << 20, &text, &size, &e), 0);
	f = fopen(folder.file, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_EQUAL(fwrite(text, 1, size - 8, f), size - 8);
	fclose(f);
	free(text);
	for (int again = 0; again < 2; again++) {
		CU_ASSERT_EQUAL_FATAL(fact_log_open(&log, folder.dir, "x", &folder.clock, &e), 0);
		CU_ASSERT_EQUAL(fact_log_close(log, "again", &e), 0);
	}
	/* One header, then segment, job, clock, the cut `end`, and twice segment, clock, end. */
	CU_ASSERT_EQUAL_FATAL(read_lines(folder.file, &text, lines, 16), 11);
	CU_ASSERT_STRING_EQUAL(lines[0], FACTS_HEADER);
	CU_ASSERT_EQUAL(fact_parse(lines[4], &fact), -1);
	CU_ASSERT_EQUAL_FATAL(fact_parse(lines[5], &fact), 0);
	CU_ASSERT_STRING_EQUAL(fact.kind, "segment");
	CU_ASSERT_EQUAL_FATAL(fact_parse(lines[8], &fact), 0);
	CU_ASSERT_STRING_EQUAL(fact.kind, "segment");
	free(text);
	test_folder_remove(&folder);
}

/* A `clock` fact is written once a second, however often fact_log_tick is called. */
static void test_clock(void)
{
	struct facts_folder folder;
	struct fact_log *log = NULL;
	struct err e = {0};
	struct fact fact;
	char *text, *lines[16];
	int clocks = 0;
	size_t count;

	test_folder_make(&folder);
	CU_ASSERT_EQUAL_FATAL(fact_log_open(&log, folder.dir, "x", &folder.clock, &e), 0);
	for (int i = 0; i < 35; i++) {
		folder.now_ns += 100 * NS_PER_MS;
		CU_ASSERT_EQUAL(fact_log_tick(log), 0);
	}
	/* The `clock` facts are in the file before the log is closed. */
	count = read_lines(folder.file, &text, lines, 16);
	for (size_t i = 1; i < count; i++) {
		CU_ASSERT_EQUAL_FATAL(fact_parse(lines[i], &fact), 0);
		if (fact.id != FACT_CLOCK)
			continue;
		clocks++;
		CU_ASSERT_EQUAL(fact.ns, clocks * NS_PER_S);
		CU_ASSERT_EQUAL(fact_number(&fact, "utc", 0), fact.ns + 1000 * NS_PER_S);
	}
	CU_ASSERT_EQUAL(clocks, 3);
	free(text);
	CU_ASSERT_EQUAL(fact_log_close(log, "done", &e), 0);
	test_folder_remove(&folder);
}

/* A folder of somebody else's with links in the place of facts: nothing is appended to a target. */
static void test_links(void)
{
	struct facts_folder folder;
	struct fact_log *log = NULL;
	struct err e = {0};
	char victim[64], *text;

	test_folder_make(&folder);
	snprintf(victim, sizeof(victim), "%s/victim", folder.dir);
	CU_ASSERT_EQUAL_FATAL(file_write(victim, "mine", 4, &e), 0);
	CU_ASSERT_EQUAL_FATAL(symlink(victim, folder.file), 0);
	CU_ASSERT_EQUAL(fact_log_open(&log, folder.dir, "x", &folder.clock, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(
		e.text, "facts/x.tsv: cannot be written: symbolic links are not followed here"));
	/* A link in the place of the folder facts/. */
	CU_ASSERT_EQUAL_FATAL(unlink(folder.file), 0);

	CU_ASSERT_EQUAL_FATAL(rmdir(folder.facts), 0);
	CU_ASSERT_EQUAL_FATAL(symlink(folder.dir, folder.facts), 0);
	CU_ASSERT_EQUAL(fact_log_open(&log, folder.dir, "victim", &folder.clock, &e), -1);
	CU_ASSERT_EQUAL_FATAL(file_read(victim, 100, &text, NULL, &e), 0);
	CU_ASSERT_STRING_EQUAL(text, "mine");
	free(text);
	CU_ASSERT_EQUAL_FATAL(unlink(folder.facts), 0);
	CU_ASSERT_EQUAL_FATAL(unlink(victim), 0);
	CU_ASSERT_EQUAL_FATAL(rmdir(folder.dir), 0);
}

/*
 * The disk is full at the start or later: each later call reports the failure with its reason.
 */
static void test_full(void)
{
	struct facts_folder folder;
	struct fact_log *log = NULL;
	struct err e = {0};
	struct rlimit limit;
	int written = 0;

	test_folder_make(&folder);
	limit = small_disk_begin(0);
	CU_ASSERT_EQUAL(fact_log_open(&log, folder.dir, "x", &folder.clock, &e), -1);
	small_disk_end(limit);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "x.tsv: facts cannot be written: " SMALL_DISK_ERROR));
	test_folder_remove(&folder);

	test_folder_make(&folder);
	CU_ASSERT_EQUAL_FATAL(fact_log_open(&log, folder.dir, "x", &folder.clock, &e), 0);
	CU_ASSERT_FALSE(fact_log_failed(log, &e));
	limit = small_disk_begin(4096);
	while (written < 1000 && FACT(log, written, FACT_JOB, "desk", FS("what", "started")) == 0)
		written++;
	small_disk_end(limit);
	CU_ASSERT(written > 10 && written < 1000);
	CU_ASSERT_EQUAL(FACT(log, 0, FACT_JOB, "desk", FS("what", "ended")), -1);
	CU_ASSERT_EQUAL(fact_log_tick(log), -1);
	CU_ASSERT_TRUE(fact_log_failed(log, &e));
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, SMALL_DISK_ERROR));
	CU_ASSERT_EQUAL(fact_log_close(log, "done", &e), -1);
	test_folder_remove(&folder);
}

TEST_SUITE(facts, {"round trip", test_round_trip}, {"no facts", test_no_facts},
	{"cut line", test_cut_line}, {"clock", test_clock}, {"full", test_full},
	{"links", test_links})

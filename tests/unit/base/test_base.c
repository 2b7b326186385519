/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Quantities, times as text, nearest words, growing arrays, files. */
#include "harness/base/base.h"
#include "harness/base/memory.h"
#include "harness/base/text.h"
#include "harness/plan/plan.h"
#include "tests/unit/test.h"

#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void test_units_parse(void)
{
	static const struct {
		enum unit_kind kind;
		const char *text;
		int64_t value;
	} good[] = {
		{UNIT_TIME, "3 s", 3 * NS_PER_S},
		{UNIT_TIME, "950ms", 950 * NS_PER_MS},
		{UNIT_TIME, "1.5 us", 1500},
		{UNIT_TIME, "10 min", 600 * NS_PER_S},
		{UNIT_TIME, "24 h", 86400 * NS_PER_S},
		{UNIT_TIME, "0.000000001 s", 1},
		{UNIT_TIME, "0 s", 0},
		{UNIT_BYTES, "2 GB", INT64_C(1) << 31},
		{UNIT_BYTES, "0.5  KB", 512},
		{UNIT_BYTES, "7 B", 7},
		{UNIT_RATE, "1 Gbit/s", 1000000000},
		{UNIT_RATE, "2.5Mbit/s", 2500000},
	};
	static const struct {
		enum unit_kind kind;
		const char *text, *error;
	} bad[] = {
		{UNIT_TIME, "3", "'3' lacks its unit (us, ms, s, min or h)"},
		{UNIT_TIME, "3 S", "'3 S' has no known unit (us, ms, s, min or h)"},
		{UNIT_TIME, "3 GB", "has no known unit"},
		{UNIT_TIME, "", "is not a number with a unit"},
		{UNIT_TIME, "s", "is not a number with a unit"},
		{UNIT_TIME, "-3 s", "is not a number with a unit"},
		{UNIT_TIME, "1e3 s", "has no known unit"},
		{UNIT_TIME, "1.2.3 s", "has no known unit"},
		{UNIT_TIME, "1. s", "has no known unit"},
		{UNIT_TIME, "3 s ", "has no known unit"},
		{UNIT_TIME, "0.0000000001 s", "'0.0000000001 s' has too many digits"},
		{UNIT_TIME, "99999999999 s", "is too large"},
		{UNIT_BYTES, "99999999999999999999 GB", "has too many digits"},
		{UNIT_BYTES, "9000000000 GB", "is too large"},
		{UNIT_RATE, "1 GB", "(bit/s, kbit/s, Mbit/s or Gbit/s)"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct err e = {0};
		int64_t value = -7;

		CU_ASSERT_EQUAL(units_parse(good[i].kind, good[i].text, &value, &e), 0);
		CU_ASSERT_EQUAL(value, good[i].value);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct err e = {0};
		int64_t value = -7;

		CU_ASSERT_EQUAL(units_parse(bad[i].kind, bad[i].text, &value, &e), -1);
		CU_ASSERT_PTR_NOT_NULL(strstr(e.text, bad[i].error));
		CU_ASSERT_EQUAL(value, -7);
	}
}

static void test_units_format(void)
{
	static const struct {
		enum unit_kind kind;
		int64_t value;
		const char *text;
	} known[] = {
		{UNIT_TIME, 0, "0s"},
		{UNIT_TIME, 1, "1ns"},
		{UNIT_TIME, 950 * NS_PER_MS, "950ms"},
		{UNIT_TIME, 90 * NS_PER_S, "90s"},
		{UNIT_TIME, 3600 * NS_PER_S, "3600s"},
		{UNIT_BYTES, 0, "0B"},
		{UNIT_BYTES, INT64_C(1) << 31, "2GB"},
		{UNIT_BYTES, INT64_C(1536) << 20, "1536MB"},
		{UNIT_BYTES, 1025, "1025B"},
		{UNIT_RATE, 1000000000, "1Gbit/s"},
		{UNIT_RATE, 1500, "1500bit/s"},
		{UNIT_WRITES, 0, "0"},
		{UNIT_WRITES, 3 << 20, "3MB/s"},
	};
	uint64_t state = 1;

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		char buf[48];

		units_format(known[i].kind, known[i].value, buf, sizeof(buf));
		CU_ASSERT_STRING_EQUAL(buf, known[i].text);
	}
	/* Reading a written quantity gives the same number. */
	for (unsigned i = 0; i < 3000; i++) {
		struct err e = {0};
		int64_t value, again;
		char buf[48];

		state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		value = (int64_t)(state >> (2 + state % 61));
		units_format((enum unit_kind)(i % 3), value, buf, sizeof(buf));
		CU_ASSERT_EQUAL(units_parse((enum unit_kind)(i % 3), buf, &again, &e), 0);
		CU_ASSERT_EQUAL(again, value);
	}
}

static void test_seed_parse(void)
{
	static const char *const bad[] = {
		"", "x", "1x", "-1", " -1", "+1", " 1", "1 ", "18446744073709551616"};
	struct err e = {0};
	uint64_t seed;

	CU_ASSERT_EQUAL(seed_parse("--seed", "0", &seed, &e), 0);
	CU_ASSERT_EQUAL(seed, 0);
	CU_ASSERT_EQUAL(seed_parse("--seed", "18446744073709551615", &seed, &e), 0);
	CU_ASSERT_EQUAL(seed, UINT64_MAX);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		CU_ASSERT_EQUAL(seed_parse("--seed", bad[i], &seed, &e), -1);
	CU_ASSERT_STRING_EQUAL(e.text,
		"--seed 18446744073709551616: is not a whole number from 0 to 18446744073709551615");
}

static void test_seconds_text(void)
{
	static const struct {
		int64_t ns;
		const char *text;
	} known[] = {
		{0, "0.000000"},
		{NS_NONE, ""},
		{NS_INF, "inf"},
		{NS_PER_S, "1.000000"},
		{1499, "0.000001"},
		{1500, "0.000002"},
		{-1500000000, "-1.500000"},
		{-499, "0.000000"},
		{NS_INF - 1, "9223372036.854776"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		char buf[SECONDS_TEXT_MAX];

		CU_ASSERT_STRING_EQUAL(seconds_text(known[i].ns, buf), known[i].text);
	}
}

static void test_utc_text(void)
{
	char buf[UTC_TEXT_MAX];

	CU_ASSERT_STRING_EQUAL(utc_text(0, buf), "1970-01-01T00:00:00.000000Z");
	CU_ASSERT_STRING_EQUAL(
		utc_text(1795238940 * NS_PER_S + 123456789, buf), "2026-11-21T05:29:00.123456Z");
	CU_ASSERT_STRING_EQUAL(utc_text(951782399 * NS_PER_S, buf), "2000-02-28T23:59:59.000000Z");
	CU_ASSERT_STRING_EQUAL(utc_text(951782400 * NS_PER_S, buf), "2000-02-29T00:00:00.000000Z");
	CU_ASSERT_STRING_EQUAL(utc_text(NS_NONE, buf), "");
}

static void test_edit_distance(void)
{
	char lengthy[80];

	memset(lengthy, 'a', sizeof(lengthy) - 1);
	lengthy[sizeof(lengthy) - 1] = '\0';
	CU_ASSERT_EQUAL(text_edit_distance("", ""), 0);
	CU_ASSERT_EQUAL(text_edit_distance("repeat", "repeat"), 0);
	CU_ASSERT_EQUAL(text_edit_distance("", "abc"), 3);
	CU_ASSERT_EQUAL(text_edit_distance("abc", ""), 3);
	CU_ASSERT_EQUAL(text_edit_distance("repat", "repeat"), 1);
	CU_ASSERT_EQUAL(text_edit_distance("pign", "ping"), 2);
	CU_ASSERT_EQUAL(text_edit_distance("kitten", "sitting"), 3);
	CU_ASSERT_EQUAL(text_edit_distance("flaw", "lawn"), text_edit_distance("lawn", "flaw"));
	CU_ASSERT_EQUAL(text_edit_distance(lengthy, "a"), UINT_MAX);
}

static void test_array_grow(void)
{
	int64_t *numbers = NULL;
	size_t count = 0, capacity = 0;

	for (int64_t i = 0; i < 1000; i++) {
		CU_ASSERT_EQUAL_FATAL(ARRAY_GROW(numbers, count, capacity), 0);
		CU_ASSERT(capacity > count);
		numbers[count++] = i;
	}
	for (size_t i = 0; i < count; i++)
		CU_ASSERT_EQUAL(numbers[i], (int64_t)i);
	free(numbers);
}

static void test_files(void)
{
	char dir[] = P_tmpdir "/blackout-base-XXXXXX", path[64], nested[64], *text;
	struct err e = {0};
	size_t length;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	CU_ASSERT_EQUAL(path_join(path, sizeof(path), dir, "x"), 0);
	CU_ASSERT_EQUAL(path_join(nested, 8, dir, "x"), -1);
	CU_ASSERT_EQUAL(file_write(path, "old and long", 12, &e), 0);
	CU_ASSERT_EQUAL(file_write(path, "a\0b", 3, &e), 0);
	CU_ASSERT_EQUAL_FATAL(file_read(path, 3, &text, &length, &e), 0);
	CU_ASSERT_EQUAL(length, 3);
	CU_ASSERT_EQUAL(memcmp(text, "a\0b", 4), 0);
	free(text);
	CU_ASSERT_EQUAL(file_read(path, 2, &text, &length, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "larger than 2 bytes"));
	snprintf(nested, sizeof(nested), "%s/none/x", dir);
	CU_ASSERT_EQUAL(file_write(nested, "x", 1, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "No such file"));
	snprintf(nested, sizeof(nested), "%s/d/e", dir);
	CU_ASSERT_EQUAL(dir_make(nested, &e), 0);
	CU_ASSERT_EQUAL(dir_make(nested, &e), 0);
	CU_ASSERT_EQUAL(rmdir(nested), 0);
	snprintf(nested, sizeof(nested), "%s/x/e", dir);
	CU_ASSERT_EQUAL(dir_make(nested, &e), -1);
	snprintf(nested, sizeof(nested), "%s/d", dir);
	CU_ASSERT_EQUAL(rmdir(nested), 0);
	/* A symbolic link is removed, its target is not. */
	snprintf(nested, sizeof(nested), "%s/d/e", dir);
	CU_ASSERT_EQUAL(dir_make(nested, &e), 0);
	snprintf(nested, sizeof(nested), "%s/d/e/up", dir);
	CU_ASSERT_EQUAL(symlink(dir, nested), 0);
	snprintf(nested, sizeof(nested), "%s/d", dir);
	CU_ASSERT_EQUAL(file_remove_tree(nested, false), 0);
	CU_ASSERT_NOT_EQUAL(access(nested, F_OK), 0);
	CU_ASSERT_EQUAL(access(path, F_OK), 0);
	CU_ASSERT_EQUAL(file_remove_tree(dir, true), 0);
	CU_ASSERT_NOT_EQUAL(access(dir, F_OK), 0);
	CU_ASSERT_EQUAL(file_remove_tree(dir, true), -1);
}

/* Messages contain no characters that control a terminal; other scripts and line breaks stay. */
static void test_errors_are_safe(void)
{
	struct plan_errors errors = {0};
	struct err e = {0};
	char name[400];

	err_set(&e, "a\x1b[31m b\xc2\x9b c\xff %s\n\tnext", "b\xc3\xbcro");
	CU_ASSERT_STRING_EQUAL(e.text, "a\\x1B[31m b\\xC2\\x9B c\\xFF b\xc3\xbcro\n\tnext");
	errno = ENOENT;
	err_errno(&e, "\a");
	CU_ASSERT_STRING_EQUAL(e.text, "\\x07: No such file or directory");
	err_prefix(&e, "\x1b");
	CU_ASSERT_STRING_EQUAL(e.text, "\\x1B: \\x07: No such file or directory");
	memset(name, 7, sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	errno = ENOENT;
	err_errno(&e, "%s", name);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "\\x07: No such file or directory"));
	plan_errors_add(&errors, "no \x1b[31m%s", "'\xc2\x9b'");
	CU_ASSERT_EQUAL_FATAL(errors.count, 1);
	CU_ASSERT_STRING_EQUAL(errors.text[0], "no \\x1B[31m'\\xC2\\x9B'");
	plan_errors_release(&errors);
}

/* If memory runs out, the message names the use of the memory and its size. */
static void test_no_memory(void)
{
	char message[4096] = "";
	int ends[2], status = 0;
	size_t length = 0;
	ssize_t n;
	pid_t pid;

	CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		dup2(ends[1], STDERR_FILENO);
		/* More than any machine has, but no overflow of size_t. */
		memory_zeroed("gaps", SIZE_MAX / 4, 2);
		_exit(0);
	}
	close(ends[1]);
	/* A sanitizer reports the refusal first. */
	while ((n = read(ends[0], message + length, sizeof(message) - 1 - length)) > 0)
		length += (size_t)n;
	close(ends[0]);
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_EQUAL(WEXITSTATUS(status), STATUS_BROKE_OFF);
	CU_ASSERT_PTR_NOT_NULL(strstr(
		message, "blackout: out of memory: gaps needs 9223372036854775806 bytes more"));
}

static void test_memory(void)
{
	char *text = memory_format("words", "%s %d", "four", 4), *copy = memory_text("words", text);
	int *numbers = memory_zeroed("numbers", 0, sizeof(*numbers));
	size_t cap = 0;

	CU_ASSERT_STRING_EQUAL(copy, "four 4");
	CU_ASSERT_PTR_NOT_NULL(numbers);
	free(numbers);
	numbers = NULL;
	MEMORY_GROW("numbers", numbers, 0, cap);
	CU_ASSERT_EQUAL(cap, 16);
	free(numbers);
	free(text);
	free(copy);
}

TEST_SUITE(base, {"units_parse", test_units_parse}, {"units_format", test_units_format},
	{"seed_parse", test_seed_parse}, {"seconds_text", test_seconds_text},
	{"utc_text", test_utc_text}, {"edit distance", test_edit_distance},
	{"growing arrays", test_array_grow}, {"memory", test_memory}, {"no memory", test_no_memory},
	{"files", test_files}, {"errors are safe", test_errors_are_safe})

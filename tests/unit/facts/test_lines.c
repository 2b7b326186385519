/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading a file of facts line by line: long lines, cut lines, and what is no file. */
#include "harness/facts/lines.h"
#include "tests/unit/fact_folder.h"
#include "tests/unit/test.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Writes facts/run.tsv: a line of `size` bytes without its LF, then `rest`. Sets its path. */
static void put_long_line(
	const struct fact_folder *f, size_t size, const char *rest, char path[static PATH_MAX])
{
	char *text = malloc(size + strlen(rest) + 1);

	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	memset(text, 'x', size);
	strcpy(text + size, rest);
	fact_folder_put(f, "facts/run.tsv", text);
	snprintf(path, PATH_MAX, "%s/facts/run.tsv", f->dir);
	free(text);
}

/* Lines may be as long as any fact; a line without an end is cut. */
static void test_lines(void)
{
	static const size_t size = 600000; /* more than is read at once */
	struct fact_lines lines;
	struct err e = {0};
	struct fact_folder f;
	char path[PATH_MAX];

	fact_folder_make(&f);
	put_long_line(&f, size, "\n\nshort\ncut", path);
	CU_ASSERT_FATAL(fact_lines_open(&lines, path, SIZE_MAX, &e) == 0);
	CU_ASSERT(fact_lines_next(&lines, &e) == 1 && lines.length == size);
	CU_ASSERT(fact_lines_next(&lines, &e) == 1 && !lines.length && lines.offset == size + 1);
	CU_ASSERT(fact_lines_next(&lines, &e) == 1 && lines.offset == size + 2);
	CU_ASSERT_STRING_EQUAL(lines.text, "short");
	CU_ASSERT(fact_lines_next(&lines, &e) == 0 && lines.cut && lines.next == size + 11);
	fact_lines_close(&lines);
	/* Lines written after the file's length was taken are not read. */
	CU_ASSERT_FATAL(fact_lines_open(&lines, path, size + 5, &e) == 0);
	CU_ASSERT(fact_lines_next(&lines, &e) == 1 && fact_lines_next(&lines, &e) == 1);
	CU_ASSERT(fact_lines_next(&lines, &e) == 0 && lines.cut);
	fact_lines_close(&lines);
	CU_ASSERT_FATAL(fact_lines_open(&lines, path, size + 2, &e) == 0);
	CU_ASSERT(fact_lines_next(&lines, &e) == 1 && fact_lines_next(&lines, &e) == 1);
	CU_ASSERT(fact_lines_next(&lines, &e) == 0 && !lines.cut);
	fact_lines_close(&lines);
	CU_ASSERT(fact_lines_open(&lines, f.dir, SIZE_MAX, &e) == -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "cannot be read: it is no regular file"));
	fact_folder_remove(&f);
}

/* A line that is longer than any fact takes no memory, is no fact, and hides none behind it. */
static void test_endless_line(void)
{
	size_t size = 3 * FACT_LINE_MAX;
	struct fact_lines lines;
	struct err e = {0};
	struct fact_folder f;
	char path[PATH_MAX];

	fact_folder_make(&f);
	put_long_line(&f, size, "\nshort\n", path);
	CU_ASSERT_FATAL(fact_lines_open(&lines, path, SIZE_MAX, &e) == 0);
	CU_ASSERT_EQUAL(fact_lines_next(&lines, &e), 1);
	CU_ASSERT_EQUAL(lines.length, FACT_LINE_MAX);
	CU_ASSERT_STRING_EQUAL(lines.text, "");
	CU_ASSERT_EQUAL(fact_lines_next(&lines, &e), 1);
	CU_ASSERT_EQUAL(lines.offset, size + 1);
	CU_ASSERT_STRING_EQUAL(lines.text, "short");
	CU_ASSERT_EQUAL(fact_lines_next(&lines, &e), 0);
	fact_lines_close(&lines);
	fact_folder_remove(&f);
}

TEST_SUITE(lines, {"long and cut", test_lines}, {"endless", test_endless_line})

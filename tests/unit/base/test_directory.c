/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A folder that somebody else made cannot make a program read, write or wait elsewhere. */
#include "harness/base/directory.h"
#include "tests/unit/small_disk.h"
#include "tests/unit/test.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A folder `own`, in which everything is allowed, beside a file that must stay as it is. */
struct folders {
	char root[64], own[80], victim[80];
	struct directory dir;
};

static void make_folders(struct folders *f)
{
	struct err e = {0};

	snprintf(f->root, sizeof(f->root), P_tmpdir "/blackout-directory-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(f->root));
	snprintf(f->own, sizeof(f->own), "%s/own", f->root);
	snprintf(f->victim, sizeof(f->victim), "%s/victim", f->root);
	CU_ASSERT_EQUAL_FATAL(file_write(f->victim, "mine", 4, &e), 0);
	CU_ASSERT_EQUAL_FATAL(directory_make(&f->dir, f->own, &e), 0);
}

static size_t entries(const char *path)
{
	DIR *dir = opendir(path);
	size_t n = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2;
}

static bool holds(const char *path, const char *content)
{
	struct err e = {0};
	char *text = NULL;
	bool same;

	CU_ASSERT_EQUAL_FATAL(file_read(path, 100, &text, NULL, &e), 0);
	same = strcmp(text, content) == 0;
	free(text);
	return same;
}

static void release_folders(struct folders *f)
{
	CU_ASSERT(holds(f->victim, "mine"));
	directory_close(&f->dir);
	CU_ASSERT_EQUAL(file_remove_tree(f->root, false), 0);
}

static void test_files(void)
{
	struct directory facts;
	struct folders f;
	struct err e = {0};
	size_t length;
	char *text;

	make_folders(&f);
	CU_ASSERT_EQUAL(directory_write(&f.dir, "x", "old and long", 12, &e), 0);
	CU_ASSERT_EQUAL(directory_write(&f.dir, "x", "a\0b", 3, &e), 0);
	CU_ASSERT_EQUAL_FATAL(directory_read(&f.dir, "x", 3, &text, &length, &e), 0);
	CU_ASSERT_EQUAL(length, 3);
	CU_ASSERT_EQUAL(memcmp(text, "a\0b", 4), 0);
	free(text);
	CU_ASSERT_EQUAL(directory_read(&f.dir, "x", 2, &text, &length, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "own/x: larger than 2 bytes"));
	CU_ASSERT_EQUAL(directory_read(&f.dir, "none", 2, &text, &length, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "own/none: cannot be read: No such file"));
	CU_ASSERT_EQUAL(directory_enter(&facts, &f.dir, "facts", false, &e), -1);
	CU_ASSERT_EQUAL_FATAL(directory_enter(&facts, &f.dir, "facts", true, &e), 0);
	CU_ASSERT_EQUAL(directory_write(&facts, "a", "inside", 6, &e), 0);
	CU_ASSERT_EQUAL_FATAL(directory_read(&f.dir, "facts/a", 100, &text, NULL, &e), 0);
	CU_ASSERT_STRING_EQUAL(text, "inside");
	free(text);
	/* No temporary file is left. */
	CU_ASSERT_EQUAL(entries(f.own), 2);
	directory_remove(&f.dir, "facts/a");
	CU_ASSERT_EQUAL(entries(facts.path), 0);
	directory_close(&facts);
	release_folders(&f);
}

static void link_in(const struct folders *f, const char *target, const char *name)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/%s", f->own, name);
	CU_ASSERT_EQUAL_FATAL(symlink(target, path), 0);
}

static void test_links(void)
{
	struct directory charts;
	struct folders f;
	struct err e = {0};
	char *text;

	make_folders(&f);
	link_in(&f, f.victim, "runs.csv");
	/* The name of the temporary file in versions that could be foreseen. */
	link_in(&f, f.victim, "gaps.csv.new");
	link_in(&f, f.root, "charts");
	CU_ASSERT_EQUAL(directory_write(&f.dir, "runs.csv", "theirs", 6, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text,
		"own/runs.csv: cannot be written: a symbolic link is in its place (remove it)"));
	CU_ASSERT_EQUAL(directory_write(&f.dir, "gaps.csv", "theirs", 6, &e), 0);
	CU_ASSERT_EQUAL(directory_read(&f.dir, "runs.csv", 100, &text, NULL, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text,
		"own/runs.csv: cannot be read: symbolic links are not followed here (remove it)"));
	CU_ASSERT_EQUAL(directory_write(&f.dir, "charts/victim", "theirs", 6, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "own/charts/victim: cannot be written: a symbolic "
					      "link, which is not followed here"));
	CU_ASSERT_EQUAL(directory_read(&f.dir, "charts/victim", 100, &text, NULL, &e), -1);
	CU_ASSERT_EQUAL(directory_enter(&charts, &f.dir, "charts", true, &e), -1);
	directory_remove(&f.dir, "charts/victim");
	CU_ASSERT_EQUAL(access(f.victim, F_OK), 0);
	/* The link itself is removed. */
	directory_remove(&f.dir, "runs.csv");
	CU_ASSERT_EQUAL(directory_write(&f.dir, "runs.csv", "theirs", 6, &e), 0);
	release_folders(&f);
}

/* Nothing but files is read, and nothing waits. */
static void test_no_files(void)
{
	struct folders f;
	struct err e = {0};
	char path[160], *text;

	make_folders(&f);
	snprintf(path, sizeof(path), "%s/fifo", f.own);
	CU_ASSERT_EQUAL_FATAL(mkfifo(path, 0600), 0);
	CU_ASSERT_EQUAL(directory_read(&f.dir, "fifo", 100, &text, NULL, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(e.text, "own/fifo: cannot be read: it is no regular file (remove it)"));
	CU_ASSERT_EQUAL(directory_write(&f.dir, "fifo", "x", 1, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "something else than a file is in its place"));
	snprintf(path, sizeof(path), "%s/folder", f.own);
	CU_ASSERT_EQUAL_FATAL(mkdir(path, 0700), 0);
	CU_ASSERT_EQUAL(directory_read(&f.dir, "folder", 100, &text, NULL, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "no regular file"));
	CU_ASSERT_EQUAL(directory_write(&f.dir, "folder", "x", 1, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "a folder is in its place"));
	release_folders(&f);
}

/* A file that cannot be written whole leaves the old one, and nothing else. */
static void test_no_space(void)
{
	struct rlimit before;
	struct folders f;
	struct err e = {0};
	char path[160];
	int rc;

	make_folders(&f);
	snprintf(path, sizeof(path), "%s/x", f.own);
	CU_ASSERT_EQUAL_FATAL(directory_write(&f.dir, "x", "old", 3, &e), 0);
	before = small_disk_begin(0);
	rc = directory_write(&f.dir, "x", "new", 3, &e);
	small_disk_end(before);
	CU_ASSERT_EQUAL(rc, -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "own/x: cannot be written: " SMALL_DISK_ERROR));
	CU_ASSERT_EQUAL(err_status(&e, STATUS_USAGE), STATUS_BROKE_OFF);
	CU_ASSERT(holds(path, "old"));
	CU_ASSERT_EQUAL(entries(f.own), 1);
	release_folders(&f);
}

TEST_SUITE(directory, {"files", test_files}, {"links", test_links}, {"no files", test_no_files},
	{"no space", test_no_space})

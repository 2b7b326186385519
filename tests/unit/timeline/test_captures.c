/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which files of a folder are a station's captures. */
#include "harness/timeline/captures.h"

#include "tests/unit/fact_folder.h"
#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

/* A folder's name may have characters that are special in a pattern. */
static void test_found(void)
{
	static const char *const names[] = {"here-wire.pcap", "here-fine.pcap", "here-wire-2.pcap",
		"here-fine.tsv", "there-wire.pcap", "here.pcap", "here-.pcap.new"};
	struct fact_folder f;
	struct captures found;
	char dir[96], name[128];
	struct err e = {0};

	fact_folder_make(&f);
	snprintf(dir, sizeof(dir), "%s/r[1]*", f.dir);
	snprintf(name, sizeof(name), "%s/facts", dir);
	CU_ASSERT_EQUAL_FATAL(dir_make(name, &e), 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(name, sizeof(name), "r[1]*/facts/%s", names[i]);
		fact_folder_put(&f, name, "");
	}
	found = captures_find(dir, "here");
	CU_ASSERT_EQUAL_FATAL(found.count, 3);
	CU_ASSERT_STRING_EQUAL(strrchr(found.path[0], '/'), "/here-fine.pcap");
	CU_ASSERT_STRING_EQUAL(strrchr(found.path[1], '/'), "/here-wire-2.pcap");
	CU_ASSERT_STRING_EQUAL(strrchr(found.path[2], '/'), "/here-wire.pcap");
	captures_release(&found);
	found = captures_find(f.dir, "nowhere");
	CU_ASSERT_EQUAL(found.count, 0);
	captures_release(&found);
	CU_ASSERT_EQUAL(file_remove_tree(dir, false), 0);
	fact_folder_remove(&f);
}

TEST_SUITE(captures, {"found", test_found})

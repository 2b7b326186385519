/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Workloads read back from facts. */
#include "tests/unit/fact_folder.h"
#include "tests/unit/test.h"

#define WORKLOAD(name, kind, rest)                                                      \
	"1000\tworkload\t0/1\tname=" name "\twhat=start\tkind=" kind                    \
	"\tcase=all\trun=1\tvm=desk\tmoved=yes\n"                                       \
	"1400\tworkload\t0/1\tname=" name "\twhat=progress\tstate=running\tpercent=5\n" \
	"1900\tworkload\t0/1\tname=" name "\twhat=over\t" rest "\n"

/* All was written and verified between two polls: written_ns is the guest's, within these polls. */
static void test_written_unseen(void)
{
	static const int64_t written_ns[] = {1600, 1400, 1900, NS_NONE, NS_NONE, 1900};
	struct fact_folder f;

	fact_folder_make(&f);
	fact_folder_put(&f, "facts/run.tsv",
		HEAD SEGMENT("100", "b1", "1000", "7") WORKLOAD(
			"a", "install", "state=correct\tpercent=100\telapsed=600")
			WORKLOAD("b", "install", "state=correct\tpercent=100\telapsed=300")
				WORKLOAD("c", "install", "state=correct\tpercent=100\telapsed=7000")
					WORKLOAD("d", "install", "state=incorrect\telapsed=600")
						WORKLOAD("e", "dirty", "state=correct\telapsed=600")
							WORKLOAD("f", "command", "state=ended"));
	fact_folder_read(&f);
	CU_ASSERT_EQUAL_FATAL(f.t->workload_count, ARRAY_SIZE(written_ns));
	for (size_t i = 0; i < ARRAY_SIZE(written_ns); i++)
		CU_ASSERT_EQUAL(f.t->workloads[i].written_ns, written_ns[i]);
	fact_folder_remove(&f);
}

TEST_SUITE(timeline_workload, {"written unseen", test_written_unseen})

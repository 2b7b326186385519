/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Feeds the corpus to the fuzz targets: inputs that once crashed. `make fuzz` finds new ones. */
#include "harness/base/base.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/test.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

/* Feeds each file of a folder, whole and truncated at several lengths. */
static void feed(const char *dir, fuzz_target *target)
{
	const struct dirent *entry;
	DIR *d = opendir(dir);
	size_t files = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(d);
	while ((entry = readdir(d))) {
		char path[512], *text;
		struct err e = {0};
		size_t length;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%.200s", dir, entry->d_name);
		CU_ASSERT_FATAL(file_read(path, 1 << 20, &text, &length, &e) == 0);
		for (size_t cut = 0; cut < length; cut += 1 + length / 16)
			CU_ASSERT(target((const uint8_t *)text, cut) == 0);
		CU_ASSERT(target((const uint8_t *)text, length) == 0);
		free(text);
		files++;
	}
	closedir(d);
	CU_ASSERT(files > 0);
}

static void test_pcap(void)
{
	feed("tests/fuzz/corpus/pcap", fuzz_pcap);
	feed("tests/golden/captures", fuzz_pcap);
}

static void test_icmp(void)
{
	feed("tests/fuzz/corpus/icmp", fuzz_icmp);
}

static void test_facts(void)
{
	feed("tests/fuzz/corpus/facts", fuzz_facts);
}

static void test_control(void)
{
	feed("tests/fuzz/corpus/control", fuzz_control);
}

TEST_SUITE(fuzz, {"captures", test_pcap}, {"echo messages", test_icmp}, {"facts", test_facts},
	{"requests to the agent", test_control});

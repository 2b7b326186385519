/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Units of the installation program: sizes and content computed from the seed, requests, lines
 * split from a stream, the dirty workload. tests/cli/workload.bats runs the program.
 */
#include "tests/unit/test.h"
#include "tools/guest/common/line_buffer.h"
#include "tools/guest/common/platform.h"
#include "tools/guest/workload/internal.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define CONTENT_SUM 0x2a4836f4U
#define SIZES_SUM 0x44eb6d20U

static int by_size(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void test_sizes(void)
{
	const uint64_t bytes = UINT64_C(1) << 30, count = 4000;
	uint64_t sum = 0, large = 0;
	struct suite suite, again, other;

	CU_ASSERT_EQUAL_FATAL(suite_init(&suite, 1, bytes, count), 0);
	CU_ASSERT_EQUAL_FATAL(suite_init(&again, 1, bytes, count), 0);
	CU_ASSERT_EQUAL_FATAL(suite_init(&other, 2, bytes, count), 0);
	CU_ASSERT_EQUAL(memcmp(suite.sizes, again.sizes, count * sizeof(*suite.sizes)), 0);
	CU_ASSERT_NOT_EQUAL(memcmp(suite.sizes, other.sizes, count * sizeof(*suite.sizes)), 0);
	for (uint64_t i = 0; i < count; i++)
		sum += suite.sizes[i];
	CU_ASSERT_EQUAL(sum, bytes);
	qsort(suite.sizes, count, sizeof(*suite.sizes), by_size);
	CU_ASSERT(suite.sizes[0] > 0);
	/* The limits hold for any seed, with the spread of suite.c. */
	CU_ASSERT(suite.sizes[count / 2] < bytes / count / 3);
	for (uint64_t i = count - count / 100; i < count; i++)
		large += suite.sizes[i];
	CU_ASSERT(large > bytes / 5 && large < bytes / 2);
	suite_release(&suite);
	suite_release(&again);
	suite_release(&other);
}

static void test_small_suites(void)
{
	struct suite suite;

	CU_ASSERT_EQUAL_FATAL(suite_init(&suite, 9, 5, 5), 0);
	for (size_t i = 0; i < 5; i++)
		CU_ASSERT_EQUAL(suite.sizes[i], 1);
	suite_release(&suite);
	CU_ASSERT_EQUAL_FATAL(suite_init(&suite, 9, 123456789, 1), 0);
	CU_ASSERT_EQUAL(suite.sizes[0], 123456789);
	suite_release(&suite);
}

/* The checksums are constants: what a seed gives must not depend on compiler, system or version. */
static void test_content(void)
{
	static uint8_t first[CHUNK_BYTES], second[CHUNK_BYTES];
	struct content *content = content_new(7), *other = content_new(8);
	struct suite suite;
	uLong sum;

	CU_ASSERT_PTR_NOT_NULL_FATAL(content);
	CU_ASSERT_PTR_NOT_NULL_FATAL(other);
	CU_ASSERT_EQUAL(content_make_chunk(content, 3, 5, first), 0);
	CU_ASSERT_EQUAL(crc32(0, first, CHUNK_BYTES), CONTENT_SUM);
	CU_ASSERT_EQUAL(content_make_chunk(other, 3, 5, second), 0);
	CU_ASSERT_NOT_EQUAL(memcmp(first, second, CHUNK_BYTES), 0);
	/* Pages differ from those of the next chunk and of the next file. */
	CU_ASSERT_EQUAL(content_make_chunk(content, 3, 6, second), 0);
	for (size_t at = 0; at < CHUNK_BYTES; at += 4096)
		CU_ASSERT_NOT_EQUAL(memcmp(first + at, second + at, 64), 0);
	CU_ASSERT_EQUAL(content_make_chunk(content, 4, 5, second), 0);
	for (size_t at = 0; at < CHUNK_BYTES; at += 4096)
		CU_ASSERT_NOT_EQUAL(memcmp(first + at, second + at, 64), 0);
	content_free(content);
	content_free(other);
	CU_ASSERT_EQUAL_FATAL(suite_init(&suite, 7, 20971520, 400), 0);
	sum = crc32(0, (const uint8_t *)suite.sizes, 400 * sizeof(*suite.sizes));
	CU_ASSERT_EQUAL(sum, SIZES_SUM);
	suite_release(&suite);
}

static void test_words(void)
{
	static const char *const malformed[] = {"", "run install", "start", "start ping",
		"start install", "start install seed=1 bytes=10",
		"start install seed=1 bytes=1 files=2", "start install seed=1 bytes=0 files=0",
		"start install seed=-1 bytes=9 files=1",
		"start install seed=1 bytes=9 files=1 rate=9999",
		"start install seed=1 seed=1 bytes=9 files=1",
		"start install seed=1 bytes=9k files=1",
		"start install seed=1 bytes=99999999999999999 files=1", "start dirty set=8192",
		"start dirty rate=100 set=8192", "status install now", "start install seed"};
	struct workload_request request;
	char why[160];

	CU_ASSERT_EQUAL(workload_request_parse("start install files=20 seed=1 bytes=1000", &request,
				why, sizeof(why)),
		0);
	CU_ASSERT_EQUAL(request.verb, WORKLOAD_START);
	CU_ASSERT_EQUAL(request.kind, WORKLOAD_INSTALL);
	CU_ASSERT_EQUAL(request.seed, 1);
	CU_ASSERT_EQUAL(request.bytes, 1000);
	CU_ASSERT_EQUAL(request.files, 20);
	CU_ASSERT_EQUAL(workload_request_parse(
				"start dirty rate=4096 set=8192", &request, why, sizeof(why)),
		0);
	CU_ASSERT_EQUAL(request.rate_bps, 4096);
	CU_ASSERT_EQUAL(request.set_bytes, 8192);
	CU_ASSERT_EQUAL(workload_request_parse("stop dirty", &request, why, sizeof(why)), 0);
	CU_ASSERT_EQUAL(request.verb, WORKLOAD_STOP);
	for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
		why[0] = '\0';
		CU_ASSERT_EQUAL(
			workload_request_parse(malformed[i], &request, why, sizeof(why)), -1);
		CU_ASSERT(why[0] != '\0');
	}
}

static void put(struct line_buffer *lines, const char *bytes, size_t size)
{
	size_t space;

	memcpy(line_buffer_reserve(lines, &space), bytes, size);
	CU_ASSERT(size <= space);
	line_buffer_commit(lines, size);
}

static void test_lines(void)
{
	char line[AGENT_LINE_MAX], long_one[AGENT_LINE_MAX];
	struct line_buffer lines = {0};

	put(&lines, "hel", 3);
	CU_ASSERT_EQUAL(line_buffer_next(&lines, line), 0);
	put(&lines, "lo\r\nclock\nx\0y\n", 14);
	CU_ASSERT_EQUAL(line_buffer_next(&lines, line), 1);
	CU_ASSERT_STRING_EQUAL(line, "hello");
	CU_ASSERT_EQUAL(line_buffer_next(&lines, line), 1);
	CU_ASSERT_STRING_EQUAL(line, "clock");
	CU_ASSERT_EQUAL(line_buffer_next(&lines, line), -1);
	CU_ASSERT_EQUAL(line_buffer_next(&lines, line), 0);
	/* The rest of an overlong line is dropped with that line. */
	memset(long_one, 'x', sizeof(long_one));
	put(&lines, long_one, sizeof(long_one));
	CU_ASSERT_EQUAL(line_buffer_next(&lines, line), 0);
	put(&lines, "status\nhello\n", 13);
	CU_ASSERT_EQUAL(line_buffer_next(&lines, line), -1);
	CU_ASSERT_EQUAL(line_buffer_next(&lines, line), 1);
	CU_ASSERT_STRING_EQUAL(line, "hello");
}

static void *start_dirty(void *workload)
{
	guest_workload_dirty.start(workload);
	return NULL;
}

/* If the fill is interrupted, unfilled pages are not damaged, and the status has their number. */
static void test_dirty_filling(void)
{
	struct guest_workload workload = {
		.request = {.kind = WORKLOAD_DIRTY, .rate_bps = 4096, .set_bytes = 128 << 20},
		.lock = PTHREAD_MUTEX_INITIALIZER};
	char damaged[64];
	uint64_t done = 0;
	pthread_t thread;

	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, start_dirty, &workload), 0);
	while (!done) {
		platform_sleep_ms(1);
		pthread_mutex_lock(&workload.lock);
		done = workload.status.done;
		pthread_mutex_unlock(&workload.lock);
	}
	atomic_store(&workload.stop, true);
	pthread_join(thread, NULL);
	done = workload.status.done;
	atomic_store(&workload.stop, false);
	guest_workload_dirty.verify(&workload);
	CU_ASSERT_EQUAL(workload.status.state, STATE_CORRECT);
	CU_ASSERT_EQUAL(workload.status.bad, 0);
	CU_ASSERT_EQUAL(workload.status.done, done);
	CU_ASSERT_EQUAL(
		strncmp(workload.status.why, "only ", 5) == 0, done < workload.request.set_bytes);
	CU_ASSERT_EQUAL(guest_workload_dirty.corrupt(&workload, damaged, sizeof(damaged)), 0);
	guest_workload_dirty.verify(&workload);
	CU_ASSERT_EQUAL(workload.status.state, STATE_INCORRECT);
	CU_ASSERT_STRING_EQUAL(workload.status.file, damaged);

	/* Without a filled page there is nothing to verify. */
	atomic_store(&workload.stop, true);
	state_clear_damage(&workload);
	guest_workload_dirty.start(&workload);
	atomic_store(&workload.stop, false);
	guest_workload_dirty.verify(&workload);
	CU_ASSERT_EQUAL(workload.status.state, STATE_FAILED);
	CU_ASSERT_STRING_EQUAL(workload.status.why, "no pages were written: nothing to verify");
	dirty_release(&workload);
}

TEST_SUITE(install, {"sizes", test_sizes}, {"small suites", test_small_suites},
	{"content", test_content}, {"words", test_words}, {"lines", test_lines},
	{"verified while filling", test_dirty_filling});

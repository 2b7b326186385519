/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Verifies an installation: reads each file from the disk and compares it with its expected
 * content. All files are compared, so that damaged ones are counted; the first one is named.
 */
#include "tools/guest/common/platform.h"
#include "tools/guest/workload/internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct check {
	struct guest_workload *workload;
	const struct suite *suite;
	const struct content *content;
	uint64_t missing;
	char first_missing[SUITE_NAME_MAX];
	uint8_t *expected, *found; /* aligned, one chunk each */
};

/* Compares a chunk of a file. 1: it is damaged, and the status says how; -1: verifying must end. */
static int check_chunk(struct check *check, int fd, uint64_t file, uint64_t at, const char *name)
{
	uint64_t left = check->suite->sizes[file] - at;
	int64_t want = left < CHUNK_BYTES ? (int64_t)left : CHUNK_BYTES, n;

	if (content_make_chunk(check->content, file, at / CHUNK_BYTES, check->expected)) {
		state_fail(check->workload, name, "cannot be unpacked: no memory");
		return -1;
	}
	n = files_read(fd, check->found, CHUNK_BYTES);
	if (n < 0) {
		state_add_damage(check->workload, name,
			"cannot be read from byte %" PRIu64 " on: %s", at, strerror(errno));
		return 1;
	}
	if (n == want && memcmp(check->found, check->expected, (size_t)n) == 0)
		return 0;
	for (int64_t i = 0; i < n && i < want; i++) {
		if (check->found[i] == check->expected[i])
			continue;
		state_add_damage(check->workload, name,
			"byte %" PRIu64 " of %" PRIu64 " is 0x%02x instead of 0x%02x",
			at + (uint64_t)i, check->suite->sizes[file], check->found[i],
			check->expected[i]);
		return 1;
	}
	if (n < want)
		state_add_damage(check->workload, name,
			"ends at byte %" PRIu64 " instead of %" PRIu64, at + (uint64_t)n,
			check->suite->sizes[file]);
	else
		state_add_damage(check->workload, name, "goes on after its %" PRIu64 " bytes",
			check->suite->sizes[file]);
	return 1;
}

static int check_file(struct check *check, uint64_t file)
{
	char name[SUITE_NAME_MAX], path[FILES_PATH_MAX];
	int fd, rc = 0;

	suite_name(file, name);
	files_path(check->workload, name, path);
	fd = platform_open_disk(path);
	if (fd < 0) {
		if (errno != ENOENT)
			state_add_damage(
				check->workload, name, "cannot be opened: %s", strerror(errno));
		else if (!check->missing++)
			memcpy(check->first_missing, name, sizeof(name));
		state_advance(check->workload, check->suite->sizes[file]);
		return 0;
	}
	for (uint64_t at = 0; at < check->suite->sizes[file] && rc == 0; at += CHUNK_BYTES) {
		uint64_t left = check->suite->sizes[file] - at;

		rc = check_chunk(check, fd, file, at, name);
		state_advance(check->workload, rc || left < CHUNK_BYTES ? left : CHUNK_BYTES);
		if (atomic_load(&check->workload->stop))
			rc = -1;
	}
	close(fd);
	return rc < 0 ? -1 : 0;
}

static void check_all(struct check *check, const struct files_record *record)
{
	for (uint64_t i = 0; i < record->files; i++) {
		if (check_file(check, i) == 0)
			continue;
		if (atomic_load(&check->workload->stop))
			state_end(check->workload, STATE_STOPPED);
		return;
	}
	for (uint64_t i = 0; i < check->missing; i++)
		state_add_damage(check->workload, check->first_missing,
			"is not there%s (%" PRIu64 " of %" PRIu64 " files are missing)",
			record->written ? "" : ": the installation was not finished",
			check->missing, record->files);
	if (!check->missing && !record->written)
		state_add_damage(check->workload, FILES_RECORD,
			"says that the installation was not finished");
	if (record->written)
		registry_verify(check->workload, record->seed, record->files / REGISTRY_EVERY);
	state_end(check->workload, check->workload->status.bad ? STATE_INCORRECT : STATE_CORRECT);
}

void install_verify(struct guest_workload *workload)
{
	struct files_record record;
	struct check check = {.workload = workload};
	struct content *content = NULL;
	struct suite suite = {0};
	uint8_t *buffers;

	state_clear_damage(workload);
	if (files_record_read(workload, &record)) {
		state_add_damage(workload, FILES_RECORD,
			"cannot be read (%s): nothing was installed here", strerror(errno));
		state_end(workload, STATE_INCORRECT);
		return;
	}
	state_enter(workload, STATE_VERIFYING, record.bytes);
	buffers = platform_memory_allocate(2 * CHUNK_BYTES);
	content = content_new(record.seed);
	check.suite = &suite;
	check.content = content;
	if (!buffers || !content || suite_init(&suite, record.seed, record.bytes, record.files)) {
		state_fail(workload, FILES_RECORD, "no memory to verify it");
	} else {
		check.expected = buffers;
		check.found = buffers + CHUNK_BYTES;
		check_all(&check, &record);
	}
	suite_release(&suite);
	content_free(content);
	if (buffers)
		platform_memory_release(buffers, 2 * CHUNK_BYTES);
}

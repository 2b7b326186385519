/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The install workload: unpacks each file into a temporary file, syncs and renames it, as a package
 * manager does; between files it changes the registry in place. First it removes what an earlier
 * installation left, by the names of its files; nothing else in the folder is touched.
 */
#include "tools/guest/common/platform.h"
#include "tools/guest/workload/internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEMPORARY "unpacking.tmp"

struct installation {
	struct guest_workload *workload;
	struct suite suite;
	struct content *content;
	struct registry registry;
	uint8_t chunk[CHUNK_BYTES];
};

/* Reports the system's error, with an explanation of the likeliest one. */
static void cannot_write(struct guest_workload *workload, const char *name)
{
	state_fail(workload, name, "cannot be written: %s%s", strerror(errno),
		errno == ENOSPC ? " (the guest's disk is full)" : "");
}

static void remove_earlier(struct guest_workload *workload)
{
	char name[SUITE_NAME_MAX], path[FILES_PATH_MAX];
	struct files_record record;

	files_path(workload, TEMPORARY, path);
	unlink(path);
	if (files_record_read(workload, &record))
		return;
	for (uint64_t i = 0; i < record.files && !atomic_load(&workload->stop); i++) {
		suite_name(i, name);
		files_path(workload, name, path);
		unlink(path);
	}
	for (uint64_t i = 0; i < record.files; i++) {
		suite_dir(i, name);
		files_path(workload, name, path);
		rmdir(path);
	}
}

/* Unpacks a file's chunks into `fd`. -1: it was stopped, or it failed, and the status says why. */
static int unpack(struct installation *in, uint64_t file, const char *name, int fd)
{
	for (uint64_t at = 0; at < in->suite.sizes[file]; at += CHUNK_BYTES) {
		uint64_t left = in->suite.sizes[file] - at;
		size_t size = left < CHUNK_BYTES ? (size_t)left : CHUNK_BYTES;

		if (atomic_load(&in->workload->stop))
			return -1;
		if (content_make_chunk(in->content, file, at / CHUNK_BYTES, in->chunk)) {
			state_fail(in->workload, name, "cannot be unpacked: no memory");
			return -1;
		}
		if (files_write(fd, in->chunk, size)) {
			cannot_write(in->workload, name);
			return -1;
		}
		state_advance(in->workload, size);
		pthread_mutex_lock(&in->workload->lock);
		in->workload->status.done_bytes += size;
		pthread_mutex_unlock(&in->workload->lock);
	}
	return 0;
}

static int install_file(struct installation *in, uint64_t file)
{
	char name[SUITE_NAME_MAX], path[FILES_PATH_MAX], temporary[FILES_PATH_MAX];
	int fd, rc;

	suite_dir(file, name);
	files_path(in->workload, name, path);
	if (platform_make_dir(path) && errno != EEXIST) {
		cannot_write(in->workload, name);
		return -1;
	}
	suite_name(file, name);
	files_path(in->workload, name, path);
	files_path(in->workload, TEMPORARY, temporary);
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_BINARY, 0644);
	if (fd < 0) {
		cannot_write(in->workload, name);
		return -1;
	}
	rc = unpack(in, file, name, fd);
	if (rc == 0 && platform_sync(fd)) {
		cannot_write(in->workload, name);
		rc = -1;
	}
	close(fd);
	if (rc == 0 && platform_rename(temporary, path)) {
		cannot_write(in->workload, name);
		rc = -1;
	}
	return rc;
}

static int install_all(struct installation *in)
{
	struct guest_workload *workload = in->workload;

	if (registry_create(workload, &in->registry, workload->request.seed))
		return -1;
	for (uint64_t i = 0; i < in->suite.count; i++) {
		if (install_file(in, i))
			return -1;
		pthread_mutex_lock(&workload->lock);
		workload->status.files++;
		pthread_mutex_unlock(&workload->lock);
		if (i % REGISTRY_EVERY == REGISTRY_EVERY - 1 &&
			registry_commit(workload, &in->registry))
			return -1;
	}
	return 0;
}

static void install_start(struct guest_workload *workload)
{
	struct files_record record = {.seed = workload->request.seed,
		.bytes = workload->request.bytes,
		.files = workload->request.files};
	struct installation *in = calloc(1, sizeof(*in));

	if (!in || suite_init(&in->suite, record.seed, record.bytes, record.files) ||
		!(in->content = content_new(record.seed))) {
		state_fail(workload, "", "no memory for an installation of %llu files",
			(unsigned long long)record.files);
		goto out;
	}
	in->workload = workload;
	state_enter(workload, STATE_RUNNING, record.bytes);
	remove_earlier(workload);
	if (files_record_write(workload, &record)) {
		cannot_write(workload, FILES_RECORD);
		goto out;
	}
	if (install_all(in)) {
		if (atomic_load(&workload->stop))
			state_end(workload, STATE_STOPPED);
		goto out;
	}
	record.written = true;
	if (files_record_write(workload, &record)) {
		cannot_write(workload, FILES_RECORD);
		goto out;
	}
	state_mark_written(workload);
	install_verify(workload);
out:
	if (in) {
		suite_release(&in->suite);
		content_free(in->content);
	}
	free(in);
}

/* Damages the file in the middle of the list. */
static int install_corrupt(struct guest_workload *workload, char *file, size_t size)
{
	char name[SUITE_NAME_MAX], path[FILES_PATH_MAX];
	struct files_record record;
	struct suite suite;
	uint64_t chosen;

	if (files_record_read(workload, &record) ||
		suite_init(&suite, record.seed, record.bytes, record.files)) {
		snprintf(file, size, "nothing was installed here");
		return -1;
	}
	chosen = record.files / 2;
	suite_name(chosen, name);
	files_path(workload, name, path);
	if (files_flip_bit(path, suite.sizes[chosen])) {
		snprintf(file, size, "%s: %s", name, strerror(errno));
		suite_release(&suite);
		return -1;
	}
	suite_release(&suite);
	snprintf(file, size, "%s", name);
	return 0;
}

const struct guest_workload_ops guest_workload_install = {
	.start = install_start, .verify = install_verify, .corrupt = install_corrupt};

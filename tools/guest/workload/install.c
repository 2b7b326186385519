/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The installation: each file is unpacked into a temporary one, synced and renamed, as a package
 * manager does; between the files the registry is changed in place. What an earlier installation
 * left is removed first, by the names that it had: nothing else in the folder is touched.
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
	struct work *work;
	struct suite suite;
	struct content *content;
	struct registry registry;
	uint8_t chunk[CHUNK_BYTES];
};

/* The system's word for it, and for the most likely one what it means. */
static void cannot_write(struct work *work, const char *name)
{
	work_fail(work, name, "cannot be written: %s%s", strerror(errno),
		errno == ENOSPC ? " (the guest's disk is full)" : "");
}

static void remove_earlier(struct work *work)
{
	char name[SUITE_NAME_MAX], path[WORK_PATH_MAX];
	struct files_record record;

	files_path(work, TEMPORARY, path);
	unlink(path);
	if (files_record_read(work, &record))
		return;
	for (uint64_t i = 0; i < record.files && !atomic_load(&work->stop); i++) {
		suite_name(i, name);
		files_path(work, name, path);
		unlink(path);
	}
	for (uint64_t i = 0; i < record.files; i++) {
		suite_dir(i, name);
		files_path(work, name, path);
		rmdir(path);
	}
}

/* The file's chunks, one after the other. -1: said in the status, or stopped. */
static int unpack(struct installation *in, uint64_t file, const char *name, int fd)
{
	for (uint64_t at = 0; at < in->suite.sizes[file]; at += CHUNK_BYTES) {
		uint64_t left = in->suite.sizes[file] - at;
		size_t size = left < CHUNK_BYTES ? (size_t)left : CHUNK_BYTES;

		if (atomic_load(&in->work->stop))
			return -1;
		if (content_chunk(in->content, file, at / CHUNK_BYTES, in->chunk)) {
			work_fail(in->work, name, "cannot be unpacked: no memory");
			return -1;
		}
		if (files_write(fd, in->chunk, size)) {
			cannot_write(in->work, name);
			return -1;
		}
		work_advance(in->work, size);
		pthread_mutex_lock(&in->work->lock);
		in->work->status.done_bytes += size;
		pthread_mutex_unlock(&in->work->lock);
	}
	return 0;
}

static int install_file(struct installation *in, uint64_t file)
{
	char name[SUITE_NAME_MAX], path[WORK_PATH_MAX], temporary[WORK_PATH_MAX];
	int fd, rc;

	suite_dir(file, name);
	files_path(in->work, name, path);
	if (platform_make_dir(path) && errno != EEXIST) {
		cannot_write(in->work, name);
		return -1;
	}
	suite_name(file, name);
	files_path(in->work, name, path);
	files_path(in->work, TEMPORARY, temporary);
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_BINARY, 0644);
	if (fd < 0) {
		cannot_write(in->work, name);
		return -1;
	}
	rc = unpack(in, file, name, fd);
	if (rc == 0 && platform_sync(fd)) {
		cannot_write(in->work, name);
		rc = -1;
	}
	close(fd);
	if (rc == 0 && platform_rename(temporary, path)) {
		cannot_write(in->work, name);
		rc = -1;
	}
	return rc;
}

static int install_all(struct installation *in)
{
	struct work *work = in->work;

	if (registry_create(work, &in->registry, work->asked.seed))
		return -1;
	for (uint64_t i = 0; i < in->suite.count; i++) {
		if (install_file(in, i))
			return -1;
		pthread_mutex_lock(&work->lock);
		work->status.files++;
		pthread_mutex_unlock(&work->lock);
		if (i % REGISTRY_EVERY == REGISTRY_EVERY - 1 &&
			registry_commit(work, &in->registry))
			return -1;
	}
	return 0;
}

static void install_start(struct work *work)
{
	struct files_record record = {
		.seed = work->asked.seed, .bytes = work->asked.bytes, .files = work->asked.files};
	struct installation *in = calloc(1, sizeof(*in));

	if (!in || suite_make(&in->suite, record.seed, record.bytes, record.files) ||
		!(in->content = content_make(record.seed))) {
		work_fail(work, "", "no memory for an installation of %llu files",
			(unsigned long long)record.files);
		goto out;
	}
	in->work = work;
	work_enter(work, STATE_RUNNING, record.bytes);
	remove_earlier(work);
	if (files_record_write(work, &record)) {
		cannot_write(work, FILES_RECORD);
		goto out;
	}
	if (install_all(in)) {
		if (atomic_load(&work->stop))
			work_end(work, STATE_STOPPED);
		goto out;
	}
	record.written = true;
	if (files_record_write(work, &record)) {
		cannot_write(work, FILES_RECORD);
		goto out;
	}
	work_written(work);
	install_verify(work);
out:
	if (in) {
		suite_free(&in->suite);
		content_free(in->content);
	}
	free(in);
}

/* A file of the middle size and more, so that it has a middle. */
static int install_corrupt(struct work *work, char *file, size_t size)
{
	char name[SUITE_NAME_MAX], path[WORK_PATH_MAX];
	struct files_record record;
	struct suite suite;
	uint64_t chosen;

	if (files_record_read(work, &record) ||
		suite_make(&suite, record.seed, record.bytes, record.files)) {
		snprintf(file, size, "nothing was installed here");
		return -1;
	}
	chosen = record.files / 2;
	suite_name(chosen, name);
	files_path(work, name, path);
	if (files_flip(path, suite.sizes[chosen])) {
		snprintf(file, size, "%s: %s", name, strerror(errno));
		suite_free(&suite);
		return -1;
	}
	suite_free(&suite);
	snprintf(file, size, "%s", name);
	return 0;
}

const struct work_ops work_install = {
	.start = install_start, .verify = install_verify, .corrupt = install_corrupt};

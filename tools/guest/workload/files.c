/* SPDX-License-Identifier: GPL-3.0-or-later */
/* File operations shared by writing and verifying. */
#include "tools/guest/common/platform.h"
#include "tools/guest/workload/internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void files_path(
	const struct guest_workload *workload, const char *name, char path[static FILES_PATH_MAX])
{
	snprintf(path, FILES_PATH_MAX, "%.400s/%.80s", workload->folder, name);
}

int files_write(int fd, const uint8_t *data, size_t size)
{
	while (size) {
		int64_t n = write(fd, data, (unsigned)size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		data += n;
		size -= (size_t)n;
	}
	return 0;
}

int64_t files_read(int fd, uint8_t *data, size_t size)
{
	size_t done = 0;

	while (done < size) {
		int64_t n = read(fd, data + done, (unsigned)(size - done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		done += (size_t)n;
		/* A short read is the end; a direct read could not continue from here. */
		if (n == 0 || done % PLATFORM_ALIGN)
			break;
	}
	return (int64_t)done;
}

int files_record_write(struct guest_workload *workload, const struct files_record *record)
{
	char path[FILES_PATH_MAX], text[160];
	int rc, fd;
	int n = snprintf(text, sizeof(text),
		"seed=%" PRIu64 " bytes=%" PRIu64 " files=%" PRIu64 " written=%s\n", record->seed,
		record->bytes, record->files, record->written ? "yes" : "no");

	files_path(workload, FILES_RECORD, path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_BINARY, 0644);
	if (fd < 0)
		return -1;
	rc = files_write(fd, (const uint8_t *)text, (size_t)n);
	if (platform_sync(fd))
		rc = -1;
	close(fd);
	return rc;
}

int files_record_read(const struct guest_workload *workload, struct files_record *record)
{
	char path[FILES_PATH_MAX], written[8] = "";
	FILE *f;
	int n;

	memset(record, 0, sizeof(*record));
	files_path(workload, FILES_RECORD, path);
	f = fopen(path, "r");
	if (!f)
		return -1;
	n = fscanf(f, "seed=%" SCNu64 " bytes=%" SCNu64 " files=%" SCNu64 " written=%7s",
		&record->seed, &record->bytes, &record->files, written);
	fclose(f);
	errno = EINVAL;
	if (n != 4 || !record->files || record->files > WORKLOAD_FILES_MAX ||
		record->bytes < record->files || record->bytes > WORKLOAD_BYTES_MAX)
		return -1;
	record->written = strcmp(written, "yes") == 0;
	return 0;
}

int files_flip_bit(const char *path, uint64_t size)
{
	int fd = open(path, O_RDWR | O_BINARY), rc = -1;
	uint8_t byte;

	if (fd < 0)
		return -1;
	if (lseek(fd, (off_t)(size / 2), SEEK_SET) >= 0 && read(fd, &byte, 1) == 1 &&
		lseek(fd, (off_t)(size / 2), SEEK_SET) >= 0) {
		byte ^= 0x10;
		if (write(fd, &byte, 1) == 1 && platform_sync(fd) == 0)
			rc = 0;
	}
	close(fd);
	return rc;
}

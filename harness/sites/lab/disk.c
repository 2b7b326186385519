/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A lab guest's disk: a sparse image with an empty file system. */
#include "harness/sites/lab/internal.h"

#include <fcntl.h>
#include <unistd.h>

void lab_disk_path(const char *lab, const char *vm, char *buf, size_t size)
{
	snprintf(buf, size, LAB_STATE_DIR "/%s/disk-%.60s.img", lab, vm);
}

int lab_disk_make(const char *lab, const char *vm, uint64_t bytes, struct err *e)
{
	char path[PATH_MAX];
	const char *const argv[] = {"mke2fs", "-q", "-F", "-t", "ext4", "-E",
		"lazy_itable_init=1,nodiscard", path, NULL};
	int fd, rc = 0;

	lab_disk_path(lab, vm, path, sizeof(path));
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_errno(e, "%s", path);
	if (ftruncate(fd, (off_t)bytes))
		rc = err_errno(e, "%s", path);
	close(fd);
	if (rc == 0 && spawn_program(argv, NULL, e))
		rc = err_prefix(e, "VM %s's disk (e2fsprogs; " ADVICE_SETUP ")", vm);
	return rc;
}

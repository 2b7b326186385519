/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which process uses a lab. A run claims its lab with a record lock (fcntl) on a file next to the
 * lab's records: children do not inherit such a lock, and it is released when the process ends,
 * however it ends. Closing any descriptor of the file releases the lock. So the claiming process
 * must not call lab_claim_holder, and gives up its claim by claim_clear (lab_down).
 */
#include "harness/sites/lab/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define CLAIM_SUFFIX ".run"
/* Maximum attempts: another run that ends may remove the file or its folder before we lock it. */
#define CLAIM_TRIES 100

static const struct flock whole_file = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

/* The process that holds the lock; 0: none; -1: it is in another pid namespace. */
static pid_t holder(int fd)
{
	struct flock lock = whole_file;

	if (fcntl(fd, F_GETLK, &lock) || lock.l_type == F_UNLCK)
		return 0;
	return lock.l_pid > 0 ? lock.l_pid : -1;
}

/* True if the descriptor is of the file that the path names now. */
static bool is_file_at(int fd, const char *path)
{
	struct stat here, there;

	return fstat(fd, &here) == 0 && stat(path, &there) == 0 && here.st_dev == there.st_dev &&
	       here.st_ino == there.st_ino;
}

int lab_check_root(struct err *e)
{
	return geteuid() == 0 ? 0 : err_set(e, "the lab needs root (sudo)");
}

int lab_claim(const char *name, int *fd, struct err *e)
{
	char path[PATH_MAX];

	lab_path(path, name, CLAIM_SUFFIX);
	if (lab_check_root(e))
		return -1;
	for (int i = 0; i < CLAIM_TRIES; i++) {
		struct flock lock = whole_file;

		if (dir_make(LAB_STATE_DIR, e))
			return -1;
		*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
		if (*fd < 0 && errno == ENOENT)
			continue;
		if (*fd < 0)
			return err_errno(e, "%s", path);
		if (fcntl(*fd, F_SETLK, &lock) == 0) {
			if (is_file_at(*fd, path))
				return 0;
		} else if (errno == EACCES || errno == EAGAIN) {
			pid_t pid = holder(*fd);

			if (pid) {
				close(*fd);
				return err_set(e,
					"another run is using lab %s (pid %d); wait for it, or use "
					"another lab: BLACKOUT_LAB=other",
					name, (int)pid);
			}
		} else {
			err_errno(e, "%s cannot be locked", path);
			close(*fd);
			return -1;
		}
		close(*fd);
	}
	return err_set(e, "%s: other runs keep removing it; try again", path);
}

void lab_release(const char *name, int fd)
{
	char path[PATH_MAX];

	lab_path(path, name, CLAIM_SUFFIX);
	/* If lab_down has removed the file, another run may have made a new one, which stays. */
	if (is_file_at(fd, path))
		unlink(path);
	close(fd);
	rmdir(LAB_STATE_DIR);
}

pid_t lab_claim_holder(const char *name)
{
	char path[PATH_MAX];
	pid_t pid;
	int fd;

	lab_path(path, name, CLAIM_SUFFIX);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	pid = holder(fd);
	close(fd);
	return pid;
}

void claim_clear(const char *name)
{
	struct flock lock = whole_file;
	char path[PATH_MAX];
	int fd;

	lab_path(path, name, CLAIM_SUFFIX);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return;
	if (fcntl(fd, F_SETLK, &lock) == 0 && is_file_at(fd, path))
		unlink(path);
	close(fd);
}

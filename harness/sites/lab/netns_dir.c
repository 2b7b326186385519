/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The folder of named network namespaces. The first `ip netns add` after a boot makes it and mounts
 * it onto itself. If the folder did not exist before the first lab, it is removed after the last; a
 * file that all labs share records this. If somebody else makes a namespace during the last `down`,
 * that namespace is safe (the kernel unmounts and removes no folder that holds one), but the
 * `ip netns add` may fail.
 */
#include "harness/sites/lab/internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NETNS_DIR_RECORD LAB_STATE_DIR "/.netns"
#define WAS_NOT_MOUNTED "mount\n"
#define WAS_ABSENT "folder and mount\n"
#define UNMOUNT_TRIES 50

int netns_dir_lock(struct err *e)
{
	int fd = open(LAB_STATE_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_errno(e, LAB_STATE_DIR);
	while (flock(fd, LOCK_EX))
		if (errno != EINTR) {
			err_errno(e, LAB_STATE_DIR " cannot be locked");
			close(fd);
			return -1;
		}
	return fd;
}

int netns_dir_record(struct err *e)
{
	struct statx at;
	const char *what = WAS_NOT_MOUNTED;

	if (statx(AT_FDCWD, NETNS_DIR, AT_SYMLINK_NOFOLLOW, 0, &at)) {
		if (errno != ENOENT)
			return err_errno(e, NETNS_DIR);
		what = WAS_ABSENT;
	} else if (!(at.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) ||
		   (at.stx_attributes & STATX_ATTR_MOUNT_ROOT)) {
		/* Mounted by another lab, which has recorded that, or by somebody else; or the
		 * kernel does not report mounts. */
		return 0;
	}
	return file_write(NETNS_DIR_RECORD, what, strlen(what), e);
}

static bool is_empty(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	bool empty = true;

	while (dir && empty && (entry = readdir(dir)))
		empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
	if (dir)
		closedir(dir);
	return empty;
}

/* True if a lab other than `name` has a record folder. */
static bool other_labs_exist(const char *name)
{
	DIR *dir = opendir(LAB_STATE_DIR);
	struct dirent *entry;
	bool found = false;
	struct stat at;

	while (dir && !found && (entry = readdir(dir)))
		found = entry->d_name[0] != '.' && strcmp(entry->d_name, name) != 0 &&
			fstatat(dirfd(dir), entry->d_name, &at, AT_SYMLINK_NOFOLLOW) == 0 &&
			S_ISDIR(at.st_mode);
	if (dir)
		closedir(dir);
	return found;
}

/* Unmounts the folder. Tries several times, because a process may be reading it. */
static bool unmount(void)
{
	for (int i = 0; i < UNMOUNT_TRIES; i++) {
		if (umount2(NETNS_DIR, UMOUNT_NOFOLLOW) == 0 || errno == EINVAL || errno == ENOENT)
			return true;
		nanosleep(&(struct timespec){.tv_nsec = 10 * NS_PER_MS}, NULL);
	}
	return false;
}

int netns_dir_clean(const char *name, struct err *e)
{
	int lock = netns_dir_lock(e);
	struct err ignored;
	char *what;

	if (lock < 0)
		return -1;
	if (file_read(NETNS_DIR_RECORD, 64, &what, NULL, &ignored))
		goto out;
	if (!is_empty(NETNS_DIR)) {
		/* The namespaces are of other labs or users. If there is no other lab, the folder
		 * is the users' now. */
		if (!other_labs_exist(name))
			unlink(NETNS_DIR_RECORD);
	} else if (unmount()) {
		if (strcmp(what, WAS_ABSENT) == 0)
			rmdir(NETNS_DIR);
		unlink(NETNS_DIR_RECORD);
	}
	free(what);
out:
	close(lock);
	return 0;
}

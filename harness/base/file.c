/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads whole files, makes and removes folders: see base.h. directory.c writes files. */
#include "harness/base/base.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int path_join(char *buf, size_t size, const char *dir, const char *name)
{
	int n = snprintf(buf, size, "%s/%s", dir, name);

	return n < 0 || (size_t)n >= size ? -1 : 0;
}

int file_read_fd(int fd, const char *path, size_t max, char **text, size_t *length, struct err *e)
{
	size_t n = 0, capacity = 0;
	char *buf = NULL;
	ssize_t got;

	do {
		if (n + 1 >= capacity) {
			char *grown = realloc(buf, capacity = capacity ? capacity * 2 : 65536);

			if (!grown) {
				err_set(e, "%s: out of memory", path);
				goto fail;
			}
			buf = grown;
		}
		got = read(fd, buf + n, capacity - n - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			err_errno(e, "%s: cannot be read", path);
			goto fail;
		}
		n += (size_t)got;
		if (n > max) {
			err_set(e, "%s: larger than %zu bytes", path, max);
			goto fail;
		}
	} while (got != 0);
	buf[n] = '\0';
	*text = buf;
	if (length)
		*length = n;
	return 0;
fail:
	free(buf);
	return -1;
}

int file_read(const char *path, size_t max, char **text, size_t *length, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc;

	if (fd < 0)
		return err_errno(e, "%s: cannot be opened", path);
	rc = file_read_fd(fd, path, max, text, length, e);
	close(fd);
	return rc;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path) && errno != ENOENT ? -1 : 0;
}

int file_remove_tree(const char *path, bool across_mounts)
{
	return nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS | (across_mounts ? 0 : FTW_MOUNT));
}

int dir_make(const char *path, struct err *e)
{
	char prefix[PATH_MAX];
	size_t n = strlen(path);

	if (n >= sizeof(prefix))
		return err_set(e, "%s: name too long", path);
	memcpy(prefix, path, n + 1);
	for (char *p = prefix + 1; n; p++) {
		char end = *p;

		if (end != '/' && end != '\0')
			continue;
		*p = '\0';
		if (mkdir(prefix, 0755) && errno != EEXIST)
			return err_errno(e, "%s: cannot be created", prefix);
		*p = end;
		if (end == '\0')
			break;
	}
	return 0;
}

bool dir_empty(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	bool empty = true;

	if (!dir)
		return errno == ENOENT;
	while (empty && (entry = readdir(dir)))
		empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
	closedir(dir);
	return empty;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See directory.h, and base.h for the functions that take a path. */
#include "harness/base/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A temporary file's name is this, 16 hexadecimal digits, and the suffix. */
#define TEMPORARY_PREFIX ".blackout-"
#define TEMPORARY_SUFFIX ".new"
#define TEMPORARY_TRIES 16

#define LOCK_POLL_NS (20 * NS_PER_MS)

/* A file's folder, open, and its last component. */
struct place {
	int parent;
	bool opened; /* `parent` is not the directory's own descriptor */
	const char *leaf;
};

int directory_open(struct directory *dir, const char *path, struct err *e)
{
	*dir = (struct directory){.fd = -1};
	if (snprintf(dir->path, sizeof(dir->path), "%s", path) >= (int)sizeof(dir->path))
		return err_set(e, "%.200s…: name too long", path);
	dir->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir->fd < 0 ? err_errno(e, "%s: cannot be opened", path) : 0;
}

int directory_make(struct directory *dir, const char *path, struct err *e)
{
	*dir = (struct directory){.fd = -1};
	return dir_make(path, e) ? -1 : directory_open(dir, path, e);
}

int directory_lock(const struct directory *dir, int64_t limit_ns, struct err *e)
{
	int64_t until_ns = clock_mono_ns() + limit_ns;

	while (flock(dir->fd, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return 0; /* the file system has no locks */
		if (clock_mono_ns() >= until_ns)
			return err_set(e, "%s: another process is writing into it", dir->path);
		nanosleep(&(struct timespec){.tv_nsec = LOCK_POLL_NS}, NULL);
	}
	return 0;
}

void directory_close(struct directory *dir)
{
	if (dir->fd >= 0)
		close(dir->fd);
	dir->fd = -1;
}

/* Sets the error for an entry that could not be opened, with errno; `what`: "cannot be read". */
static int cannot(const struct directory *dir, const char *name, const char *what, struct err *e)
{
	if (errno == ELOOP)
		return err_set(e, "%s/%s: %s: symbolic links are not followed here (remove it)",
			dir->path, name, what);
	if (errno == ENOTDIR)
		return err_set(e,
			"%s/%s: %s: a symbolic link, which is not followed here, or something "
			"else is in the place of a folder (remove it)",
			dir->path, name, what);
	return err_errno(e, "%s/%s: %s", dir->path, name, what);
}

static int enter(int parent, const char *name, bool make)
{
	if (make && mkdirat(parent, name, 0755) && errno != EEXIST)
		return -1;
	return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int directory_enter(struct directory *dir, const struct directory *parent, const char *name,
	bool make, struct err *e)
{
	*dir = (struct directory){.fd = -1, .scratch = parent->scratch};
	if (path_join(dir->path, sizeof(dir->path), parent->path, name))
		return err_set(e, "%s: name too long", parent->path);
	dir->fd = enter(parent->fd, name, make);
	return dir->fd < 0 ? cannot(parent, name, "cannot be opened", e) : 0;
}

static void leave(const struct place *place)
{
	if (place->opened)
		close(place->parent);
}

/* Finds the folder of a file. -1 with errno. */
static int find(const struct directory *dir, const char *name, struct place *place)
{
	const char *slash;

	*place = (struct place){.parent = dir->fd, .leaf = name};
	while ((slash = strchr(place->leaf, '/'))) {
		char component[NAME_MAX + 1];
		int fd = -1;

		if ((size_t)(slash - place->leaf) < sizeof(component)) {
			snprintf(component, sizeof(component), "%.*s", (int)(slash - place->leaf),
				place->leaf);
			fd = enter(place->parent, component, false);
		} else {
			errno = ENAMETOOLONG;
		}
		leave(place);
		if (fd < 0)
			return -1;
		*place = (struct place){.parent = fd, .opened = true, .leaf = slash + 1};
	}
	return 0;
}

/* Opens a regular file. Sets the error and returns -1 if that fails. */
static int open_regular(const struct directory *dir, const char *name, int flags, mode_t mode,
	const char *what, struct err *e)
{
	struct place place;
	struct stat st;
	int fd;

	if (find(dir, name, &place))
		return cannot(dir, name, what, e);
	fd = openat(place.parent, place.leaf, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, mode);
	if (fd < 0)
		cannot(dir, name, what, e);
	leave(&place);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return err_set(e, "%s/%s: %s: it is no regular file (remove it)", dir->path, name, what);
}

/* Creates a file of a name that nobody can foresee. Returns its descriptor, or -1 with errno. */
static int create_temporary(int parent, char *name, size_t size)
{
	for (int i = 0; i < TEMPORARY_TRIES; i++) {
		uint64_t number;
		int fd;

		if (getrandom(&number, sizeof(number), 0) != sizeof(number))
			return -1;
		snprintf(name, size, TEMPORARY_PREFIX "%016llx" TEMPORARY_SUFFIX,
			(unsigned long long)number);
		fd = openat(
			parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
		if (fd >= 0 || errno != EEXIST)
			return fd;
	}
	return -1;
}

static int write_all(int fd, const char *data, size_t length)
{
	while (length) {
		ssize_t n = write(fd, data, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		data += n;
		length -= (size_t)n;
	}
	return 0;
}

/* -1 with errno. A file system that cannot fsync a folder (EINVAL) has the file all the same. */
static int replace(const struct place *place, const void *data, size_t length, bool sync)
{
	char temporary[64];
	int fd = create_temporary(place->parent, temporary, sizeof(temporary)), rc, error;

	if (fd < 0)
		return -1;
	rc = write_all(fd, data, length) || (sync && fsync(fd)) ? -1 : 0;
	error = errno;
	if (close(fd) && !rc) {
		rc = -1;
		error = errno;
	}
	if (!rc && renameat(place->parent, temporary, place->parent, place->leaf)) {
		rc = -1;
		error = errno;
	}
	if (rc) {
		unlinkat(place->parent, temporary, 0);
		errno = error;
		return -1;
	}
	return sync && fsync(place->parent) && errno != EINVAL ? -1 : 0;
}

int directory_append(const struct directory *dir, const char *name, struct err *e)
{
	return open_regular(dir, name, O_RDWR | O_APPEND | O_CREAT, 0666, "cannot be written", e);
}

int directory_create(const struct directory *dir, const char *name, struct err *e)
{
	return open_regular(dir, name, O_WRONLY | O_CREAT | O_EXCL, 0600, "cannot be created", e);
}

int directory_write(const struct directory *dir, const char *name, const void *data, size_t length,
	struct err *e)
{
	struct place place;
	struct stat st;
	int rc;

	if (find(dir, name, &place))
		return cannot(dir, name, "cannot be written", e);
	if (fstatat(place.parent, place.leaf, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		!S_ISREG(st.st_mode))
		rc = err_set(e, "%s/%s: cannot be written: %s is in its place (remove it)",
			dir->path, name,
			S_ISLNK(st.st_mode)   ? "a symbolic link"
			: S_ISDIR(st.st_mode) ? "a folder"
					      : "something else than a file");
	else if ((rc = replace(&place, data, length, !dir->scratch)))
		cannot(dir, name, "cannot be written", e);
	leave(&place);
	return rc;
}

/* Opens the folder of a file. *leaf is the last component of the file's path. */
static int open_parent(struct directory *dir, const char *path, const char **leaf, struct err *e)
{
	const char *slash = strrchr(path, '/');
	char parent[PATH_MAX] = ".";

	*leaf = slash ? slash + 1 : path;
	if (slash && snprintf(parent, sizeof(parent), "%.*s",
			     slash > path ? (int)(slash - path) : 1, path) >= (int)sizeof(parent))
		return err_set(e, "%.200s…: name too long", path);
	return directory_open(dir, parent, e);
}

int file_write(const char *path, const void *data, size_t length, struct err *e)
{
	struct directory dir;
	const char *leaf;
	int rc;

	if (open_parent(&dir, path, &leaf, e))
		return -1;
	rc = directory_write(&dir, leaf, data, length, e);
	directory_close(&dir);
	return rc;
}

int file_open_regular(const char *path, struct err *e)
{
	struct directory dir;
	const char *leaf;
	int fd;

	if (open_parent(&dir, path, &leaf, e))
		return -1;
	fd = open_regular(&dir, leaf, O_RDONLY, 0, "cannot be read", e);
	directory_close(&dir);
	return fd;
}

/* Reads an open file whole and closes it. fd -1: it could not be opened, and `e` says why. */
static int read_and_close(
	int fd, const char *path, size_t max, char **text, size_t *length, struct err *e)
{
	int rc;

	if (fd < 0)
		return -1;
	rc = file_read_fd(fd, path, max, text, length, e);
	close(fd);
	return rc;
}

int file_read_regular(const char *path, size_t max, char **text, size_t *length, struct err *e)
{
	return read_and_close(file_open_regular(path, e), path, max, text, length, e);
}

int directory_read(const struct directory *dir, const char *name, size_t max, char **text,
	size_t *length, struct err *e)
{
	char path[2 * PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir->path, name);
	return read_and_close(open_regular(dir, name, O_RDONLY, 0, "cannot be read", e), path, max,
		text, length, e);
}

void directory_remove(const struct directory *dir, const char *name)
{
	struct place place;

	if (find(dir, name, &place))
		return;
	unlinkat(place.parent, place.leaf, 0);
	leave(&place);
}

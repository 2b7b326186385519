/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files of a folder that somebody else may have made, such as a result folder from an archive. They
 * are opened relative to the folder's descriptor, never through symbolic links, and only regular
 * files, so that the folder cannot make a program read or write anything outside of it, or wait.
 *
 * A file's name is relative to the folder: "runs.csv", "facts/plan.ini".
 */
#ifndef BLACKOUT_BASE_DIRECTORY_H
#define BLACKOUT_BASE_DIRECTORY_H

#include "harness/base/base.h"

#include <limits.h>

struct directory {
	int fd;              /* -1: closed */
	bool scratch;        /* its files need not survive a crash: nothing is synced */
	char path[PATH_MAX]; /* as the user gave it, for messages */
};

/* Opens a folder. The path may be a symbolic link: the user chose it. 0 or -1. */
int directory_open(struct directory *dir, const char *path, struct err *e);
/* The same; makes the folder and its parents if they do not exist. */
int directory_make(struct directory *dir, const char *path, struct err *e);
/* Opens the folder `name` in a folder; `make`: makes it if it does not exist. 0 or -1. */
int directory_enter(struct directory *dir, const struct directory *parent, const char *name,
	bool make, struct err *e);
/*
 * Locks the folder against other processes that lock it, until it is closed; waits for them. On a
 * file system without locks it does nothing. -1: one of them still has it after limit_ns.
 */
int directory_lock(const struct directory *dir, int64_t limit_ns, struct err *e);
/* Closes it; may be called again. */
void directory_close(struct directory *dir);
/* As file_read. ENOENT is the code of `e` if there is no such file. */
int directory_read(const struct directory *dir, const char *name, size_t max, char **text,
	size_t *length, struct err *e);
/*
 * Replaces a file in one step (temporary file, fsync, rename, fsync of the folder): no reader sees
 * half of it, and a crash leaves the old file or the new one. An error leaves the old file.
 */
int directory_write(const struct directory *dir, const char *name, const void *data, size_t length,
	struct err *e);
/*
 * Opens a file for reading and appending, and makes it if it does not exist. Returns its
 * descriptor, or -1.
 */
int directory_append(const struct directory *dir, const char *name, struct err *e);
/*
 * Makes a file that only its owner may read, for writing. Returns its descriptor, or -1; EEXIST is
 * the code of `e` if something of that name is there.
 */
int directory_create(const struct directory *dir, const char *name, struct err *e);
/* Removes a file, or a symbolic link itself; it need not exist. */
void directory_remove(const struct directory *dir, const char *name);

#endif

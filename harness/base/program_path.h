/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds the running program's folder and the files shipped with it. */
#ifndef BLACKOUT_BASE_PROGRAM_PATH_H
#define BLACKOUT_BASE_PROGRAM_PATH_H

#include "harness/base/base.h"

#include <limits.h>

/* Writes the folder of the running program to buf. Returns 0 or -1. */
int program_dir(char buf[static PATH_MAX], struct err *e);
/* True if `dir` holds an installed program: its name is bin, which no build folder has. */
bool program_installed(const char *dir);
/*
 * Writes to buf the path of a file shipped with the program: `built`, relative to a build folder,
 * or `installed`, relative to the bin folder of an installation. The file need not exist. Returns 0
 * or -1.
 */
int program_file(
	char buf[static PATH_MAX], const char *built, const char *installed, struct err *e);

#endif

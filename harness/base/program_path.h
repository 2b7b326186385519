/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the running program lies, and what came with it: from a build folder or from an installation. */
#ifndef BLACKOUT_BASE_PROGRAM_PATH_H
#define BLACKOUT_BASE_PROGRAM_PATH_H

#include "harness/base/base.h"

#include <limits.h>

/* The folder of the running program. */
int program_dir(char buf[static PATH_MAX], struct err *e);
/* Whether it is an installed one: it lies in a folder called bin. A build folder is not called so. */
bool program_installed(const char *dir);
/*
 * What is called `built` beside a program in its build folder, or `installed` seen from an installed
 * one's bin; buf is the path, which need not be there.
 */
int program_file(char buf[static PATH_MAX], const char *built, const char *installed, struct err *e);

#endif

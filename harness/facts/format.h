/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The version of a result folder's format, which the folder's file `format` contains. */
#ifndef BLACKOUT_FACTS_FORMAT_H
#define BLACKOUT_FACTS_FORMAT_H

#include "harness/base/base.h"

#define FOLDER_FORMAT "1"

/*
 * Checks that this program can read a folder; a folder without the file `format` has version 1.
 * Errors: another version, the file cannot be read.
 */
int format_check(const char *dir, struct err *e);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * facts/environment.json describes the machine and programs that a folder's facts were measured
 * with, so that two folders can be compared later. The first file is never replaced; each
 * `blackout run --resume` adds another one, facts/environment-2.json and so on.
 */
#ifndef BLACKOUT_FACTS_ENVIRONMENT_H
#define BLACKOUT_FACTS_ENVIRONMENT_H

#include "harness/base/base.h"

#include <jansson.h>

/* The text of facts/environment.json, which the caller frees; NULL if it cannot be read. */
char *environment_read(const char *dir);
/* Writes the file of a folder without a plan: program version, machine, its calibration. */
int environment_write(const char *dir, struct err *e);
/* Writes `root` to the folder's next free environment file. Takes over the reference to `root`. */
int environment_write_json(json_t *root, const char *dir, struct err *e);

#endif

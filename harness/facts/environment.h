/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * facts/environment.json describes the machine and programs that a folder's facts were measured
 * with, so that later one can see how two folders differ. It is written once; each resumed run adds
 * a file of its own, facts/environment-2.json and so on.
 */
#ifndef BLACKOUT_FACTS_ENVIRONMENT_H
#define BLACKOUT_FACTS_ENVIRONMENT_H

#include "harness/base/base.h"

#include <jansson.h>

/* The text of facts/environment.json (malloc'd); NULL if it cannot be read. */
char *environment_read(const char *dir);
/* Writes the file for a folder without a plan: program version, machine, its calibration. */
int environment_write(const char *dir, struct err *e);
/* Writes `root` to the folder's next free file name. Takes over the reference to `root`. */
int environment_write_json(json_t *root, const char *dir, struct err *e);

#endif

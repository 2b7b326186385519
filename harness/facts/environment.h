/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * facts/environment.json: what a folder's facts were measured on, so that two runs can be told apart later.
 * Written once a folder; each resumed run adds a file of its own beside it.
 */
#ifndef BLACKOUT_FACTS_ENVIRONMENT_H
#define BLACKOUT_FACTS_ENVIRONMENT_H

#include "harness/base/base.h"

#include <jansson.h>

/* The text of facts/environment.json (malloc'd); NULL where there is none, which the reports say. */
char *environment_read(const char *dir);
/* Writes it for a folder without a plan: program, machine, its calibration. */
int environment_write(const char *dir, struct err *e);
/* Writes `root`, which it takes over, beside what earlier runs wrote. */
int environment_write_json(json_t *root, const char *dir, struct err *e);

#endif

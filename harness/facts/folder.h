/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Makes a result folder and records how it was left. A folder without a plan (standalone) has
 * facts/watch.tsv, whose `watch` fact tells the command that made it.
 */
#ifndef BLACKOUT_FACTS_FOLDER_H
#define BLACKOUT_FACTS_FOLDER_H

#include "harness/facts/facts.h"

/*
 * Makes the result folder DIR with facts/, format and, if there is a plan, facts/plan.ini. `plan`
 * is the text of the resolved plan, NULL for a standalone folder. Returns PASS; USAGE if the folder
 * exists and is not empty (nothing was touched); SETUP or BROKE_OFF (a full disk) if it cannot be
 * made (then nothing of it is left).
 */
enum status folder_make(const char *plan, const char *dir, struct err *e);
/*
 * Makes a temporary folder in $TMPDIR (else /tmp) for facts that nobody keeps. Sets `dir` to its
 * name, to "" on errors.
 */
int folder_scratch(const char *command, char *dir, size_t size, struct err *e);
/* Removes a folder and everything in it; does nothing if `dir` is "". */
void folder_remove(const char *dir);
/* Opens facts/watch.tsv and writes the `watch` fact; bound_ns NS_NONE: no bound. */
int folder_begin_standalone(struct fact_log **log, const char *dir, const char *command,
	int64_t bound_ns, struct err *e);
/* Writes the `folder` fact: how the run ended, so that a later report has the same status. */
void folder_close(struct fact_log *log, const struct clock *clock, enum status status);

#endif

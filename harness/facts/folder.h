/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Creates a result folder and records how its plan or command ended. A folder without a plan
 * (standalone) has facts/watch.tsv, whose `watch` fact names the command that created it.
 */
#ifndef BLACKOUT_FACTS_FOLDER_H
#define BLACKOUT_FACTS_FOLDER_H

#include "harness/facts/facts.h"

/*
 * Creates the result folder `dir` with facts/, format and, if there is a plan, facts/plan.ini.
 * `plan` is the text of the resolved plan, NULL for a standalone folder. Returns PASS; USAGE if the
 * folder exists and is not empty (nothing was touched) or its name is too long; SETUP or BROKE_OFF
 * (a full disk) if it cannot be created (it is then removed again).
 */
enum status folder_make(const char *plan, const char *dir, struct err *e);
/*
 * Checks that nobody else could have changed the folder's plan, which a resume executes: folder,
 * facts/ and plan belong to the calling user or to root, are no symbolic links, and not everybody
 * may write to them. Errors: one of them is otherwise, or is missing.
 */
int folder_check_plan_owner(const char *dir, struct err *e);
/*
 * Creates a temporary folder in $TMPDIR (else /tmp) for facts that are not kept. `command` appears
 * in its name. Sets `dir` to its path, or to "" on errors.
 */
int folder_scratch(const char *command, char *dir, size_t size, struct err *e);
/* Removes a folder and everything in it; does nothing if `dir` is "". */
void folder_remove(const char *dir);
/* Opens facts/watch.tsv and writes the `watch` fact. bound_ns NS_NONE: no bound. */
int folder_begin_standalone(struct fact_log **log, const char *dir, const char *command,
	int64_t bound_ns, struct err *e);
/*
 * Writes the `folder` fact, from which a later report takes its exit status. `log` may be NULL.
 * status: PASS if the plan or command was completed, else why not.
 */
void folder_close(struct fact_log *log, const struct clock *clock, enum status status);

#endif

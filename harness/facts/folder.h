/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A result folder's beginning and end: making it, and what it is closed as. A folder without a plan
 * says in facts/watch.tsv that it only watched.
 */
#ifndef BLACKOUT_FACTS_FOLDER_H
#define BLACKOUT_FACTS_FOLDER_H

#include "harness/facts/facts.h"

/*
 * Makes the result folder DIR: facts/, format and, for a plan, plan.ini as resolved. PASS; USAGE if
 * it is there and not empty (nothing was touched); SETUP or BROKE_OFF (a full disk) if it cannot be
 * made, and then nothing of it is left. `plan` is the text of plan.ini, NULL for a folder that only
 * watches.
 */
enum status folder_make(const char *plan, const char *dir, struct err *e);
/*
 * A folder of one's own in $TMPDIR (else /tmp), for facts that nobody keeps. `dir` is set to its name, to ""
 * on errors; they end with the mend.
 */
int folder_scratch(const char *command, char *dir, size_t size, struct err *e);
/* Removes such a folder with all that is in it; "" is none. */
void folder_remove(const char *dir);
/* Opens watch.tsv and writes the `watch` fact; bound_ns NS_NONE: none. */
int folder_begin_standalone(struct fact_log **log, const char *dir, const char *command,
	int64_t bound_ns, struct err *e);
/* Writes the `folder` fact: how it was left, so that a later report asks for the same status. */
void folder_close(struct fact_log *log, const struct clock *clock, enum status status);

#endif

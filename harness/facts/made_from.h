/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which facts a folder's tables were made from: the file made-from.tsv beside them, with the size
 * and name of each file in facts/. Facts are only ever appended, so the sizes tell whether the
 * tables are older than the facts.
 */
#ifndef BLACKOUT_FACTS_MADE_FROM_H
#define BLACKOUT_FACTS_MADE_FROM_H

#include "harness/base/directory.h"

#define MADE_FROM "made-from.tsv"

/*
 * The present content of made-from.tsv for a folder, which the caller frees; "" if it has no facts.
 * Call it before the facts are read. NULL: out of memory.
 */
char *made_from_now(const char *dir);
/*
 * Checks that the tables of a folder were made from its present facts. A folder without facts, or
 * of a version that wrote no such file, is right.
 */
int made_from_check(const char *dir, struct err *e);

#endif

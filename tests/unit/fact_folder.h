/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A temporary folder of facts that a test writes as text, and the timeline read from it. */
#ifndef BLACKOUT_TESTS_UNIT_FACT_FOLDER_H
#define BLACKOUT_TESTS_UNIT_FACT_FOLDER_H

#include "harness/timeline/timeline.h"

#define HEAD "#blackout-facts 1\n"
#define SEGMENT(ns, boot, utc, pid) \
	ns "\tsegment\t-\tboot=" boot "\tutc=" utc "\tpid=" pid "\tversion=0.1.0\n"

struct fact_folder {
	char dir[64];
	struct timeline *t;
};

void fact_folder_make(struct fact_folder *f);
/* Writes a file; `name` is its path in the folder, as "facts/run.tsv". */
void fact_folder_put(const struct fact_folder *f, const char *name, const char *text);
/* Reads the facts into f->t. */
void fact_folder_read(struct fact_folder *f);
void fact_folder_remove(struct fact_folder *f);

#endif

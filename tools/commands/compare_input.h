/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `compare` and `run --against` compare: the runs of several folders, and what else differs. */
#ifndef BLACKOUT_TOOLS_COMMANDS_COMPARE_INPUT_H
#define BLACKOUT_TOOLS_COMMANDS_COMPARE_INPUT_H

#include "harness/compare/compare.h"
#include "reports/compare/compare.h"

struct compare_input {
	struct run_rows base, fresh;
	/* Against the last base, the nearest; of the others what makes it meaningless. */
	struct differences differences;
	char base_label[1024];          /* every base's name */
};

/*
 * The rows of one result folder, or of a runs.csv. Errors: no such folder, one of another format, no
 * runs.csv in it, a table that cannot be read.
 */
int compare_input_rows(struct run_rows *rows, const char *dir, struct err *e);
/*
 * Reads the runs of each base and of the new folder; each is a result folder or a runs.csv. Errors: no
 * such folder, no runs.csv in it, a table that cannot be read (file, row and column are named).
 */
int compare_input_read(struct compare_input *input, const char *const *base, size_t base_count,
	const char *fresh, struct err *e);
void compare_input_free(struct compare_input *input);
/* Adds the runs of another folder to the new ones. */
int compare_input_add(struct compare_input *input, const char *fresh, struct err *e);
/* -1 where figures of base and new say nothing about each other, unless `force`. */
int compare_input_check(const struct compare_input *input, bool force, struct err *e);
/* The comparison on standard output. Errors: it cannot be written to. */
int compare_say(const struct comparison *comparison, const struct compare_labels *labels,
	struct err *e);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The input of `compare` and `run --against`: the runs of several folders, and the differences of
 * their environments.
 */
#ifndef BLACKOUT_TOOLS_COMMANDS_COMPARE_INPUT_H
#define BLACKOUT_TOOLS_COMMANDS_COMPARE_INPUT_H

#include "harness/compare/compare.h"
#include "reports/compare/compare.h"

struct compare_input {
	struct run_rows base, fresh;
	/*
	 * From the last base, which is the most similar; of the others only those that forbid
	 * comparing.
	 */
	struct differences differences;
	char base_label[1024]; /* the names of all bases, with commas */
};

/*
 * Reads the rows of one result folder, or of a runs.csv. 0; -1 with an error: no such folder, one
 * of another format, no runs.csv in it, a table that cannot be read.
 */
int compare_input_rows(struct run_rows *rows, const char *dir, struct err *e);
/*
 * Reads the runs of each base and of the new folder; each is a result folder or a runs.csv. Returns
 * and errors as compare_input_rows; the message names file, row and column.
 */
int compare_input_read(struct compare_input *input, const char *const *base, size_t base_count,
	const char *fresh, struct err *e);
void compare_input_release(struct compare_input *input);
/* Adds the runs of another folder to input->fresh. 0 or -1. */
int compare_input_add(struct compare_input *input, const char *fresh, struct err *e);
/* -1 if base and new runs must not be compared (simulated against real, say), unless `force`. */
int compare_input_check(const struct compare_input *input, bool force, struct err *e);
/* Prints the comparison on standard output. 0; -1: it cannot be written to. */
int comparison_print(
	const struct comparison *comparison, const struct compare_labels *labels, struct err *e);

#endif

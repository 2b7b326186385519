/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The gate of `run --against`: a case that is worse in a first comparison is run again, alone,
 * before it counts. A case that is worse by its verdict (FAIL) counts at once.
 */
#ifndef BLACKOUT_TOOLS_COMMANDS_REGRESSION_GATE_H
#define BLACKOUT_TOOLS_COMMANDS_REGRESSION_GATE_H

#include "harness/base/secrets.h"

/*
 * Compares the runs in `dir` with those of the bases and runs suspicious cases of its plan again,
 * into DIR/again-N, with the secrets of the first run. Prints the result on standard output and
 * writes the tables as they are after the second runs to DIR/compare. `subset`: cases that only the
 * bases have were left out on purpose. A stop request (Ctrl-C) cancels the move of a second run.
 * Returns PASS; FAIL: a confirmed regression; UNDECIDED: cannot tell; USAGE with an error: nothing
 * can be compared; BROKE_OFF: the tables cannot be written; else the status of a second run that
 * did not end.
 */
enum status regression_gate(const char *dir, const char *const *base, size_t base_count,
	bool subset, const struct secrets *secrets, struct err *e);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The gate of `run --against`: what became worse in a first comparison is run once more, by itself,
 * before it counts. A verdict of FAIL needs no second look: it counts as it is.
 */
#ifndef BLACKOUT_TOOLS_COMMANDS_REGRESSION_GATE_H
#define BLACKOUT_TOOLS_COMMANDS_REGRESSION_GATE_H

#include "harness/base/secrets.h"

/*
 * Compares the runs in DIR with those of the bases, runs suspicious cases of its plan again into
 * DIR/again-N, with the secrets that the first run had, and says on standard output what came of it;
 * DIR/compare holds the tables, as they stand after the second look. `part`: cases that only the bases
 * have were left out on purpose. A stop calls a second run's move off. Returns PASS; FAIL: a
 * regression that showed twice; UNDECIDED: cannot tell; USAGE with an error where nothing can be
 * compared; another status is that of a second run that did not end.
 */
enum status gate(const char *dir, const char *const *base, size_t base_count, bool part,
	const struct secrets *secrets, struct err *e);

#endif

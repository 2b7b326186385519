#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# 20,000 random series over all paths, as tests/cli/bounds.bats has a few of each, each time others. SEED is
# the clock's, or as given, so that a run can be made again.

setup() { cd "$BATS_TEST_DIRNAME/../.." || return 1; }

@test "bounds hold: 20,000 series with a new seed" {
	seed=${SEED:-$(date +%s)}
	echo "# property --series 20000 --seed $seed" >&3
	run "${B:-build}/property" --series 20000 --seed "$seed"
	echo "$output"
	[ "$status" -eq 0 ]
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The positive control of the integrity check: without the RAM-size mend QEMU 7.2 under TCG loses writes,
# and the plan that leaves the mend out reports it. Needs root, 4 GB and some minutes.

bats_require_minimum_version 1.5.0

setup() { cd "$BATS_TEST_DIRNAME/../.." || return 1; }

teardown() { "$BLACKOUT" lab down; }

@test "lost writes: corrupted, or a guest that is dead, within five moves" {
	dir=$BATS_TEST_TMPDIR/r
	run "$BLACKOUT" run plans/lostwrites.ini -o "$dir"
	[ "$status" -eq 1 ]
	grep -qE ',FAIL,"?(corrupted|above-bound|.*no-end)' "$dir/runs.csv"
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The truth of random series lies in their bounds, and no verdict is against it: 150 series a path. A
# violation tells its path and seed; `build/property --path PATH --one SEED` generates that series again.

bats_require_minimum_version 1.5.0

setup() { cd "$BATS_TEST_DIRNAME/../.." || return 1; }

# The seed is fixed, so that a failure comes again. tests/long/bounds.bats takes others.
bounds_hold() { # bounds_hold PATH
	run "${B:-build}/property" --path "$1" --series 150 --seed 13
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "bounds hold: probes line by line" { bounds_hold singly; }

@test "bounds hold: a prober that is killed at any moment" { bounds_hold killed; }

@test "bounds hold: two segments" { bounds_hold segments; }

@test "bounds hold: a prober whose clock stands still" { bounds_hold suspend; }

@test "bounds hold: more than 1,000 probes a second" { bounds_hold fast; }

@test "bounds hold: more than 100 targets" { bounds_hold fleet; }

@test "bounds hold: the window of a plan" { bounds_hold window; }

@test "bounds hold: several witnesses" { bounds_hold witnesses; }

@test "bounds hold: captures" { bounds_hold capture-plain; }

@test "bounds hold: captures whose clock steps" { bounds_hold capture-steps; }

@test "bounds hold: captures with identifiers and numbers that repeat" { bounds_hold capture-idents; }

@test "bounds hold: captures with frames out of order" { bounds_hold capture-disorder; }

@test "bounds hold: captures that lost frames" { bounds_hold capture-loss; }

@test "bounds hold: captures with all of these" { bounds_hold capture-all; }

@test "bounds hold: each path has its test here" {
	run -2 "${B:-build}/property" --path nowhere
	paths=$(sed -n 's/^paths: *//p' <<<"$output")
	[ -n "$paths" ]
	tested=$(sed -n 's/^@test .* bounds_hold \([a-z-]*\); }$/\1/p' "$BATS_TEST_FILENAME")
	[ "$(xargs -n 1 <<<"$paths" | sort)" = "$(sort <<<"$tested")" ]
}

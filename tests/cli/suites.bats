#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/run.sh: what it prints while suites run, and what it counts.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	suites=$BATS_TEST_TMPDIR/suites
	mkdir "$suites"
	export PRINTED=$BATS_TEST_TMPDIR/printed
}

# suite NAME: one made of standard input. bats takes each line that begins with @test for a test of this file.
suite() { sed 's/^test:/@test/' >"$suites/$1.bats"; }

@test "each suite is shown when it begins and when it has ended, while others still run" {
	# The second waits until it reads of itself and of the first in what was printed.
	suite a <<-'X'
		test: "one" { true; }
	X
	suite b <<-'X'
		test: "two" {
			for _ in $(seq 300); do
				grep -q 'b.bats: begins$' "$PRINTED" && return
				sleep 0.1
			done
			false
		}
		test: "three" {
			grep -Eq 'a.bats: ended after [0-9]+ s, 1 passed, 0 failed$' "$PRINTED"
			grep -q '^ok 1 one$' "$PRINTED"
		}
	X
	tests/run.sh "$suites" >"$PRINTED"
	grep -Eq 'b.bats: ended after [0-9]+ s, 2 passed, 0 failed$' "$PRINTED"
	[ "$(tail -n 1 "$PRINTED")" = "3 passed, 0 failed" ]
}

@test "a test that fails and a suite that does not run count as one failure each" {
	suite a <<-'X'
		test: "one" { true; }
		test: "two" { false; }
	X
	# bats refuses it without a line of results.
	suite b <<-'X'
		test: "one" { true; }
		test: "one" { true; }
	X
	run -1 tests/run.sh "$suites"
	[[ $output == *"a.bats: ended after "*" s, 1 passed, 1 failed"*"not ok 2 two"* ]]
	[[ $output == *"b.bats: ended after "*" s, 0 passed, 1 failed"* ]]
	[ "${lines[-1]}" = "1 passed, 2 failed" ]
}

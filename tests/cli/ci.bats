#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# docs/ci/gate.sh, what the files for CI servers do, on the simulated platform.

bats_require_minimum_version 1.5.0

setup() {
	gate=$BATS_TEST_DIRNAME/../../docs/ci/gate.sh
	cd "$BATS_TEST_TMPDIR" || return 1
}

# plan FILE LINK
plan() {
	printf '%s\n' '[plan]' 'repeat = 5' 'baseline = 2 s' 'settle = 1 s' '[platform sim]' 'outage = 300 ms' \
		"link = $2" '[vm desk]' 'memory = 256 MB' '[probe fine]' 'kind = burst' '[control switch]' \
		'target = lab-switch' >"$1"
}

@test "the last three good runs are the base, a worse run is red, and a change that is wanted begins anew" {
	plan good.ini '1 Gbit/s'
	plan slow.ini '500 Mbit/s'
	run -0 "$gate" run good.ini now good
	grep -q 'gate: nothing to compare with' <<<"$output"
	for kept in 1 2 3 3; do
		"$gate" keep now good
		[ "$(ls good | wc -l)" -eq "$kept" ]
		run -0 "$gate" run good.ini now good
		grep -q '^gate: no regression' <<<"$output"
	done
	grep -q 'good/1.*good/2.*good/3' <<<"$(tr -s ' \n' ' ' <now/compare/compare.txt)"
	run -1 "$gate" run slow.ini now good
	grep -q '^gate: REGRESSION' <<<"$output"
	ACCEPT=yes run -0 "$gate" run slow.ini now good
	[ ! -e now/compare ]
	ACCEPT=yes "$gate" keep now good
	[ "$(ls good)" = 1 ]
	run -0 "$gate" run slow.ini now good
	run -2 "$gate" keep nowhere good
	[ "$(ls good)" = 1 ]
	run -2 "$gate" keep
	[[ "$output" == 'usage: gate.sh run PLAN NOW GOOD'* ]]
}

@test "small steps for the worse are found when they have added up" {
	plan good.ini '1 Gbit/s'
	"$gate" run good.ini now good
	for link in 940 880 820; do
		"$gate" keep now good
		plan good.ini "$link Mbit/s"
		status=0
		"$gate" run good.ini now good || status=$?
		[ "$status" -eq 0 ] || break
	done
	[ "$status" -eq 1 ]
}

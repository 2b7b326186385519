# SPDX-License-Identifier: GPL-3.0-or-later
# What tests of report.html share: simulated runs, and a browser that looks at their pages.

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	dir=$BATS_TEST_TMPDIR/r
	look() { python3 tests/cli/page.py "$@" 2>>"$BATS_TEST_TMPDIR/times"; }
}

# simulate SED: plans/sim.ini, changed so, carried out into $dir; some of its moves fail
simulate() {
	sed "$1" plans/sim.ini >"$BATS_TEST_TMPDIR/plan.ini"
	run "$BLACKOUT" run "$BATS_TEST_TMPDIR/plan.ini" -o "$dir"
	[ "$status" -eq 1 ]
}

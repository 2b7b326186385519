#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# 10,000 targets every 100 ms for a minute, half of it an outage of all. Needs root and a quiet machine.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	dir=$BATS_TEST_TMPDIR/fleet
	# shellcheck source=tests/responder/fleet.bash
	. tests/responder/fleet.bash
}

teardown() { ip netns del "$ns"; }

@test "10,000 targets: every gap right, facts under 50 MB" {
	fleet_begin "bfleet-$(basename "$BATS_RUN_TMPDIR")" 10000
	fleet_probe 60 15 30
	fleet_check 10000
	[ "$(du -sb "$dir/out/facts" | cut -f1)" -lt 50000000 ]
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# A thousand targets and one responder for all of them, in a namespace of their own. Needs root.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	[ "$(id -u)" -eq 0 ] || { echo "fleet.bats needs root" >&2; return 1; }
	dir=$BATS_TEST_TMPDIR/fleet
	# shellcheck source=tests/responder/fleet.bash
	. tests/responder/fleet.bash
}

teardown() { ip netns del "$ns"; }

@test "1,000 targets: an outage of all is found for each, its length inside the bounds" {
	fleet_begin "bfleet-$(basename "$BATS_RUN_TMPDIR")" 1000
	fleet_probe 7 2 3
	fleet_check 1000
	# Runs: neither a line a probe (70,000) nor half of it.
	[ "$(cat "$dir"/out/facts/*.tsv | wc -l)" -lt 30000 ]
}

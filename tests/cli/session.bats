#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# A remote-desktop session kept through a real move in the lab. Needs root.

bats_require_minimum_version 1.5.0
load in_lab

setup() {
	dir=$BATS_TEST_TMPDIR/r
	plan=$BATS_TEST_TMPDIR/p.ini
	cat >"$plan" <<-X
		[plan]
		baseline = 2 s
		settle = 1 s
		answer = 5 min
		[lab]
		warm-up = no
		[vm desk]
		memory = 256 MB
		fill = 40 %
		session = attached, detached
		[probe fine]
		kind = burst
		[probe desktop]
		kind = rdp
		[probe wire]
		kind = capture
		[control switch]
		target = lab-switch
	X
}

# session NAME NUMBER: a column of the NUMBERth row of sessions.csv
session() { column "$dir/sessions.csv" "$1" | sed -n "$2p"; }

@test "a remote-desktop session lives through a move, one is tried while there is none, and no password is seen" {
	word=canary-$RANDOM$RANDOM
	# The guest has no user to log in: the program is told, and goes on without. That it wipes what it was told,
	# rdp.bats sees.
	cat >"$BATS_TEST_TMPDIR/told-rdp" <<-X
		#!/bin/sh
		echo "\$BLACKOUT_RDP_USER \$BLACKOUT_RDP_PASSWORD" >"$BATS_TEST_TMPDIR/told"
		unset BLACKOUT_RDP_USER BLACKOUT_RDP_PASSWORD
		exec "$(dirname "$BLACKOUT")/blackout-rdp" "\$@"
	X
	chmod 755 "$BATS_TEST_TMPDIR/told-rdp"
	BLACKOUT_RDP=$BATS_TEST_TMPDIR/told-rdp BLACKOUT_RDP_USER=tester BLACKOUT_RDP_PASSWORD=$word \
		"$BLACKOUT" run "$plan" -o "$dir" >"$dir.log" 2>&1 3>&- &
	pid=$!
	for _ in $(seq 1200); do
		grep -q "name=trigger.what=begin" "$dir/facts/run.tsv" 2>/dev/null && break
		sleep 0.1
	done
	[ "$(cat "$BATS_TEST_TMPDIR/told")" = "tester $word" ]
	# The session is open; hosts, guest, stations and it are processes that began while there was a password.
	pgrep -f "blackout-rdp.*10\.20\.0\.101"
	cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline >"$BATS_TEST_TMPDIR/seen" 2>/dev/null || true
	grep -qaF blackout-rdp "$BATS_TEST_TMPDIR/seen"
	run grep -aF -- "$word" "$BATS_TEST_TMPDIR/seen"
	[ "$status" = 1 ]
	# The verdict is the blackout's, which a busy machine may stretch: what counts here are the sessions.
	wait "$pid" || true
	pid=
	run grep -rlF -- "$word" "$dir" "$dir.log"
	[ "$status" = 1 ]
	[ "$(column "$dir/runs.csv" outcome | sort -u)" = ok ]
	[ "$(session kind 1)" = rdp ]
	[ "$(session drops 1)" = 0 ]
	[ "$(session state_kept 1)" = yes ]
	[ -n "$(session gap_hi_s 1)" ]
	[ -n "$(session network_hi_s 1)" ]
	[ -n "$(session sent_again 1)" ]
	# Detached: none was open, and it was tried; a busy guest may take too long over each.
	[ -z "$(session opened_s 2)" ]
	[ "$(session tries 2)" -ge 1 ]
	[ -n "$(session first_try_s 2)" ]
	grep -q 'a user who is not connected: tried' "$dir/report.txt"
	[ "$(grep -c "$(printf '\tanswer\t')" "$dir/facts/local-desktop.tsv")" -gt 50 ]
	grep -q '^Sessions$' "$dir/report.txt"
	run ! pgrep -f "blackout-rdp.*10\.20\.0\.101"
}

@test "without blackout-rdp a plan with a remote desktop is not set up, and the error says how to get it" {
	BLACKOUT_RDP=/nowhere/blackout-rdp run -4 "$BLACKOUT" run "$plan" -o "$dir"
	[[ $output == *"BLACKOUT_RDP=/nowhere/blackout-rdp cannot be run"* ]]
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# `blackout calibrate`: known outages against the real probes. Needs root.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	[ "$(id -u)" -eq 0 ] || { echo "calibrate.bats needs root" >&2; return 1; }
	export XDG_STATE_HOME=$BATS_FILE_TMPDIR/state
	export TMPDIR=$BATS_TEST_TMPDIR
}

# inhabited NAMESPACE...: those of them that somebody lives in
inhabited() {
	for at in /proc/[0-9]*/ns/net; do
		readlink "$at" || true
	done 2>/dev/null | sort -u | grep -Fx "$(printf '%s\n' "$@")"
}

@test "every known outage lies inside its bounds, in all four kinds" {
	run "$BLACKOUT" calibrate -d 14s -i 10ms -i 1ms -o "$BATS_FILE_TMPDIR/facts"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "${lines[0]}" =~ ^All\ [1-9][0-9]*\ known\ outages\ lie\ inside ]]
	for row in 10ms 1ms; do
		for what in drop mute hold slow; do
			grep -q "	silence	0	what=$what	" "$BATS_FILE_TMPDIR/facts/facts/$row-truth.tsv"
		done
	done
}

@test "its folder is one to report on" {
	run -0 "$BLACKOUT" report "$BATS_FILE_TMPDIR/facts" -o "$BATS_TEST_TMPDIR/out"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/out/gaps.csv")" -gt 10 ]
}

@test "what it stored is quoted by a later report, the loaded beside the quiet" {
	run "$BLACKOUT" calibrate -d 12s -i 10ms --load
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *"Stored in $XDG_STATE_HOME/blackout/calibration.json"* ]]
	[ -z "$(ls "$TMPDIR")" ]
	jq=$(grep -c '"interval_ns": 10000000' "$XDG_STATE_HOME/blackout/calibration.json")
	[ "$jq" -eq 2 ]
	mkdir -p "$BATS_TEST_TMPDIR/folder"
	cp -r "$BATS_FILE_TMPDIR/facts/." "$BATS_TEST_TMPDIR/folder"
	printf '{"calibration":%s}\n' "$(cat "$XDG_STATE_HOME/blackout/calibration.json")" \
		>"$BATS_TEST_TMPDIR/folder/facts/environment.json"
	run -0 "$BLACKOUT" report "$BATS_TEST_TMPDIR/folder"
	grep -q '^  This machine at 10ms: the middle' "$BATS_TEST_TMPDIR/folder/report.txt"
	grep -q '^  This machine at 10ms, every core busy: ' "$BATS_TEST_TMPDIR/folder/report.txt"
}

@test "killed, interrupted: nothing stays, nothing is stored" {
	for signal in KILL INT; do
		"$BLACKOUT" calibrate -d 30s -i 10ms -i 1s --load 2>"$BATS_TEST_TMPDIR/said" 3>&- &
		pid=$!
		for _ in $(seq 250); do
			ls "$TMPDIR"/blackout-calibrate-*/facts/1s-ping.tsv >/dev/null 2>&1 && break
			sleep 0.02
		done
		children=$(cat "/proc/$pid/task/$pid/children")
		[ "$(wc -w <<<"$children")" -ge 4 ]
		spaces=$(for child in $children; do readlink "/proc/$child/ns/net"; done |
			grep -vFx "$(readlink /proc/$$/ns/net)" | sort -u)
		[ "$(wc -w <<<"$spaces")" -eq 2 ]
		kill -"$signal" "$pid"
		ended=0
		wait "$pid" || ended=$?
		for child in $children; do
			for _ in $(seq 250); do
				grep -qs '^State:	[^ZX]' "/proc/$child/status" || break
				sleep 0.02
			done
			run ! grep -qs '^State:	[^ZX]' "/proc/$child/status"
		done
		# shellcheck disable=SC2086
		[ -z "$(inhabited $spaces)" ]
		[ $signal != KILL ] || rm -rf "$TMPDIR"/blackout-calibrate-*
	done
	echo "ended $ended"
	cat "$BATS_TEST_TMPDIR/said"
	[ "$ended" -eq 130 ]
	grep -q 'interrupted; nothing was stored' "$BATS_TEST_TMPDIR/said"
	[ -z "$(ls -d "$TMPDIR"/blackout-calibrate-* 2>/dev/null)" ]
}

@test "what it cannot do, it says" {
	run -2 "$BLACKOUT" calibrate -i 10
	[[ "$output" == *"'10' lacks its unit"* ]]
	run -2 "$BLACKOUT" calibrate -i 1us
	[[ "$output" == *"100 us to 1 s"* ]]
	run -2 "$BLACKOUT" calibrate -i 1ms -i 1ms
	[[ "$output" == *"given twice"* ]]
	run -2 "$BLACKOUT" calibrate -d 1s
	[[ "$output" == *"-d 1s: must be from 12 s"* ]]
	run -2 "$BLACKOUT" calibrate --seed x
	[[ "$output" == *"a whole number"* ]]
	run -2 "$BLACKOUT" calibrate -o tests
	[[ "$output" == *"tests: exists and is not empty"* ]]
	run -2 "$BLACKOUT" calibrate now
	[[ "$output" == usage:* ]]
	run -4 setpriv --reuid 65534 --clear-groups "$BLACKOUT" calibrate
	[[ "$output" == *"needs root (sudo blackout calibrate)"* ]]
}

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
		[lab]
		warm-up = no
		[vm desk]
		memory = 256 MB
		fill = 40 %
		session = attached
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

column() { awk -F, -v name="$2" '{sub("\r$", "")} NR==1 {for (i=1;i<=NF;i++) if ($i==name) c=i; next} {print $c}' "$1"; }

@test "a remote-desktop session lives through a move, its text kept, its gap beside the network's" {
	# The verdict is the blackout's, which a busy machine may stretch: what counts here is the session.
	run "$BLACKOUT" run "$plan" -o "$dir"
	[ "$(column "$dir/runs.csv" outcome)" = ok ]
	[ "$(column "$dir/sessions.csv" kind)" = rdp ]
	[ "$(column "$dir/sessions.csv" drops)" = 0 ]
	[ "$(column "$dir/sessions.csv" state_kept)" = yes ]
	[ -n "$(column "$dir/sessions.csv" gap_hi_s)" ]
	[ -n "$(column "$dir/sessions.csv" network_hi_s)" ]
	[ -n "$(column "$dir/sessions.csv" sent_again)" ]
	[ "$(grep -c "$(printf '\tanswer\t')" "$dir/facts/local-desktop.tsv")" -gt 50 ]
	grep -q '^Sessions$' "$dir/report.txt"
	run ! pgrep -f "blackout-rdp.*10\.20\.0\.101"
}

@test "without blackout-rdp a plan with a remote desktop is not set up, and the error says how to get it" {
	BLACKOUT_RDP=/nowhere/blackout-rdp run -4 "$BLACKOUT" run "$plan" -o "$dir"
	[[ $output == *"BLACKOUT_RDP=/nowhere/blackout-rdp cannot be run"* ]]
}

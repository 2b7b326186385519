#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# A small installation in a VM that is moved, and one of which a file is harmed on purpose. Needs root.

bats_require_minimum_version 1.5.0
load in_lab

# The n-th field of workloads.csv or runs.csv in the row of a run.
field() {
	awk -F, -v run="$2" -v n="$3" 'NR > 1 && $2 == run { print $n }' "$dir/$1"
}

@test "an installation lives through its move, and a file that is harmed is named" {
	cat >"$plan" <<-X
		[plan]
		repeat = 2
		baseline = 1 s
		settle = 5 s
		[lab]
		warm-up = no
		[vm desk]
		memory = 256 MB
		fill = 40 %
		[workload suite]
		kind = install
		size = 20 MB
		lead = 4 s
		timeout = 2 min
		unmoved = 0
		[probe fine]
		kind = burst
		[control switch]
		target = lab-switch
	X
	"$BLACKOUT" run "$plan" -o "$dir" >"$dir.log" 2>&1 3>&- &
	pid=$!
	for _ in $(seq 900); do
		grep -q "$(printf '\tworkload\t0/2\t').*what=over" "$dir/facts/run.tsv" 2>/dev/null && break
		sleep 0.1
	done
	# It is over while the VM moves or settles: on either host.
	for host in 11 12; do
		run "$BLACKOUT" lab exec "$(readlink -f "$B")/agent-say" "qemu+tcp://10.10.0.$host/system" desk \
			'work corrupt install'
		[ "$status" != 0 ] || break
	done
	[[ $output =~ ^ok\ file=(.+)$ ]]
	harmed=${BASH_REMATCH[1]}
	status=0
	wait "$pid" || status=$?
	pid=
	cat "$dir.log"
	[ "$status" = 1 ]
	[ "$(field workloads.csv 1 8)" = yes ]
	[ "$(field runs.csv 1 17)" = ok ]
	[ "$(field workloads.csv 2 8)" = no ]
	[[ $(field workloads.csv 2 9) == *"$harmed"* ]]
	[ "$(field runs.csv 2 17)" = corrupted ]
	[[ $(field runs.csv 2 19) == corrupted* ]]
	grep -q "$harmed" "$dir/report.txt"
}

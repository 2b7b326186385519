#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Small installations in a VM that is moved: one that is well, one of which a file is harmed on purpose, and one
# that fills the guest's disk. Needs root.

bats_require_minimum_version 1.5.0
load in_lab

# The n-th field of workloads.csv or runs.csv in the row of a case.
field() {
	awk -F, -v name="workload=$2" -v n="$3" 'NR > 1 && $1 == name { print $n }' "$dir/$1"
}

@test "an installation lives through its move, a harmed file is named, and a full disk is no failed move" {
	cat >"$plan" <<-X
		[plan]
		baseline = 1 s
		settle = 5 s
		answer = 5 min
		[lab]
		warm-up = no
		[vm desk]
		memory = 256 MB
		fill = 40 %
		workload = suite, again, large
		disk = 48 MB
		[workload suite]
		kind = install
		size = 20 MB
		lead = 4 s
		timeout = 2 min
		unmoved = 0
		[workload again]
		kind = install
		size = 20 MB
		lead = 4 s
		timeout = 2 min
		unmoved = 0
		[workload large]
		kind = install
		size = 200 MB
		lead = 2 s
		timeout = 2 min
		unmoved = 0
		[probe fine]
		kind = burst
		[control switch]
		target = lab-switch
	X
	begin
	for _ in $(seq 900); do
		grep -q "$(printf '\tworkload\t1/1/1\t').*what=over" "$dir/facts/run.tsv" 2>/dev/null && break
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
	finish
	cat "$dir.log"
	[ "$status" = 1 ]
	[ "$(field workloads.csv suite 8)" = yes ]
	[ "$(field runs.csv suite 17)" = ok ]
	[ "$(field workloads.csv again 8)" = no ]
	[[ $(field workloads.csv again 9) == *"$harmed"* ]]
	[ "$(field runs.csv again 17)" = corrupted ]
	[[ $(field runs.csv again 19) == corrupted* ]]
	grep -q "$harmed" "$dir/report.txt"
	[ "$(field runs.csv large 16)" = ok ]
	[ "$(field runs.csv large 17)" = ok ]
	[ -n "$(field runs.csv large 14)" ]
	[ "$(field workloads.csv large 8)" = "" ]
	[ "$(field workloads.csv large 11)" = failed ]
	[[ $(field workloads.csv large 9) == *"No space left on device (the guest's disk is full)" ]]
	grep -q "^1 workload did not finish. That is not a failure of a move" "$dir/report.txt"
}

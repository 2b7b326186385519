#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Several real VMs moved in one run in the lab, and what happens when the run is ended. Needs root.

bats_require_minimum_version 1.5.0
load in_lab

# together COUNT AT-A-TIME LINK: a plan whose only run moves COUNT small VMs
together() {
	cat >"$plan" <<-X
		[plan]
		repeat = 1
		baseline = 2 s
		settle = 1 s
		answer = 5 min
		bound = none
		[lab]
		link = $3
		warm-up = no
		[vm desk]
		count = $1
		memory = 160 MB
		fill = 40 %
		[move]
		together = $2
		[probe fine]
		kind = burst
		[control switch]
		target = lab-switch
	X
}

# copied COUNT: whether memory of COUNT VMs was copied
copied() {
	[ "$(grep -s "$(printf '\tprogress\t').*processed=[1-9]" "$dir/facts/driver.tsv" | cut -f3 | sort -u | wc -l)" -ge "$1" ]
}

# start COUNT: begins, and waits until memory of COUNT VMs is being copied or was copied
start() {
	begin
	await copied "$1"
}

@test "three VMs, two at a time: one window, a row each, all unharmed at the destination" {
	together 3 2 '1 Gbit/s'
	"$BLACKOUT" run "$plan" -o "$dir" >"$dir.log" 2>&1
	[ "$(column "$dir/runs.csv" vm | tr '\n' ' ')" = 'desk-1 desk-2 desk-3 ' ]
	[ "$(column "$dir/runs.csv" move | tr '\n' ' ')" = '1 2 3 ' ]
	[ "$(column "$dir/runs.csv" outcome | sort -u)" = ok ]
	[ "$(column "$dir/runs.csv" integrity | sort -u)" = ok ]
	[ "$(grep -o 'window.*' "$dir/facts/run.tsv" | cut -f3- | sort -u | wc -l)" -eq 1 ]
	# The third move is requested after one of the others ended.
	requested=$(awk -F'\t' '$2 == "job" && $3 == "desk-3" && /what=requested/ {print $1}' "$dir/facts/driver.tsv")
	ended=$(awk -F'\t' '$2 == "job" && $3 != "desk-3" && /what=ended/ {print $1}' "$dir/facts/driver.tsv" | sort -n | head -n 1)
	[ "$requested" -gt "$ended" ]
}

@test "Ctrl-C with three jobs running calls all of them off; every VM is in one place" {
	together 3 3 '80 Mbit/s'
	start 3
	kill -INT "$pid"
	finish
	[ "$status" -eq 130 ]
	grep -q INTERRUPTED "$dir/report.txt"
	[ "$(grep -c "$(printf '\tjob\t').*state=cancelled" "$dir/facts/driver.tsv")" -eq 3 ]
	[ "$(grep -c "calling off the move" "$dir.log")" -eq 3 ]
	run grep 'not on exactly one host' "$dir.log"
	[ "$status" -eq 1 ]
}

@test "libvirtd killed with three jobs running: FAIL, each VM in exactly one place" {
	together 3 3 '80 Mbit/s'
	start 3
	kill_libvirtd
	finish
	[ "$status" -eq 1 ]
	for n in 1 2 3; do
		[ "$(grep -c "$(printf '\tplace\t0/1/%s\t' $n).*state=running" "$dir/facts/run.tsv")" -eq 1 ]
	done
}

@test "a VM that dies while it waits for its turn: FAIL with its silence; the other is moved" {
	together 2 1 '80 Mbit/s'
	sed -i 's/^settle.*/&\nwatch = 5 s/' "$plan"
	start 1
	kill_vm desk-2
	finish
	[ "$status" -eq 1 ]
	[ "$(column "$dir/runs.csv" outcome | tr '\n' ' ')" = 'ok not-started ' ]
	[ "$(column "$dir/runs.csv" reason | tail -n 1 | cut -d';' -f1)" = outcome-not-started ]
	[ "$(column "$dir/runs.csv" blackout_hi_s | tail -n 1)" = inf ]
	tr -s ' \n' ' ' <"$dir/report.txt" | grep -q 'the move could not be started: host a: VM desk-2 does not run'
}

@test "kill -9 with half of the run moved: the whole run is done again" {
	together 2 1 '200 Mbit/s'
	start 2
	kill -9 "$pid"
	wait "$pid" || true
	pid=
	# Neither VM's run was completed, although one of them was moved.
	run -3 "$BLACKOUT" report "$dir"
	[ "$(column "$dir/runs.csv" reason | sort -u)" = broke-off ]
	"$BLACKOUT" lab down
	"$BLACKOUT" run --resume "$dir" >"$dir.log" 2>&1
	[ "$(grep -c "$(printf '\trun\t').*attempt=2" "$dir/facts/run.tsv")" -eq 2 ]
	[ "$(column "$dir/runs.csv" outcome | tail -n 2 | sort -u)" = ok ]
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# `blackout run` from outside on the simulated platform: no root needed, no VM touched.

bats_require_minimum_version 1.5.0
load tables

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	dir=$BATS_TEST_TMPDIR/r
	sim=$BATS_TEST_TMPDIR/sim.ini
}

# plan WORDS... : a small simulated plan; WORDS are lines for [platform sim]
plan() {
	{
		printf '[plan]\ntitle = Small\nrepeat = 2\nbaseline = 3 s\nsettle = 2 s\n'
		printf '[platform sim]\n'
		printf '%s\n' "$@"
		printf '[vm desk]\nmemory = 256 MB\nsession = attached, detached\n'
		printf '[probe classic]\nkind = ping\n[probe fine]\nkind = burst\n[probe user]\nkind = session\n'
		printf '[control switch]\ntarget = sim-switch\n'
	} >"$sim"
}

@test "a simulated plan passes, says SIMULATED, and leaves every file" {
	plan 'outage = 300 ms'
	run "$BLACKOUT" run "$sim" -o "$dir"
	[ "$status" -eq 0 ]
	for f in format facts/plan.ini facts/environment.json facts/run.tsv facts/driver.tsv \
		facts/local-classic.tsv facts/local-fine.tsv runs.csv gaps.csv cases.csv sessions.csv report.txt; do
		[ -s "$dir/$f" ]
	done
	grep -q SIMULATED "$dir/report.txt"
	grep -q SIMULATED "$dir/runs.csv"
	[ "$(column "$dir/runs.csv" verdict | sort -u)" = PASS ]
	[ "$(wc -l <"$dir/runs.csv")" -eq 5 ]
}

@test "the blackout's interval holds the simulated truth" {
	plan 'outage = 1.5 s'
	run "$BLACKOUT" run "$sim" -o "$dir"
	[ "$status" -eq 0 ]
	run awk -F, 'NR==1 {for (i=1;i<=NF;i++) h[$i]=i; next}
		!($h["blackout_lo_s"] <= 1.5 && 1.5 <= $h["blackout_hi_s"]) {print; bad=1} END {exit bad}' "$dir/runs.csv"
	[ "$status" -eq 0 ]
}

@test "a long blackout is FAIL, a failed job is FAIL however short the blackout" {
	plan 'outage = 4 s'
	run "$BLACKOUT" run "$sim" -o "$dir"
	[ "$status" -eq 1 ]
	grep -q above-bound "$dir/runs.csv"
	plan 'outage = 100 ms' 'job = failed'
	run "$BLACKOUT" run "$sim" -o "$dir.2"
	[ "$status" -eq 1 ]
	grep -q outcome-failed "$dir.2/runs.csv"
}

@test "report says the same bytes three times, and for a read-only folder elsewhere" {
	plan 'outage = 300 ms'
	"$BLACKOUT" run "$sim" -o "$dir"
	for i in 1 2 3; do "$BLACKOUT" report "$dir" -o "$dir.$i"; done
	diff -r "$dir.1" "$dir.2"
	diff -r "$dir.1" "$dir.3"
	cmp "$dir/runs.csv" "$dir.1/runs.csv"
}

@test "--only runs one run, --resume does what is missing" {
	plan 'outage = 300 ms'
	run "$BLACKOUT" run "$sim" -o "$dir" --only 'session=attached/2'
	[ "$(wc -l <"$dir/runs.csv")" -eq 2 ]
	run "$BLACKOUT" run --resume "$dir"
	[ "$status" -eq 0 ]
	[ "$(wc -l <"$dir/runs.csv")" -eq 5 ]
	run "$BLACKOUT" run --resume "$dir"
	[ "$status" -eq 0 ]
}

# failing LIST REPEAT : a simulated plan; the k-th run's VM cannot be started for so many times as LIST says
failing() {
	printf '[plan]\nrepeat = %s\nbaseline = 3 s\nanswer = 3 s\n[platform sim]\nfailed-starts = %s\n' "$2" "$1"
	printf '[vm desk]\nmemory = 256 MB\n[probe classic]\nkind = ping\n[probe fine]\nkind = burst\n'
	printf '[control switch]\ntarget = sim-switch\n'
}

@test "a run that cannot be set up: INVALID with its reason, the plan goes on, a resume tries it again" {
	failing '0, 1000, 2, 0' 4 >"$sim"
	run -3 "$BLACKOUT" run "$sim" -o "$dir"
	[[ "$output" == *"this run could not be set up: VM desk cannot be started (simulated)"* ]]
	[[ "$output" == *"to try again: blackout run --resume $dir"* ]]
	[ "$(column "$dir/runs.csv" verdict | tr '\n' ' ')" = "PASS INVALID PASS PASS " ]
	grep -q '^all,2,desk,1,SIMULATED,,,,,,,,,,,,,INVALID,set-up-failed' "$dir/runs.csv"
	grep -q '^all,SIMULATED,3,.*,INVALID' "$dir/cases.csv"
	# The sentence may be broken at a blank.
	for f in report.txt report.html; do
		tr -s ' \n' ' ' <"$dir/$f" | grep -q 'the run could not be set up: VM desk cannot be started (simulated)'
	done
	grep -q '4 moves in 1 case: 1 INVALID, 3 PASS; 1 planned move was not carried out' "$dir/report.txt"
	grep -q 'verified unharmed after 3 of 3 moves' "$dir/report.txt"
	grep -q '<skipped message="INVALID: set-up-failed: VM desk cannot be started (simulated)"/>' "$dir/junit.xml"
	run -3 "$BLACKOUT" watch "$dir" --once
	[[ "$output" == *"1 INVALID, 3 PASS"* ]]
	run -0 "$BLACKOUT" run --resume "$dir"
	[ "$(column "$dir/runs.csv" verdict | tr '\n' ' ')" = "PASS PASS PASS PASS " ]
}

@test "compare: a run that could not be set up is no regression and no figure" {
	failing '0' 5 >"$sim"
	"$BLACKOUT" run "$sim" -o "$dir.base"
	failing '0, 0, 1000, 0, 0' 5 >"$sim"
	run -3 "$BLACKOUT" run "$sim" -o "$dir.new"
	run "$BLACKOUT" compare "$dir.base" "$dir.new"
	[[ "$output" != *REGRESSION* ]]
	[ "$status" -ne 1 ]
	run "$BLACKOUT" compare "$dir.new" "$dir.base"
	[[ "$output" != *REGRESSION* ]]
	[ "$status" -ne 1 ]
	run -0 "$BLACKOUT" trend -o "$dir.trend" "$dir.base" "$dir.new"
}

@test "three runs in a row that cannot be set up end the plan: status 4, the reasons are named" {
	failing '0, 1000, 1000, 1000, 0, 0' 6 >"$sim"
	run -4 "$BLACKOUT" run "$sim" -o "$dir"
	[[ "$output" == *"three runs in a row could not be set up (all run 2: VM desk cannot be started (simulated); "* ]]
	[[ "$output" == *"continue: blackout run --resume $dir"* ]]
	[ "$(wc -l <"$dir/runs.csv")" -eq 5 ]
	grep -q 'state=set-up-failed' "$dir/facts/run.tsv"
	grep -q 'SET-UP FAILED' "$dir/report.txt"
}

@test "a folder that is not empty is refused and untouched" {
	plan 'outage = 300 ms'
	mkdir "$dir"; echo mine >"$dir/file"
	run "$BLACKOUT" run "$sim" -o "$dir"
	[ "$status" -eq 2 ]
	[[ "$output" == *"not empty"* ]]
	[ "$(ls "$dir")" = file ]
}

@test "an unknown case is refused, the known ones are named" {
	plan 'outage = 300 ms'
	run "$BLACKOUT" run "$sim" -o "$dir" --only 'memory=9GB'
	[ "$status" -eq 2 ]
	[[ "$output" == *"session=attached"* ]]
}

@test "a facts file cut in mid-line is read up to there, said so, and mended by a resume" {
	plan 'outage = 300 ms'
	"$BLACKOUT" run "$sim" -o "$dir" --only 'session=attached'
	f=$dir/facts/local-fine.tsv
	head -c -20 "$f" >"$f.cut" && mv "$f.cut" "$f"
	run "$BLACKOUT" report "$dir" -o "$dir.out"
	grep -q 'cut in mid-line' "$dir.out/report.txt"
	run "$BLACKOUT" run --resume "$dir"
	[ "$(column "$dir/runs.csv" verdict | grep -c PASS)" -eq 4 ]
}

@test "help, version, no command, an unknown command" {
	run "$BLACKOUT" help
	[ "$status" -eq 0 ]
	[[ "$output" == *libvirt* ]]
	run "$BLACKOUT" version
	[ "$status" -eq 0 ]
	run "$BLACKOUT"
	[ "$status" -eq 2 ]
	run "$BLACKOUT" fly
	[ "$status" -eq 2 ]
	[[ "$output" == *fly* ]]
}

@test "in a run with several VMs, messages and the report's rows name the VM" {
	cat >"$sim" <<-X
		[plan]
		repeat = 1
		[platform sim]
		job = completed, corrupted
		[workload suite]
		kind = install
		size = 100 MB
		[vm desk]
		count = 2
		memory = 256 MB
		workload = suite
		[move]
		together = 2
		[probe fine]
		kind = burst
		[control switch]
		target = sim-switch
	X
	run --separate-stderr "$BLACKOUT" run "$sim" -o "$dir"
	[[ $stderr == *'desk-1: suite: correct'* ]]
	[[ $stderr == *'desk-2: MEMORY CORRUPTED'* ]]
	# A move, its round trips, a workload unmoved and moved, the guest's clock.
	[ "$(grep -c '^all desk-2  ' "$dir/report.txt")" -eq 5 ]
	grep -q 'alt="all, run 1, desk-2: ' "$dir/report.html"
	[ "$(grep -o '<th>VM</th>' "$dir/report.html" | wc -l)" -eq 2 ]
}

@test "the report of runs with several VMs has the worst VM, and says what limited the run" {
	local bandwidth

	for bandwidth in '10 Gbit/s' '100 Mbit/s'; do
		cat >"$sim" <<-X
			[plan]
			repeat = 1
			[platform sim]
			outage = 100 ms, 900 ms
			[vm desk]
			count = 2
			memory = 1 GB
			[move]
			together = 2
			bandwidth = $bandwidth
			[probe fine]
			kind = burst
			[control switch]
			target = sim-switch
		X
		"$BLACKOUT" run "$sim" -o "$dir-${bandwidth%% *}"
	done
	grep -qE '^all  *1  *2 of 2  *[0-9.]+  *9[0-9] % \[0\.8[0-9]+, 0\.9[0-9]+\] +desk-2  *PASS$' "$dir-10/report.txt"
	grep -q '^What limited these runs: the migration link, of which they used 80 % or more\.$' "$dir-10/report.txt"
	# Two moves of 100 Mbit/s each.
	grep -qE '^all  *1  *2 of 2  *[0-9.]+  *1[0-9] % .* desk-2  *PASS$' "$dir-100/report.txt"
	tr '\n' ' ' <"$dir-100/report.txt" |
		grep -q "not the migration link, of which they used less than 80 %, but the plan's bandwidth, the hosts' processors or the platform\."
}

@test "the bars of a run with several VMs begin with its first trigger, so that they show the queue" {
	cat >"$sim" <<-X
		[plan]
		repeat = 1
		[platform sim]
		[vm desk]
		count = 2
		memory = 1 GB
		[move]
		together = 1
		[probe fine]
		kind = burst
		[control switch]
		target = sim-switch
	X
	"$BLACKOUT" run "$sim" -o "$dir"
	grep -q "^set xlabel 'seconds since the first trigger'" "$dir/charts/job-states.gp"
	# No bar of the second VM begins before the first VM's last one ends.
	awk 'NF == 6 && $2 == 0 && $4 > end { end = $4 } NF == 6 && $2 == 1 && (!begin || $3 < begin) { begin = $3 }
		END { exit !(end > 1 && begin >= end) }' "$dir/charts/job-states.dat"
}

@test "a resume executes no plan that somebody else could have changed" {
	printf '[plan]\nrepeat = 1\n[platform sim]\n[vm desk]\nmemory = 256 MB\n[probe fine]\nkind = burst\n[control c]\ntarget = sim-switch\n' >"$sim"
	"$BLACKOUT" run "$sim" -o "$dir"
	chmod o+w "$dir/facts/plan.ini"
	run -2 "$BLACKOUT" run --resume "$dir"
	[[ "$output" == *"facts/plan.ini: everybody can change it"* ]]
	chmod o-w "$dir/facts/plan.ini"
	run -0 "$BLACKOUT" run --resume "$dir"
	mv "$dir/facts" "$dir.facts"
	ln -s "$dir.facts" "$dir/facts"
	run -2 "$BLACKOUT" run --resume "$dir"
	[[ "$output" == *"/facts: is a symbolic link"* ]]
	[ "$(id -u)" -eq 0 ] || return 0
	rm "$dir/facts"
	mv "$dir.facts" "$dir/facts"
	chown 65534 "$dir"
	run -2 "$BLACKOUT" run --resume "$dir"
	[[ "$output" == *": belongs to user 65534, who can change the plan that user 0 would execute"* ]]
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Real VMs moved in the lab, and what happens to them when something goes wrong. Needs root.

bats_require_minimum_version 1.5.0
load in_lab

# One small VM over a link so slow that a test can act while it is copied.
slow() {
	cat >"$plan" <<-X
		[plan]
		repeat = $1
		baseline = 2 s
		settle = 1 s
		[lab]
		link = 80 Mbit/s
		warm-up = no
		[vm desk]
		memory = 192 MB
		session = attached
		[probe classic]
		kind = ping
		[probe fine]
		kind = burst
		[probe user]
		kind = session
		[control switch]
		target = lab-switch
	X
}

# start: begins, and waits until the first move is being copied. A job has progress from its beginning on, while
# the destination still makes ready for it.
start() {
	begin
	await grep -qs "$(printf '\tprogress\t').*processed=[1-9]" "$dir/facts/driver.tsv"
}

virsh_on() { # virsh_on 11 WORDS...
	"$BLACKOUT" lab exec virsh -q -c "qemu+tcp://10.10.0.$1/system" "${@:2}"
}

# What a lab leaves if it does not clean up.
traces() {
	find /run/netns /var/lib/blackout -maxdepth 1 -name "$BLACKOUT_LAB*" 2>/dev/null
	ip -o link | grep -E ': (lan|ctl|mig)[0-9-]' || true
	grep -lF "/blackout/$BLACKOUT_LAB/" /proc/[0-9]*/mountinfo 2>/dev/null || true
}

@test "the smoke plan moves a VM there and back, whole, and leaves every file and nothing else" {
	run -0 "$BLACKOUT" run plans/smoke.ini -o "$dir"
	[ "$(column "$dir/runs.csv" verdict | sort -u)" = PASS ]
	[ "$(column "$dir/runs.csv" integrity | sort -u)" = ok ]
	[ "$(column "$dir/runs.csv" destination | tr '\n' ' ')" = "b a " ]
	for f in format facts/plan.ini facts/environment.json facts/run.tsv facts/driver.tsv \
		facts/local-classic.tsv facts/local-fine.tsv facts/local-wire.pcap facts/local-entry.tsv \
		gaps.csv cases.csv sessions.csv report.txt charts/blackout.svg charts/job-time.svg \
		charts/job-states.svg; do
		[ -s "$dir/$f" ]
	done
	xmllint --noout "$dir"/charts/*.svg
	tcpdump -r "$dir/facts/local-wire.pcap" -c 1 icmp
	grep -q "$(printf '\tannounce\t')" "$dir/facts/local-wire.tsv"
	grep -q "$(printf '\tneighbour\t')" "$dir/facts/local-entry.tsv"
	column "$dir/gaps.csv" causes | grep -q 'stop-and-copy'
	grep -q '"accelerator"' "$dir/facts/environment.json"
	[ "$(column "$dir/sessions.csv" drops | sort -u)" = 0 ]
	[ -z "$(traces)" ]
}

@test "a page that is flipped behind the harness's back makes the move FAIL as corrupted" {
	slow 1
	start
	"$BLACKOUT" lab exec "$(readlink -f "$B")/agent-say" qemu+tcp://10.10.0.11/system desk 'corrupt 17'
	finish
	[ "$status" -eq 1 ]
	[ "$(column "$dir/runs.csv" integrity)" = corrupted ]
	[[ $(column "$dir/runs.csv" reason) == corrupted* ]]
	grep -q 'first=17' "$dir/facts/run.tsv"
}

@test "a move that somebody calls off is FAIL, the VM unharmed at its source" {
	slow 1
	start
	virsh_on 11 domjobabort desk
	finish
	[ "$status" -eq 1 ]
	state=$(column "$dir/runs.csv" job_state)
	# QEMU cuts the connection before it notes that the job is cancelled: its copying thread, which a busy
	# machine may run in between, then reports a broken connection, and libvirt a failed job.
	[ "$state" = cancelled ] || {
		[ "$state" = failed ]
		grep -q 'ended.*state=failed.* (or it was called off' "$dir/facts/driver.tsv"
	}
	[[ $(column "$dir/runs.csv" reason) == "outcome-$state"* ]]
	[ "$(column "$dir/runs.csv" integrity)" = ok ]
}

@test "libvirtd killed in mid-migration: FAIL, the VM in exactly one place" {
	slow 1
	start
	kill_libvirtd
	finish
	[ "$status" -eq 1 ]
	[[ $(column "$dir/runs.csv" reason) == outcome-* ]]
	[ "$(grep -c "$(printf '\tplace\t').*state=running" "$dir/facts/run.tsv")" -eq 1 ]
}

@test "Ctrl-C calls the move off, closes the folder as interrupted, and leaves nothing" {
	slow 1
	start
	kill -INT "$pid"
	finish
	[ "$status" -eq 130 ]
	grep -q INTERRUPTED "$dir/report.txt"
	grep -q 'state=cancelled' "$dir/facts/driver.tsv"
	[ -z "$(traces)" ]
}

@test "after kill -9 in mid-run, lab down leaves nothing, and --resume does what is missing" {
	slow 1
	start
	kill -9 "$pid"
	wait "$pid" || true
	pid=
	"$BLACKOUT" lab down
	[ -z "$(traces)" ]
	run -0 "$BLACKOUT" run --resume "$dir"
	[ "$(column "$dir/runs.csv" verdict | tail -n 1)" = PASS ]
}

@test "a VM that is not heard of again: the gap has no end, FAIL" {
	slow 1
	# On a busy machine the prober pauses now and then, and only the silence between two pauses is proven: a
	# bound far below what lasts ten seconds.
	sed -i 's/^settle.*/settle = 1 s\nwatch = 10 s\nbound = 500 ms/' "$plan"
	start
	ip -n "$BLACKOUT_LAB-sw" link set lan-b down
	finish
	[ "$status" -eq 1 ]
	[ "$(column "$dir/runs.csv" job_state)" = completed ]
	[ "$(column "$dir/runs.csv" blackout_hi_s)" = inf ]
	[[ $(column "$dir/runs.csv" reason) == above-bound*no-end ]]
}

@test "the destination vanishes in mid-copy: FAIL, the VM unharmed at its source, no blackout" {
	slow 1
	start
	kill -9 "$("$BLACKOUT" lab status | awk '$2 == "b:" {sub(",", "", $4); print $4}')"
	finish
	[ "$status" -eq 1 ]
	[[ $(column "$dir/runs.csv" reason) == outcome-* ]]
	[ "$(column "$dir/runs.csv" integrity)" = ok ]
	grep -q "$(printf '\tplace\t').*host=a.*state=running" "$dir/facts/run.tsv"
}

@test "a VM that the plan does not own is moved and otherwise left alone" {
	slow 1
	"$BLACKOUT" lab up --link '1 Gbit/s'
	# Its XML is that of a VM of the plan, taken before it moves.
	sed -i 's/80 Mbit/1 Gbit/; s/^baseline.*/baseline = 10 min/' "$plan"
	begin
	await grep -qs ': baseline$' "$dir.log"
	virsh_on 11 dumpxml desk >"$BATS_TEST_TMPDIR/desk.xml"
	kill -INT "$pid"
	finish
	[ "$status" -eq 130 ]
	"$BLACKOUT" lab exec virsh -q -c qemu+tcp://10.10.0.11/system create "$BATS_TEST_TMPDIR/desk.xml"
	id=$(virsh_on 11 domuuid desk)
	run -0 "$BLACKOUT" lab exec "$BLACKOUT" run --vm desk --from qemu+tcp://10.10.0.11/system \
		--to qemu+tcp://10.10.0.12/system --address 10.20.0.101 --control 10.20.0.254 -o "$dir.cluster"
	"$BLACKOUT" check "$dir.cluster/facts/plan.ini"
	[ "$(column "$dir.cluster/runs.csv" verdict)" = PASS ]
	[ "$(virsh_on 12 domuuid desk)" = "$id" ]
	[ "$(virsh_on 12 domstate desk)" = running ]
	run virsh_on 11 domstate desk
	[ "$status" -ne 0 ]
	run -0 "$BLACKOUT" lab exec "$BLACKOUT" init qemu+tcp://10.10.0.11/system \
		qemu+tcp://10.10.0.12/system -o "$plan.first"
	grep -q 'desk, from qemu+tcp://10.10.0.12/system to' <<<"$output"
	"$BLACKOUT" check "$plan.first"
}

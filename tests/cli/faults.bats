#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# What goes wrong before or round a run, without a lab: the status, the message, and what is left.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	dir=$BATS_TEST_TMPDIR/r
	plan=$BATS_TEST_TMPDIR/p.ini
	net=blackout-test-$BATS_TEST_NUMBER-$$
}

teardown() {
	ip netns del "$net" 2>/dev/null || true
	umount "$BATS_TEST_TMPDIR/small" 2>/dev/null || true
}

# An island: a namespace with two addresses, 10.99.0.1 and .3, and a silent neighbour, 10.99.0.2.
island() {
	ip netns add "$net"
	ip -n "$net" link set lo up
	ip -n "$net" link add v0 type veth peer name v1
	ip -n "$net" addr add 10.99.0.1/24 dev v0
	ip -n "$net" addr add 10.99.0.3/24 dev v0
	ip -n "$net" link set v0 up
	ip -n "$net" link set v1 up
}

# external ADDRESS: a plan whose moves somebody else starts
external() {
	cat >"$plan" <<-X
		[plan]
		baseline = 1 s
		settle = 1 s
		answer = 3 s
		[platform external]
		[move]
		start = external
		timeout = 30 s
		[vm desk]
		address = $1
		[probe classic]
		kind = ping
		[probe fine]
		kind = burst
		[control self]
		target = 10.99.0.3
	X
}

simulated() {
	cat >"$plan" <<-X
		[plan]
		repeat = $1
		baseline = 3 s
		[platform sim]
		[vm desk]
		[probe fine]
		kind = burst
		[control switch]
		target = switch
	X
}

@test "a guest that never answers: said so, status 4, no blackout" {
	island
	external 10.99.0.2
	run -4 ip netns exec "$net" "$BLACKOUT" run "$plan" -o "$dir"
	[[ $output == *"did not answer ping within 3 s"* ]]
	[ ! -s "$dir/runs.csv" ] || [ "$(grep -c PASS "$dir/runs.csv")" -eq 0 ]
}

@test "a move that somebody else starts is measured between its marks" {
	island
	external 10.99.0.1
	ip netns exec "$net" "$BLACKOUT" run "$plan" -o "$dir" >"$dir.log" 2>&1 3>&- &
	pid=$!
	for _ in $(seq 150); do grep -q 'blackout mark' "$dir.log" && break; sleep 0.1; done
	"$BLACKOUT" mark "$dir" start
	sleep 1
	"$BLACKOUT" mark "$dir" end
	wait $pid
	run cat "$dir/runs.csv"
	[[ $output == *",completed,"*",ok,"*",PASS,within-bound"* ]]
}

@test "an unreachable host: status 4, named with its URI" {
	cat >"$plan" <<-X
		[host a]
		uri = qemu+tcp://127.0.0.1:9/system
		[host b]
		uri = qemu+tcp://127.0.0.2:9/system
		[vm desk]
		address = 127.0.0.1
		[probe fine]
		kind = burst
		[control self]
		target = 127.0.0.2
	X
	run -4 "$BLACKOUT" run "$plan" -o "$dir"
	[[ $output == *"qemu+tcp://127.0.0.1:9/system"* ]]
}

@test "no CAP_NET_RAW: status 4, and what grants it" {
	external 127.0.0.1
	sed -i 's/10.99.0.3/127.0.0.2/' "$plan"
	mkdir "$dir.d"
	chmod 777 "$dir.d" "$BATS_TEST_TMPDIR" && chmod a+r "$plan"
	run -4 setpriv --bounding-set -net_raw --inh-caps -net_raw "$BLACKOUT" run "$plan" -o "$dir.d/r"
	[[ $output == *CAP_NET_RAW* ]]
}

@test "a full disk under the result folder: status 5, the facts so far are readable" {
	mkdir "$BATS_TEST_TMPDIR/small"
	mount -t tmpfs -o size=512k tmpfs "$BATS_TEST_TMPDIR/small"
	simulated 50
	run -5 "$BLACKOUT" run "$plan" -o "$BATS_TEST_TMPDIR/small/r"
	[[ $output == *"No space left"* ]]
	run "$BLACKOUT" report "$BATS_TEST_TMPDIR/small/r" -o "$dir"
	[ -s "$dir/report.txt" ]
	[ "$(wc -l <"$dir/runs.csv")" -ge 2 ]
}

@test "Ctrl-C: status 130, the folder closed as interrupted" {
	island
	external 10.99.0.1
	# bats' children ignore SIGINT unless told otherwise
	env --default-signal=INT ip netns exec "$net" "$BLACKOUT" run "$plan" -o "$dir" >"$dir.log" 2>&1 3>&- &
	pid=$!
	for _ in $(seq 150); do grep -q 'blackout mark' "$dir.log" && break; sleep 0.1; done
	kill -INT $pid
	status=0; wait $pid || status=$?
	[ "$status" -eq 130 ]
	grep -q INTERRUPTED "$dir/report.txt"
	run -130 "$BLACKOUT" report "$dir"
}

@test "a full disk before the first fact: status 5, and no half-made folder is left" {
	mkdir "$BATS_TEST_TMPDIR/small"
	mount -t tmpfs -o size=4k tmpfs "$BATS_TEST_TMPDIR/small"
	simulated 1
	run -5 "$BLACKOUT" run "$plan" -o "$BATS_TEST_TMPDIR/small/r"
	[[ $output == *"No space left"* ]]
	[ ! -e "$BATS_TEST_TMPDIR/small/r" ]
}

@test "kill -9 in mid-run leaves facts that can be read, and no process" {
	island
	external 10.99.0.1
	ip netns exec "$net" "$BLACKOUT" run "$plan" -o "$dir" >"$dir.log" 2>&1 3>&- &
	pid=$!
	for _ in $(seq 150); do grep -q 'blackout mark' "$dir.log" && break; sleep 0.1; done
	sleep 1
	kill -9 $pid
	wait $pid || true
	for _ in $(seq 50); do [ -z "$(ip netns pids "$net")" ] && break; sleep 0.1; done
	[ -z "$(ip netns pids "$net")" ]
	[ "$(grep -c answer "$dir/facts/local-fine.tsv")" -gt 50 ]
	run "$BLACKOUT" report "$dir"
	[ -s "$dir/report.txt" ]
}

@test "two runs into one folder: the second is refused" {
	simulated 2
	"$BLACKOUT" run "$plan" -o "$dir"
	exec 9<"$dir/format"
	flock -x 9
	run -2 "$BLACKOUT" run --resume "$dir" 9<&-
	[[ $output == *"another run"* ]]
	exec 9<&-
}

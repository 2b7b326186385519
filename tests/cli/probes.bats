#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Real probes against the scripted responder, in network namespaces of their own. Needs root.

bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	[ "$(id -u)" -eq 0 ] || { echo "probes.bats needs root" >&2; return 1; }
	bin=$(cd "$(dirname "$BLACKOUT")" && pwd)
	export bin
	scene all 8000 'burst:10000:50000 capture:1000000:1000000' \
		1500:500:drop 2800:300:hold 3700:400:slow:80 4700:200:refuse 5200:200:twice \
		5700:200:forge 6300:0:rarp 6500:0:garp || return 1
	scene mute 3500 burst:10000:50000 1500:400:mute:5 || return 1
	mkdir -p "$BATS_FILE_TMPDIR/cost/facts" &&
		ln -s "$BATS_FILE_TMPDIR/victim" "$BATS_FILE_TMPDIR/cost/facts/here-capture.pcap" || return 1
	scene cost 8500 'ping:1000000:950000 burst:10000:50000 capture:1000000:1000000' \
		2600:2500:drop || return 1
}

teardown_file() {
	for ns in $(ip netns list | awk '{print $1}' | grep "^bprobe-$(tag)-"); do
		ip netns del "$ns"
	done
}

# tag: the same in all the processes of one bats run, and in no other run
tag() { basename "$BATS_RUN_TMPDIR"; }

# world NAME: a namespace with a TAP device whose other end is the responder's
world() {
	ns=bprobe-$(tag)-$1
	ip netns add "$ns" && ip -n "$ns" link set lo up &&
		ip netns exec "$ns" sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6' &&
		ip -n "$ns" tuntap add dev tap0 mode tap && ip -n "$ns" addr add 10.77.0.1/24 dev tap0 &&
		ip -n "$ns" link set tap0 up
}

# answerer DIR MS SCRIPT... : starts the responder and waits until it answers
answerer() {
	local dir=$1 ms=$2
	shift 2
	ip netns exec "$ns" "$bin/responder" tap0 10.77.0.2 2 "$dir/truth" "$ms" "$@" \
		>"$dir/ready" 3>&- &
	responder=$!
	for _ in $(seq 250); do
		grep -q ready "$dir/ready" && return 0
		sleep 0.02
	done
	return 1
}

# scene NAME MS PROBES SCRIPT... : probes and responder run together; facts and truth stay in NAME
scene() {
	local dir=$BATS_FILE_TMPDIR/$1 ms=$2 probes=$3
	mkdir -p "$dir/facts" && world "$1" || return 1
	shift 3
	answerer "$dir" $((ms + 1000)) "$@" || return 1
	# shellcheck disable=SC2086
	"$bin/probe-once" "$dir" "/run/netns/$ns" "$ms" $probes -- 10.77.0.2 10.77.0.3 \
		>"$dir/used" 2>"$dir/errors" || { cat "$dir/errors" >&2; return 1; }
	wait "$responder"
	ip netns del "$ns"
}

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
}

# bounds SCENE WHAT [SHIFT_NS]: the truth is inside the bounds, for both targets
bounds() {
	local dir=$BATS_FILE_TMPDIR/$1 what begin end lag target
	read -r what begin end lag <<<"$(grep "^$2 " "$dir/truth")"
	for target in 0 1; do
		awk -v target=$target -v from="$begin" -v to="$end" -v delay="${3:-0}" \
			-v lag=$((lag + 1000000)) -f tests/responder/bounds.awk "$dir/facts/here-burst.tsv"
	done
}

# during SCENE WHAT KIND: the facts of target 0 of that kind, sent in the script's WHAT
during() {
	local dir=$BATS_FILE_TMPDIR/$1 begin end
	read -r _ begin end _ <<<"$(grep "^$2 " "$dir/truth")"
	awk -F'\t' -v from="$begin" -v to="$end" -v kind="$3" '$2 == kind && $3 == 0 {
		split($4, sent, "="); if (sent[2] > from && sent[2] < to) print }' \
		"$dir/facts/here-burst.tsv"
}

@test "requests dropped: the truth is inside the bounds" {
	bounds all drop
}

@test "answers dropped: the truth is inside the bounds" {
	bounds mute mute 5000000
}

@test "requests held and answered late: the truth is inside the bounds, no answer is thrown away" {
	bounds all hold
	[ "$(during all hold answer | wc -l)" -ge 25 ]
	# What ran out was answered after all: no number is missing among the answers.
	during all hold unanswered | sed 's/.*seq=\([0-9]*\).*/\1/' >"$BATS_TEST_TMPDIR/out"
	[ -s "$BATS_TEST_TMPDIR/out" ]
	while read -r seq; do
		grep -q "answer	0	sent=[0-9]*	seq=$seq\$" \
			"$BATS_FILE_TMPDIR/all/facts/here-burst.tsv"
	done <"$BATS_TEST_TMPDIR/out"
}

@test "slow answers are late ones: each has both lines and its true round trip" {
	[ "$(during all slow unanswered | wc -l)" -ge 30 ]
	during all slow answer | awk -F'\t' '{split($4, s, "="); rtt = $1 - s[2]
		if (rtt < 79000000) {print; bad = 1}} END {exit bad}'
}

@test "a refusal is a fact with its ICMP type and sender" {
	[ "$(during all refuse 'unanswered' | grep -c 'icmp=3/1	from=10.77.0.2')" -ge 15 ]
}

@test "second answers are duplicates, forged ones are foreign and count for nothing" {
	facts=$BATS_FILE_TMPDIR/all/facts/here-burst.tsv
	[ "$(cut -f2,3 "$facts" | grep -c '^duplicate	0$')" -ge 15 ]
	[ "$(cut -f2,3 "$facts" | grep -c '^duplicate	0$')" -le 25 ]
	foreign=$(grep "$(printf 'summary\t0')" "$facts" | grep -o 'foreign=[0-9]*' | cut -d= -f2)
	[ "$foreign" -ge 15 ]
	[ "$foreign" -le 25 ]
}

@test "every probe has its answer or its unanswered line, and the counts agree" {
	awk -F'[\t=]' '$3 == 0 && $2 == "answer" {seen[$7]++} $3 == 0 && $2 == "unanswered" {seen[$7]++}
		$2 == "summary" && $3 == 0 {sent = $5}
		END {for (s in seen) n++; if (n > sent || n < sent - 8) {print n, sent; exit 1}}' \
		"$BATS_FILE_TMPDIR/all/facts/here-burst.tsv"
}

@test "capture: nanosecond pcap, announcements, and the first frame after a silence" {
	dir=$BATS_FILE_TMPDIR/all/facts
	[ "$(od -An -tx4 -N4 "$dir/here-capture.pcap" | tr -d ' ')" = a1b23c4d ]
	[ "$(grep -c '	announce	0	.*what=rarp	mac=52:54:00:b1:ac:07$' "$dir/here-capture.tsv")" -eq 1 ]
	[ "$(grep -c '	announce	0	.*what=garp	mac=52:54:00:b1:ac:07$' "$dir/here-capture.tsv")" -eq 1 ]
	awk -F'[\t=]' '$2 == "frame" && $3 == 0 && $NF > 480000000 {n++} END {exit n != 1}' \
		"$dir/here-capture.tsv"
	grep -q '	pcap	-	file=here-capture.pcap	received=[1-9][0-9]*	dropped=0$' "$dir/here-capture.tsv"
}

@test "capture: only its owner can read the frames, and a link in its place is not followed" {
	facts=$BATS_FILE_TMPDIR/cost/facts
	[ "$(stat -c %a "$facts/here-capture-2.pcap")" = 600 ]
	grep -q 'file=here-capture-2.pcap' "$facts/here-capture.tsv"
	[ ! -e "$BATS_FILE_TMPDIR/victim" ]
}

@test "ping: the lost ones stand in a row, none is lost outside the outage" {
	facts=$BATS_FILE_TMPDIR/cost/facts/here-ping.tsv
	read -r _ begin end lag <<<"$(cat "$BATS_FILE_TMPDIR/cost/truth")"
	awk -F'[\t=]' -v from="$begin" -v to="$end" -v lag="$lag" '
		$3 == 0 && $2 == "unanswered" {n++; if ($5 < from - lag - 1e6 || $5 > to + lag) bad = 1}
		$3 == 0 && $2 == "answer" && $5 > from + lag && $5 < to - lag - 1e6 {bad = 1}
		END {if (bad || n < 2 || n > 3) {print n; exit 1}}' "$facts"
	grep -q '	answer	0	sent=[0-9]*	seq=0	reported=[0-9]*$' "$facts"
}

@test "a VM and a control at 10 ms and 1 s with capture cost little" {
	! grep -q __asan_init "$bin/probe-once" || skip "the sanitizer's own memory would be counted"
	eval "$(cat "$BATS_FILE_TMPDIR/cost/used")"
	echo "cpu $cpu_ms ms of 8500, $rss_kb KB"
	[ "$cpu_ms" -lt 425 ]
	[ "$rss_kb" -lt 65536 ]
}

@test "fast probes: a run of answers carries its round trips" {
	scene fast 1600 burst:500:50000 800:200:drop
	awk -F'\t' '
	function key(name,   i) {
		for (i = 4; i <= NF; i++)
			if (index($i, name "=") == 1)
				return substr($i, length(name) + 2) + 0
		return -1
	}
	$2 == "ok" {
		runs++
		if (key("fastest") <= 0 || key("median") < key("fastest") || key("p99") < key("median") ||
			key("p999") < key("p99") || key("p999") > 50000000) {
			print
			bad = 1
		}
	}
	$2 == "ok" && $3 == 0 {n += key("n")}
	$2 == "lost" && $3 == 0 {n += key("n")}
	($2 == "answer" || $2 == "unanswered") && $3 == 0 && !(key("seq") in seen) {n++; seen[key("seq")]}
	$2 == "summary" && $3 == 0 {sent = key("sent")}
	END {if (bad || runs < 4 || n > sent || n < sent - 200) {print runs, n, sent; exit 1}}' \
		"$BATS_FILE_TMPDIR/fast/facts/here-burst.tsv"
}

@test "a station that was stopped says so, one that was a little late only counts it" {
	dir=$BATS_TEST_TMPDIR
	mkdir "$dir/facts"
	world stop
	# Every ping takes 600 ms, so that the stop falls into one.
	answerer "$dir" 5000 0:5000:slow:600
	"$bin/probe-once" "$dir" "/run/netns/$ns" 3000 ping:1000000:950000 burst:10000:50000 -- \
		10.77.0.2 10.77.0.3 >"$dir/used" 3>&- &
	parent=$!
	for _ in $(seq 250); do
		grep -q unanswered "$dir/facts/here-burst.tsv" 2>/dev/null && break
		sleep 0.02
	done
	child=$(cat /proc/$parent/task/$parent/children)
	child=${child%% *}
	kill -STOP "$child"
	sleep 0.8
	kill -CONT "$child"
	wait $parent
	awk -F'[\t=]' '$2 == "late-tick" {
			if ($7 < 10000000) {print; bad = 1}
			if ($7 > 500000000) long = 1
		}
		$2 == "summary" {if ($13 < $15 || $15 < $17) {print; bad = 1} counted += $17}
		END {exit bad || !long || !counted}' "$dir/facts/here-burst.tsv"
	# The call that it fell into ended after its answer had come: not the network was late.
	awk -F'[\t=]' '$2 == "late-tick" && $7 > 10000000 {n++} END {exit !n}' \
		"$dir/facts/here-ping.tsv"
	kill "$responder"
	wait "$responder" || true
	ip netns del "$ns"
}

@test "the station has no capabilities, and dies with its parent" {
	dir=$BATS_TEST_TMPDIR
	mkdir "$dir/facts"
	world dies
	answerer "$dir" 3000
	"$bin/probe-once" "$dir" "/run/netns/$ns" 60000 burst:10000:50000 -- 10.77.0.2 10.77.0.3 3>&- &
	parent=$!
	for _ in $(seq 250); do
		grep -q answer "$dir/facts/here-burst.tsv" 2>/dev/null && break
		sleep 0.02
	done
	child=$(cat /proc/$parent/task/$parent/children)
	child=${child%% *}
	[ "$(awk '/^Cap(Eff|Prm|Inh)/ {print $2}' /proc/$child/status | sort -u)" = 0000000000000000 ]
	kill -INT "$child"
	sleep 0.2
	[ -d /proc/$child ]
	kill -KILL $parent
	wait $parent || true
	for _ in $(seq 250); do
		grep -qs '^State:	[^ZX]' /proc/$child/status || break
		sleep 0.02
	done
	run ! grep -qs '^State:	[^ZX]' "/proc/$child/status"
	wait "$responder"
	ip netns del "$ns"
}

@test "neighbour: each change of the entries that lead to the targets, of a gateway too" {
	dir=$BATS_TEST_TMPDIR
	mkdir "$dir/facts"
	world neigh
	ip -n "$ns" neigh replace 10.77.0.9 lladdr 52:54:00:b1:ac:07 dev tap0 nud reachable
	ip -n "$ns" route add 10.88.0.0/24 via 10.77.0.9
	"$bin/probe-once" "$dir" "/run/netns/$ns" 2000 neighbour:1000000:1000000 -- \
		10.77.0.2 10.88.0.1 3>&- &
	parent=$!
	for _ in $(seq 250); do
		grep -qs 'neighbour	1	state=reachable' "$dir/facts/here-neighbour.tsv" && break
		sleep 0.02
	done
	ip -n "$ns" neigh replace 10.77.0.2 lladdr 52:54:00:b1:ac:08 dev tap0 nud stale
	ip -n "$ns" neigh replace 10.77.0.3 lladdr 52:54:00:b1:ac:09 dev tap0 nud stale
	ip -n "$ns" neigh replace 10.77.0.2 lladdr 52:54:00:b1:ac:08 dev tap0 nud failed
	ip -n "$ns" neigh del 10.77.0.9 dev tap0
	wait $parent
	ip netns del "$ns"
	# What the kernel tells of a deletion before it, it tells as it likes.
	run awk '$2 == "neighbour" {print $3, $4, $5}' "$dir/facts/here-neighbour.tsv"
	[ "${lines[0]}" = "1 state=reachable mac=52:54:00:b1:ac:07" ]
	[ "${lines[1]}" = "0 state=stale mac=52:54:00:b1:ac:08" ]
	[[ ${lines[2]} == "0 state=failed"* ]]
	[[ $output == *"1 state=gone"* ]]
	[[ $output != *b1:ac:09* ]]
}

@test "neighbour: where a switch forwards frames for a target, until its entry ages out" {
	dir=$BATS_TEST_TMPDIR
	facts=$dir/facts/here-neighbour.tsv
	mkdir "$dir/facts"
	world forward
	ip -n "$ns" link add sw type bridge stp_state 0 forward_delay 0 ageing_time 100
	for i in 1 2 3; do
		ip -n "$ns" link add "p$i" type veth peer name "q$i"
		ip -n "$ns" link set "p$i" master sw up
		ip -n "$ns" link set "q$i" up
	done
	ip -n "$ns" link set sw up
	bridge -n "$ns" fdb add 52:54:00:b1:ac:03 dev p3 master static
	"$bin/probe-once" "$dir" "/run/netns/$ns" 5000 neighbour:1000000:1000000 -- \
		10.77.0.2=52:54:00:b1:ac:02 10.77.0.3=52:54:00:b1:ac:03 3>&- &
	parent=$!
	for _ in $(seq 250); do
		grep -qs 'forwarding	1	what=held' "$facts" && break
		sleep 0.02
	done
	for port in p1 p1 p2; do
		bridge -n "$ns" fdb replace 52:54:00:b1:ac:02 dev "$port" master dynamic
		bridge -n "$ns" fdb replace 52:54:00:b1:ac:09 dev "$port" master dynamic
	done
	bridge -n "$ns" fdb del 52:54:00:b1:ac:03 dev p3 master
	wait $parent
	ip netns del "$ns"
	run awk '$2 == "forwarding" {print $3, $4, $5, $6}' "$facts"
	echo "$output"
	[ "${#lines[@]}" -eq 5 ]
	[ "${lines[0]}" = "1 what=held port=p3 mac=52:54:00:b1:ac:03" ]
	[ "${lines[1]}" = "0 what=learnt port=p1 mac=52:54:00:b1:ac:02" ]
	[ "${lines[2]}" = "0 what=moved port=p2 mac=52:54:00:b1:ac:02" ]
	[ "${lines[3]}" = "1 what=gone port=p3 mac=52:54:00:b1:ac:03" ]
	[ "${lines[4]}" = "0 what=aged-out port=p2 mac=52:54:00:b1:ac:02" ]
}

@test "a full disk is told, with the file" {
	dir=$BATS_TEST_TMPDIR
	mkdir "$dir/facts"
	mount -t tmpfs -o size=16k tmpfs "$dir/facts"
	run "$bin/probe-once" "$dir" - 8000 burst:1000:50000 -- 127.0.0.1
	umount "$dir/facts"
	[ "$status" -eq 1 ]
	[[ "$output" == *"here-burst.tsv: facts cannot be written: No space left on device"* ]]
}

#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh [SECTION]... - measures what the program costs and how accurate it is, and a peer at the same time,
# and prints tables. Asserts nothing: on a shared machine only the ratio of two figures means something.
# Needs root and takes about fifteen minutes; with BENCH=short about six, with fewer outages. B names the
# build folder with blackout, responder, probe-once, outages.
set -eu
cd "$(dirname "$0")/../.."
B=${B:-build}
[ "$(id -u)" -eq 0 ] || { echo "bench: needs root" >&2; exit 1; }
for program in blackout responder probe-once outages; do
	[ -x "$B/$program" ] || { echo "bench: $B/$program is not built (make bench)" >&2; exit 1; }
done
if [ -z "${BENCH_BOUNDED-}" ]; then
	BENCH_BOUNDED=1 exec timeout -k 10 1200 "$0" "$@"
fi
dir=$(mktemp -d)
export BLACKOUT_LAB=bench$$
lab=

clean_up() {
	[ -z "$lab" ] || "$B/blackout" lab down >/dev/null 2>&1 || true
	# Background jobs that still run.
	for pid in $(jobs -p); do
		kill "$pid" 2>/dev/null || true
	done
	wait
	for ns in $(ip netns list | awk -v name="bench$$-" 'index($1, name) == 1 {print $1}'); do
		ip netns del "$ns"
	done
	rm -rf "$dir"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

row() { # row WHAT OURS PEER RATIO
	printf '%-47s %12s %12s %8s\n' "$1" "$2" "$3" "$4"
}

ratio() { # ratio A B
	awk -v a="$1" -v b="$2" 'BEGIN {if (b > 0) printf "%.2f", a / b; else print "-"}'
}

median() { # of the numbers on standard input
	sort -n | awk '{v[NR] = $1} END {if (NR) print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2; else print "-"}'
}

timed() { # timed COMMAND...: prints its time in seconds; exit statuses 1 and 3 are verdicts, not failures
	local begin=$EPOCHREALTIME status=0
	"$@" >/dev/null 2>"$dir/output" || status=$?
	case $status in 0 | 1 | 3) ;; *)
		echo "bench: $*: status $status" >&2
		cat "$dir/output" >&2
		return 1
		;;
	esac
	awk -v a="$begin" -v b="$EPOCHREALTIME" 'BEGIN {printf "%.3f\n", b - a}'
}

# world NAME LENGTH_MS SCRIPT...: makes a namespace in which the responder answers for `addresses` (default 1)
# addresses from 10.78.0.2 on; its log is NAME/truth
world() {
	local ns=bench$$-$1 ready=$dir/$1/ready ms=$2
	mkdir -p "$dir/$1/facts"
	echo 1 >"$dir/$1/format"
	ip netns add "$ns"
	ip netns exec "$ns" sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6'
	ip -n "$ns" link set lo up
	ip -n "$ns" tuntap add dev tap0 mode tap
	ip -n "$ns" addr add 10.78.0.1/24 dev tap0
	ip -n "$ns" link set tap0 up
	ip netns exec "$ns" "$B/responder" tap0 10.78.0.2 "${addresses:-1}" "$dir/$1/truth" "$ms" "${@:3}" >"$ready" &
	for _ in $(seq 250); do
		! grep -q ready "$ready" || return 0
		sleep 0.02
	done
	echo "bench: no responder" >&2
	return 1
}

# probe NAME LENGTH_MS KIND...: starts our station in that namespace, in the background
probe() {
	"$B/probe-once" "$dir/$1" "/run/netns/bench$$-$1" "$2" "${@:3}" -- 10.78.0.2 >"$dir/$1/used" &
}

# peer NAME: starts fping in that namespace, in the background
peer() {
	ip netns exec "bench$$-$1" fping -D -l -p 10 10.78.0.2 >"$dir/$1/fping" 2>/dev/null &
}

cpu_ms() { # cpu_ms PID: prints the CPU time of all its threads so far
	cat "/proc/$1/task/"*/schedstat | awk '{ns += $1} END {printf "%.1f", ns / 1e6}'
}

rss_kb() {
	awk '/^VmHWM/ {print $2}' "/proc/$1/status"
}

# Three worlds at the same time, so that all suffer the same noise.
cost() {
	local fping alone all
	world all 24000
	world alone 24000
	world fping 24000
	probe all 23000 ping:1000000:950000 burst:10000:50000 capture:1000000:1000000
	all=$!
	probe alone 23000 burst:10000:50000
	alone=$!
	peer fping
	fping=$!
	sleep 20
	# The station is a child of probe-once.
	all=$(cat "/proc/$all/task/$all/children")
	alone=$(cat "/proc/$alone/task/$alone/children")
	local all_cpu alone_cpu fping_cpu
	all_cpu=$(cpu_ms "${all% }") alone_cpu=$(cpu_ms "${alone% }") fping_cpu=$(cpu_ms "$fping")
	row "10 ms, 1 s and capture, 20 s: CPU ms" "$all_cpu" "$fping_cpu" "$(ratio "$all_cpu" "$fping_cpu")"
	row "10 ms alone, 20 s: CPU ms" "$alone_cpu" "$fping_cpu" "$(ratio "$alone_cpu" "$fping_cpu")"
	local all_kb fping_kb
	all_kb=$(rss_kb "${all% }") fping_kb=$(rss_kb "$fping")
	row "10 ms, 1 s and capture: most memory, KB" "$all_kb" "$fping_kb" "$(ratio "$all_kb" "$fping_kb")"
	kill -INT "$fping"
	wait
}

judging() {
	local plan=$dir/many.ini facts out sorted read
	{
		printf '[plan]\ntitle = Many facts\nrepeat = 46\nbound = 3 s\n'
		printf '[platform sim]\nseed = 1\noutage = 300 ms, 2.9 s, 4 s\n'
		printf '[vm desk]\nmemory = 2 GB\nsession = attached, detached\n'
		printf '[probe classic]\nkind = ping\n[probe fine]\nkind = burst\ninterval = 10 ms\n'
		printf '[probe session]\nkind = session\n[control switch]\ntarget = lab-switch\n'
	} >"$plan"
	timed "$B/blackout" run "$plan" -o "$dir/many" >/dev/null
	facts=$(cat "$dir"/many/facts/*.tsv | wc -l)
	out=$(for _ in 1 2 3; do timed "$B/blackout" report "$dir/many" -o "$dir/out"; done | median)
	sorted=$(for _ in 1 2 3; do timed sh -c 'LC_ALL=C sort -n "$@"' sort "$dir"/many/facts/*.tsv; done | median)
	# shellcheck disable=SC2016 # awk's fields
	read=$(for _ in 1 2 3; do timed awk -F'\t' '{n[$2]++}' "$dir"/many/facts/*.tsv; done | median)
	row "report of $facts facts (peer: sort -n): s" "$out" "$sorted" "$(ratio "$out" "$sorted")"
	row "the same (peer: awk, one count a kind): s" "$out" "$read" "$(ratio "$out" "$read")"
}

# The peer of a lab: two namespaces and a link between them.
pair() {
	ip netns add "bench$$-l"
	ip netns add "bench$$-r"
	ip -n "bench$$-l" link add v0 type veth peer name v0 netns "bench$$-r"
	ip netns del "bench$$-l"
	ip netns del "bench$$-r"
}

lab() {
	local up=$dir/up down=$dir/down peer=$dir/pair
	lab=$BLACKOUT_LAB
	for _ in 1 2 3; do
		timed "$B/blackout" lab up >>"$up"
		"$B/blackout" lab exec virsh -c qemu+tcp://a/system hostname >/dev/null
		"$B/blackout" lab exec virsh -c qemu+tcp://b/system hostname >/dev/null
		timed "$B/blackout" lab down >>"$down"
		timed pair >>"$peer"
	done
	lab=
	row "lab up, 2 hosts answer (peer: 2 namespaces): s" "$(median <"$up")" "$(median <"$peer")" \
		"$(ratio "$(median <"$up")" "$(median <"$peer")")"
	row "lab down (peer: the same): s" "$(median <"$down")" "$(median <"$peer")" \
		"$(ratio "$(median <"$down")" "$(median <"$peer")")"
}

. tests/bench/accuracy.sh
. tests/bench/fleet.sh

# The arguments name sections; default: all.
[ $# -gt 0 ] || set -- cost judging lab accuracy loaded fleet crowd_out captures
for section in "$@"; do
	case $section in
	cost | judging | lab)
		[ -n "${headed-}" ] || row "" ours peer ratio
		headed=1
		;;
	accuracy | loaded | fleet | crowd_out | captures) ;;
	*)
		echo "bench: no section '$section' (cost, judging, lab, accuracy, loaded, fleet, crowd_out, captures)" >&2
		exit 2
		;;
	esac
	"$section"
done
echo
echo "Medians. CPU and memory: the peer is fping -p 10 -l. error: of the middle of the interval; a peer's by its
stamps is that from the last answered before to the first answered after, less an interval. unseen: no probe
missed its answer. false: gaps where there was no outage. Rows of one table were measured at the same time."

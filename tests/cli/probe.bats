#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# `blackout probe` from outside: against the scripted responder in namespaces of its own, and what is
# said to bad input. Needs root.

bats_require_minimum_version 1.5.0
load tables

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	[ "$(id -u)" -eq 0 ] || { echo "probe.bats needs root" >&2; return 1; }
	bin=$(cd "$(dirname "$BLACKOUT")" && pwd)
	export bin
	# One scene serves several tests: five outages of known length, in both families.
	world scene || return 1
	answerer "$BATS_FILE_TMPDIR" 12000 1200:700:drop 3000:130:drop 4200:900:hold 6200:400:refuse \
		7600:1300:drop || return 1
	# Far below the longest outage: a prober that pauses on a busy machine proves a part of it only.
	probe=(probe -d 10s -i 10ms -o "$BATS_FILE_TMPDIR/out" --bound 400ms 10.78.0.2 fd78::2)
	status=0
	at scene "$BLACKOUT" "${probe[@]}" >"$BATS_FILE_TMPDIR/said" \
		2>"$BATS_FILE_TMPDIR/errors" || status=$?
	echo $status >"$BATS_FILE_TMPDIR/status"
	wait "$responder"
	world bare
}

teardown_file() {
	for ns in $(ip netns list | awk '{print $1}' | grep "^bwatch-$(tag)-"); do
		ip netns del "$ns"
	done
}

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	t=$BATS_TEST_TMPDIR
}

# tag: the same in all the processes of one bats run, and in no other run
tag() { basename "$BATS_RUN_TMPDIR"; }

# world NAME: a namespace with a TAP device whose other end is the responder's
world() {
	ns=bwatch-$(tag)-$1
	ip netns add "$ns" && ip -n "$ns" link set lo up &&
		ip -n "$ns" tuntap add dev tap0 mode tap && ip -n "$ns" addr add 10.78.0.1/24 dev tap0 &&
		ip -n "$ns" addr add fd78::1/64 dev tap0 nodad && ip -n "$ns" link set tap0 up
}

# at NAME COMMAND... : in that namespace
at() {
	local name=$1
	shift
	ip netns exec "bwatch-$(tag)-$name" "$@"
}

# answerer DIR MS SCRIPT... : starts the responder for two addresses of each family
answerer() {
	local dir=$1 ms=$2
	shift 2
	ip netns exec "$ns" "$bin/responder" tap0 10.78.0.2,fd78::2 2 "$dir/truth" "$ms" "$@" \
		>"$dir/ready" 3>&- &
	responder=$!
	for _ in $(seq 250); do
		grep -q ready "$dir/ready" && return 0
		sleep 0.02
	done
	return 1
}

# bounded DIR COUNT: each address of both families has so many gaps, and each holds the responder's truth
bounded() {
	for target in 10.78.0.2 fd78::2; do
		grep ",$target," "$1/out/gaps.csv" >"$t/gaps"
		[ "$(wc -l <"$t/gaps")" -eq "$2" ] || return 1
		awk 'NR == FNR {truth[NR] = ($3 - $2) / 1e9; lag[NR] = $4 / 1e9; next}
			{split($0, f, ","); n = FNR; print f[10], truth[n], f[11]
			if (f[10] > truth[n] + lag[n] + 1e-6 || truth[n] > f[11] + lag[n] + 1e-6) bad = 1}
			END {exit bad}' "$1/truth" "$t/gaps" || return 1
	done
}

@test "every outage is found, its true length within the bounds, in both families" {
	bounded "$BATS_FILE_TMPDIR" 5
}

@test "a folder that only watched: no plan, empty case, run, vm and phase, no runs.csv" {
	out=$BATS_FILE_TMPDIR/out
	[ ! -e "$out/facts/plan.ini" ]
	grep -q "	watch	-	bound=400000000	command=probe$" "$out/facts/watch.tsv"
	[ -s "$out/facts/environment.json" ]
	[ -z "$(column "$out/gaps.csv" case | tr -d '\n')" ]
	[ -z "$(column "$out/gaps.csv" phase | tr -d '\n')" ]
	[ ! -e "$out/runs.csv" ]
	[ -s "$out/charts/watch.svg" ]
	grep -q "2 targets observed for 10" "$out/report.txt"
}

@test "an outage above the bound is FAIL: status 1, also of a later report" {
	[ "$(cat "$BATS_FILE_TMPDIR/status")" -eq 1 ]
	grep -q "Verdict: FAIL, bound 400ms (2 FAIL)" "$BATS_FILE_TMPDIR/said"
	run -1 "$BLACKOUT" report "$BATS_FILE_TMPDIR/out" -o "$t/again"
}

@test "not on a terminal: a line an event with its interval, then the summary" {
	said=$BATS_FILE_TMPDIR/said
	# On a loaded machine an answer may come after its time-out, and is first told as an outage, too.
	out=$(grep -c '^2[0-9T:.-]*Z out   10.78.0.2$' "$said")
	[ "$out" -ge 5 ]
	[ "$(grep -c '^2[0-9T:.-]*Z back  10.78.0.2 after \[[0-9.]*, [0-9.]*\] s' "$said")" -eq "$out" ]
	[ "$(grep -c "$(printf '\033')" "$said")" -eq 0 ]
	grep -q "Who was out, the longest first" "$said"
	grep -q "probing 2 targets every 10ms, time-out 50ms; results: " "$BATS_FILE_TMPDIR/errors"
}

@test "three reports of a watch are the same bytes" {
	for i in 1 2 3; do
		"$BLACKOUT" report "$BATS_FILE_TMPDIR/out" -o "$t/$i" || [ $? -eq 1 ]
	done
	diff -r "$t/1" "$t/2"
	diff -r "$t/2" "$t/3"
}

@test "the bound inside the interval is status 3, within it is 0, none is 0" {
	run -3 "$BLACKOUT" probe -d 500ms -i 100ms --bound 1ms 127.0.0.1
	[[ $output = *"Verdict: IN"* ]]
	run -0 "$BLACKOUT" probe -d 500ms -i 10ms --bound 20s 127.0.0.1
	[[ $output = *"Verdict: PASS"* ]]
	run -0 at bare "$BLACKOUT" probe -d 500ms -i 10ms 10.78.0.9
	[[ $output = *"Verdict: NOT JUDGED"* ]]
}

@test "without -o nothing is left behind" {
	mkdir "$t/tmp"
	TMPDIR=$t/tmp run -0 "$BLACKOUT" probe -d 300ms 127.0.0.1
	[ -z "$(ls -A "$t/tmp")" ]
}

@test "Ctrl-C ends it cleanly: summary, status 0, folder closed" {
	for signal in INT TERM; do
		"$BLACKOUT" probe -i 10ms -o "$t/$signal" 127.0.0.1 >"$t/said" 3>&- &
		pid=$!
		for _ in $(seq 200); do
			grep -qs answer "$t/$signal/facts/local-echo.tsv" && break
			sleep 0.05
		done
		# A background job ignores SIGINT, but for a program that catches it.
		kill -"$signal" "$pid"
		wait "$pid"
		grep -q "1 target observed for" "$t/said"
		grep -q "	folder	-	state=complete$" "$t/$signal/facts/watch.tsv"
		tail -1 "$t/$signal/facts/local-echo.tsv" | grep -q "	end	-	reason=done$"
		[ -s "$t/$signal/report.txt" ]
	done
}

@test "the one-second interval: its time-out is printed, an answer is an answer" {
	run -0 --separate-stderr "$BLACKOUT" probe -d 2500ms -i 1s 127.0.0.1
	[[ $stderr = *"every 1s, time-out 1s"* ]]
	[[ $output = *"Nobody: every probe was answered in time."* ]]
}

@test "a control target that goes silent too makes the verdict INVALID" {
	world control
	answerer "$t" 6000 1500:1200:drop
	run -3 at control "$BLACKOUT" probe -d 4s -i 10ms --bound 500ms --control 10.78.0.3 10.78.0.2
	kill "$responder" && wait "$responder" || true
	[[ $output = *"INVALID: a control target went silent"* ]]
}

@test "names are resolved; all that cannot be are said at once, with their place" {
	run -0 "$BLACKOUT" probe -d 300ms localhost
	[[ $output = *"localhost"* || $output = *"Nobody"* ]]
	printf 'one.invalid\n\n# nothing\n127.0.0.1\n  two.invalid # twice\n' >"$t/hosts"
	run -2 "$BLACKOUT" probe -f "$t/hosts" three.invalid 127.0.0.1
	[[ $output = *"hosts:1: 'one.invalid' cannot be resolved"* ]]
	[[ $output = *"hosts:5: 'two.invalid' cannot be resolved"* ]]
	[[ $output = *"blackout: 'three.invalid' cannot be resolved"* ]]
	[[ $output != *"127.0.0.1"* ]]
}

@test "an address on no route counts as unanswered, and is said once" {
	run -0 --separate-stderr at bare "$BLACKOUT" probe -d 500ms -i 10ms -o "$t/out" 203.0.113.5 \
		10.78.0.1
	[ "$(grep -c 'no route to 203.0.113.5 (counts as unanswered)' <<<"$stderr")" -eq 1 ]
	grep -q "unanswered	1	.*	errno=101" "$t/out/facts/local-echo.tsv"
	grep -q ",203.0.113.5,,,," "$t/out/gaps.csv"
}

@test "intervals that are none are refused with what would be right" {
	for bad in 0 0ms 10 -5ms 0.05ms 61s fast ''; do
		run -2 "$BLACKOUT" probe -i "$bad" 127.0.0.1
		[[ $output = *"blackout: -i: "* ]]
	done
	run -2 "$BLACKOUT" probe -i 10 127.0.0.1
	[[ $output = *"'10' lacks its unit ("* ]]
	run -2 "$BLACKOUT" probe -i 0ms 127.0.0.1
	[[ $output = *"'0ms' is not from 100us to 60s"* ]]
	run -2 "$BLACKOUT" probe -i 10ms --fine 10ms 127.0.0.1
	[[ $output = *"--fine: is not finer than -i"* ]]
	run -2 "$BLACKOUT" probe --bound 0s -d 0s 127.0.0.1
	[[ $output = *"--bound: '0s' is too short"*"-d: '0s' is too short"* ]]
	run -0 "$BLACKOUT" probe -d 300ms -i '0.5 ms' 127.0.0.1
}

@test "no address, a bad list, a folder that is not empty: said, and nothing is touched" {
	run -2 "$BLACKOUT" probe
	[[ $output = *"nothing to probe (name an address, or a file of them with -f)"* ]]
	run -2 "$BLACKOUT" probe -f "$t"
	[[ $output = *"$t: is a directory"* ]]
	run -2 "$BLACKOUT" probe -f "$t/none"
	[[ $output = *"$t/none"*"No such file"* ]]
	printf '127.0.0.1\na b\n\0\n' >"$t/bad"
	run -2 "$BLACKOUT" probe -f "$t/bad"
	[[ $output = *"bad:2: 'a b' is more than one word"*"bad:3: holds a NUL byte"* ]]
	head -c 100000 /dev/urandom >"$t/garbage"
	run -2 "$BLACKOUT" probe -f "$t/garbage"
	[ "$(grep -c "$(printf '\033')" <<<"$output")" -eq 0 ]
	: >"$t/empty"
	run -2 "$BLACKOUT" probe -f "$t/empty"
	[[ $output = *"empty: holds no address"* ]]
	mkdir "$t/full"
	: >"$t/full/mine"
	run -2 "$BLACKOUT" probe -o "$t/full" 127.0.0.1
	[[ $output = *"exists and is not empty (choose another folder with -o)"* ]]
	[ "$(ls "$t/full")" = mine ]
	run -2 "$BLACKOUT" probe --control 127.0.0.1 127.0.0.1
	[[ $output = *"is a control target and an observed one"* ]]
}

@test "a list of 100,000 lines with duplicates: each is probed once, and said how many" {
	awk 'BEGIN {for (i = 0; i < 100000; i++) print "127.1." i % 20 "." i % 40}' >"$t/hosts"
	run -0 --separate-stderr "$BLACKOUT" probe -d 1s -i 100ms -f "$t/hosts" -o "$t/out"
	[[ $stderr = *"probing 40 targets every 100ms"* ]]
	[[ $stderr = *"99960 addresses were given before, and are probed once"* ]]
	[ "$(grep -c '	target	' "$t/out/facts/local-echo.tsv")" -eq 40 ]
}

@test "more probes a second than can be sent are refused with the mend" {
	awk 'BEGIN {for (i = 0; i < 10000; i++) print "127.2." int(i / 250) "." i % 250}' >"$t/hosts"
	run -2 "$BLACKOUT" probe -i 10ms -f "$t/hosts"
	[[ $output = *"10000 targets every 10ms are 1000000 probes a second"*"a longer interval"* ]]
}

@test "without CAP_NET_RAW and ping sockets it says what grants them, with the present range" {
	at bare sh -c 'echo "1 0" >/proc/sys/net/ipv4/ping_group_range'
	run -4 at bare capsh --drop=cap_net_raw -- -c "'$BLACKOUT' probe -d 1s 127.0.0.1"
	[[ $output = *"run as root"*"setcap cap_net_raw+ep"*"its group, 0,"* ]]
	[[ $output = *"net.ipv4.ping_group_range, which is '1 0' here, nobody"* ]]
	at bare sh -c 'echo "7 9" >/proc/sys/net/ipv4/ping_group_range'
	run -4 at bare capsh --drop=cap_net_raw -- -c "'$BLACKOUT' probe -d 1s ::1"
	[[ $output = *"which is '7 9' here)"* ]]
}

@test "without CAP_NET_RAW ping sockets do: outages, held answers and routers' errors, both families" {
	world ping
	answerer "$t" 8000 1000:500:drop 2500:700:hold 4500:400:refuse
	at ping sh -c 'echo "0 0" >/proc/sys/net/ipv4/ping_group_range'
	run -0 at ping capsh --drop=cap_net_raw -- -c \
		"'$BLACKOUT' probe -d 6s -i 10ms -o '$t/out' 10.78.0.2 fd78::2"
	wait "$responder"
	bounded "$t" 3
	facts=$t/out/facts/local-echo.tsv
	# Each of the 40 refused (give or take one) is told by the router, and none by the call that sent another.
	for n in 1 2; do
		[ "$(grep -c "	unanswered	$n	.*icmp=" "$facts")" -ge 38 ]
	done
	grep -q "	unanswered	1	.*icmp=3/.*from=10.78.0.2" "$facts"
	grep -q "	unanswered	2	.*icmp=1/.*from=fd78::2" "$facts"
	run ! grep -E "errno=|	(drops|unsent)	" "$facts"
	[ "$(grep -c 'foreign=0' "$facts")" -eq 2 ]
}

@test "a ping socket that lost answers says so" {
	world small
	answerer "$t" 30000 1000:6000:hold
	at small sh -c 'echo "0 0" >/proc/sys/net/ipv4/ping_group_range'
	# Without CAP_NET_ADMIN there is room for some 11,000 answers. Some 16,000 are held from 1 s on and come at 7 s,
	# while nobody reads: from about 4 s to about 9 s, which leaves a loaded machine 2 s to be late.
	ip netns exec "$ns" capsh --drop=cap_net_raw,cap_net_admin -- -c \
		"exec '$BLACKOUT' probe -d 11s -i 0.2ms -o '$t/out' 10.78.0.2" >"$t/said" 2>&1 3>&- &
	pid=$!
	sleep 4
	station=$(pgrep -P "$pid")
	[ -n "$station" ]
	kill -STOP "$station"
	sleep 5
	kill -CONT "$station"
	wait "$pid"
	kill "$responder" && wait "$responder" || true
	grep -q "	drops	-	.*count=[1-9]" "$t/out/facts/local-echo.tsv"
}

@test "a full disk: status 5, and what was written can be reported" {
	mkdir "$t/small"
	mount -t tmpfs -o size=256k tmpfs "$t/small"
	run -5 --separate-stderr "$BLACKOUT" probe -d 30s -i 1ms -o "$t/small/out" 127.0.0.1
	cp -r "$t/small/out" "$t/copy"
	umount "$t/small"
	[[ $stderr = *"No space left on device"* ]]
	run "$BLACKOUT" report "$t/copy"
	grep -q "1 target observed for" "$t/copy/report.txt"
}

@test "hostile names are shown, not obeyed" {
	mkdir "$t/etc"
	name='=$(reboot)`id`'
	printf '127.0.0.9 %s\n' "$name" >"$t/etc/hosts"
	# A file system of its own for /etc/hosts, so that the machine's is left alone.
	run -0 unshare -m sh -c 'mount --bind "$1/etc/hosts" /etc/hosts && shift &&
		"$0" probe -d 300ms -o "$1/out" "$2"' "$BLACKOUT" "$t" "$t" "$name"
	run ! grep -q '`' "$t/out/charts/watch.gp"
	[ -s "$t/out/charts/watch.svg" ]
	run -2 "$BLACKOUT" probe "$(printf 'x\033[2Jy')"
	[[ $output = *"'x\\x1B[2Jy' is neither an address nor a name"* ]]
}

@test "--help has examples and says what the defaults are" {
	run -0 "$BLACKOUT" probe --help
	[[ $output = *"blackout probe -i 1ms -d 60s -o out db web"* ]]
	[[ $output = *"default: 10 ms"* ]]
}

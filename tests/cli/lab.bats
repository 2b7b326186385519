#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The lab's life from outside: up, exec, status, down, and what a killed `up` leaves. Needs root.

bats_require_minimum_version 1.5.0

setup_file() {
	export BLACKOUT_LAB=${BLACKOUT_TEST_LAB:-labtest}
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	export blackout=${BLACKOUT:-$root/${B:-build}/blackout}
	[ "$(id -u)" = 0 ] || {
		echo "lab.bats needs root" >&2
		return 1
	}
	[ -x "$blackout" ] || {
		echo "$blackout is not built" >&2
		return 1
	}
	"$blackout" lab down
}

# A run that a failed test left behind would fail the next one.
teardown() {
	for pid in $(jobs -p); do
		kill -9 "$pid" 2>/dev/null || true
	done
}

teardown_file() {
	"$blackout" lab down
}

# Whatever the lab has on the machine: namespaces, records, processes, links.
traces() {
	find /run/netns /var/lib/blackout -maxdepth 1 -name "$BLACKOUT_LAB*" 2>/dev/null
	ip -o link | grep -E ': (lan|ctl|mig)[0-9-]' || true
	# A host's processes see its records as mounts.
	grep -lF "/blackout/$BLACKOUT_LAB/" /proc/[0-9]*/mountinfo 2>/dev/null || true
}

first_process() {
	"$blackout" lab status | awk -v host="$1:" '$2 == host {sub(",", "", $4); print $4}'
}

@test "usage errors touch nothing and say what is right" {
	run -2 "$blackout" lab
	run -2 "$blackout" lab sideways
	run -2 "$blackout" lab up --hosts 17
	[[ $output == *"1 to 16"* ]]
	run -2 "$blackout" lab up --hosts 2x
	run -2 "$blackout" lab up --link 1000
	[[ $output == *"Gbit/s"* ]]
	run -2 "$blackout" lab up --name 'a-b'
	run -2 "$blackout" lab up more
	run -2 "$blackout" lab down --hosts 2
	run -2 "$blackout" lab exec
	[ -z "$(traces)" ]
}

@test "down of nothing says so and succeeds" {
	run -0 "$blackout" lab down
	[[ $output == *"nothing to take down"* ]]
	run -0 "$blackout" lab status
	[[ $output == *down* ]]
}

@test "up, and its hosts outlive it; captured output ends with it" {
	# A host that held the pipe open would make cat wait for ever.
	# shellcheck disable=SC2016 # for the inner shell
	run -0 timeout 60 sh -c '"$0" lab up --hosts 3 --link "100 Mbit/s" 2>&1 | cat' "$blackout"
	[[ $output == *"3 hosts, 100Mbit/s"* ]]
	run -0 "$blackout" lab status
	[[ $output == *"host c: pid "* ]]
	run -0 "$blackout" lab exec virsh -c qemu+tcp://c/system hostname
	[[ ${lines[0]} == c ]]
	# Refused is answered.
	run "$blackout" lab exec timeout 5 bash -c ': </dev/tcp/lab-switch/9'
	[[ $output == *"Connection refused"* ]]
}

@test "a second up is refused with the mend" {
	run -4 "$blackout" lab up
	[[ $output == *"blackout lab down"* ]]
	run -0 "$blackout" lab status
	[[ $output == *"host a: pid "* ]]
}

@test "exec hands on arguments and the exit status" {
	# shellcheck disable=SC2016 # for the inner shell
	run -7 "$blackout" lab exec sh -c 'exit $(($1 + 4))' x 3
	run -0 "$blackout" lab exec echo --name "a b"
	[ "$output" = "--name a b" ]
	run -4 "$blackout" lab exec /nonexistent
}

@test "the migration link is shaped, and only it" {
	run -0 tc -n "$BLACKOUT_LAB-a" qdisc show dev mig0
	[[ $output == *"tbf"*"100Mbit"* ]]
	run -0 tc -n "$BLACKOUT_LAB-a" qdisc show dev ctl0
	[[ $output != *tbf* ]]
}

@test "two labs of different names live beside each other" {
	run -0 timeout 60 "$blackout" lab up --name "${BLACKOUT_LAB}2" --hosts 1
	run -0 "$blackout" lab exec --name "${BLACKOUT_LAB}2" virsh -c qemu+tcp://a/system hostname
	run -0 "$blackout" lab down --name "${BLACKOUT_LAB}2"
	run -0 "$blackout" lab exec virsh -c qemu+tcp://a/system hostname
	[ ! -e "/run/netns/${BLACKOUT_LAB}2-sw" ]
}

@test "a host that died is told, and down copes" {
	kill -9 "$(first_process b)"
	sleep 0.2
	run -0 "$blackout" lab status
	[[ $output == *"host b: dead"* ]]
	run -0 "$blackout" lab down
	[ -z "$(traces)" ]
}

@test "down ends what lives in the lab's namespaces" {
	timeout 60 "$blackout" lab up --hosts 1
	"$blackout" lab exec sleep 300 3>&- &
	pid=$!
	for _ in $(seq 100); do
		[ "/proc/$pid/ns/net" -ef "/run/netns/$BLACKOUT_LAB-mg" ] && break
		sleep 0.05
	done
	run -0 "$blackout" lab down
	run ! grep -qs '^State:	[^ZX]' "/proc/$pid/status"
	wait "$pid" || true
	[ -z "$(traces)" ]
}

@test "a recorded process id that was used again is left alone" {
	timeout 60 "$blackout" lab up --hosts 1
	kill -9 "$(first_process a)"
	sleep 300 3>&- &
	pid=$!
	echo "$pid 12345" >"/var/lib/blackout/$BLACKOUT_LAB/a/pid"
	run -0 "$blackout" lab down
	kill -0 "$pid"
	kill "$pid"
}

@test "namespaces of the lab's names that it did not make are refused" {
	ip netns add "$BLACKOUT_LAB-a"
	run "$blackout" lab up
	ip netns del "$BLACKOUT_LAB-a"
	[ "$status" -eq 4 ]
	[[ $output == *"this lab did not make it"* ]]
	[ -z "$(traces)" ]
}

@test "down leaves alone what is only named like the lab's" {
	ip netns add "$BLACKOUT_LAB-p"
	ip netns exec "$BLACKOUT_LAB-p" sleep 300 3>&- &
	pid=$!
	timeout 60 "$blackout" lab up --hosts 2
	# Somebody puts another namespace in the place of b's.
	ip netns del "$BLACKOUT_LAB-b"
	ip netns add "$BLACKOUT_LAB-b"
	run -0 "$blackout" lab down
	left=$(traces | sort | tr '\n' ' ')
	kill -0 "$pid"
	kill "$pid"
	wait "$pid" || true
	ip netns del "$BLACKOUT_LAB-p"
	ip netns del "$BLACKOUT_LAB-b"
	[ "$left" = "/run/netns/$BLACKOUT_LAB-b /run/netns/$BLACKOUT_LAB-p " ]
}

@test "a namespace that only its name is known of is removed, unless somebody lives in it" {
	for part in a b; do
		ip netns add "$BLACKOUT_LAB-$part"
	done
	ip netns exec "$BLACKOUT_LAB-a" sleep 300 3>&- &
	pid=$!
	for _ in $(seq 100); do
		[ "/proc/$pid/ns/net" -ef "/run/netns/$BLACKOUT_LAB-a" ] && break
		sleep 0.05
	done
	# As an `up` leaves it that was killed just then.
	mkdir -p "/var/lib/blackout/$BLACKOUT_LAB"
	printf 'boot %s\na 0 0\nb 0 0\n' "$(cat /proc/sys/kernel/random/boot_id)" \
		>"/var/lib/blackout/$BLACKOUT_LAB/namespaces"
	run -0 "$blackout" lab down
	left=$(traces)
	kill -0 "$pid"
	kill "$pid"
	wait "$pid" || true
	ip netns del "$BLACKOUT_LAB-a"
	[ "$left" = "/run/netns/$BLACKOUT_LAB-a" ]
}

# alone SCRIPT: as the only one who has named namespaces and labs
alone() {
	# Its records go with its mounts, so nobody else could take its labs down.
	unshare --mount bash -euc "! mountpoint -q /run/netns || umount -R -l /run/netns
		mount -t tmpfs tmpfs /run; mount -t tmpfs tmpfs /var/lib
		trap '\"\$1\" lab down; \"\$1\" lab down --name ${BLACKOUT_LAB}x' EXIT
		$1" alone "$blackout"
}

@test "the folder of namespaces goes with the last lab, if it came with the first" {
	# shellcheck disable=SC2016 # for the inner shell
	run -0 alone '"$1" lab up --hosts 1
		"$1" lab up --hosts 1 --name "${BLACKOUT_LAB}x"
		"$1" lab down
		mountpoint /run/netns
		"$1" lab down --name "${BLACKOUT_LAB}x"
		[ ! -e /run/netns ]
		[ ! -e /var/lib/blackout ]'
}

@test "the folder of namespaces stays with whoever has it or uses it" {
	# shellcheck disable=SC2016 # for the inner shell
	run -0 alone 'mkdir /run/netns; "$1" lab up --hosts 1; "$1" lab down
		[ -d /run/netns ]
		[ "$(mountpoint /run/netns)" = "/run/netns is not a mountpoint" ]
		"$1" lab up --hosts 1; ip netns add mine; "$1" lab down
		mountpoint /run/netns
		[ -e /run/netns/mine ]
		[ ! -e /var/lib/blackout ]
		ip netns del mine; "$1" lab up --hosts 1; "$1" lab down; mountpoint /run/netns'
}

# a copy of the program with its own cache, before a QEMU that does what $1 says
proof() {
	mkdir "$BATS_TEST_TMPDIR/bin"
	cp "$blackout" "$BATS_TEST_TMPDIR/"
	cat >"$BATS_TEST_TMPDIR/bin/qemu-system-x86_64" <<-E
		#!/bin/sh
		cut -d ' ' -f 1,5 /proc/\$\$/stat >>"$BATS_TEST_TMPDIR/pids"
		$1
	E
	cat >"$BATS_TEST_TMPDIR/bin/ip" <<-E
		#!/bin/sh
		cut -d ' ' -f 1,5 /proc/\$\$/stat >>"$BATS_TEST_TMPDIR/pids"
		exec "$(command -v ip)" "\$@"
	E
	chmod +x "$BATS_TEST_TMPDIR"/bin/*
	# Where there is no KVM, a file is enough: only the real QEMU would open it.
	cat >"$BATS_TEST_TMPDIR/enter" <<-E
		set -eu
		[ -e /dev/kvm ] || {
			mount -t tmpfs tmpfs /dev
			mknod -m 666 /dev/null c 1 3
			: >/dev/kvm
		}
		export BLACKOUT_GUEST=\$(dirname "$blackout")/guest PATH="$BATS_TEST_TMPDIR/bin:\$PATH"
		"$BATS_TEST_TMPDIR/blackout" lab up --hosts 1
		"$BATS_TEST_TMPDIR/blackout" lab down
		"$BATS_TEST_TMPDIR/blackout" lab up --hosts 1
		"$BATS_TEST_TMPDIR/blackout" lab down
	E
	unshare --mount sh "$BATS_TEST_TMPDIR/enter"
}

@test "a failed proof of KVM is kept, and the terminal's signals reach neither it nor ip" {
	# As an assertion of QEMU's ends it.
	# shellcheck disable=SC2016 # for the inner shell
	run -0 proof 'ulimit -c 0; kill -ABRT $$; sleep 1'
	[ "$(grep -c 'does not run a guest' <<<"$output")" -eq 1 ]
	[[ $(cat "$BATS_TEST_TMPDIR/lab-cache/kvm") == *hangs ]]
	[ "$(wc -l <"$BATS_TEST_TMPDIR/pids")" -ge 5 ]
	# Each is its own process group.
	run -0 awk '$1 != $2 {print; bad = 1} END {exit bad}' "$BATS_TEST_TMPDIR/pids"
}

@test "a proof of KVM that was killed proves nothing, and is made anew" {
	# shellcheck disable=SC2016 # for the inner shell
	run -0 proof 'kill -KILL $$; sleep 1'
	[ "$(grep -c 'was not tested' <<<"$output")" -eq 2 ]
	[ ! -e "$BATS_TEST_TMPDIR/lab-cache/kvm" ]
}

# start_run FOLDER: a run in the background ($pid), up to its VM's first answered probe
start_run() {
	cat >"$BATS_TEST_TMPDIR/p.ini" <<-X
		[plan]
		baseline = 60 s
		[lab]
		warm-up = no
		[vm desk]
		memory = 128 MB
		[probe classic]
		kind = ping
		[control switch]
		target = lab-switch
	X
	"$blackout" run "$BATS_TEST_TMPDIR/p.ini" -o "$1" >"$1.log" 2>&1 3>&- &
	pid=$!
	for _ in $(seq 600); do
		# Target 1 is the VM; the switch, a control, answers before there is a VM.
		grep -qs "$(printf '\tanswer\t1\t')" "$1/facts/local-classic.tsv" && return
		kill -0 "$pid" || break
		sleep 0.1
	done
	cat "$1.log"
	false
}

@test "one run at a time has a lab, until it is gone" {
	dir=$BATS_TEST_TMPDIR
	start_run "$dir/first"
	run -4 "$blackout" run "$dir/p.ini" -o "$dir/second"
	[[ $output == *"another run is using lab $BLACKOUT_LAB (pid $pid)"*"BLACKOUT_LAB="* ]]
	run -0 "$blackout" lab status
	[[ $output == *"host b: pid "*"vm a desk running"* ]]
	kill -9 "$pid"
	wait "$pid" || true
	run -0 "$blackout" lab down
	[[ $output != *"is using lab"* ]]
	[ -z "$(traces)" ]
}

@test "down says whose lab it takes, and takes it" {
	start_run "$BATS_TEST_TMPDIR/r"
	run -0 "$blackout" lab down
	[[ $output == *"a run (pid $pid) is using lab $BLACKOUT_LAB"* ]]
	kill -TERM "$pid" 2>/dev/null || true
	wait "$pid" || true
	[ -z "$(traces)" ]
}

@test "down clears up after an up that was killed at any moment" {
	for ms in 000 005 010 020 030 040 060 080 100 130 160 200 250; do
		"$blackout" lab up >/dev/null 2>&1 3>&- &
		pid=$!
		sleep "0.$ms"
		kill -9 "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
		run -0 "$blackout" lab down
		left=$(traces)
		[ -z "$left" ] || {
			echo "after $ms ms: $left"
			false
		}
	done
	run -0 timeout 60 "$blackout" lab up
	run -0 "$blackout" lab down
}

@test "down clears up after a down that was killed at any moment" {
	for delay in 0.02 0.05 0.1 0.15 0.2 0.3; do
		"$blackout" lab up
		setsid "$blackout" lab down 3>&- &
		pid=$!
		sleep $delay
		kill -9 -- "-$pid" 2>/dev/null || true
		wait "$pid" || true
		"$blackout" lab down
		[ -z "$(traces)" ]
	done
}

@test "a namespace whose mount is gone leaves no file behind" {
	"$blackout" lab up
	umount "/run/netns/$BLACKOUT_LAB-a"
	"$blackout" lab down
	[ -z "$(traces)" ]
}

@test "without root it says so" {
	command -v setpriv >/dev/null
	run -4 setpriv --reuid 65534 --clear-groups "$blackout" lab up
	[[ $output == *root* ]]
}

@test "in a plain chroot it says what is needed" {
	# A root that is no mount of its own, filled with mounts.
	cat >"$BATS_TEST_TMPDIR/enter" <<-'E'
		set -eu
		root=$1 program=$2
		for d in etc proc dev sys run usr var tmp program; do mkdir -p "$root/$d"; done
		for d in etc proc dev sys run usr var tmp; do mount --rbind "/$d" "$root/$d"; done
		for d in bin sbin lib lib64; do ln -s "usr/$d" "$root/$d"; done
		mount --bind "$(dirname "$program")" "$root/program"
		exec chroot "$root" "/program/$(basename "$program")" lab up
	E
	mkdir "$BATS_TEST_TMPDIR/root"
	run -4 unshare --mount sh "$BATS_TEST_TMPDIR/enter" "$BATS_TEST_TMPDIR/root" "$blackout"
	[[ $output == *"privileged container"* ]]
	[ -z "$(traces)" ]
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# `blackout-rdp` from outside, against the server that goes into the guest image, here in a namespace of
# its own, and against a small one that wants a password first. Needs root.

bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	[ "$(id -u)" -eq 0 ] || { echo "rdp.bats needs root" >&2; return 1; }
	build=$(dirname "$BLACKOUT")
	[ -d "$build/guest/desktop" ] || { echo "rdp.bats needs make guest" >&2; return 1; }
	export build
	# shellcheck disable=SC2046 # words
	${CC:-gcc} -std=c11 -O1 $(pkg-config --cflags freerdp2 winpr2) -o "$BATS_FILE_TMPDIR/rdp-server" \
		tests/cli/rdp_server.c $(pkg-config --libs freerdp2 winpr2) || return 1
	ns=brdp-$(basename "$BATS_RUN_TMPDIR")
	export ns
	ip netns add "$ns" && ip -n "$ns" link set lo up
}

teardown_file() {
	[ ! -e "/run/netns/brdp-$(basename "$BATS_RUN_TMPDIR")" ] || ip netns del "brdp-$(basename "$BATS_RUN_TMPDIR")"
}

setup() {
	t=$BATS_TEST_TMPDIR
	root=$t/root
	pids=()
	mkfifo "$t/say"
	mkdir "$t/home" "$t/tmp"
	cp -a "$build/guest/desktop" "$root"
	mknod "$root/dev/null" c 1 3
	mknod "$root/dev/urandom" c 1 9
}

teardown() {
	for pid in "${pids[@]}"; do
		pkill -KILL -P "$pid" || true
		kill -KILL "$pid" 2>/dev/null || true
	done
	exec 7>&- || true
	wait
}

# server: the image's server, as the guest runs it; its session processes are its children
server() {
	ip netns exec "$ns" chroot "$root" /usr/sbin/xrdp --nodaemon >"$t/server" 2>&1 7>&- &
	server=$!
	pids+=("$server")
	listens 3389
}

# listens PORT
listens() {
	for ((i = 0; i < 200; i++)); do
		ip netns exec "$ns" ss -Hltn "sport = :$1" | grep -q . && return
		sleep 0.05
	done
	echo "nothing listens at port $1: $(cat "$t/server")" >&2
	return 1
}

# client ARGUMENT... : starts the program; `tell` commands it, `await` reads it
client() {
	HOME=$t/home TMPDIR=$t/tmp ip netns exec "$ns" "$build/blackout-rdp" "$@" \
		<"$t/say" >"$t/said" 2>"$t/errors" &
	client=$!
	pids+=("$client")
	exec 7>"$t/say"
}

tell() { echo "$1" >&7; }

# await PATTERN [COUNT]: until so many events match
await() {
	for ((i = 0; i < 400; i++)); do
		[ "$(grep -cP "^\d+\t$1" "$t/said")" -ge "${2:-1}" ] && return
		sleep 0.05
	done
	echo "no event '$1' in:" >&2
	grep -vP '\t(input|frame)' "$t/said" >&2
	cat "$t/errors" >&2
	return 1
}

# end: quit, and what it left
end() {
	tell quit
	wait "$client"
	[ -z "$(ls -A "$t/home")" ]
	[ -z "$(ls -A "$t/tmp")" ]
}

never() { ! grep -qP "^\d+\t$1" "$t/said"; }

# session: the process that serves the newest session
session() { pgrep -n -P "$server"; }

other_certificate() {
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=other -keyout "$root/etc/xrdp/key.pem" \
		-out "$root/etc/xrdp/cert.pem" 2>/dev/null
}

@test "a session: inputs are numbered and answered, and the text is still there at its end" {
	server
	client --user-keys 127.0.0.1 3389
	tell open
	await 'input\tseq=40'
	tell close
	await 'closed$'
	await 'state\tkept=yes$'
	typed=$(grep -oP 'what=typed\thash=\K.+' "$t/said")
	[ "${#typed}" -eq 64 ]
	[ "$(grep -oP 'what=end\thash=\K.+' "$t/said")" = "$typed" ]
	grep -q 'kind=key' "$t/said"
	# Numbers grow by one, and no answer is older than its question.
	awk -F'\t' '$2 == "input" { split($3, a, "="); if (a[2] != next_seq++) exit 1; sent[a[2]] = $1 }
		$2 == "frame" && $3 ~ /^answers=/ { split($3, a, "="); answered = a[2]
			if (!(a[2] in sent) || $1 < sent[a[2]] || a[2] < last) exit 1; last = a[2] }
		END { exit !(next_seq > 40 && answered >= next_seq - 2) }' "$t/said"
	never disconnected
	tell try
	await 'closed$' 2
	[ "$(grep -cP '\tconnected\ttook=\d+$' "$t/said")" -eq 2 ]
	end
}

@test "a freeze of five seconds drops nothing" {
	server
	client 127.0.0.1 3389
	tell open
	await 'input\tseq=5\t'
	kill -STOP "$(session)"
	sleep 5
	frozen=$(grep -oP 'seq=\K\d+' "$t/said" | tail -n 1)
	[ "$(grep -oP 'answers=\K\d+' "$t/said" | tail -n 1)" -lt $((frozen - 50)) ]
	kill -CONT "$(session)"
	await "input\tseq=$((frozen + 10))\t"
	tell close
	await 'closed$'
	[ "$(grep -oP 'answers=\K\d+' "$t/said" | tail -n 1)" -ge "$frozen" ]
	await 'state\tkept=yes$'
	never disconnected
	end
}

@test "a picture that comes in slowly does not lose the text" {
	server
	client 127.0.0.1 3389
	tell open
	await 'input\tseq=5\t'
	# A link so slow that frames come more than 300 ms apart.
	ip -n "$ns" link set lo mtu 1400
	tc -n "$ns" qdisc add dev lo root tbf rate 150kbit burst 3000 limit 1000000
	tell close
	await 'closed$'
	tc -n "$ns" qdisc del dev lo root
	ip -n "$ns" link set lo mtu 65536
	await 'state\tkept=yes$'
	never 'error\t'
	never disconnected
	end
}

@test "a session that drops is said with its cause, tried again and found without its text" {
	server
	client 127.0.0.1 3389
	tell open
	await 'input\tseq=5\t'
	kill -KILL "$(session)"
	await 'disconnected\terrno=\d+\terror=\w+\twhy=.+'
	await 'connected' 2
	await 'state\tkept=no$'
	await 'screen\twhat=typed' 2
	await 'input\tseq=\d+' $(($(grep -c 'input' "$t/said") + 5))
	tell close
	await 'state\tkept=yes$'
	await 'closed$'
	end
}

@test "a session that drops while it is closed is over, and the next one opens" {
	server
	client 127.0.0.1 3389
	tell open
	await 'input\tseq=5\t'
	# The last look at the screen gets no answer.
	kill -STOP "$(session)"
	sleep 0.3
	tell close
	sleep 0.3
	kill -KILL "$(session)"
	await 'disconnected'
	await 'closed$'
	sleep 1.5
	[ "$(grep -cP '\tconnecting' "$t/said")" -eq 1 ]
	tell open
	await 'input\tseq=\d+' $(($(grep -c 'input' "$t/said") + 5))
	tell close
	await 'closed$' 2
	never 'error\t'
	end
}

@test "a server that is gone is tried until it is there again" {
	server
	client 127.0.0.1 3389
	tell open
	await 'input\tseq=5\t'
	kill -KILL "$server" "$(session)"
	await 'refused\terrno=111\terror=ECONNREFUSED' 2
	server
	await 'connected' 2
	end
	await 'closed$'
}

@test "a session that cannot be opened is not tried again by itself" {
	client 127.0.0.1 3389
	tell open
	await 'refused\terrno=111\terror=ECONNREFUSED'
	sleep 1.5
	never '.*final='
	[ "$(grep -cP '\tconnecting' "$t/said")" -eq 1 ]
	tell try
	await 'refused' 2
	end
}

@test "a server that accepts and says nothing is given up in time" {
	server
	kill -STOP "$server"
	client --connect-timeout 1000 --try-timeout 500 127.0.0.1 3389
	tell open
	await 'refused\terrno=110\terror=ETIMEDOUT\twhy=the server accepted the connection, then sent nothing$'
	tell try
	await 'refused\terrno=110\terror=ETIMEDOUT' 2
	# And a quit need not wait for it.
	tell open
	await 'connecting' 3
	end
	grep -qP 'refused\terrno=125\terror=ECANCELED' "$t/said"
}

@test "a certificate that changes is said and refused, and not tried again" {
	server
	client 127.0.0.1 3389
	tell open
	await 'input\tseq=5\t'
	other_certificate
	kill -KILL "$(session)"
	await 'certificate\tfrom=[0-9a-f]{64}\tto=[0-9a-f]{64}$'
	await 'refused\terrno=0\terror=CERTIFICATE_CHANGED\t.*\tfinal=yes$'
	await 'error\ttext=not tried again'
	to=$(openssl x509 -in "$root/etc/xrdp/cert.pem" -noout -fingerprint -sha256 | tr -d : | tr A-F a-f)
	grep -q "to=${to#*=}$" "$t/said"
	sleep 1.5
	[ "$(grep -cP '\trefused' "$t/said")" -eq 1 ]
	tell close
	await 'closed$'
	end
}

@test "--certificate any says the change and goes on" {
	server
	client --certificate any 127.0.0.1 3389
	tell try
	await 'closed$'
	other_certificate
	tell try
	await 'closed$' 2
	[ "$(grep -cP '\tcertificate\t' "$t/said")" -eq 1 ]
	never refused
	end
}

# guarded PASSWORD: the server that wants the user tester to have it
guarded() {
	ip netns exec "$ns" "$BATS_FILE_TMPDIR/rdp-server" 127.0.0.1 3390 "$root/etc/xrdp/cert.pem" \
		"$root/etc/xrdp/key.pem" "$t/sam" "$1" >"$t/server" 2>&1 7>&- &
	pids+=($!)
	listens 3390
}

@test "a wrong password is refused by its name and not tried again; the right one connects" {
	guarded right
	printf 'user = tester\npassword = right\n' >"$t/credentials"
	chmod 600 "$t/credentials"
	BLACKOUT_RDP_CREDENTIALS=$t/credentials client 127.0.0.1 3390
	tell try
	await 'closed$'
	never refused
	end
	printf 'user = tester\npassword = wrong\n' >"$t/credentials"
	BLACKOUT_RDP_CREDENTIALS=$t/credentials client 127.0.0.1 3390
	tell open
	await 'refused\terrno=0\terror=ERRCONNECT_AUTHENTICATION_FAILED\t.*\tfinal=yes$'
	never connected
	# What the harness tries again and again would lock the account.
	tell try
	await 'refused\terrno=0\terror=ERRCONNECT_AUTHENTICATION_FAILED\t.*\tfinal=yes$' 2
	[ "$(grep -cP '\tconnecting' "$t/said")" -eq 1 ]
	end
}

@test "a password is found in no output, no process list, no environment and no folder" {
	server
	word=canary-$RANDOM$RANDOM
	BLACKOUT_RDP_USER=tester BLACKOUT_RDP_PASSWORD=$word client --user-keys 127.0.0.1 3389
	tell open
	await 'connected'
	await 'input\tseq=5\t'
	# ip netns exec became the program.
	[ "$(cat "/proc/$client/comm")" = blackout-rdp ]
	tr '\0' '\n' <"/proc/$client/environ" >"$t/environ"
	grep -q '^PATH=' "$t/environ"
	cat /proc/[0-9]*/cmdline >"$t/cmdlines" 2>/dev/null || true
	grep -q blackout-rdp "$t/cmdlines"
	kill -KILL "$(session)"
	await 'disconnected'
	await 'connected' 2
	tell close
	await 'closed$'
	end
	[ -s "$t/said" ]
	run grep -rlF --devices=skip -- "$word" "$t"
	[ "$status" -eq 1 ]
	[ -z "$output" ]
}

@test "credentials that others may read, or that are none, are refused before anything is touched" {
	printf 'user = tester\npassword = canary\n' >"$t/credentials"
	chmod 640 "$t/credentials"
	run -2 env BLACKOUT_RDP_CREDENTIALS="$t/credentials" "$build/blackout-rdp" 127.0.0.1 3389 </dev/null
	[[ $output = *"others may read it (mode 0640): chmod 600 $t/credentials"* ]]
	chmod 600 "$t/credentials"
	echo 'pass canary' >"$t/credentials"
	run -2 env BLACKOUT_RDP_CREDENTIALS="$t/credentials" "$build/blackout-rdp" 127.0.0.1 3389 </dev/null
	[[ $output = *"$t/credentials:1: "* && $output != *canary* ]]
	run -2 env BLACKOUT_RDP_CREDENTIALS="$t/none" "$build/blackout-rdp" 127.0.0.1 3389 </dev/null
	[[ $output = *"$t/none"*"No such file"* ]]
	run -2 env BLACKOUT_RDP_PASSWORD=canary "$build/blackout-rdp" 127.0.0.1 3389 </dev/null
	[[ $output = *"without a user"* && $output != *canary* ]]
}

@test "a user's own file of credentials is read where that can be done, and told to blackout-rdp alone" {
	word=canary-$RANDOM$RANDOM
	printf 'user = tester\npassword = %s\n' "$word" >"$t/credentials"
	chmod 600 "$t/credentials"
	chown nobody "$t/credentials"
	cat >"$t/told-rdp" <<-X
		#!/bin/sh
		echo "\$BLACKOUT_RDP_USER \$BLACKOUT_RDP_PASSWORD \$BLACKOUT_RDP_CREDENTIALS" >"$t/told.new"
		mv "$t/told.new" "$t/told"
		exec env -i cat
	X
	chmod 755 "$t/told-rdp"
	cat >"$t/p.ini" <<-X
		[platform external]
		[vm desk]
		address = 127.0.0.1
		session = detached
		[move]
		start = external
		[probe fine]
		kind = burst
		[probe desktop]
		kind = rdp
		[control self]
		target = 127.0.0.2
	X
	BLACKOUT_RDP=$t/told-rdp BLACKOUT_RDP_CREDENTIALS=$t/credentials \
		ip netns exec "$ns" "$BLACKOUT" run "$t/p.ini" -o "$t/r" >"$t/log" 2>&1 7>&- &
	run=$!
	pids+=("$run")
	for ((i = 0; i < 200; i++)); do
		[ -e "$t/told" ] && break
		sleep 0.05
	done
	[ "$(cat "$t/told")" = "tester $word " ]
	cat "/proc/$run/environ" /proc/[0-9]*/environ /proc/[0-9]*/cmdline >"$t/seen" 2>/dev/null || true
	grep -qaF "$t/told-rdp" "$t/seen"
	kill -INT "$run"
	wait "$run" || true
	rm "$t/told" "$t/credentials"
	run grep -rlaF --devices=skip -- "$word" "$t"
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	# One that others may read is refused with the reason, by whoever needs it.
	printf 'user = tester\npassword = %s\n' "$word" >"$t/credentials"
	chmod 640 "$t/credentials"
	BLACKOUT_RDP_CREDENTIALS=$t/credentials run -4 ip netns exec "$ns" "$BLACKOUT" run "$t/p.ini" -o "$t/r2"
	[[ $output = *"probe desktop: $t/credentials: others may read it (mode 0640): chmod 600 $t/credentials"* ]]
	[[ $output != *"$word"* ]]
}

@test "a wrong command line is refused with what would be right" {
	run -2 "$build/blackout-rdp" </dev/null
	[[ $output = *"ADDRESS and a PORT"* ]]
	run -2 "$build/blackout-rdp" desk 3389 </dev/null
	[[ $output = *"'desk' is no numeric address"* ]]
	run -2 "$build/blackout-rdp" 127.0.0.1 0 </dev/null
	[[ $output = *"port '0'"* ]]
	run -2 "$build/blackout-rdp" --interval 5 127.0.0.1 3389 </dev/null
	[[ $output = *"--interval 5: must be a whole number of milliseconds from 10"* ]]
	run -2 "$build/blackout-rdp" --certificate some 127.0.0.1 3389 </dev/null
	[[ $output = *"--certificate some: must be pin or any"* ]]
	run -2 "$build/blackout-rdp" --password x 127.0.0.1 3389 </dev/null
	[[ $output = *"--password is unknown"* ]]
}

@test "an unknown command is said, and the end of input and of the parent ends it" {
	run -0 "$build/blackout-rdp" 127.0.0.1 3389 < <(echo opne)
	[[ $output = *"text='opne' is no command (open, close, try, quit)"* ]]
	server
	# A parent that dies: its child's output ends, which cat waits for.
	bash -c '
		ip netns exec "$1" "$2" 127.0.0.1 3389 < <(echo open; sleep 60) &
		sleep 3
		kill -KILL $$' - "$ns" "$build/blackout-rdp" 2>/dev/null | timeout 20 cat >"$t/said" || [ $? -ne 124 ]
	await 'connected'
	await 'closed$'
}

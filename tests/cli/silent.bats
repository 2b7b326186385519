#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The silent VM in the lab: what keeps it from being announced, what a plan tunes, and that the report
# names what it then waits for. Needs root.

bats_require_minimum_version 1.5.0
load in_lab

# silent LAB-LINES VM-LINES: one move of a small VM that nobody uses, watched by the one-second ping
silent() {
	cat >"$plan" <<-X
		[plan]
		bound = none
		baseline = 2 s
		settle = 1 s
		answer = 5 min
		[lab]
		warm-up = no
		$1
		[vm desk]
		memory = 192 MB
		session = detached
		$2
		[probe classic]
		kind = ping
		[probe user]
		kind = session
		screen = 100 ms
		[probe wire]
		kind = capture
		station = mirror
		[probe entry]
		kind = neighbour
		[probe forwarding]
		kind = neighbour
		station = mirror
		[station mirror]
		place = switch
		[control switch]
		target = lab-switch
	X
}

# start FACT: begins, and waits until the driver's facts hold FACT
start() {
	begin
	await grep -qs "$1" "$dir/facts/driver.tsv"
}

# spoke: whether the VM answered, at its new place, a ping that was sent before it resumed there. The answer shows the
# switch where the VM is, although nothing announced it. On a busy machine that happens in one of some dozens of moves.
spoke() {
	awk -F'\t' '/\tjob\t.*what=resumed/ {resumed = $1}
		$2 == "answer" && $3 == 1 {split($4, sent, "="); if (sent[2] < resumed && $1 >= resumed) found = 1}
		END {exit !found}' "$dir/facts/driver.tsv" "$dir/facts/local-classic.tsv"
}

# unheard: runs the plan until the VM did not answer such a ping, three times at most
unheard() {
	for _ in 1 2 3; do
		rm -rf "$dir"
		run -0 "$BLACKOUT" run "$plan" -o "$dir"
		spoke || return 0
	done
	echo "the VM answered at its new place in three runs"
	return 1
}

# cause WORDS: the seconds that the report gives to a cause
cause() { sed -n "s/^ *\([0-9.]*\) s $1: .*/\1/p" "$dir/report.txt"; }

# within VALUE LEAST MOST: of lower bounds LEAST leaves half a second to the jitter of a busy machine, for so
# many lost pings prove whole seconds less that.
within() {
	awk -v v="$1" -v least="$2" -v most="$3" 'BEGIN {exit !(v != "" && v >= least && v <= most)}' && return
	echo "$1 is not in [$2, $3]"
	sed -n '/^How it was measured/,$p' "$dir/report.txt"
	return 1
}

knob() { ip netns exec "$BLACKOUT_LAB-$1" cat "/proc/sys/net/ipv4/neigh/lan0/$2"; }

ageing() { ip -n "$BLACKOUT_LAB-$1" -d link show "$2" | sed -n 's/.*ageing_time \([0-9]*\).*/\1/p'; }

@test "not announced and not used: seconds of blackout, given to the switch; no frame tells of it" {
	silent 'ageing = 5 s' 'announce = no'
	unheard
	# The entry is 5 s old, or up to 6 s with the second between two pings.
	within "$(column "$dir/runs.csv" blackout_lo_s)" 2.5 6
	within "$(column "$dir/runs.csv" blackout_hi_s)" 5 9
	within "$(cause 'waiting for the switch')" 3 7
	grep -q 'all, run 1: .* not announced$' "$dir/report.txt"
	run -0 tcpdump -r "$dir/facts/mirror-wire.pcap" rarp or \( arp and ether src 52:54:00:20:00:01 \
		and 'arp[6:2] = 1' \)
	[[ $output != *"tell"* && $output != *"Reverse"* ]]
	[ "$(column "$dir/runs.csv" integrity)" = ok ]
	grep -q '"ageing"' "$dir/facts/environment.json"
}

@test "the same with a session whose screen changes: it is found again at once" {
	silent 'ageing = 60 s' 'announce = no'
	sed -i 's/detached/attached/' "$plan"
	run -0 "$BLACKOUT" run "$plan" -o "$dir"
	within "$(column "$dir/runs.csv" blackout_hi_s)" 0 4
	within "$(column "$dir/sessions.csv" gap_hi_s)" 0 3
	[ "$(column "$dir/sessions.csv" drops)" = 0 ]
}

@test "announcements that are lost were sent; a lab that was up is left as it came up" {
	"$BLACKOUT" lab up
	silent 'ageing = 4 s
		reachable = 90 s
		first-probe = 2 s' 'announce = lost'
	start 'state=completed'
	[ "$(ageing sw lan)" = 400 ]
	[ "$(ageing b br0)" = 400 ]
	[ "$(knob mg base_reachable_time_ms)" = 90000 ]
	[ "$(knob mg delay_first_probe_time)" = 2 ]
	# All five announcements are out within a second of the resumption.
	sleep 1
	run -0 ip netns exec "$BLACKOUT_LAB-b" nft list table bridge lab
	[[ $output =~ 0x8035.*packets\ ([0-9]+).*arp\ operation\ request.*packets\ ([0-9]+) ]]
	[ "${BASH_REMATCH[1]}" -ge 1 ]
	[ "${BASH_REMATCH[2]}" -ge 1 ]
	finish
	[ "$status" -eq 0 ]
	if ! spoke; then
		within "$(column "$dir/runs.csv" blackout_lo_s)" 1.5 6
		within "$(cause 'waiting for the switch')" 2 7
	fi
	[ "$(ageing sw lan)" = 30000 ]
	[ "$(ageing b br0)" = 30000 ]
	[ "$(knob mg base_reachable_time_ms)" = 30000 ]
	[ "$(knob mg delay_first_probe_time)" = 5 ]
	run -0 ip netns exec "$BLACKOUT_LAB-b" nft list ruleset
	[ -z "$output" ]
}

@test "a lab that is up without a router is not taken for one that has it" {
	"$BLACKOUT" lab up --hosts 2
	silent 'prober = router' 'announce = no'
	run -4 "$BLACKOUT" run "$plan" -o "$dir"
	[[ $output == *"without the router that the plan wants"* ]]
}

@test "behind a router, without an announcement, the router's neighbour entry ends it, and is named" {
	silent 'prober = router
		ageing = 300 s
		reachable = 2 s
		first-probe = 1 s' 'announce = no'
	cat >>"$plan" <<-X
		[probe there]
		kind = neighbour
		station = gateway
		[station gateway]
		place = router
	X
	unheard
	# At most 3 s reachable, 1 s stale, 3 s asked for by unicast; 2 s are the pings'.
	within "$(column "$dir/runs.csv" blackout_lo_s)" 1.5 9
	within "$(cause 'waiting for a neighbour entry')" 2 9
	grep -q "$(printf '\tneighbour\t1\tstate=failed')" "$dir/facts/gateway-there.tsv"
	run -0 tcpdump -r "$dir/facts/mirror-wire.pcap" -e icmp and src 10.40.0.1
	[[ $output == *"02:00:0a:14:00:02"* ]]
	[ ! -e "/run/netns/$BLACKOUT_LAB-rt" ]
}

# held ANNOUNCE EVIDENCE: the switch's forwarding entry is held for a known time
held() {
	"$BLACKOUT" lab up
	# Neighbour entries stay out of it.
	silent 'reachable = 600 s' "announce = $1"
	start what=copying
	bridge -n "$BLACKOUT_LAB-sw" fdb replace 52:54:00:20:00:01 dev lan-a master static sticky
	for _ in $(seq 300); do
		grep -q 'state=completed' "$dir/facts/driver.tsv" && break
		sleep 0.1
	done
	sleep 4
	bridge -n "$BLACKOUT_LAB-sw" fdb del 52:54:00:20:00:01 dev lan-a master
	read -r freed_s _ </proc/uptime
	finish
	[ "$status" -eq 0 ]
	truth=$(awk -v freed="$freed_s" '$2 == "job" && /what=resumed/ {print freed - $1 / 1e9; exit}' \
		"$dir/facts/driver.tsv")
	found=$(cause 'waiting for the switch')
	echo "held for $truth s, found $found s"
	# The answer is up to a second after it, the middle of the ping's bounds half of one beside it.
	within "$found" "$(awk -v t="$truth" 'BEGIN {print t - 1}')" "$(awk -v t="$truth" 'BEGIN {print t + 1.5}')"
	lo=$(column "$dir/runs.csv" blackout_lo_s) hi=$(column "$dir/runs.csv" blackout_hi_s)
	within "$truth" "$(awk -v v="$lo" 'BEGIN {print v - 2}')" "$hi"
	tr -s '\n ' ' ' <"$dir/report.txt" | grep -q "waiting for the switch: $2"
}

@test "a forwarding entry that is held for a known time: the switch is named, and its length is right" {
	held no 'forwarding entry gone at .* s, at lan-b from'
}

@test "an announcement that the switch ignores is seen, and the switch is named all the same" {
	held yes 'its [a-z]* at .* s did not move the forwarding entry; learnt at lan-b only at'
}

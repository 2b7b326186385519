# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# fleet.sh - sourced by run.sh: 10,000 targets every 100 ms, all of them silent for 30 s, and captures of a
# million frames.

# Set by run.sh; defaults for checking this file alone
dir=${dir:-} B=${B:-build}

# fleet_world NAME LENGTH_MS SCRIPT...: makes a world of 10,000 addresses from 10.78.0.2 on, all routed through
# one neighbour
fleet_world() {
	addresses=10000 world "$@"
	# A long queue: frames that wait for the responder must not count as lost by the prober.
	ip -n "bench$$-$1" link set tap0 txqueuelen 50000
	ip -n "bench$$-$1" addr del 10.78.0.1/24 dev tap0
	ip -n "bench$$-$1" addr add 10.78.0.1 peer 10.78.0.2/32 dev tap0
	ip -n "bench$$-$1" route add 10.78.0.0/16 via 10.78.0.2
}

targets() {
	awk 'BEGIN {for (i = 2; i < 10002; i++) printf "10.78.%d.%d\n", int(i / 256), i % 256}'
}

# probe_fleet NAME LENGTH_MS: probes all addresses by our station, in the foreground
probe_fleet() {
	targets | xargs "$B/probe-once" "$dir/$1" "/run/netns/bench$$-$1" "$2" burst:100000:100000 -- \
		>"$dir/$1/used"
}

# summary_total NAME KEY: prints the sum of a key over the summary facts
summary_total() {
	awk -F'[\t=]' -v key="$2" '$2 == "summary" {for (i = 4; i < NF; i += 2) if ($i == key) n += $(i + 1)}
		END {print n + 0}' "$dir/$1/facts/here-burst.tsv"
}

line() { # line WHAT VALUE...
	printf '%-66s %s\n' "$1" "${*:2}"
}

fleet() {
	local seconds=60 sent answered cpu_ms rss_kb
	[ "${BENCH-}" != short ] || seconds=20
	printf '\n10,000 targets every 100 ms\n'
	fleet_world crowd $((seconds * 1000 + 15000))
	probe_fleet crowd $((seconds * 1000))
	sent=$(summary_total crowd sent) answered=$(summary_total crowd answered)
	eval "$(cat "$dir/crowd/used")"
	line "ours, $seconds s: sent, not answered" "$sent $((sent - answered))"
	line "ours: late by more than 1 ms, 10 ms" "$(summary_total crowd late_1ms) $(summary_total crowd late_10ms)"
	line "ours: CPU us a probe; memory MB; facts MB" \
		"$(awk -v ms="$cpu_ms" -v n="$sent" -v kb="$rss_kb" 'BEGIN {printf "%.2f %d", ms * 1000 / n, kb / 1024}')" \
		"$(du -sm "$dir/crowd/facts" | cut -f1)"
	: >"$dir/no-truth"
	line "ours: false gaps" "$("$B/outages" "$dir/crowd" "$dir/no-truth" burst | sed -n 's/false //p')"
	targets >"$dir/targets"
	timeout -s INT $((seconds / 2)) ip netns exec "bench$$-crowd" fping -l -q -i 0.01 -p 100 -f "$dir/targets" \
		>"$dir/fping-crowd" 2>&1 || true
	line "fping -i 0.01 -p 100, half as long" "$(grep -m 1 -i 'sequence' "$dir/fping-crowd" ||
		awk '/xmt/ {split($5, n, "/"); sent += n[1]; got += n[2]} END {print sent + 0, sent - got}' "$dir/fping-crowd")"
	wait
}

crowd_out() {
	printf '\nAll 10,000 silent for 30 s\n'
	fleet_world out 52000 8000:30000:drop
	probe_fleet out 45000
	wait
	"$B/outages" "$dir/out" "$dir/out/truth" burst >"$dir/gaps"
	line "ours: gaps; truth inside; false; facts MB" "$(awk '$1 == "false" {wrong = $2; next}
		{n++; right += $3 <= $1 + $2 && $1 <= $4 + $2} END {print n, right, wrong}' "$dir/gaps")" \
		"$(du -sm "$dir/out/facts" | cut -f1)"
}

# frames FILE: writes a capture of a million frames, echo requests 1 ms apart and their answers, with 25 outages
frames() {
	perl -e '
		sub summed { # $bytes with their Internet checksum stored at $at
			my ($bytes, $at) = @_;
			my $sum = unpack("%32n*", $bytes);
			$sum = ($sum & 65535) + ($sum >> 16) while $sum >> 16;
			substr($bytes, $at, 2) = pack("n", ~$sum & 65535);
			return $bytes;
		}
		my ($own, $other) = ("0a4e0001", "0a4e0002");
		my $ip = "450000280000000040010000";
		my @head = (pack("H*", "525400b1ac070200000000010800") . summed(pack("H*", "$ip$own$other"), 10),
			pack("H*", "020000000001525400b1ac070800") . summed(pack("H*", "$ip$other$own"), 10));
		binmode STDOUT;
		print pack("VvvVVVV", 0xa1b23c4d, 2, 4, 0, 0, 65535, 1);
		for (my ($n, $frames) = (0, 0); $frames < 1000000; $n++) {
			for my $answer (0, 1) {
				next if $answer && $n % 20000 >= 19000;
				my $echo = pack("CCnnn", $answer ? 0 : 8, 0, 0, 7, $n & 65535) . ("\0" x 12);
				my $frame = $head[$answer] . summed($echo, 2);
				my $at = $n * 1000000 + 50000 * $answer;
				print pack("VVVV", 1700000000 + int($at / 1e9), $at % 1000000000, length $frame,
					length $frame), $frame;
				$frames++;
			}
		}' >"$1"
}

# measure_peak COMMAND...: runs it and prints its time in s and its peak memory in MB
measure_peak() {
	local begin=$EPOCHREALTIME kb=0 now pid
	"$@" >/dev/null 2>"$dir/output" &
	pid=$!
	while kill -0 "$pid" 2>/dev/null; do
		now=$(awk '/^VmHWM/ {print $2}' "/proc/$pid/status" 2>/dev/null) || now=0
		kb=$((${now:-0} > kb ? ${now:-0} : kb))
		sleep 0.02
	done
	wait "$pid" || true
	awk -v a="$begin" -v b="$EPOCHREALTIME" -v kb=$kb 'BEGIN {printf "%.2f %d\n", b - a, kb / 1024}'
}

captures() {
	local rounds=3
	[ "${BENCH-}" != short ] || rounds=1
	printf '\nA capture of a million frames\n'
	frames "$dir/million.pcap"
	for round in $(seq $rounds); do
		measure_peak "$B/blackout" analyse "$dir/million.pcap" -o "$dir/analysed$round" >>"$dir/ours"
		measure_peak tshark -r "$dir/million.pcap" -Y icmp -T fields -e frame.time_epoch -e ip.dst -e icmp.seq >>"$dir/theirs"
	done
	line "ours, with report and charts: s; MB" "$(sort -n "$dir/ours" | sed -n "$(((rounds + 1) / 2))p")"
	line "tshark -Y icmp -T fields: s; MB" "$(sort -n "$dir/theirs" | sed -n "$(((rounds + 1) / 2))p")"
	line "ours: gaps found, of 25" "$(tail -n +2 "$dir/analysed1/gaps.csv" | grep -c .)"
}

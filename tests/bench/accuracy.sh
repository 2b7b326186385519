# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# accuracy.sh - sourced by run.sh: how accurately outages of known length are measured, by our probes and
# by their peers. Both see the same outages, in the same namespace, at the same time.

# Set by run.sh; defaults for checking this file alone
dir=${dir:-} B=${B:-build}

# script SEED COUNT QUIET_MS: prints outages of 5 to 1500 ms, with pauses of 1 to 1.3 times QUIET_MS, and
# then the length of all in ms
script() {
	awk -v seed="$1" -v count="$2" -v quiet="$3" 'BEGIN {
		srand(seed)
		at = 3000
		for (i = 0; i < count; i++) {
			# Not a whole number: outages must not be in step with the probes.
			length_ms = 5 + rand() * 1495
			printf "%.3f:%.3f:drop ", at, length_ms
			at += length_ms + quiet + rand() * quiet * 0.3
		}
		print int(at + 4000)
	}'
}

# outage_world NAME COUNT QUIET_MS SEED: makes a world with that many outages; sets `length`, in ms
outage_world() {
	local words
	read -ra words <<<"$(script "$4" "$2" "$3")"
	length=${words[-1]}
	unset 'words[-1]'
	world "$1" "$length" "${words[@]}"
}

# run_ours WORLD NAME KIND...: starts our station with folder NAME, in the background
run_ours() {
	mkdir -p "$dir/$2/facts"
	echo 1 >"$dir/$2/format"
	"$B/probe-once" "$dir/$2" "/run/netns/bench$$-$1" $((length - 3000)) "${@:3}" -- 10.78.0.2 >"$dir/$2/used" &
}

# run_peer WORLD NAME COMMAND...: starts a peer in the background; SIGINT ends it before the world ends
run_peer() {
	ip netns exec "bench$$-$1" timeout -s INT "$((length / 1000 - 2))" "${@:3}" 10.78.0.2 >"$dir/$2" 2>/dev/null &
}

# peer_outages WORLD NAME INTERVAL_MS: prints what a peer's lines say of each outage, in the format of the
# program outages. The length is from the last send answered before the outage to the first one answered
# after it, each edge known to an interval. Appends the lost probes, times the interval. Counts gaps without
# an outage.
peer_outages() {
	local mono utc
	read -r _ mono utc <"$dir/$1/ready"
	awk -v ahead="$((utc / 1000 - mono / 1000))" -v truth="$dir/$1/truth" -v every="$3" '
	/bytes[, ]/ && /\[[0-9]/ {
		stamp = seq_no = trip = ""
		# iputils: [S.US] 64 bytes from A: icmp_seq=N ttl=64 time=T ms; fping: [S.US] A : [N], 64 bytes, T ms
		if (match($0, /icmp_seq=[0-9]+/)) {
			seq_no = substr($0, RSTART + 9, RLENGTH - 9) + 0
			match($0, /time=[0-9.]+/)
			trip = substr($0, RSTART + 5, RLENGTH - 5)
		} else {
			match($0, /: \[[0-9]+\]/)
			seq_no = substr($0, RSTART + 3, RLENGTH - 4) + 0
			match($0, /bytes, [0-9.]+/)
			trip = substr($0, RSTART + 7, RLENGTH - 7)
		}
		stamp = substr($1, 2) + 0
		if (n && seq_no + wrapped < seq[n] - 30000)
			wrapped += 65536
		n++
		at[n] = (stamp * 1e6 - ahead) / 1000 - trip
		seq[n] = seq_no + wrapped
	}
	END {
		i = 2
		while ((getline line <truth) > 0) {
			split(line, word, " ")
			from = word[2] / 1e6
			to = word[3] / 1e6
			longest = lost = 0
			for (; i <= n && at[i - 1] <= to + 2 * every; i++) {
				if (at[i] < from) {
					wrong += (seq[i] - seq[i - 1] > 1)
					continue
				}
				lost += seq[i] - seq[i - 1] - 1
				if (at[i] - at[i - 1] > longest)
					longest = at[i] - at[i - 1]
			}
			low = longest - 2 * every
			printf "%.3f %.3f %.3f %.3f %d %d\n", to - from, word[4] / 1e6, (low > 0 ? low : 0), longest,
				(lost > 0), lost * every
		}
		print "false", wrong + 0
	}' "$dir/$2"
}

# print_errors WHAT [lost]: reads lines TRUTH LAG LO HI SEEN [LOST_MS]; prints the error of the middle of
# [LO, HI] (with `lost`: of LOST_MS), its width, how often the truth is inside, and how many outages were
# not seen
print_errors() {
	awk -v lost="${2-}" '
		$1 == "false" {wrong += $2; next}
		{
			n++
			unseen += !$5
			if ($4 == "inf" || $4 > 1e9)
				next
			middle = lost ? $6 : ($3 + $4) / 2
			error = middle - $1
			inside = $3 <= $1 + $2 && $1 <= $4 + $2
			printf "%.3f %.3f %d\n", error < 0 ? -error : error, $4 - $3, inside
		}
		END {print "of", n, unseen + 0, wrong + 0}' >"$dir/lines"
	grep -v of "$dir/lines" >"$dir/errors" || true
	local n unseen wrong width=- share=-
	read -r _ n unseen wrong <<<"$(grep of "$dir/lines")"
	if [ -z "${2-}" ]; then
		width=$(cut -d' ' -f2 "$dir/errors" | median)
		share=$(awk '{n += $3} END {printf "%.1f %%", NR ? 100 * n / NR : 0}' "$dir/errors")
	fi
	printf '%-44s %7s %9s %9s %9s %8s %7s %6s\n' "$1" "$n" "$(cut -d' ' -f1 "$dir/errors" | median)" \
		"$(cut -d' ' -f1 "$dir/errors" | sort -n | tail -n 1)" "$width" "$share" "$unseen" "$wrong"
}

print_header() {
	printf '\n%-44s %7s %9s %9s %9s %8s %7s %6s\n' "$1" number "error ms" "worst ms" "width ms" inside unseen false
}

accuracy() {
	local count=300
	[ "${BENCH-}" != short ] || count=50
	# Three worlds at the same time; all probers of a world see the same outages.
	outage_world one $count 350 1
	run_ours one ours1 burst:1000:50000
	run_peer one fping1 fping -D -l -i 1 -p 1 -t 500
	run_peer one ping1 ping -D -n -i 0.001
	outage_world fine $count 350 2
	run_ours fine ours02 burst:200:50000
	run_ours fine ours10 burst:10000:50000:500
	run_peer fine fping10 fping -D -l -p 10
	outage_world slow $((count * 3 / 10)) 2300 3
	run_ours slow oursping ping:1000000:950000
	run_peer slow ping1000 ping -D -n -i 1
	wait
	print_header "outages of 5 to 1500 ms"
	"$B/outages" "$dir/ours1" "$dir/one/truth" burst | print_errors "ours, 1 ms"
	peer_outages one fping1 1 >"$dir/peer_outages"
	print_errors "fping -i 1 -p 1 -t 500, by its stamps" <"$dir/peer_outages"
	print_errors "fping -i 1 -p 1 -t 500, lost x 1 ms" lost <"$dir/peer_outages"
	peer_outages one ping1 1 >"$dir/peer_outages"
	print_errors "ping -i 0.001, by its stamps" <"$dir/peer_outages"
	print_errors "ping -i 0.001, lost x 1 ms" lost <"$dir/peer_outages"
	"$B/outages" "$dir/ours02" "$dir/fine/truth" burst | print_errors "ours, 0.2 ms"
	"$B/outages" "$dir/ours10" "$dir/fine/truth" burst | print_errors "ours, 10 ms, then 0.5 ms"
	peer_outages fine fping10 10 >"$dir/peer_outages"
	print_errors "fping -p 10, by its stamps" <"$dir/peer_outages"
	print_errors "fping -p 10, lost x 10 ms" lost <"$dir/peer_outages"
	"$B/outages" "$dir/oursping" "$dir/slow/truth" ping | print_errors "ours, the one-second ping"
	peer_outages slow ping1000 1000 >"$dir/peer_outages"
	print_errors "ping -i 1, lost x 1 s" lost <"$dir/peer_outages"
}

loaded() {
	local count=75 pids=()
	[ "${BENCH-}" != short ] || count=25
	for _ in $(seq "$(nproc)"); do
		while :; do :; done &
		pids+=($!)
	done
	for half in 1 2; do
		outage_world "load$half" $count 350 $((10 + half))
		run_ours "load$half" "loaded$half" burst:1000:50000
		run_peer "load$half" "fload$half" fping -D -l -i 1 -p 1 -t 500
	done
	sleep "$((length / 1000 + 1))"
	kill "${pids[@]}"
	wait
	print_header "the same, every core kept busy by others"
	for half in 1 2; do
		"$B/outages" "$dir/loaded$half" "$dir/load$half/truth" burst
	done | print_errors "ours, 1 ms"
	for half in 1 2; do
		peer_outages "load$half" "fload$half" 1
	done >"$dir/peer_outages"
	print_errors "fping -i 1 -p 1 -t 500, by its stamps" <"$dir/peer_outages"
	print_errors "fping -i 1 -p 1 -t 500, lost x 1 ms" lost <"$dir/peer_outages"
}

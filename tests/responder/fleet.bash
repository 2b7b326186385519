# SPDX-License-Identifier: GPL-3.0-or-later
# Shared by the tests of a fleet: a namespace in which one responder answers for all targets, and the checks
# of the report after an outage of all of them. Expects $BLACKOUT and $dir.
# shellcheck disable=SC2154

# fleet_begin NAME COUNT: makes namespace $ns, the list of addresses $dir/list, and a permanent neighbour
# entry for each (so that no answer waits for ARP)
fleet_begin() {
	ns=$1
	mkdir -p "$dir"
	ip netns add "$ns" && ip -n "$ns" link set lo up &&
		ip netns exec "$ns" sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6' &&
		ip -n "$ns" tuntap add dev tap0 mode tap &&
		ip -n "$ns" addr add 10.77.0.1/16 dev tap0 && ip -n "$ns" link set tap0 up || return 1
	seq 0 $(($2 - 1)) | awk '{print "10.77." 1 + int($1 / 250) "." $1 % 250 + 1}' >"$dir/list"
	awk '{print "neigh add " $1 " lladdr 52:54:00:b1:ac:07 nud permanent dev tap0"}' "$dir/list" |
		ip -n "$ns" -batch -
}

# fleet_probe SECONDS OUTAGE_BEGIN_S OUTAGE_S: probes all targets every 100 ms; the report is in $dir/out
fleet_probe() {
	ip netns exec "$ns" "$(dirname "$BLACKOUT")/responder" tap0 10.77.1.1 64000 "$dir/truth" $((($1 + 4) * 1000)) \
		$(($2 * 1000)):$(($3 * 1000)):drop >"$dir/ready" 3>&- &
	responder=$!
	for _ in $(seq 250); do
		grep -q ready "$dir/ready" && break
		sleep 0.02
	done
	ip netns exec "$ns" "$BLACKOUT" probe -i 100ms -d "$1s" -o "$dir/out" -f "$dir/list" \
		>"$dir/output" 2>&1 || return 1
	wait "$responder"
}

# fleet_check COUNT: checks that the prober dropped nothing, and that each target has one gap whose bounds
# contain the length of the outage
fleet_check() {
	local begin end lag
	! grep -hE '	(drops|unsent)	' "$dir"/out/facts/*.tsv || return 1
	read -r _ begin end lag <<<"$(cat "$dir/truth")"
	tr -d '\r' <"$dir/out/gaps.csv" | awk -F, -v count="$1" -v truth=$((end - begin)) \
		-v lag="$lag" 'NR > 1 && $10 > truth / 2e9 {
			n++
			if (seen[$6]++ || $10 * 1e9 > truth + lag || ($11 != "inf" && $11 * 1e9 < truth - lag)) {
				print
				bad = 1
			}
		}
		END {if (bad || n != count) {print n " targets"; exit 1}}'
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# blackout analyse: the golden captures, whose truth is known, and what it refuses.

setup() {
	captures=$BATS_TEST_DIRNAME/../golden/captures
	D=$(mktemp -d)
}

teardown() { rm -rf "$D"; }

# holds FILE ROW TRUTH_S LOST LATE: the row's [lo, hi] holds the truth
holds() {
	awk -F, -v row="$2" -v truth="$3" -v lost="$4" -v late="$5" 'NR == row + 1 {
		ok = $10 <= truth && ($11 == "inf" || $11 >= truth) && $12 == lost && $13 == late
		if (!ok) print "row " row ": " $0
	} END { exit !ok }' "$1"
}

@test "analyse finds what was dropped and held, and a slow spell as a chain" {
	"$BLACKOUT" analyse "$captures/outages.pcap" -o "$D/r"
	holds "$D/r/gaps.csv" 1 0.7 35 0
	holds "$D/r/gaps.csv" 2 0.5 0 22
	holds "$D/r/gaps.csv" 3 0.2 0 11
	grep -q 'garp' "$D/r/facts/capture-frames.tsv"
	# The same folder judged again says the same.
	cp "$D/r/gaps.csv" "$D/before"
	"$BLACKOUT" report "$D/r"
	cmp "$D/before" "$D/r/gaps.csv"
}

@test "analyse takes answers for what they are: overtaken, doubled, refused, forged, late" {
	"$BLACKOUT" analyse "$captures/odd.pcap" -o "$D/r"
	[ "$(wc -l <"$D/r/gaps.csv")" -eq 3 ]
	holds "$D/r/gaps.csv" 1 0.1 1 0
	holds "$D/r/gaps.csv" 2 0.1 0 1
	grep -q '1 answers without a request in it' "$D/r/report.txt"
	# With a longer time-out the late one is in time.
	"$BLACKOUT" analyse "$captures/odd.pcap" --timeout '200 ms' -o "$D/s"
	[ "$(wc -l <"$D/s/gaps.csv")" -eq 2 ]
}

@test "analyse: a gap open at either end has no upper bound; a bound decides the status" {
	run "$BLACKOUT" analyse "$captures/ends.pcap" -o "$D/r" --bound '1 s'
	[ "$status" -eq 1 ]
	holds "$D/r/gaps.csv" 1 1.5 15 0
	holds "$D/r/gaps.csv" 2 5 18 0
	run "$BLACKOUT" analyse "$captures/ends.pcap"
	[ "$status" -eq 0 ]
	[[ "$output" == *fd00::2* ]]
}

@test "analyse reads a capture that was cut, up to the cut, and says so" {
	head -c 30000 "$captures/outages.pcap" >"$D/cut.pcap"
	"$BLACKOUT" analyse "$D/cut.pcap" -o "$D/r"
	grep -q 'read up to frame' "$D/r/report.txt"
	holds "$D/r/gaps.csv" 1 0.7 35 0
}

@test "analyse refuses a file that is not a capture, and leaves nothing behind" {
	run "$BLACKOUT" analyse "$D/none.pcap" -o "$D/r"
	[ "$status" -eq 2 ] && [[ "$output" == *none.pcap* ]]
	run "$BLACKOUT" analyse "$D" -o "$D/r"
	[ "$status" -eq 2 ] && [[ "$output" == *"is a folder"* ]]
	run "$BLACKOUT" analyse "$captures/make.c" -o "$D/r"
	[ "$status" -eq 2 ] && [[ "$output" == *"is not a capture"* ]]
	run "$BLACKOUT" analyse "$captures/odd.pcap" --target 10.0.0.9 -o "$D/r"
	[ "$status" -eq 2 ] && [[ "$output" == *"there are some to 10.0.0.2"* ]]
	[ ! -e "$D/r" ]
	for wrong in '--timeout 5' '--timeout 0s' '--bound x' '--target desk' ''; do
		# shellcheck disable=SC2086
		run "$BLACKOUT" analyse ${wrong:+"$captures/odd.pcap"} $wrong
		[ "$status" -eq 2 ]
	done
	mkdir "$D/full" && touch "$D/full/kept"
	run "$BLACKOUT" analyse "$captures/odd.pcap" -o "$D/full"
	[ "$status" -eq 2 ] && [ -e "$D/full/kept" ] && [[ "$output" == *"not empty"* ]]
}

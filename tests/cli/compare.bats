#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# `blackout compare` and `run --against` from outside: tables with known differences, and the simulated
# platform. No root needed, no VM touched.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	rng=$BATS_TEST_DIRNAME/junit.rng
	cd "$BATS_TEST_TMPDIR" || return 1
}

# table JOB_FACTOR BLACKOUT_MORE [RUNS [CASE]] : a runs.csv of two cases, the values spread a little
table() {
	awk -v job="$1" -v more="$2" -v runs="${3:-5}" -v first="${4:-memory=2GB}" 'BEGIN {
		printf "case,run,verdict,reason,outcome,integrity,job_lo_s,job_hi_s,blackout_lo_s,blackout_hi_s\r\n"
		for (c = 2; c <= 3; c++) for (i = 1; i <= runs; i++) {
			j = (c * 8 + i * 0.03) * job; b = 0.3 + i * 0.01 + more
			printf "%s,%d,PASS,,ok,ok,%.6f,%.6f,%.6f,%.6f\r\n", c == 2 ? first : "memory=3GB", i, j, j, b, b + 0.02
		}
	}'
}

# plan FILE OUTAGES [LINK]
plan() {
	printf '%s\n' '[plan]' 'repeat = 5' 'baseline = 3 s' 'settle = 2 s' '[platform sim]' "outage = $2" \
		"link = ${3:-1 Gbit/s}" '[vm desk]' 'memory = 256 MB, 512 MB' '[probe classic]' 'kind = ping' \
		'[probe fine]' 'kind = burst' '[control switch]' 'target = lab-switch' >"$1"
}

@test "the same is no regression, a slower link is one, and each output says so" {
	table 1 0 >base.csv
	table 1.01 0.01 >same.csv
	table 1.25 0 >slow.csv
	run "$BLACKOUT" compare base.csv same.csv
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "NO REGRESSION in 2 cases" ]
	run "$BLACKOUT" compare -o out base.csv slow.csv
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "REGRESSION in 2 of 2 cases" ]
	grep -q 'memory=3GB: job time .*(+25 %)' out/compare.txt
	grep -q '| memory=2GB | job time | 5/5 | .* | \*\*WORSE\*\* |' out/compare.md
	[ "$(grep -c ',WORSE' out/compare.csv)" -eq 2 ]
	[ "$(grep -c ',no regression' out/compare.csv)" -eq 2 ]
	grep -q '</svg>' out/charts/compare.svg
	[ ! -e out/charts/gnuplot.log ]
}

@test "half a second more of blackout is a regression, its case and size are named" {
	table 1 0 >base.csv
	table 1 0.5 >dark.csv
	run "$BLACKOUT" compare base.csv dark.csv
	[ "$status" -eq 1 ]
	grep -q 'memory=2GB: blackout 0.340 s -> 0.840 s, +0.500 s' <<<"$output"
}

@test "too few runs cannot tell, and it says how many could; three bases together can" {
	table 1 0 2 >base.csv
	table 1.25 0 2 >slow.csv
	run "$BLACKOUT" compare base.csv slow.csv
	[ "$status" -eq 3 ]
	[ "${lines[0]}" = "CANNOT TELL whether 2 cases became worse" ]
	grep -q '2 and 2 runs cannot tell it from chance: 5 runs a side would' <<<"$(tr -s ' \n' ' ' <<<"$output")"
	table 1 0 5 >good.csv
	table 1.25 0 3 >slow.csv
	run "$BLACKOUT" compare good.csv good.csv good.csv slow.csv
	[ "$status" -eq 1 ]
	grep -q ' 15/3 ' <<<"$output"
}

@test "JUnit XML is what its readers expect, and a real one reads it" {
	table 1 0 >base.csv
	table 1.25 0 >slow.csv
	run "$BLACKOUT" compare -o out base.csv slow.csv
	[ "$status" -eq 1 ]
	xmllint --noout --relaxng "$rng" out/junit.xml
	run ! junitparser verify out/junit.xml
	"$BLACKOUT" compare -o good base.csv base.csv
	xmllint --noout --relaxng "$rng" good/junit.xml
	junitparser verify good/junit.xml
}

@test "hostile names are harmless in every output" {
	local esc=$'\e'
	evil="=cmd|<script>\`touch pwned\`'\$(touch pwned)@x"
	{
		table 1 0 5 "$evil${esc}[31m"
	} >base.csv
	sed 's/\([0-9]\),PASS/\1,PASS/' base.csv >new.csv
	run "$BLACKOUT" compare -o out base.csv new.csv
	[ "$status" -eq 0 ]
	[ ! -e pwned ] && [ ! -e out/charts/pwned ]
	run ! grep -q "$esc" <<<"$output"
	run ! grep -rq "$esc" out/compare.txt out/compare.md out/junit.xml out/charts/compare.gp
	run ! grep -q '<script>' out/compare.md
	run ! grep -q '<script>' out/junit.xml
	grep -q "^'=cmd" out/compare.csv
	xmllint --noout --relaxng "$rng" out/junit.xml
}

@test "what differs is said first; what cannot be compared is refused, or forced" {
	mkdir -p a/facts b/facts c/facts
	table 1 0 | tee a/runs.csv b/runs.csv >c/runs.csv
	echo '{"simulated": false, "site": {"link_bps": 1000000000, "lab_up_seconds": 1.5, "link_measured_bps": 950}}' >a/facts/environment.json
	echo '{"simulated": false, "site": {"link_bps": 500000000, "lab_up_seconds": 2.5, "link_measured_bps": 940}}' >b/facts/environment.json
	echo '{"simulated": true}' >c/facts/environment.json
	run "$BLACKOUT" compare a b
	[ "$status" -eq 0 ]
	grep -q 'site.link_bps: 1000.0 Mbit/s -> 500.0 Mbit/s' <<<"$output"
	run ! grep -q 'lab_up_seconds\|link_measured' <<<"$output"
	run "$BLACKOUT" compare a c
	[ "$status" -eq 2 ]
	grep -q 'simulated is no in the base and yes in the new runs' <<<"$output"
	run "$BLACKOUT" compare --force a c
	[ "$status" -eq 0 ]
}

@test "missing columns, empty and endless values are read; what is no table is named" {
	printf 'verdict,case\nPASS,a\nPASS,a\n' >bare.csv
	run "$BLACKOUT" compare bare.csv bare.csv
	[ "$status" -eq 3 ]
	grep -q 'not measured' <<<"$output"
	table 1 0 >base.csv
	sed '2,6s/[0-9.]*,[0-9.]*\r$/4.000000,inf\r/' base.csv >endless.csv
	run "$BLACKOUT" compare -o out base.csv endless.csv
	[ "$status" -eq 1 ]
	grep -q 'memory=2GB: blackout' <<<"$output"
	mkdir -p half/facts
	run "$BLACKOUT" compare base.csv half
	[ "$status" -eq 2 ]
	grep -q 'half: has no runs.csv' <<<"$output"
	sed 's/,PASS,,ok,ok,16/,PASS,,ok,ok,x/' base.csv >bad.csv
	run "$BLACKOUT" compare base.csv bad.csv
	[ "$status" -eq 2 ]
	grep -q "bad.csv: row 1: job_lo_s 'x.*' is no number of seconds" <<<"$output"
	table 1 0 5 other >other.csv
	sed -i '/3GB/d' other.csv
	run "$BLACKOUT" compare base.csv other.csv
	[ "$status" -eq 2 ]
	grep -q 'no case is in both' <<<"$output"
}

@test "wrong arguments name the value and what would be right" {
	table 1 0 >base.csv
	run "$BLACKOUT" compare base.csv
	[ "$status" -eq 2 ]
	run "$BLACKOUT" compare --job none base.csv base.csv
	[ "$status" -eq 2 ]
	grep -q -- '--job none: a number above 0' <<<"$output"
	run "$BLACKOUT" compare --blackout 3 base.csv base.csv
	[ "$status" -eq 2 ]
	grep -q -- '--blackout' <<<"$output"
	run "$BLACKOUT" compare base.csv nowhere
	[ "$status" -eq 2 ]
	grep -q 'nowhere: No such file' <<<"$output"
}

@test "without gnuplot everything but the chart is made, and it says so" {
	table 1 0 >base.csv
	run -0 "$BLACKOUT" compare -o out base.csv base.csv
	[ -s out/charts/compare.svg ]
	mkdir bin
	PATH=$PWD/bin run -0 "$BLACKOUT" compare -o out base.csv base.csv
	grep -q 'gnuplot is not installed: no chart was drawn' <<<"$output"
	[ -s out/compare.txt ] && [ -s out/junit.xml ] && [ ! -e out/charts/compare.svg ]
}

@test "the gate: a good run is green, a halved link is red with its reason" {
	plan good.ini '300 ms, 320 ms, 310 ms, 290 ms, 305 ms'
	plan slow.ini '310 ms, 300 ms, 295 ms, 318 ms, 307 ms' '500 Mbit/s'
	"$BLACKOUT" run good.ini -o base
	run "$BLACKOUT" run good.ini -o same --against base
	[ "$status" -eq 0 ]
	grep -q '^gate: no regression' <<<"$output"
	[ ! -e same/again-1 ]
	run "$BLACKOUT" run slow.ini -o slow --against base
	[ "$status" -eq 1 ]
	grep -q 'memory=256MB: job time shifted by .* run again by .*: CONFIRMED' <<<"$output"
	grep -q 'site.*link\|plan_sha256' slow/compare/compare.txt
	[ -s slow/again-2/runs.csv ]
	run ! junitparser verify slow/compare/junit.xml
}

@test "the gate: what does not show a second time turns green again" {
	# The simulated outages follow the moves: a second run of the second case begins anew with the first.
	plan good.ini '300 ms, 320 ms, 310 ms, 290 ms, 305 ms'
	plan flaky.ini '300 ms, 320 ms, 310 ms, 290 ms, 305 ms, 900 ms, 910 ms, 890 ms, 930 ms, 920 ms'
	"$BLACKOUT" run good.ini -o base
	run "$BLACKOUT" run flaky.ini -o flaky --against base
	[ "$status" -eq 0 ]
	grep -q 'memory=512MB: blackout shifted by .* run again by [+-]0\.0.*: not confirmed' <<<"$output"
	grep -q 'a second run did not show it' <<<"$(tr -s ' \n' ' ' <flaky/compare/compare.txt)"
	junitparser verify flaky/compare/junit.xml
}

@test "a base that cannot be read is said before anything moves" {
	plan good.ini '300 ms'
	run "$BLACKOUT" run good.ini -o dir --against nowhere
	[ "$status" -eq 2 ]
	grep -q -- '--against: nowhere' <<<"$output"
	[ ! -e dir ]
}

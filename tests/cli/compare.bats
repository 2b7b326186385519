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
	grep -q '2 and 2 runs cannot distinguish it from chance: 5 runs per side are needed' <<<"$(tr -s ' \n' ' ' <<<"$output")"
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
	grep -q "bad.csv: row 1: job_lo_s 'x.*' is not a number of seconds" <<<"$output"
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
	grep -q -- '--job none: must be a number above 0' <<<"$output"
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
	grep -q 'memory=256MB: job time shifted by .*: CONFIRMED by a second run (+' <<<"$output"
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
	grep -q 'memory=512MB: blackout shifted by .*: a second run did not show it ([+-]0\.0.*): not confirmed' <<<"$output"
	grep -q 'a second run did not show it' <<<"$(tr -s ' \n' ' ' <flaky/compare/compare.txt)"
	junitparser verify flaky/compare/junit.xml
}

# Without gnuplot, so that it is quick.
uncharted() {
	PATH=$PWD/none "$BLACKOUT" "$@"
}

@test "the gate: a second run that fails is red, one that is inconclusive cannot tell" {
	local good='300 ms, 320 ms, 310 ms, 290 ms, 305 ms' dark='900 ms, 910 ms, 890 ms, 930 ms, 920 ms'
	local fifth
	for fifth in 4 3; do
		# The detached, whose last move is as dark in the base, are not judged; alone, the attached have that move.
		plan base$fifth.ini "${good/305 ms/$fifth s}, $good"
		plan dark$fifth.ini "${good/305 ms/$fifth s}, $dark"
		sed -i 's/^memory.*/session = detached, attached/; s/^repeat.*/&\nbound = 3 s\nbound.detached = none/' \
			base$fifth.ini dark$fifth.ini
		uncharted run base$fifth.ini -o base$fifth
	done
	run uncharted run dark4.ini -o dark4 --against base4
	[ "$status" -eq 1 ]
	grep -q 'session=attached: a verdict of FAIL, in a second run (run 5: above-bound)' <<<"$output"
	[ "$(head -n 1 dark4/compare/compare.txt)" = "REGRESSION in 1 of 2 cases" ]
	grep -q '<failure message="a verdict of FAIL, in a second run' dark4/compare/junit.xml
	run uncharted run dark3.ini -o dark3 --against base3
	[ "$status" -eq 3 ]
	grep -q ': not confirmed$' <<<"$output"
	grep -q '^  session=attached: new runs are INVALID or INCONCLUSIVE' <<<"$output"
	[ "$(head -n 1 dark3/compare/compare.txt)" = "CANNOT TELL whether 2 cases became worse" ]
}

@test "the gate: a second run that measured nothing cannot tell" {
	plan base.ini '300 ms'
	sed -i 's/^outage.*/&\njob = failed, failed, failed, failed, failed, completed, completed, completed, completed, failed/' base.ini
	sed 's/^link.*/link = 500 Mbit\/s/' base.ini >slow.ini
	run uncharted run base.ini -o base
	# The moves that failed fail it, as they did the base; the gate has its own word.
	run uncharted run slow.ini -o slow --against base
	[ "$status" -eq 1 ]
	grep -q 'memory=512MB: job time shifted by .*: a second run measured nothing: cannot tell' <<<"$output"
	grep -q '^gate: cannot tell' <<<"$output"
	[ "$(head -n 1 slow/compare/compare.txt)" = "CANNOT TELL whether 2 cases became worse" ]
	grep -q '^memory=512MB,job time,.*,cannot tell' slow/compare/compare.csv
	grep -q '<skipped message="job time .*: a second run measured nothing' slow/compare/junit.xml
}

@test "the gate: so few runs that nothing could tell stay so, suspicious or not" {
	plan good.ini '300 ms, 320 ms, 310 ms'
	plan flaky.ini '300 ms, 320 ms, 310 ms, 900 ms, 910 ms, 890 ms'
	sed -i 's/^repeat.*/repeat = 3/' good.ini flaky.ini
	uncharted run good.ini -o base
	run uncharted run good.ini -o same --against base
	[ "$status" -eq 3 ]
	run uncharted run flaky.ini -o flaky --against base
	[ "$status" -eq 3 ]
	grep -q 'memory=512MB: blackout .*: not confirmed' <<<"$output"
	grep -q '^gate: cannot tell' <<<"$output"
}

@test "the gate: what a second run confirms is red in every file, also with a plan from a pipe" {
	plan good.ini '300 ms'
	plan slow.ini '300 ms' '500 Mbit/s'
	sed -i 's/^memory.*/memory = 256 MB/' good.ini slow.ini
	sed -i 's/^repeat.*/repeat = 3/' slow.ini
	uncharted run good.ini -o base
	run uncharted run <(cat slow.ini) -o slow --against base
	[ "$status" -eq 1 ]
	[ "$(head -n 1 slow/compare/compare.txt)" = "REGRESSION in 1 of 1 cases" ]
	grep -q ': CONFIRMED by a second run' <<<"$(tr -s ' \n' ' ' <slow/compare/compare.txt)"
	grep -q '^| all | job time .*| \*\*WORSE\*\* |' slow/compare/compare.md
	grep -q '^- all: job time .*: CONFIRMED by a second run' slow/compare/compare.md
	grep -q '^all,job time,.*,WORSE' slow/compare/compare.csv
	grep -q 'failures="1"' slow/compare/junit.xml
}

# Begins a gate whose second run cannot end: it writes into a pipe with too little room. Sets gate, and second
# to the child's id.
stuck_gate() { # stuck_gate DIR
	local i
	plan good.ini '300 ms'
	plan slow.ini '300 ms' '500 Mbit/s'
	sed -i 's/^memory.*/memory = 256 MB/' good.ini slow.ini
	sed -i 's/^repeat.*/repeat = 12/' slow.ini
	uncharted run good.ini -o base
	mkfifo said
	exec 4<>said
	head -c 61440 /dev/zero >&4
	PATH=$PWD/none "$BLACKOUT" run slow.ini -o "$1" --against base >out 2>said 3>&- 4>&- &
	gate=$!
	for ((i = 0; i < 300; i++)); do
		[ ! -s "$1/again-1/facts/run.tsv" ] || break
		sleep 0.05
	done
	second=$(pgrep -P "$gate" -f -- --only)
}

# What a stuck gate has said, once nobody writes any more.
unstick() {
	exec 5<said 4>&-
	tr -d '\0' <&5
}

@test "the gate: a stop calls the second run off, and the files say that it did not end" {
	stuck_gate told
	kill -TERM "$gate"
	sleep 0.5 # it is passed on before there is room again
	unstick >log
	status=0
	wait "$gate" || status=$?
	[ "$status" -eq 130 ]
	[ ! -e "/proc/$second" ]
	grep -q '^gate: did not end' out
	[ "$(grep -c 'run-end' told/again-1/facts/run.tsv)" -lt 12 ]
	[ "$(head -n 1 told/compare/compare.txt)" = "DID NOT END: 0 of 1 case became worse so far" ]
	grep -q '^### Live migration: DID NOT END' told/compare/compare.md
	grep -q '^all,job time,.*,cannot tell' told/compare/compare.csv
}

@test "the gate: a second run does not outlive it" {
	stuck_gate killed
	kill -KILL "$gate"
	wait "$gate" || true
	unstick >log
	[ "$(grep -c 'run-end' killed/again-1/facts/run.tsv)" -lt 12 ]
	grep -q 'again-1/report.txt (status 130)' log
}

@test "a base that cannot be read is said before anything moves" {
	plan good.ini '300 ms'
	run -2 "$BLACKOUT" run good.ini -o dir --against nowhere
	grep -q -- '--against: nowhere' <<<"$output"
	table 1 0 >base.csv
	run -2 "$BLACKOUT" run good.ini -o dir --against base.csv
	grep -q -- "--against: has none of the cases that are to be run" <<<"$output"
	"$BLACKOUT" run good.ini -o base
	run -2 "$BLACKOUT" run good.ini -o dir --against base --only memory=3GB
	cp -r base real
	rm real/made-from.tsv
	sed -i 's/"simulated": true/"simulated": false/' real/facts/environment.json
	run -2 "$BLACKOUT" run good.ini -o dir --against real --against base
	grep -q -- '--against: simulated of real is no in the base and yes' <<<"$output"
	run -2 "$BLACKOUT" run good.ini -o dir --against real
	grep -q -- '--against: real: its runs are real' <<<"$output"
	[ ! -e dir ]
	# One case of two: the other one is no loss.
	run -0 "$BLACKOUT" run good.ini -o dir --against base --only memory=256MB
	run ! grep -q 'the case is gone' <<<"$output"
}

@test "tables that are older than the facts, or of a report that was killed, are refused" {
	top=$BATS_TEST_TMPDIR
	printf '[plan]\nrepeat = 1\n[platform sim]\n[vm desk]\nmemory = 256 MB\n[probe fine]\nkind = burst\n[control c]\ntarget = sim-switch\n' >"$top/p.ini"
	"$BLACKOUT" run "$top/p.ini" -o "$top/a" >"$top/log" 2>&1
	cp -r "$top/a" "$top/b"
	run -3 "$BLACKOUT" compare "$top/a" "$top/b"
	printf '1\tnote\t-\ttext=more\n' >>"$top/b/facts/run.tsv"
	run -2 "$BLACKOUT" compare "$top/a" "$top/b"
	[[ "$output" == *"/b: its tables are older than its facts (\`blackout report $top/b\` makes them again)"* ]]
	"$BLACKOUT" report "$top/b" >/dev/null
	run -3 "$BLACKOUT" compare "$top/a" "$top/b"
	# What a report that is killed leaves.
	: >"$top/b/made-from.tsv"
	run -2 "$BLACKOUT" compare "$top/a" "$top/b"
	# A folder of a version that wrote no such file.
	rm "$top/b/made-from.tsv"
	run -3 "$BLACKOUT" compare "$top/a" "$top/b"
}

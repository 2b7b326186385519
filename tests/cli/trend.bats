#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# `blackout trend` from outside: tables with known figures. No root needed, no VM touched.

bats_require_minimum_version 1.5.0

setup() { cd "$BATS_TEST_TMPDIR" || return 1; }

# folder DIR DATE JOB_S BLACKOUT_HI_S VERDICT [LINK_BPS] : two cases, two moves each
folder() {
	mkdir -p "$1/facts"
	echo 1 >"$1/format"
	echo "{\"simulated\": false, \"site\": {\"link_bps\": ${6:-1000000000}}}" >"$1/facts/environment.json"
	awk -v date="$2" -v job="$3" -v hi="$4" -v verdict="$5" 'BEGIN {
		printf "case,run,job_start_utc,job_lo_s,job_hi_s,blackout_lo_s,blackout_hi_s,verdict,outcome\r\n"
		for (c = 2; c <= 3; c++) for (i = 0; i < 2; i++)
			printf "memory=%dGB,%d,%sT0%d:00:00.000000Z,%.6f,%.6f,0.100000,%s,%s,ok\r\n", c, i + 1, date,
				c + i, job + i, job + i + 0.1, i ? hi : "0.200000", i ? verdict : "PASS"
	}' >"$1/runs.csv"
}

three() {
	folder mon 2026-11-16 10 0.300000 PASS
	folder tue 2026-11-23 12 inf FAIL 500000000
	folder wed 2026-11-30 11 0.400000 PASS 500000000
}

@test "a trend has a row a case and folder by date, says what changed and where, and draws it" {
	three
	run -0 "$BLACKOUT" trend -o out wed mon tue
	[ "$output" = "$(cat out/trend.txt)" ]
	[ "$(tr -d '\r' <out/trend.csv)" = "date,case,runs,job_mean_lo_s,job_mean_hi_s,blackout_lo_s,blackout_hi_s,verdict,folder,changed
$(for c in 2 3; do
		echo "2026-11-16T0$c:00:00.000000Z,memory=${c}GB,2,10.500000,10.600000,0.100000,0.300000,PASS,mon,"
		echo "2026-11-23T0$c:00:00.000000Z,memory=${c}GB,2,12.500000,12.600000,0.100000,inf,FAIL,tue,site.link_bps: 1000.0 Mbit/s -> 500.0 Mbit/s"
		echo "2026-11-30T0$c:00:00.000000Z,memory=${c}GB,2,11.500000,11.600000,0.100000,0.400000,PASS,wed,"
	done | sed 's/T03/T02/')" ]
	[ "$(grep -c '^2026-11-23 02:00 \*    2  \[12.500, 12.600\]  *\[0.100, inf\]  *FAIL  *tue' out/trend.txt)" -eq 2 ]
	grep -A1 '^2026-11-23 02:00  tue' out/trend.txt | grep -q '  site.link_bps: 1000.0 Mbit/s -> 500.0 Mbit/s'
	for case in 2 3; do
		xmllint --noout "out/charts/trend-memory-${case}GB.svg"
		[ "$(grep -c '^set arrow' "out/charts/trend-memory-${case}GB.gp")" -eq 1 ]
	done
	[ ! -e out/charts/gnuplot.log ]
}

@test "one folder, one without dates, no gnuplot: everything but the chart" {
	three
	sed -i 's/2026[^,]*Z//' wed/runs.csv
	sed -i 's/memory=3GB/memory-2GB/' mon/runs.csv
	mkdir bin
	PATH=$PWD/bin run -0 "$BLACKOUT" trend -o out wed mon
	grep -q 'gnuplot is not installed: no chart was drawn' <<<"$output"
	[ "$(sed -n 3p out/trend.csv | cut -d, -f1,2,9)" = ',memory=2GB,wed' ]
	run -0 "$BLACKOUT" trend -o one mon
	[ "$(tail -n 1 one/trend.txt)" = 'No value of environment.json changed between the folders.' ]
	[ -s one/charts/trend-memory-2GB.svg ] && [ -s one/charts/trend-memory-2GB-2.svg ]
}

@test "folders that cannot be read are named all at once, and nothing is written" {
	three
	echo 7 >tue/format
	mkdir half
	run -2 "$BLACKOUT" trend -o out mon tue half nowhere
	grep -q "tue/format: the folder has format '7', but this program reads format 1" <<<"$output"
	grep -q 'half: has no runs.csv' <<<"$output"
	grep -q 'nowhere: No such file' <<<"$output"
	[ ! -e out ]
	run -2 "$BLACKOUT" compare mon tue
	grep -q "tue/format: the folder has format '7'" <<<"$output"
	run -2 "$BLACKOUT" trend
}

@test "missing columns, empty and endless values are no figures" {
	printf 'case,verdict,job_lo_s,job_hi_s\na,PASS,,\na,INVALID,1,1\na,PASS,inf,inf\na,PASS,2,inf\n' >odd.csv
	"$BLACKOUT" trend -o out odd.csv
	[ "$(sed -n '2s/\r//p' out/trend.csv)" = ',a,4,2.000000,inf,,,INVALID,odd.csv,' ]
}

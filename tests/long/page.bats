#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# report.html in a real browser: headless Chromium, driven through ChromeDriver (page.py). Simulated runs, so
# that it needs neither root nor a lab; the one of 2,000 moves takes some minutes.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	dir=$BATS_TEST_TMPDIR/r
	look() { python3 tests/long/page.py "$@" 2>>"$BATS_TEST_TMPDIR/times"; }
}

# simulate SED: plans/sim.ini, changed so, carried out into $dir; some of its moves fail
simulate() {
	sed "$1" plans/sim.ini >"$BATS_TEST_TMPDIR/plan.ini"
	run "$BLACKOUT" run "$BATS_TEST_TMPDIR/plan.ini" -o "$dir"
	[ "$status" -eq 1 ]
}

@test "the page of a run, and of one that only watched: nothing overflows, nothing is loaded, all is reached" {
	simulate ''
	"$BLACKOUT" report tests/golden/watch -o "$BATS_TEST_TMPDIR/watch"
	run look "$dir/report.html" "$BATS_TEST_TMPDIR/watch/report.html"
	[ -z "$output" ]
	[ "$status" -eq 0 ]
}

@test "a page with flaws: each is found" {
	local page=$dir/report.html flawed=$dir/flawed.html wide='<div style="width:2000px">wide<\/div>'
	local pale='<p style="color:#bbb;background:#fff">pale<\/p>'
	local loaded='<img src="http:\/\/192.0.2.1\/x.png"><link rel="stylesheet" href="http:\/\/192.0.2.1\/x.css">'
	simulate 's/^repeat.*/repeat = 3/'
	sed -e "s/<main>/&$wide$pale$loaded<h6>deep<\/h6><a href=\"#none\">nowhere<\/a>/" \
		-e '/Content-Security-Policy/d' -e 's/aria-label="run/data-label="run/' \
		-e 's/<nav /<div tabindex="0" style="outline:none">hidden<\/div>&/' "$page" >"$flawed"
	run look "$flawed"
	[ "$status" -eq 1 ]
	for what in 'wider than the window' 'contrast' 'no alternative text: <img' 'no alternative text: <svg' \
		'console: http://192.0.2.1/x.css' 'asked for http://192.0.2.1/x.png' 'leaves out a level' \
		'leads nowhere' 'place cannot be seen'; do
		grep -qF "$what" <<<"$output"
	done
}

@test "the page of 100 cases with 20 moves each: under 5 MB, and nothing wrong with it either" {
	simulate "s/^repeat.*/repeat = 20/; s/^memory.*/memory = 256 MB, 512 MB\nvcpus = $(seq -s ', ' 1 25)/
		s/^interval = 10 ms/interval = 100 ms/"
	[ "$(wc -l <"$dir/runs.csv")" -eq 2001 ]
	[ "$(stat -c %s "$dir/report.html")" -lt 5000000 ]
	run look "$dir/report.html"
	[ -z "$output" ]
	[ "$status" -eq 0 ]
}

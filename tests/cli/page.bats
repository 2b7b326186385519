#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# report.html in a real browser: headless Chromium, driven through ChromeDriver (page.py). Simulated runs, so
# that it needs neither root nor a lab. A page of 2,000 moves is looked at in tests/long.

bats_require_minimum_version 1.5.0

load in_page

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

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# blackout report: a folder's facts into tables, text and charts, and the status they ask for.

bats_require_minimum_version 1.5.0

# folder DIR SILENCE_MS BOUND: the facts of one move that was silent so long
folder() {
	mkdir -p "$1/facts"
	echo 1 >"$1/format"
	printf '%s\n' '[plan]' "title = One move" "bound = $3" '[lab]' 'hosts = 2' '[vm desk]' \
		'memory = 512 MB' '[probe fine]' 'kind = burst' '[control switch]' \
		'target = lab-switch' >"$1/facts/plan.ini"
	awk -v dir="$1/facts" -v silence="$2" '
	function head(f) {
		printf "#blackout-facts 1\n%d000000\tsegment\t-\tboot=b\tutc=%d000000000\tpid=1\tversion=0.1.0\n",
			t0, 1795238940 > f
	}
	BEGIN {
		t0 = 100000; trigger = t0 + 6000; pause = trigger + 2000; over = pause + silence
		end = over + 3000
		run = dir "/run.tsv"; driver = dir "/driver.tsv"; probe = dir "/local-fine.tsv"
		head(run); head(driver); head(probe)
		printf "%d000000\tcase\t0\tname=all\n", t0 > run
		printf "%d000000\trun\t0/1\tcase=all\trun=1\tattempt=1\tmove=1\tvm=desk\tplatform=libvirt\tsource=a\tdestination=b\tsimulated=no\n", t0 > run
		printf "%d000000\tstep\t0/1\tname=baseline\twhat=begin\n", t0 + 500 > run
		printf "%d000000\tstep\t0/1\tname=baseline\twhat=end\n", trigger - 1 > run
		printf "%d000000\ttrigger\t0/1\n", trigger > run
		printf "%d000000\twindow\t0/1\tfrom=%d000000\tto=%d000000\n", end, trigger, end > run
		printf "%d000000\tplace\t0/1\thost=a\tstate=none\n", end > run
		printf "%d000000\tplace\t0/1\thost=b\tstate=running\n", end > run
		printf "%d000000\tintegrity\t0/1\tchecked=yes\tok=yes\n", end > run
		printf "%d000000\trun-end\t0/1\tcompleted=yes\n", end > run
		printf "%d000000\tfolder\t-\tstate=complete\n%d000000\tend\t-\treason=done\n", end, end > run
		split("requested started paused resumed", what, " ")
		at[1] = trigger; at[2] = trigger; at[3] = pause; at[4] = pause + 100
		for (i = 1; i <= 4; i++)
			printf "%d000000\tjob\tdesk\tid=1\twhat=%s\tsource=a\tdestination=b\n", at[i], what[i] > driver
		printf "%d000000\tjob\tdesk\tid=1\twhat=ended\tsource=a\tdestination=b\tstate=completed\n", pause + 200 > driver
		printf "%d000000\tend\t-\treason=done\n", end > driver
		printf "%d000000\ttarget\t1\tname=desk\taddress=10.0.0.9\trole=vm\tkind=burst\tprobe=fine\tstation=local\tinterval=10000000\ttimeout=50000000\n", t0 > probe
		for (t = t0; t < end; t += 10)
			if (t >= pause && t < over)
				printf "%d000000\tunanswered\t1\tsent=%d000000\tseq=%d\n", t + 50, t, t / 10 > probe
			else
				printf "%d200000\tanswer\t1\tsent=%d000000\tseq=%d\n", t, t, t / 10 > probe
		printf "%d000000\tend\t-\treason=done\n", end + 1000 > probe
	}'
}

setup() { dir=$BATS_TEST_TMPDIR/run; }

# sums DIR: what is in a folder, byte for byte
sums() { (cd "$1" && find . -type f -exec sha256sum {} + | sort); }

@test "report makes every table, the text and the charts, and passes" {
	folder "$dir" 300 "3 s"
	run "$BLACKOUT" report "$dir"
	[ "$status" -eq 0 ]
	grep -q '^all,1,desk,1,libvirt,a,b,completed,2026-11-21T05:29:06.000000Z,2.200000,2.200000,' "$dir/runs.csv"
	grep -q ',ok,ok,PASS,within-bound' "$dir/runs.csv"
	grep -q '^Verdict: PASS$' "$dir/report.txt"
	for file in gaps.csv cases.csv sessions.csv charts/blackout.svg charts/job-time.svg \
		charts/job-states.svg charts/move-all-1.svg charts/move-all-1.gp charts/move-all-1.dat; do
		[ -s "$dir/$file" ]
	done
}

@test "report twice gives the same bytes, and -o leaves the folder as it was" {
	folder "$dir" 300 "3 s"
	before=$(sums "$dir")
	"$BLACKOUT" report "$dir" -o "$BATS_TEST_TMPDIR/one"
	"$BLACKOUT" report -o "$BATS_TEST_TMPDIR/two" "$dir"
	[ "$(sums "$dir")" = "$before" ]
	diff -r "$BATS_TEST_TMPDIR/one" "$BATS_TEST_TMPDIR/two"
}

@test "a read-only folder is reported elsewhere, and the mend is said" {
	folder "$dir" 300 "3 s"
	# shellcheck disable=SC2016 # for the inner shell
	run -0 unshare --mount sh -c 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" || exit 9
		"$BLACKOUT" report "$1"; [ $? = 5 ] || exit 8; "$BLACKOUT" report "$1" -o "$1-out"' sh "$dir"
	grep -q 'Read-only file system (name a writable folder: -o OUT)' <<<"$output"
	[ -s "$dir-out/report.html" ]
}

@test "report says FAIL with 1 and INCONCLUSIVE with 3" {
	folder "$dir" 4000 "3 s"
	run "$BLACKOUT" report "$dir"
	[ "$status" -eq 1 ]
	grep -q ',FAIL,above-bound' "$dir/runs.csv"
	folder "$dir-edge" 300 "300 ms"
	run "$BLACKOUT" report "$dir-edge"
	[ "$status" -eq 3 ]
	grep -q ',INCONCLUSIVE,straddles-bound' "$dir-edge/runs.csv"
	# The same for a CI server: a test a move, and one for moves that are missing.
	for file in "$dir/junit.xml" "$dir-edge/junit.xml"; do
		xmllint --noout --relaxng "$BATS_TEST_DIRNAME/junit.rng" "$file"
	done
	run ! junitparser verify "$dir/junit.xml"
	grep -q 'name="One move" tests="2" failures="1" errors="0" skipped="0"' "$dir/junit.xml"
	grep -q '<failure message="FAIL: above-bound; blackout \[.*\] s, bound 3s" type="verdict"' "$dir/junit.xml"
	grep -q '<skipped message="INCONCLUSIVE: straddles-bound' "$dir-edge/junit.xml"
}

@test "report refuses what is no result folder with 2, and says what it wants" {
	run "$BLACKOUT" report "$BATS_TEST_TMPDIR"
	[ "$status" -eq 2 ]
	[[ "$output" == *"$BATS_TEST_TMPDIR"* ]]
	run "$BLACKOUT" report
	[ "$status" -eq 2 ]
	[[ "$output" == *"report DIR"* ]]
	run "$BLACKOUT" report "$BATS_TEST_TMPDIR" extra
	[ "$status" -eq 2 ]
}

@test "the page stands alone: no script, nothing loaded, every move and its chart, hostile names harmless" {
	local page evil="<script>alert(1)</script>\"'&"
	cp -r tests/golden/pass "$BATS_TEST_TMPDIR/r"
	find "$BATS_TEST_TMPDIR/r" -name plan.ini -exec sed -i "s|^title.*|title = $evil|" {} +
	sed -i "s|^title.*|title = $(sed 's/[&|]/\\&/g' <<<"$evil")|" "$BATS_TEST_TMPDIR/r/facts/plan.ini"
	"$BLACKOUT" report "$BATS_TEST_TMPDIR/r" -o "$BATS_TEST_TMPDIR/out"
	page=$BATS_TEST_TMPDIR/out/report.html
	grep -q '&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;' "$page"
	run grep -ciE '<script|<link|<iframe|url\(|src="[^d]|@import|http-equiv="refresh' "$page"
	[ "$output" = 0 ]
	grep -q "default-src 'none'" "$page"
	[ "$(grep -c '<tr id="m' "$page")" -eq "$(($(wc -l <"$BATS_TEST_TMPDIR/out/runs.csv") - 1))" ]
	[ "$(grep -o '<img [^>]*alt="[^"]' "$page" | wc -l)" -eq "$(grep -o '<img ' "$page" | wc -l)" ]
	[ "$(grep -o '<img ' "$page" | wc -l)" -ge 3 ]
	run bash -c "xmllint --html --noout '$page' 2>&1 | grep error | grep -vc 'Tag .* invalid'"
	[ "$output" = 0 ]
}

# linked PAGE: each link of a page leads somewhere, to a file beside it or to a place in it
linked() {
	local href
	grep -o ' id="[^"]*"' "$1" | cut -d'"' -f2 | sort >"$1.ids"
	[ -z "$(uniq -d "$1.ids")" ]
	[ -z "$(grep -o 'href="#[^"]*"' "$1" | cut -d'#' -f2 | tr -d '"' | sort -u | comm -23 - "$1.ids")" ]
	for href in $(grep -o 'href="[^#"][^"]*"' "$1" | cut -d'"' -f2 | sort -u); do
		[ -e "${1%/*}/$href" ] || { echo "leads nowhere: $href"; return 1; }
	done
}

@test "of many moves the urgent ones have charts, and those asked for; the page says which" {
	local out=$BATS_TEST_TMPDIR/out
	sed -e 's/^repeat.*/repeat = 21/; s/2 GB/256 MB/' plans/sim.ini >"$BATS_TEST_TMPDIR/many.ini"
	run "$BLACKOUT" run "$BATS_TEST_TMPDIR/many.ini" -o "$dir"
	[ "$status" -eq 1 ]
	drawn() { find "$1/charts" -name 'move-*.svg' | wc -l; }
	[ "$(drawn "$dir")" -eq 12 ]
	[ "$(find "$dir/charts" -name 'move-*.dat' | wc -l)" -eq 12 ]
	grep -q '^Charts: of 42 moves those of 12 are drawn' "$dir/report.txt"
	[ "$(grep -c '<figure class="chart" id="c' "$dir/report.html")" -eq 12 ]
	[ "$(grep -c '<tr id="m.*<a href="#c' "$dir/report.html")" -eq 12 ]
	grep -q 'Of 42 moves the charts of these 12 are drawn' "$dir/report.html"
	# A row a session, with the way to its move and to the facts of its own.
	[ "$(grep -c '<a href="#m[0-9]*">move</a> <a href="facts/local-session.tsv">' "$dir/report.html")" -eq \
		"$(($(wc -l <"$dir/sessions.csv") - 1))" ]
	linked "$dir/report.html"
	# It passed, and is neither the first nor the worst of its case.
	[ ! -e "$dir/charts/move-session-attached-2.svg" ]
	run "$BLACKOUT" report "$dir" -o "$out" --chart session=attached/2
	[ "$status" -eq 1 ]
	[ "$(drawn "$out")" -eq 13 ]
	[ -s "$out/charts/move-session-attached-2.svg" ]
	grep -q '^  session=attached, run 2$' "$out/report.txt"
	linked "$out/report.html"
	run "$BLACKOUT" report "$dir" -o "$out" --chart session=attached/99
	[ "$status" -eq 2 ]
	[[ "$output" == *"no move 'session=attached/99'"* ]]
	mkdir "$BATS_TEST_TMPDIR/bin"
	PATH=$BATS_TEST_TMPDIR/bin run "$BLACKOUT" report "$dir" -o "$out" --all-charts
	[[ "$output" == *"gnuplot is not installed"* ]]
	[ "$(find "$out/charts" -name 'move-*.gp' | wc -l)" -eq 42 ]
	[ "$(drawn "$out")" -eq 0 ]
	linked "$out/report.html"
}

@test "the page of a folder that only watched, and of one without gnuplot" {
	"$BLACKOUT" report tests/golden/watch -o "$BATS_TEST_TMPDIR/out"
	grep -q '<img alt="Who was silent' "$BATS_TEST_TMPDIR/out/report.html"
	mkdir "$BATS_TEST_TMPDIR/bin"
	PATH=$BATS_TEST_TMPDIR/bin run "$BLACKOUT" report tests/golden/pass -o "$BATS_TEST_TMPDIR/bare"
	[ "$status" -eq 0 ]
	grep -q '<h2 id="moves">' "$BATS_TEST_TMPDIR/bare/report.html"
	run grep -c '<img ' "$BATS_TEST_TMPDIR/bare/report.html"
	[ "$output" = 0 ]
	grep -q 'No chart was drawn (gnuplot is missing or failed)' "$BATS_TEST_TMPDIR/bare/report.html"
	# One that fails costs no more than one that is not there.
	printf '#!/bin/sh\necho "line 7: no such terminal"\nexit 3\n' >"$BATS_TEST_TMPDIR/bin/gnuplot"
	chmod 755 "$BATS_TEST_TMPDIR/bin/gnuplot"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH run -0 "$BLACKOUT" report tests/golden/pass -o "$BATS_TEST_TMPDIR/bad"
	[[ "$output" == *"gnuplot failed: line 7: no such terminal"* ]]
	grep -q 'No chart was drawn' "$BATS_TEST_TMPDIR/bad/report.html"
}

@test "the page of a part of a plan does not begin with a green PASS" {
	"$BLACKOUT" report tests/golden/pass -o "$BATS_TEST_TMPDIR/whole"
	grep -q '<p class="verdict"><span class="PASS">PASS</span></p>' "$BATS_TEST_TMPDIR/whole/report.html"
	cp -r tests/golden/pass "$dir"
	sed -i 's/^repeat.*/repeat = 7/' "$dir/facts/plan.ini"
	sed -i '/\tfolder\t/d' "$dir/facts/run.tsv"
	run "$BLACKOUT" report "$dir"
	[ "$status" -eq 3 ]
	grep -q '^Verdict: PASS (of what was carried out; the plan is incomplete)$' "$dir/report.txt"
	grep -q '<p class="large">incomplete: not everything that was planned was carried out' "$dir/report.html"
	grep -q '<p class="verdict">PASS (of what was carried out; the plan is incomplete)</p>' "$dir/report.html"
}

@test "a locale with decimal commas changes no figure" {
	folder "$dir" 300 "3 s"
	"$BLACKOUT" report "$dir"
	localedef -i de_DE -f UTF-8 "$BATS_TEST_TMPDIR/de_DE.UTF-8"
	for LC_ALL in C.UTF-8 de_DE.UTF-8; do
		export LC_ALL LOCPATH=$BATS_TEST_TMPDIR
		"$BLACKOUT" report "$dir" -o "$BATS_TEST_TMPDIR/report.$LC_ALL"
		"$BLACKOUT" compare "$dir" "$dir" -o "$BATS_TEST_TMPDIR/compare.$LC_ALL" || [ $? = 3 ]
		"$BLACKOUT" trend "$dir" -o "$BATS_TEST_TMPDIR/trend.$LC_ALL"
		"$BLACKOUT" check plans/sim.ini >"$BATS_TEST_TMPDIR/check.$LC_ALL"
	done
	[ "$(env printf %.1f 0,5)" = 0,5 ]
	cd "$BATS_TEST_TMPDIR"
	for what in report compare trend check; do
		diff -r "$what.C.UTF-8" "$what.de_DE.UTF-8"
	done
}

@test "a report waits for another one into the same folder, and is no older than that" {
	dir=$BATS_TEST_TMPDIR/r
	folder "$dir" 700 '3 s'
	(
		exec 9<"$dir"
		flock 9
		touch "$dir.locked"
		sleep 1
		printf '200000000000\tnote\t-\ttext=written meanwhile\n' >>"$dir/facts/run.tsv"
	) &
	while [ ! -e "$dir.locked" ]; do sleep 0.05; done
	run -0 "$BLACKOUT" report "$dir"
	wait
	grep -q 'written meanwhile' "$dir/report.txt"
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# A new platform and a new probe are one folder (tests/null_components) and one row: the program that has both
# checks, runs and judges a plan that uses them. Nothing is moved or sent; no root needed.

NULL="${B:-build}/null"

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	plan=$BATS_TEST_TMPDIR/plan.ini
	cat >"$plan" <<-'END'
		[plan]
		baseline = 500 ms
		settle = 500 ms
		[platform null]
		job-time = 300 ms
		[host one]
		uri = null://one
		[host two]
		uri = null://two
		[vm desk]
		address = 192.0.2.1
		[probe made-up]
		kind = null
		delay = 2 ms
		[control switch]
		target = 192.0.2.9
	END
}

@test "one row of one file makes a new platform and a new probe known" {
	run diff tools/components.h "$NULL/tools/components.h"
	[ "$status" -eq 1 ]
	[ "$(grep -c '^<' <<<"$output")" -eq 1 ]
	[ "$(grep -c '^>' <<<"$output")" -eq 1 ]
	# No other file knows them.
	run sh -c 'git ls-files harness probes reports tools | xargs grep -l "null_components\|component_[a-z]*_null"'
	[ -z "$output" ]
}

@test "help and check know them, with their defaults" {
	run "$NULL/blackout" help
	[[ $output == *"  null      moves that are over at once"*"  null      requests that are never sent"* ]]
	run "$NULL/blackout" check "$plan"
	[ "$status" -eq 0 ]
	[[ $output == *"made-up  null from local, every 10ms, time-out 50ms; judged"* ]]
}

@test "their keys are checked as all others are" {
	sed -i 's/^delay/dely/; s/^job-time = 300 ms/job-time = 3 h/' "$plan"
	printf '[probe fast]\nkind = burst\ndelay = 2 ms\n[probe odd]\nkind = nul\n' >>"$plan"
	run "$NULL/blackout" check "$plan"
	[ "$status" -eq 2 ]
	[[ $output == *"job-time: "*" is too large ("*" to 10s)"* ]]
	[[ $output == *"[probe NAME] has no key 'dely' (did you mean 'delay'?)"* ]]
	[[ $output == *"delay: kind = burst claims no answers (remove it)"* ]]
	[[ $output == *"'nul' is not known (did you mean 'null'?"* ]]
	sed -i 's/platform null/platform libvirt/' "$plan"
	run "$NULL/blackout" check "$plan"
	[[ $output == *"'job-time' is for [platform null] only (remove it)"* ]]
}

@test "a plan that uses them is run, judged and reported from its folder again" {
	run "$NULL/blackout" run "$plan" -o "$BATS_TEST_TMPDIR/r"
	[ "$status" -eq 0 ]
	# The platform's own setting came to it: jobs of 300 ms.
	grep -q '^all,1,desk,1,null,one,two,completed,[^,]*,0.300000,0.300000,.*,PASS,within-bound' "$BATS_TEST_TMPDIR/r/runs.csv"
	# And the probe's: answers 2 ms after their requests.
	awk '$2 == "answer" { split($4, sent, "="); n++; bad += $1 - sent[2] != 2000000 }
		END { exit !(n > 100 && !bad) }' "$BATS_TEST_TMPDIR/r/facts/local-made-up.tsv"
	run "$NULL/blackout" report "$BATS_TEST_TMPDIR/r" -o "$BATS_TEST_TMPDIR/again"
	[ "$status" -eq 0 ]
	cmp "$BATS_TEST_TMPDIR/r/runs.csv" "$BATS_TEST_TMPDIR/again/runs.csv"
}

@test "the program without them says that they are not known" {
	run "${BLACKOUT:-$B/blackout}" check "$plan"
	[ "$status" -eq 2 ]
	[[ $output == *"there is no [platform null] (known: libvirt external sim"* ]]
}

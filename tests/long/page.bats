#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# report.html of 2,000 simulated moves in a real browser, as tests/cli/page.bats looks at small ones.

bats_require_minimum_version 1.5.0

load ../cli/in_page

@test "the page of 100 cases with 20 moves each: under 5 MB, and nothing wrong with it either" {
	simulate "s/^repeat.*/repeat = 20/; s/^memory.*/memory = 256 MB, 512 MB\nvcpus = $(seq -s ', ' 1 25)/
		s/^interval = 10 ms/interval = 100 ms/"
	[ "$(wc -l <"$dir/runs.csv")" -eq 2001 ]
	[ "$(stat -c %s "$dir/report.html")" -lt 5000000 ]
	run look "$dir/report.html"
	[ -z "$output" ]
	[ "$status" -eq 0 ]
}

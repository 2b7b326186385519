#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The house: which folder may include which, what every file begins with, man pages without complaint.

setup() { cd "$BATS_TEST_DIRNAME/../.." || return 1; }

# includes FOLDER-GLOB PATTERN: project includes of those files that match PATTERN
includes() { grep -nE "^#include \"($2)" $1 || true; }

@test "the judging side never includes the doing side" {
	run includes 'harness/base.? harness/facts.? harness/timeline*.? harness/plan*.? harness/analysis*.? harness/verdict*.? harness/cause.? harness/frame.? harness/flows.? harness/pcap_file.? harness/results*.?' \
		'harness/(driver|probe|site|workload|agent|station|scenario|run|sim|drivers)|probes|reports|tools'
	[ -z "$output" ]
}

@test "nothing in harness includes upwards" {
	run includes 'harness/*.[ch] harness/drivers/*.[ch]' 'probes|reports|tools|tests'
	[ -z "$output" ]
}

@test "probes and drivers include harness only, reports the judging side" {
	run includes 'probes/*.[ch]' 'reports|tools|tests|harness/(scenario|run|site|drivers)'
	[ -z "$output" ]
	run includes 'reports/*.[ch]' 'probes|tools|tests|harness/(driver|probe|site|station|scenario|run|sim|drivers)'
	[ -z "$output" ]
}

@test "every source says its licence first" {
	run sh -c 'git ls-files "*.c" "*.h" | xargs grep -L "SPDX-License-Identifier: GPL-3.0-or-later"'
	[ -z "$output" ]
}

@test "man pages are clean and shell scripts too" {
	run sh -c 'mandoc -T lint docs/man/*.[15] 2>&1 | grep -v "referenced manual not found\|outdated mandoc.db"'
	[ -z "$output" ]
	run sh -c 'git ls-files "*.sh" .ci/run | xargs shellcheck'
	[ "$status" -eq 0 ]
	# Of the suites what is certainly wrong, such as a `!` that fails nothing.
	run sh -c 'git ls-files "*.bats" | xargs shellcheck -S error'
	[ "$status" -eq 0 ]
}

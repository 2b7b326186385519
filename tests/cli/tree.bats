#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The house: which folder may include which, what every file begins with, man pages without complaint.

setup() { cd "$BATS_TEST_DIRNAME/../.." || return 1; }

# wrong_includes FILE...: each include that tests/folders.txt does not allow, and each of another folder's
# internal.h.
wrong_includes() {
	awk '
		function folder(path) {
			while (!(path in rule) && sub("/[^/]*$", "", path));
			return path in rule ? path : "no listed folder"
		}
		function own(path) { sub("/[^/]*$", "", path); return path }
		FILENAME == "tests/folders.txt" {
			if (!/^#/) { name = $1; sub(":", "", name); $1 = ""; rule[name] = $0 " " name " " }
			next
		}
		/^#include "/ {
			split($0, part, "\"")
			from = folder(FILENAME); to = folder(part[2])
			if (to == "no listed folder" || (rule[from] !~ /\*/ && !index(rule[from], " " to " ")))
				print FILENAME ": " from " may not include " part[2]
			if (part[2] ~ /\/internal.h$/ && own(part[2]) != own(FILENAME))
				print FILENAME ": " part[2] " is that folder\047s own"
		}' tests/folders.txt "$@"
}

@test "each folder includes only what it may, and no other folder's internal.h" {
	run sh -c 'git ls-files harness probes reports tools | grep "\.[ch]$" | grep -v "^tools/blackout\.c$"'
	mapfile -t files <<<"$output"
	run wrong_includes "${files[@]}"
	[ "$output" = "" ]
}

@test "a wrong include is seen" {
	mkdir -p "$BATS_TEST_TMPDIR/t/harness/analysis" "$BATS_TEST_TMPDIR/t/harness/new"
	cp -r tests "$BATS_TEST_TMPDIR/t"
	cd "$BATS_TEST_TMPDIR/t" || return 1
	printf '#include "harness/ops/driver.h"\n#include "harness/timeline/internal.h"\n' >harness/analysis/a.c
	echo '#include "harness/base/base.h"' >harness/new/a.c
	run wrong_includes harness/analysis/a.c harness/new/a.c
	[ "${#lines[@]}" -eq 3 ]
	[[ ${lines[0]} == *"may not include harness/ops/driver.h" && ${lines[1]} == *"own" ]]
	[[ ${lines[2]} == *"no listed folder may not include"* ]]
}

@test "only the main program names the concrete drivers, probes and sites" {
	run sh -c 'git ls-files tools | grep "\.[ch]$" | grep -v "^tools/blackout\.c$" |
		xargs grep -lE "^#include \"(harness/drivers/drivers|probes/probes)\.h\""'
	[ -z "$output" ]
}

# calls: "USER DEFINER" for each object file that uses what another one defines. B is the build folder.
calls() {
	# What is left of files that are gone does not count, nor what is not built here.
	git ls-files harness probes reports tools | sed -n "s|\(.*\)\.c$|$B/\1.o|p" |
		xargs ls 2>/dev/null | xargs nm -A | awk '
		{ object = $1; sub(":.*", "", object); type = $(NF - 1); name = $NF }
		type ~ /^[TDBRVW]$/ && !(name in definer) { definer[name] = object }
		type == "U" { used[object "\t" name] = 1 }
		END {
			for (key in used) {
				split(key, part, "\t")
				if (part[2] in definer && definer[part[2]] != part[1])
					print part[1], definer[part[2]]
			}
		}'
}

@test "no source file calls one that calls it, directly or through others" {
	calls >"$BATS_TEST_TMPDIR/calls"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/calls")" -gt 500 ]
	run tsort "$BATS_TEST_TMPDIR/calls"
	# The first loop of them.
	printf '%s\n' "${lines[@]}" | grep '^tsort' | head -n 6
	[ "$status" -eq 0 ]
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

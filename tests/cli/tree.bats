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

@test "only the main program and the list of rows name the concrete drivers, probes and workloads" {
	run sh -c 'git ls-files harness probes reports tools | grep "\.[ch]$" |
		grep -v "^tools/blackout\.c$\|^tools/plan_components\.c$" |
		xargs grep -lE "^#include \"tools/components\.h\""'
	[ -z "$output" ]
}

# keys_by_text FILE...: each place where the key of a fact stands as text, not as one of the vocabulary's.
keys_by_text() {
	awk '
		FNR == 1 { before = "" }
		{
			line = before $0
			if (line ~ /(^|[^A-Za-z_])(FS|FI|FB)\([ \t]*"/ || line ~ /fact_(text|number|stamp|yes)\([^",()]*,[ \t]*"/)
				print FILENAME ": " $0
			before = /[(,]$/ ? $0 : ""
		}' "$@"
}

# words_by_text FILE...: each place where a word of the vocabulary (but for kinds of facts) is compared or written
# as text. Values of a plan may be: they are text that was read.
words_by_text() {
	awk '
		FILENAME == "harness/facts/vocabulary.c" {
			if (/^\t+\[[A-Z_]*\] = "/ && !/\[FACT_/) { split($0, part, "\""); word[part[2]] = part[2] != "" }
			word["yes"] = word["no"] = 1
			next
		}
		FILENAME == "harness/facts/vocabulary.h" {
			if (/^const char \*[a-z_]*_name\(/) { split($0, part, /[*(]/); name[part[2]] = 1 }
			next
		}
		FNR == 1 { before = "" }
		/plan_(list_)?text\(|plan_axis_value\(/ { before = ""; next }
		{
			line = before $0
			before = /[(,]$/ ? $0 : ""
			for (n in name)
				if (line ~ "cmp\\([^;=]*[^a-z_]" n "\\(")
					print FILENAME ": " $0
			while (match(line, /(str(n|case|ncase)?cmp\([^";]*|[^A-Za-z_]FS\([A-Z_0-9]*, *)"[^"]*"/)) {
				split(substr(line, RSTART, RLENGTH), part, "\"")
				line = substr(line, RSTART + RLENGTH)
				if (word[part[2]] && part[1] !~ /\) *[=!]=/) {
					print FILENAME ": " $0
					line = before = ""
				}
			}
		}' harness/facts/vocabulary.c harness/facts/vocabulary.h "$@"
}

# speakers: all files but those that read text (of a plan, of a request to the simulated agent, of a chart's name),
# and the guest's programs, which are of another house.
speakers() {
	git ls-files harness probes reports tools | grep '\.[ch]$' | grep -vxE 'harness/(facts|timeline|plan)/.*|tools/guest/.*|harness/sites/lab/site\.c|harness/drivers/sim/driver\.c|reports/charts/charts\.c'
}

@test "the keys of facts are written and read by their names in the vocabulary" {
	mapfile -t files < <(git ls-files harness probes reports tools | grep '\.[ch]$')
	run keys_by_text "${files[@]}"
	[ "$output" = "" ]
}

@test "words of the vocabulary are compared and written as text by nobody but those who read text" {
	mapfile -t files < <(speakers)
	run words_by_text "${files[@]}"
	[ "$output" = "" ]
}

@test "a key and a word that stand as text are seen" {
	cat >"$BATS_TEST_TMPDIR/a.c" <<-'END'
		FACT(log, ns, FACT_JOB, "desk", FS("what", text), FS(FIELD_STATE, "moving"));
		text = fact_text(fact,
			"what");
		if (strcmp(text, "started") == 0 || strcmp(text, job_state_name(JOB_MOVING)) == 0)
			fact_text(fact, FIELD_WHAT);
		ok = strcmp(text, "none of these") == 0 && strcmp(text, other) == 0 ? "yes" : "";
	END
	run keys_by_text "$BATS_TEST_TMPDIR/a.c"
	[ "${#lines[@]}" -eq 2 ]
	[[ ${lines[0]} == *'FS("what", text)'* && ${lines[1]} == *'"what");' ]]
	run words_by_text "$BATS_TEST_TMPDIR/a.c"
	[ "${#lines[@]}" -eq 3 ]
	[[ ${lines[0]} == *'"moving"'* && ${lines[1]} == *'"started"'* && ${lines[2]} == *job_state_name* ]]
}

# Where a component's name is a word of another language: PATH NAME, and whose word it is.
other_words='
harness/plan/ session|a key of [vm]
harness/plan/ dirty|a key of [vm], and the work that it asks for
harness/plan/keys.c external|a value of [move] start
harness/sites/lab/network.c burst|an option of tc
harness/drivers/sim/workload.c install|a request to the agent
harness/drivers/sim/workload.c dirty|a request to the agent
harness/facts/ command|a key of facts
tools/commands/capture_import.c command|a key of facts
tools/commands/capture_import.c capture|a station
reports/text/measured.c session|what a reader is told of the kind of facts
reports/text/measured.c capture|what a reader is told of the kind of facts
reports/common/csv.c session|a value of sessions.csv
reports/common/csv.c rdp|a value of sessions.csv
reports/common/reference.c session|a column
reports/charts/move.c session|a legend
'

# named FILE...: quoted names of components that stand outside of their own folders. The words of facts
# (harness/facts/vocabulary.c, harness/timeline) and of the agent (tools/guest) are names too.
named() {
	local row name line
	for row in $(git ls-files harness probes | grep '/components\?\.c$'); do
		for name in $(sed -n 's/^\t\.name = "\(.*\)",$/\1/p' "$row"); do
			grep -Hn "\"$name\"" "$@" | grep -v '#include\|:[0-9]*:\s*/\?\*\|/\* .*"'"$name"'".*\*/' |
				grep -v "^${row%/*}/\|/${name}[/.]\|^harness/facts/vocabulary\.c:\|^harness/timeline/\|^tools/guest/" |
				while read -r line; do
					awk -F'|' -v line="$line" -v name="$name" '
						{ split($1, word, " ") }
						word[2] == name && index(line, word[1]) == 1 { known = 1 }
						END { exit known }' <<<"$other_words" && echo "$line"
				done
		done
	done
	true
}

@test "nobody but a component's own folder says its name" {
	mapfile -t files < <(git ls-files harness probes reports tools | grep '\.[ch]$')
	run named "${files[@]}"
	[ "$output" = "" ]
}

@test "a name outside of its folder is seen" {
	printf 'if (strcmp(kind, "rdp") == 0)\n/* "ping" */\n#include "sim"\n\treturn "session";\n' >"$BATS_TEST_TMPDIR/a.c"
	run named "$BATS_TEST_TMPDIR/a.c"
	[ "${#lines[@]}" -eq 2 ]
	[[ $output == *rdp* && $output == *session* ]]
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

@test "every source is formatted as make format does it" {
	make format-check
}

@test "no line of a source is longer than 100 columns, but for quoted text" {
	# make format leaves comments as they are.
	run bash -c 'git ls-files "*.c" "*.h" | while read -r file; do
		expand "$file" | LC_ALL=C.UTF-8 grep -nE "^.{101,}" | grep -v "\"" | sed "s|^|$file:|"
	done'
	[ -z "$output" ]
}

@test "each known defect can still be put back, so that the property test can be tried" {
	[ "$(tests/property/mutants.sh -n | grep -c 'can be put back')" -eq 15 ]
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

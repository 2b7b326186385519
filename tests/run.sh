#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh DIR - the unit tests (with DIR tests/cli) and every DIR/*.bats, in two queues: suites that move
# VMs in a lab, and all others. Prints a line when a suite begins, and its results in one piece when it has
# ended; the last line is "N passed, N failed". A test file that dies counts as failed. B names the build
# folder.
set -u
cd "$(dirname "$0")/.." || exit 1
dir=$1
B=${B:-build}
export B
BLACKOUT=$PWD/$B/blackout
export BLACKOUT
# For a build with SANITIZE=address.
export LSAN_OPTIONS="suppressions=$PWD/tests/lsan.supp"
passed=0 failed=0
log=$(mktemp -d) || exit 1
trap 'rm -rf "$log"' EXIT

count() { # count LOG STATUS: $p and $f from its TAP lines; a failure that no line tells of counts once
	p=$(grep -c '^ok ' "$1")
	f=$(grep -c '^not ok ' "$1")
	[ "$2" -eq 0 ] || [ "$f" -gt 0 ] || f=1
}

# One queue at a time, so that no line of one stands inside a piece of the other.
print() { # print FILE
	flock "$log/lock" cat "$1"
}

suite() { # suite FILE
	name=$(basename "$1")
	began=$(date +%s)
	status=0
	echo "$1: begins" >"$log/$name.print"
	print "$log/$name.print"
	bats --tap "$1" >"$log/$name.tap" 2>&1 || status=$?
	echo "$status" >"$log/$name.status"
	count "$log/$name.tap" "$status"
	{
		echo "$1: ended after $(($(date +%s) - began)) s, $p passed, $f failed"
		grep -v '^1\.\.' "$log/$name.tap"
	} >"$log/$name.print"
	print "$log/$name.print"
}

# A suite with a lab has VMs that boot and move, and waits most of its time; it must have the lab's name to
# itself. The others go beside it, one after another too, so that two cores are enough.
in_a_lab() { grep -q 'BLACKOUT_LAB\|^load in_lab' "$1"; }

if [ "$dir" = tests/cli ]; then
	echo "unit: begins"
	"$B/unit-tests" >"$log/unit" 2>&1
	status=$?
	summary=$(grep '^unit: ' "$log/unit")
	if [ $status -ne 0 ] || [ -z "$summary" ]; then
		cat "$log/unit"
	fi
	p=$(printf '%s\n' "$summary" | sed -n 's/^unit: \([0-9]*\) passed.*/\1/p')
	f=$(printf '%s\n' "$summary" | sed -n 's/.* \([0-9]*\) failed$/\1/p')
	[ $status -eq 0 ] || [ "${f:-0}" -gt 0 ] || f=1
	passed=$((passed + ${p:-0})) failed=$((failed + ${f:-0}))
	echo "${summary:-unit: died with status $status}"
fi
# With job control a queue is a process group, which Ctrl-C here must end too, and in which SIGINT is not
# ignored: tests send it.
set -m
(
	for file in "$dir"/*.bats; do
		in_a_lab "$file" || suite "$file"
	done
) </dev/null &
beside=$!
set +m
trap 'kill -- "-$beside" 2>/dev/null; rm -rf "$log"' EXIT
trap 'exit 130' INT TERM
for file in "$dir"/*.bats; do
	if in_a_lab "$file"; then suite "$file"; fi
done
wait "$beside"
for file in "$dir"/*.bats; do
	name=$(basename "$file")
	if [ -s "$log/$name.status" ]; then
		count "$log/$name.tap" "$(cat "$log/$name.status")"
		passed=$((passed + p)) failed=$((failed + f))
	else
		echo "$file: did not end"
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]

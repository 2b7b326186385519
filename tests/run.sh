#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh DIR - the unit tests (with DIR tests/cli) and every DIR/*.bats; ends with "N passed, N failed".
# A test file that dies counts as failed. B names the build folder.
set -u
cd "$(dirname "$0")/.." || exit 1
dir=$1
B=${B:-build}
export B
BLACKOUT=$PWD/$B/blackout
export BLACKOUT
passed=0 failed=0
log=$(mktemp -d) || exit 1
trap 'rm -rf "$log"' EXIT

add() { # add LOG STATUS: TAP lines counted; a failure that no line tells of counts once
	p=$(grep -c '^ok ' "$1")
	f=$(grep -c '^not ok ' "$1")
	[ "$2" -eq 0 ] || [ "$f" -gt 0 ] || f=1
	passed=$((passed + p)) failed=$((failed + f))
}

if [ "$dir" = tests/cli ]; then
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
for file in "$dir"/*.bats; do
	echo "$file"
	status=0
	bats --tap "$file" >"$log/tap" 2>&1 || status=$?
	grep -v '^1\.\.' "$log/tap"
	add "$log/tap" "$status"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]

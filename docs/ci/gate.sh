#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What the CI files beside this one share. GOOD holds the last good runs, the newest three, as 1, 2 and 3: of one
# alone each next could be a little worse than the last, and nobody would see how far they had gone.
#
#   gate.sh run PLAN NOW GOOD   carries PLAN out into NOW, made anew, against all that GOOD holds
#   gate.sh keep NOW GOOD       NOW is the newest good run from here on
#
# ACCEPT=yes: a change is wanted. `run` compares with nothing (the plan's own bound still holds), and `keep`
# forgets the runs before it. BLACKOUT: the program, build/blackout where it is not set.
set -eu

usage() {
	sed -n 's/^# \{3\}\(gate.sh\)/usage: \1/p' "$0" >&2
	exit 2
}

run() {
	plan=$1 now=$2 good=$3
	rm -rf "$now"
	set -- "$plan" -o "$now"
	if [ "${ACCEPT-}" != yes ]; then
		for base in "$good"/*/runs.csv; do
			[ ! -e "$base" ] || set -- "$@" --against "${base%/runs.csv}"
		done
	fi
	[ $# -gt 3 ] || echo "gate: nothing to compare with" >&2
	exec "${BLACKOUT:-build/blackout}" run "$@"
}

keep() {
	now=$1 good=$2
	[ -e "$now/runs.csv" ] || {
		echo "gate: $now: holds no runs (no runs.csv)" >&2
		exit 2
	}
	[ "${ACCEPT-}" != yes ] || rm -rf "$good"
	mkdir -p "$good"
	rm -rf "$good/3"
	[ ! -e "$good/2" ] || mv "$good/2" "$good/3"
	[ ! -e "$good/1" ] || mv "$good/1" "$good/2"
	cp -a "$now" "$good/1"
}

case ${1-}/$# in
run/4) run "$2" "$3" "$4" ;;
keep/3) keep "$2" "$3" ;;
*) usage ;;
esac

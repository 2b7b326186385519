#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# plan.sh BLACKOUT PLAN - run a plan for `make demo` and `make verify`: succeed once a report exists,
# whatever its verdicts (make would turn every status into 2), and print the status.
set -u
blackout=$1 plan=$2
name=$(basename "$plan" .ini)
dir=results/$name-$(date -u +%Y%m%d-%H%M%S)
status=0
"$blackout" run "$plan" -o "$dir" || status=$?
if [ ! -s "$dir/report.txt" ]; then
	echo "$name: no report (status $status)" >&2
	exit 1
fi
echo
sed -n '1,40p' "$dir/report.txt"
echo
echo "report: $dir/report.txt"
echo "charts: $dir/charts/"
echo "status: $status"

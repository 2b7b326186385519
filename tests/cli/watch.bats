#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The live view of `blackout run` and `blackout watch`, on the simulated platform: no root needed.

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	dir=$BATS_TEST_TMPDIR/r
	sim=$BATS_TEST_TMPDIR/sim.ini
	plan 300
}

# plan REPEAT: so many runs of a small simulated plan
plan() {
	printf '%s\n' '[plan]' 'title = Small' "repeat = $1" 'baseline = 3 s' 'settle = 2 s' '[platform sim]' \
		'outage = 300 ms' '[vm desk]' 'memory = 256 MB' '[probe fine]' 'kind = burst' \
		'[control switch]' 'target = sim-switch' >"$sim"
}

# begun: waits until the run's first move is over
begun() {
	for _ in $(seq 600); do
		grep -qs run-end "$dir/facts/run.tsv" && return
		sleep 0.05
	done
	return 1
}

@test "watch --once: a run that goes on, one whose process is gone, one that was interrupted" {
	"$BLACKOUT" run "$sim" -o "$dir" 2>"$BATS_TEST_TMPDIR/said" 3>&- &
	pid=$!
	begun
	kill -STOP "$pid"
	cp -a "$dir" "$dir.gone"
	COLUMNS=60 run "$BLACKOUT" watch "$dir" --once
	kill -CONT "$pid"
	kill -INT "$pid"
	[ "$status" -eq 0 ]
	[[ "$output" == *"SIMULATED  Small"* ]]
	[[ "$output" == *" of 300  "* ]]
	[[ "$output" == *"left      about "* ]]
	status=0
	wait "$pid" || status=$?
	[ "$status" -eq 130 ]
	# In a pipe: a line a step, and nothing for a terminal.
	grep -q '^\[1/300\] all run 1 of 300: baseline$' "$BATS_TEST_TMPDIR/said"
	! grep -q "$(printf '\033')" "$BATS_TEST_TMPDIR/said"
	find "$dir.gone" -name '*.tsv' -exec touch -d '1 minute ago' {} +
	run "$BLACKOUT" watch "$dir.gone" --once
	[ "$status" -eq 5 ]
	[[ "$output" == *"its process is gone"* ]]
	run "$BLACKOUT" watch "$dir" --once
	[ "$status" -eq 130 ]
	[[ "$output" == *"ended: interrupted"* ]]
	[[ "$output" == *"PASS"* ]]
	run "$BLACKOUT" watch "$BATS_TEST_TMPDIR" --once
	[ "$status" -eq 2 ]
	[[ "$output" == *"no result folder"* ]]
}

@test "on a terminal of 20 columns a run is shown, and Ctrl-C leaves the terminal as it was" {
	mkfifo "$BATS_TEST_TMPDIR/keys"
	TERM=xterm script -qec "stty cols 20 rows 12; '$BLACKOUT' run '$sim' -o '$dir'; echo status=\$?; stty -a" \
		"$BATS_TEST_TMPDIR/screen" <"$BATS_TEST_TMPDIR/keys" >/dev/null 2>&1 3>&- &
	pid=$!
	exec 4>"$BATS_TEST_TMPDIR/keys"
	begun
	printf '\003' >&4
	exec 4>&-
	wait "$pid"
	screen=$BATS_TEST_TMPDIR/screen
	grep -q 'status=130' "$screen"
	grep -q SIMULATED "$screen"
	# The other screen was entered once, and left before anything else was said.
	[ "$(grep -c "$(printf '\033')\[?1049h" "$screen")" -eq 1 ]
	sed -n "/$(printf '\033')\[?1049l/,\$p" "$screen" | grep -q 'interrupted'
	grep -Eq '(^|[ ;])icanon' "$screen"
	grep -Eq '(^|[ ;])echo($|[ ;])' "$screen"
	# TERM=dumb: lines as in a pipe.
	plan 1
	TERM=dumb run script -qec "'$BLACKOUT' run '$sim' -o '$dir.dumb'" /dev/null
	[[ "$output" == *"[1/1] all run 1 of 1: baseline"* ]]
	[[ "$output" != *"$(printf '\033')"* ]]
	# watch, when the run has ended already.
	TERM=xterm run script -qec "'$BLACKOUT' watch '$dir.dumb'" /dev/null
	[ "$status" -eq 0 ]
	[[ "$output" == *"ended: complete"* ]]
}

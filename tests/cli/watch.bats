#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The live view of `blackout run` and `blackout watch`, on the simulated platform: no root needed.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	dir=$BATS_TEST_TMPDIR/r
	sim=$BATS_TEST_TMPDIR/sim.ini
	screen=$BATS_TEST_TMPDIR/screen
	plan 300
	# Without a speed these runs are over in a second, while a test on a busy machine still looks for the
	# first; with it they go on for minutes.
	sed -i 's/^outage/speed = 10\n&/' "$sim"
}

teardown() {
	# With its terminal a run ends, even a stopped one.
	[ -z "${pid:-}" ] || kill -9 "$pid" 2>/dev/null || true
}

# plan REPEAT: so many runs of a small simulated plan
plan() {
	printf '%s\n' '[plan]' 'title = Small' "repeat = $1" 'baseline = 3 s' 'settle = 2 s' '[platform sim]' \
		'outage = 300 ms' '[vm desk]' 'memory = 256 MB' '[probe fine]' 'kind = burst' \
		'[control switch]' 'target = sim-switch' >"$sim"
}

# on_terminal COMMAND: in the background, on a terminal whose keys come from descriptor 4 and whose screen is
# kept in $screen
on_terminal() {
	rm -f "$screen"
	mkfifo "$screen.keys"
	TERM=xterm script -qefc "$1" "$screen" <"$screen.keys" >/dev/null 2>&1 3>&- &
	pid=$!
	exec 4>"$screen.keys"
	rm "$screen.keys"
}

# gone: closes the terminal's keys, and waits for its command to end
gone() {
	exec 4>&-
	wait "$pid"
	pid=
}

# begun: waits until the run's first move is over
begun() {
	for _ in $(seq 600); do
		grep -qs run-end "$dir/facts/run.tsv" && return
		sleep 0.05
	done
	return 1
}

# seen PATTERN [TIMES]: waits until the terminal has been told it so often
seen() {
	for _ in $(seq 600); do
		[ "$(grep -ao -- "$1" "$screen" | wc -l)" -lt "${2:-1}" ] || return 0
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
	[[ "$output" == *"left      about "*" of simulated time"* ]]
	status=0
	wait "$pid" || status=$?
	pid=
	[ "$status" -eq 130 ]
	# In a pipe: a line a step, and nothing for a terminal.
	grep -q '^\[1/300\] all run 1 of 300: baseline$' "$BATS_TEST_TMPDIR/said"
	run ! grep -q "$(printf '\033')" "$BATS_TEST_TMPDIR/said"
	find "$dir.gone" -name '*.tsv' -exec touch -d '1 minute ago' {} +
	run "$BLACKOUT" watch "$dir.gone" --once
	[ "$status" -eq 5 ]
	[[ "$output" == *"the run's process is gone"* ]]
	run "$BLACKOUT" watch "$dir" --once
	[ "$status" -eq 130 ]
	[[ "$output" == *"ended: interrupted"* ]]
	[[ "$output" == *"PASS"* ]]
	run "$BLACKOUT" watch "$BATS_TEST_TMPDIR" --once
	[ "$status" -eq 2 ]
	[[ "$output" == *"not a result folder"* ]]
}

@test "on a terminal of 20 columns a run is shown, and Ctrl-C leaves the terminal as it was" {
	on_terminal "stty cols 20 rows 12; '$BLACKOUT' run '$sim' -o '$dir'; echo status=\$?; stty -a"
	begun
	seen SIMULATED
	printf '\003' >&4
	gone
	grep -q 'status=130' "$screen"
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

@test "the view fits a terminal that grows, leaves it to others on Ctrl-Z, and has no colours with NO_COLOR" {
	escape=$(printf '\033')
	cat >"$BATS_TEST_TMPDIR/shell" <<-X
		stty cols 20 rows 12
		tty >'$BATS_TEST_TMPDIR/tty'
		set -m
		'$BLACKOUT' run '$sim' -o '$dir'
		echo stopped=\$?
		stty -a
		read -r _
		fg >/dev/null
		echo status=\$?
	X
	on_terminal "bash '$BATS_TEST_TMPDIR/shell'"
	seen "longest 0"
	run ! grep -aq 'longest in a move' "$screen"
	stty -F "$(cat "$BATS_TEST_TMPDIR/tty")" cols 60
	seen 'longest in a move'
	seen "$escape\\[3[12]m"
	printf '\032' >&4
	seen 'stopped=148'
	seen ' echo '
	# The screen was left, and the terminal is as it was.
	grep -aq "$escape\\[?1049l" "$screen"
	grep -aEq '(^|[ ;])icanon' "$screen"
	printf '\n' >&4
	seen "$escape\\[?1049h" 2
	printf '\003' >&4
	gone
	grep -aq 'status=130' "$screen"
	NO_COLOR=1 on_terminal "'$BLACKOUT' run '$sim' -o '$dir.plain'; echo status=\$?"
	seen 'longest in a move'
	printf '\003' >&4
	gone
	grep -aq 'status=130' "$screen"
	grep -aq "$escape\\[?1049h" "$screen"
	run ! grep -aq "$escape\\[3[0-9]" "$screen"
}

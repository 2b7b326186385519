# SPDX-License-Identifier: GPL-3.0-or-later
# What tests of real moves share: a lab of their own, down before the first of them and after each.

load tables

setup_file() {
	export BLACKOUT_LAB=${BLACKOUT_TEST_LAB:-labtest}
	[ "$(id -u)" = 0 ] || {
		echo "$(basename "$BATS_TEST_FILENAME") needs root" >&2
		return 1
	}
	"$BLACKOUT" lab down
}

teardown_file() {
	"$BLACKOUT" lab down
}

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	dir=$BATS_TEST_TMPDIR/r
	plan=$BATS_TEST_TMPDIR/p.ini
}

# A test that fails shows what its run came to and last said.
teardown() {
	[ -n "${BATS_TEST_COMPLETED:-}" ] || tail -n 40 "$dir/runs.csv" "$dir.log" 2>/dev/null || true
	[ -z "${pid:-}" ] || kill -9 "$pid" 2>/dev/null || true
	"$BLACKOUT" lab down
}

# begin: starts the plan in the background
begin() {
	env --default-signal=INT "$BLACKOUT" run "$plan" -o "$dir" >"$dir.log" 2>&1 3>&- &
	pid=$!
}

# await COMMAND WORDS...: waits until the command succeeds, for three minutes at most and only while the plan runs
await() {
	for _ in $(seq 1800); do
		if "$@"; then return; fi
		kill -0 "$pid"
		sleep 0.1
	done
	return 1
}

# finish: waits for the plan that runs in the background; $status is its own
finish() {
	status=0
	wait "$pid" || status=$?
	pid=
}

# kill_libvirtd: kills the libvirtd of host a
kill_libvirtd() {
	for p in $(ip netns pids "$BLACKOUT_LAB-a"); do
		[ "$(cat "/proc/$p/comm")" != libvirtd ] || kill -9 "$p"
	done
}

# kill_vm NAME: kills the QEMU of a VM on host a
kill_vm() {
	for p in $(ip netns pids "$BLACKOUT_LAB-a"); do
		! tr '\0' ' ' <"/proc/$p/cmdline" | grep -q "^[^ ]*qemu.* guest=$1," || kill -9 "$p"
	done
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The installation program by itself, as a user or the guest's agent runs it. Needs root, for a small disk.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	install=$PWD/${B:-build}/install
	folder=$BATS_TEST_TMPDIR/suite
	mkdir "$folder"
	size=20971520 files=400
	words="start install seed=7 bytes=$size files=$files"
}

teardown() {
	if mountpoint -q "$folder"; then umount "$folder"; fi
}

# ask LINE: one line to `serve`, its answer in $answer
ask() {
	echo "$1" >&"${program[1]}"
	read -r -t 20 answer <&"${program[0]}"
}

serve() {
	coproc program { "$install" "$folder"; }
	# shellcheck disable=SC2154 # coproc sets it
	pid=$program_PID
}

# until_state NAME STATE...: asks until the state is one of these
until_state() {
	local name=$1 i
	shift
	for ((i = 0; i < 1200; i++)); do
		ask "status $name"
		for state in "$@"; do
			[[ $answer != "ok state=$state "* ]] || return 0
		done
		sleep 0.05
	done
	return 1
}

@test "an installation of 20 MB is complete and correct, and a second one replaces it" {
	# shellcheck disable=SC2086 # words
	run -0 "$install" "$folder" $words
	[[ ${lines[-1]} == "ok state=correct percent=100 done_bytes=$size files=$files "* ]]
	[ "$(find "$folder" -name 'file-*' -printf '%s\n' | awk '{s += $1} END {print s}')" = $size ]
	[ "$(find "$folder" -name 'file-*' | wc -l)" = $files ]
	[ -z "$(find "$folder" -name '*.tmp')" ]
	echo mine >"$folder/part-001/mine"
	run -0 "$install" "$folder" start install seed=8 bytes=100000 files=3
	[ "$(find "$folder" -name 'file-*' | wc -l)" = 3 ]
	# Only what it wrote itself is removed.
	[ "$(cat "$folder/part-001/mine")" = mine ]
}

@test "one flipped bit is found, by file and byte; so is a cut file, a missing one, a lost commit" {
	run -0 "$install" "$folder" start install seed=3 bytes=2000000 files=40
	run "$install" "$folder" corrupt install
	[[ ${lines[0]} == "ok file=part-000/file-000020."* ]]
	name=${lines[0]#ok file=}
	run -1 "$install" "$folder" verify install
	[[ ${lines[-1]} == "ok state=incorrect "*" bad=1 file=$name why=byte "*" instead of 0x"* ]]
	run "$install" "$folder" corrupt install
	run -0 "$install" "$folder" verify install

	other=$(cd "$folder" && echo part-000/file-000007.*)
	cp "$folder/$other" "$BATS_TEST_TMPDIR/whole"
	truncate -s -1 "$folder/$other"
	run -1 "$install" "$folder" verify install
	[[ ${lines[-1]} == *" bad=1 file=$other why=ends at byte "* ]]
	rm "$folder/$other"
	run -1 "$install" "$folder" verify install
	[[ ${lines[-1]} == *" bad=1 file=$other why=is not there (1 of 40 files are missing)" ]]
	{ cat "$BATS_TEST_TMPDIR/whole"; echo; } >"$folder/$other"
	run -1 "$install" "$folder" verify install
	[[ ${lines[-1]} == *" bad=1 file=$other why=goes on after "* ]]
	cp "$BATS_TEST_TMPDIR/whole" "$folder/$other"

	printf x | dd of="$folder/registry.dat" bs=1 seek=$((5 * 4096 + 100)) conv=notrunc status=none
	run -1 "$install" "$folder" verify install
	[[ ${lines[-1]} == *" bad=1 file=registry.dat why=slot 5 "* ]]
}

@test "what was killed half-way is incomplete, and says so" {
	serve
	ask "$words"
	[ "$answer" = ok ]
	for ((i = 0; i < 400 && $(find "$folder" -name 'file-*' | wc -l) < 20; i++)); do sleep 0.02; done
	kill -9 "$pid"
	wait "$pid" || true
	run -1 "$install" "$folder" verify install
	[[ ${lines[-1]} == *"state=incorrect "*" why=is not there: the installation was not finished ("*" of $files files are missing)" ]]
	run -0 "$install" "$folder" start install seed=7 bytes=100000 files=10
	rm -r "$folder"
	mkdir "$folder"
	run -1 "$install" "$folder" verify install
	[[ ${lines[-1]} == *" file=installation.txt why="*"nothing was installed here" ]]
}

@test "a full disk fails the work with its own message" {
	mount -t tmpfs -o size=8m tmpfs "$folder"
	# shellcheck disable=SC2086 # words
	run -1 "$install" "$folder" $words
	[[ ${lines[-1]} == "ok state=failed "*" why=cannot be written: No space left on device (the guest's disk is full)" ]]
}

@test "a stopped installation says stopped, and takes no second while it is at work" {
	serve
	ask "start install seed=1 bytes=4000000000 files=4000"
	[ "$answer" = ok ]
	ask "start install seed=1 bytes=10 files=1"
	[[ $answer == "error install already runs"* ]]
	ask "verify install"
	[[ $answer == "error the installation still runs"* ]]
	ask "corrupt install"
	[[ $answer == "error the installation still runs"* ]]
	ask "stop install"
	[ "$answer" = ok ]
	until_state install stopped
	ask quit || true
	wait "$pid"
}

@test "memory is dirtied at its rate or said not to be, and a damaged page is found" {
	serve
	ask "start dirty rate=1000000000000000 set=16777216"
	[[ $answer == "error "* ]]
	ask "start dirty rate=10000000000000 set=16777216"
	[ "$answer" = ok ]
	for ((i = 0; i < 200; i++)); do
		ask "status dirty"
		[[ $answer != *" rate="* ]] || break
		sleep 0.05
	done
	# No machine writes 10 TB a second.
	[[ $answer == *" held=no"* ]]
	ask "verify dirty"
	until_state dirty correct incorrect
	[[ $answer == "ok state=correct "* ]]

	ask "start dirty rate=1000000 set=16777216"
	for ((i = 0; i < 400; i++)); do
		ask "status dirty"
		[[ $answer != *" held=yes"* ]] || break
		sleep 0.05
	done
	[[ $answer == *" held=yes"* ]]
	ask "corrupt dirty"
	[ "$answer" = "ok file=page-2048" ]
	ask "verify dirty"
	until_state dirty correct incorrect
	[[ $answer == "ok state=incorrect "*" bad=1 file=page-2048 why=generation "* ]]
	ask "start dirty rate=1000000 set=17592186044416"
	until_state dirty failed
	[[ $answer == *" why=a set of 17592186044416 bytes does not fit: "* ]]
}

@test "words that it does not know are named" {
	run -2 "$install"
	run -2 "$install" "$folder/none" start install seed=1 bytes=10 files=1
	[[ $output == "install: $folder/none: no such folder (make it first: everything goes there)" ]]
	run -2 "$install" "$folder" start install seed=1
	[[ $output == *"start install needs bytes="* ]]
	run -2 "$install" "$folder" start install seed=1 bytes=10 files=20
	run -2 "$install" "$folder" paint
	[[ $output == *"'paint'"* ]]
	serve
	ask "$(printf 'x%.0s' {1..2000})"
	[[ $answer == "error malformed line"* ]]
	ask "status install"
	[[ $answer == "ok state=none "* ]]
}

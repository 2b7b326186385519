#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The Makefile's own promises, without compiling: what is missing is said, what is left out is not asked
# for, clangd gets its file. tests/long/build.bats builds without the optional libraries.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	built=$BATS_TEST_TMPDIR/b
	all=libvirt,mnl,ncurses,oping,pcap,rdp
	unset MAKEFLAGS MAKELEVEL
}

@test "a library that is missing is named by pkg-config, before anything is compiled" {
	run ! make PKG_CONFIG_LIBDIR="$BATS_TEST_TMPDIR" PKG_CONFIG_PATH= B="$built"
	grep -q 'Package libvirt was not found' <<<"$output"
	grep -q "Package 'libvirt'.*not found\|No package 'libvirt' found" <<<"$output"
	grep -q 'make setup' <<<"$output"
	run ! grep -q '  CC  \|  LD  ' <<<"$output"
	[ ! -e "$built/harness" ]
}

@test "WITHOUT takes the words it knows, and asks for none of their libraries" {
	run ! make -n B="$built" WITHOUT=libvirt,libfoo
	grep -qF "libfoo cannot be left out; what can: ${all//,/ }" <<<"$output"
	run -0 make -n V=1 B="$built" WITHOUT="$all" "$built/blackout"
	grep -q ' -c -o .*harness/verdict/' <<<"$output"
	grep -q '/harness/packet/pcap_file_absent.o' <<<"$output"
	run ! grep -q -e '-lvirt\|-loping\|-lpcap\|-lmnl\|-lncurses\|harness/drivers/libvirt/driver.c' <<<"$output"
	run -0 make -n V=1 B="$built" "$built/blackout"
	grep -q -e '-lvirt' <<<"$output"
	run ! grep -q '_absent' <<<"$output"
}

@test "compile_commands.json has the flags of each source file" {
	CPPFLAGS='-DX="y"' make B="$built" "$built/compile_commands.json"
	python3 - "$built/compile_commands.json" <<-'P'
		import json, shlex, subprocess, sys
		entries = json.load(open(sys.argv[1]))
		files = subprocess.check_output(["find", *"harness probes reports tools tests".split(), "-name", "*.c"], text=True)
		assert sorted(e["file"] for e in entries) == sorted(files.split())
		for e in entries:
		    words = shlex.split(e["command"])
		    assert words[-1] == e["file"] and "-std=c11" in words and "-DX=y" in words, e
	P
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The report side on a machine that has none of the optional libraries.

bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	export WITHOUT_ALL=$BATS_FILE_TMPDIR/b/blackout
	unset MAKEFLAGS MAKELEVEL
	# What pkg-config finds here: everything but those.
	mkdir "$BATS_FILE_TMPDIR/pc"
	for dir in $(pkg-config --variable pc_path pkg-config | tr : ' '); do
		for file in "$dir"/*.pc; do # a folder may be missing or empty
			[ ! -e "$file" ] || cp -n "$file" "$BATS_FILE_TMPDIR/pc"
		done
	done
	(cd "$BATS_FILE_TMPDIR/pc" && rm -f libvirt*.pc liboping.pc libpcap.pc libmnl.pc ncurses*.pc freerdp*.pc winpr*.pc)
	PKG_CONFIG_PATH='' PKG_CONFIG_LIBDIR=$BATS_FILE_TMPDIR/pc make -j2 B="$BATS_FILE_TMPDIR/b" DEVELOPER=1 \
		CFLAGS=-O0 WITHOUT=libvirt,mnl,ncurses,oping,pcap,rdp all
}

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	top=$BATS_TEST_TMPDIR
}

@test "no optional library is linked" {
	run -0 ldd "$WITHOUT_ALL"
	run ! grep -q 'libvirt\|oping\|pcap\|mnl\|ncurses\|freerdp' <<<"$output"
	[ ! -e "${WITHOUT_ALL}-rdp" ]
}

@test "report, compare and trend write the same bytes" {
	for golden in pass held detached failed-job watch; do
		status=0
		"${BLACKOUT:?}" report "tests/golden/$golden" -o "$top/all/$golden" >"$top/said" || status=$?
		run "-$status" "$WITHOUT_ALL" report "tests/golden/$golden" -o "$top/bare/$golden"
		diff -r "$top/all/$golden" "$top/bare/$golden"
	done
	for blackout in "$BLACKOUT" "$WITHOUT_ALL"; do
		"$blackout" compare "$top/all/pass" "$top/all/held" >"$top/compare.${blackout//\//_}" || true
		"$blackout" trend "$top/all/pass" "$top/all/held" >"$top/trend.${blackout//\//_}" || true
	done
	cmp "$top"/compare.*
	cmp "$top"/trend.*
	[ -s "$top/trend.${BLACKOUT//\//_}" ]
}

@test "a plan for libvirt is read and checked, and run says what this build lacks" {
	sed '/^\[lab\]/,$d' plans/demo.ini >"$top/p.ini"
	printf '%s\n' '[platform libvirt]' '[host a]' 'uri = qemu+ssh://a/system' '[host b]' 'uri = qemu+ssh://b/system' \
		'[vm desk]' 'address = 192.0.2.1' '[probe fine]' 'kind = burst' '[control gw]' 'target = 192.0.2.2' >>"$top/p.ini"
	run -0 "$WITHOUT_ALL" check "$top/p.ini"
	run -4 "$WITHOUT_ALL" run "$top/p.ini" -o "$top/r"
	grep -q 'this build has no libvirt driver; .make. without WITHOUT= builds it' <<<"$output"
}

@test "help and version tell what is built in" {
	run -0 "$WITHOUT_ALL" help
	grep -q '^  external ' <<<"$output"
	run ! grep -qE '^  (libvirt|ping|rdp|capture|neighbour|blackout (lab|init|calibrate)) ' <<<"$output"
	run -0 "$WITHOUT_ALL" version
	grep -qx 'without libvirt,mnl,ncurses,oping,pcap,rdp' <<<"$output"
	run -0 "$BLACKOUT" version
	[ "${#lines[@]}" -eq 1 ]
}

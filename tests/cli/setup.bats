#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# tools/setup.sh before an apt-get that only looks, with a /usr/sbin of its own. Needs root.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	top=$BATS_TEST_TMPDIR
	sbin=$top/sbin
	mkdir "$sbin" "$top/bin"
	# Nothing is installed; what is being installed asks whether it may start its service.
	printf '#!/bin/sh\nexit 1\n' >"$top/bin/dpkg-query"
	cat >"$top/bin/apt-get" <<-'E'
		#!/bin/sh
		case " $* " in *' install '*) ;; *) exit 0 ;; esac
		/usr/sbin/policy-rc.d x start
		echo "$? $*" >>"${0%/*}/../asked"
		[ ! -e "${0%/*}/../kill" ] || kill -9 $PPID
	E
	chmod +x "$top"/bin/*
}

# install: setup.sh with that /usr/sbin
install() {
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount sh -euc 'mount --bind "$1" /usr/sbin; PATH=$2:$PATH tools/setup.sh' \
		setup "$sbin" "$top/bin"
}

# policy STATUS: somebody's own word
policy() {
	printf '#!/bin/sh\nexit %s\n' "$1" >"$sbin/policy-rc.d"
	chmod 755 "$sbin/policy-rc.d"
}

@test "no service starts while packages are installed, and nothing is left of that" {
	run -0 install
	[[ $(cat "$top/asked") == "101 "*" install "*libvirt-daemon* ]]
	[ -z "$(ls "$sbin")" ]
}

@test "a policy that is there and says yes is put aside, and comes back" {
	policy 0
	run -0 install
	[[ $(cat "$top/asked") == "101 "* ]]
	[ "$(ls "$sbin")" = policy-rc.d ]
	run -0 "$sbin/policy-rc.d"
}

@test "what a killed setup left of the policy is mended by the next" {
	: >"$top/kill"
	policy 0
	run install
	rm "$top/kill"
	run -101 "$sbin/policy-rc.d"
	run -0 install
	[ "$(ls "$sbin")" = policy-rc.d ]
	run -0 "$sbin/policy-rc.d"
}

@test "where nothing is missing nothing is installed, and apt-get is not even called" {
	printf '#!/bin/sh\necho installed\n' >"$top/bin/dpkg-query"
	printf '#!/bin/sh\necho "$*" >>"%s"\nexit 1\n' "$top/called" >"$top/bin/apt-get"
	for set in '' check bench tidy windows; do
		# shellcheck disable=SC2086 # no word for the first
		PATH=$top/bin:$PATH run -0 tools/setup.sh $set
		[ "$output" = 'setup: nothing to do' ]
	done
	PATH=$top/bin:$PATH run -0 make setup-check
	[ ! -e "$top/called" ]
	printf '#!/bin/sh\nexit 1\n' >"$top/bin/dpkg-query"
	PATH=$top/bin:$PATH run -1 install
	[ -s "$top/called" ]
}

#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# setup.sh [check|bench|tidy|windows] - install what is missing of tools/packages.txt, and only that; with
# `check` also what only the tests need, with `bench` what `check` has and the peers that only the bench sets
# beside, with `tidy` clang-tidy, with `windows` the compiler for Windows guests. Starts no service. Says each thing it does; a second run does nothing.
set -eu

usage() {
	echo "usage: setup.sh [check|bench|tidy|windows]" >&2
	exit 2
}

die() {
	echo "setup: $*" >&2
	exit 1
}

case ${1-} in
'' | check | bench | tidy | windows) ;;
*) usage ;;
esac
[ $# -le 1 ] || usage
list=$(dirname "$0")/packages.txt
[ -r "$list" ] || die "$list is missing"

missing=
while read -r name for rest; do
	case $name in '' | '#'*) continue ;; esac
	[ -z "$rest" ] || die "$list: '$name $for $rest' (NAME, or NAME with check, bench, tidy or windows behind it)"
	case $for in
	'') ;;
	check) case ${1-} in check | bench) ;; *) continue ;; esac ;;
	bench | tidy | windows) [ "${1-}" = "$for" ] || continue ;;
	*) die "$list: '$name $for' (NAME, or NAME with check, bench, tidy or windows behind it)" ;;
	esac
	# shellcheck disable=SC2016 # the field's name is dpkg's, not a variable
	dpkg-query -W -f '${db:Status-Status}\n' "$name" 2>/dev/null | grep -qx installed ||
		missing="$missing $name"
done <"$list"

if [ -z "$missing" ]; then
	echo "setup: nothing to do"
	exit 0
fi
[ "$(id -u)" = 0 ] || die "missing:$missing; run it as root (sudo tools/setup.sh ${1-})"

# Packages ask this file whether they may start their services: 101 is no. The lab runs its own. One that
# is there may say yes, so it is put aside.
policy=/usr/sbin/policy-rc.d
aside=$policy.before-setup
mark='# for the time of tools/setup.sh'

# here FILE: also a link to nowhere
here() { [ -e "$1" ] || [ -L "$1" ]; }

restore() {
	rm -f "$policy"
	if here "$aside"; then mv "$aside" "$policy"; fi
}

# Ours may be there from a setup that was killed.
if grep -qsxF "$mark" "$policy" || here "$aside"; then restore; fi
echo "setup: no service is to start: $policy, for the time of the installation"
trap restore EXIT
trap 'exit 1' HUP INT TERM
if here "$policy"; then mv "$policy" "$aside"; fi
printf '#!/bin/sh\n%s\nexit 101\n' "$mark" >"$policy.new"
chmod 755 "$policy.new"
mv "$policy.new" "$policy"

export DEBIAN_FRONTEND=noninteractive
echo "setup: apt-get update"
apt-get -qq update || die "apt-get update failed (network? /etc/apt/sources.list?)"
echo "setup: installing$missing"
# shellcheck disable=SC2086 # a list of words
apt-get -qq -y -o Dpkg::Use-Pty=0 install --no-install-recommends $missing >/dev/null ||
	die "apt-get install failed (its words are above)"
echo "setup: done"

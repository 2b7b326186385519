#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# install.sh install|uninstall - for `make install` and `make uninstall`: puts what was built into
# $DESTDIR$PREFIX, or takes it away again. B is the build folder. What was not built is left out, and said.
set -eu
cd "$(dirname "$0")/.."
B=${B:-build} PREFIX=${PREFIX:-/usr/local} DESTDIR=${DESTDIR-}
case ${1-} in install | uninstall) ;; *)
	echo "usage: install.sh install|uninstall" >&2
	exit 2
	;;
esac
case $PREFIX in /*) ;; *)
	echo "install: PREFIX=$PREFIX: must begin with / (DESTDIR is what comes before it)" >&2
	exit 2
	;;
esac
to=$DESTDIR$PREFIX

# files: what is installed, MODE SOURCE DESTINATION a line; the one list of both ways
files() {
	echo "755 $B/blackout bin/blackout"
	echo "755 $B/blackout-rdp libexec/blackout-rdp"
	echo "755 $B/install lib/blackout/install"
	echo "755 $B/install.exe lib/blackout/install.exe"
	for f in vmlinuz initrd.gz initrd-rdp.gz; do echo "644 $B/guest/$f lib/blackout/guest/$f"; done
	for f in plans/*.ini; do echo "644 $f share/blackout/$f"; done
	echo "644 tools/completion/blackout.bash share/bash-completion/completions/blackout"
	echo "644 tools/completion/_blackout share/zsh/site-functions/_blackout"
	for f in docs/man/*.1; do echo "644 $f share/man/man1/${f##*/}"; done
	for f in docs/man/*.5; do echo "644 $f share/man/man5/${f##*/}"; done
	for f in README.md CHANGELOG.md docs/*.md; do echo "644 $f share/doc/blackout/${f##*/}"; done
	for f in docs/img/* docs/ci/*; do echo "644 $f share/doc/blackout/${f#docs/}"; done
}

if [ "$1" = uninstall ]; then
	files | while read -r _ _ name; do rm -f "$to/$name"; done
	for dir in lib/blackout/guest lib/blackout share/blackout/plans share/blackout \
		share/doc/blackout/img share/doc/blackout/ci share/doc/blackout; do
		if [ -d "$to/$dir" ]; then rmdir --ignore-fail-on-non-empty "$to/$dir"; fi
	done
	exit 0
fi

[ -x "$B/blackout" ] || {
	echo "install: $B/blackout is not built (make)" >&2
	exit 1
}
files | while read -r mode source name; do
	if [ -e "$source" ]; then
		install -D -m "$mode" "$source" "$to/$name"
		continue
	fi
	case $source in
	*/install.exe) ;;
	*/guest/*) echo "install: without $name: the lab needs it (make guest, then make install again)" ;;
	*) echo "install: without $name: $source was not built" ;;
	esac
done

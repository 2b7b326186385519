#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# build.sh OUT [AGENT [INSTALL]] - make the guest image: the kernel OUT/vmlinuz, OUT/initrd.gz, and
# OUT/initrd-rdp.gz, which adds a remote-desktop server (desktop.sh). The kernel comes from Debian's
# package, which is downloaded and unpacked, not installed. The initrd holds the agent (default
# OUT/../agent) as /init, the installation program (default OUT/../install) as /install, and the kernel
# modules that they need, named in load order. Does nothing if the images are newer than the two programs
# and the scripts.
set -eu

if [ $# -lt 1 ] || [ $# -gt 3 ]; then
	echo "usage: build.sh OUT [AGENT [INSTALL]]" >&2
	exit 2
fi
self=$(readlink -f "$0")
desktop=$(dirname "$self")/desktop.sh
mkdir -p "$1"
out=$(cd "$1" && pwd)
agent=$(readlink -f "${2:-$out/../agent}")
install=$(readlink -f "${3:-$out/../install}")
package=linux-image-cloud-amd64
# In load order. A module that the package lacks is built into its kernel.
modules="virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci
	failover net_failover virtio_net virtio_console virtio_blk"

die() {
	echo "build.sh: $*" >&2
	exit 1
}

[ -f "$agent" ] || die "$agent: the agent is missing (make builds it)"
[ -f "$install" ] || die "$install: the installation program is missing (make builds it)"
if [ "$out/initrd.gz" -nt "$agent" ] && [ "$out/initrd.gz" -nt "$install" ] && [ "$out/initrd.gz" -nt "$self" ] &&
	[ -s "$out/vmlinuz" ] && [ "$out/initrd-rdp.gz" -nt "$out/initrd.gz" ] && [ "$out/initrd-rdp.gz" -nt "$desktop" ]; then
	exit 0
fi

tmp=$(mktemp -d "$out/tmp.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

# The package is kept: rebuilding the images with a new agent needs no network.
deb=$(find "$out" -maxdepth 1 -name 'linux-image-*.deb' | sort | tail -n 1)
if [ -z "$deb" ]; then
	kernel_name() { apt-cache depends "$package" 2>/dev/null | awk '/Depends: linux-image-/ {print $2; exit}'; }
	name=$(kernel_name)
	if [ -z "$name" ]; then
		echo "guest: apt-get update"
		apt-get -qq update || die "apt-get update failed (network? /etc/apt/sources.list?)"
		name=$(kernel_name)
	fi
	[ -n "$name" ] || die "$package is not known to apt (apt-get update)"
	echo "guest: downloading $name"
	(cd "$tmp" && apt-get -qq -o APT::Sandbox::User=root download "$name") ||
		die "$name cannot be downloaded (network? apt-get update?)"
	mv "$tmp"/linux-image-*.deb "$out/"
	deb=$(find "$out" -maxdepth 1 -name 'linux-image-*.deb')
fi

dpkg-deb -x "$deb" "$tmp/kernel"
root=$tmp/root
mkdir -p "$root/mod" "$root/proc" "$root/sys" "$root/dev"
cp "$agent" "$root/init"
cp "$install" "$root/install"
strip "$root/init" "$root/install" 2>/dev/null || true
chmod 755 "$root/init" "$root/install"
n=10
for m in $modules; do
	f=$(find "$tmp/kernel/lib/modules" "$tmp/kernel/usr/lib/modules" \
		-name "$m.ko*" 2>/dev/null | head -n 1)
	[ -z "$f" ] || cp "$f" "$root/mod/$n-${f##*/}"
	n=$((n + 1))
done
[ -n "$(find "$root/mod" -name '*-virtio_console.ko*')" ] || die "$deb has no virtio_console module"
# Images are written to a temporary folder and renamed, so that no reader finds an incomplete one.
pack() {
	(cd "$root" && find . | LC_ALL=C sort | cpio -o -H newc --quiet --reproducible -R 0:0) | gzip -9n >"$1"
}
pack "$tmp/initrd.gz"
"$desktop" "$out"
cp -a "$out/desktop/." "$root/"
pack "$tmp/initrd-rdp.gz"
cp "$tmp"/kernel/boot/vmlinuz-* "$tmp/vmlinuz"
mv "$tmp/vmlinuz" "$out/vmlinuz"
mv "$tmp/initrd.gz" "$out/initrd.gz"
mv "$tmp/initrd-rdp.gz" "$out/initrd-rdp.gz"
kb() { echo $(($(stat -c %s "$out/$1") / 1024)) KB; }
echo "guest: $(basename "$deb" .deb), initrd $(kb initrd.gz), with a remote desktop $(kb initrd-rdp.gz)"

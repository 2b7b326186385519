#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# desktop.sh OUT - make OUT/desktop, a root folder with a remote-desktop server: xrdp at its login screen,
# on port 3389, with TLS. Debian's package is downloaded and unpacked, not installed: an installed xrdp
# would serve this machine from its next boot on. Certificate and keys are made here, once, and not in the
# guest. The server's libraries are copied from this machine.
set -eu

if [ $# -ne 1 ]; then
	echo "usage: desktop.sh OUT" >&2
	exit 2
fi
mkdir -p "$1"
out=$(cd "$1" && pwd)

die() {
	echo "desktop.sh: $*" >&2
	exit 1
}

command -v openssl >/dev/null || die "openssl is missing, which makes the certificate (apt-get install openssl)"
tmp=$(mktemp -d "$out/tmp.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

# The package is kept, as the kernel's is.
deb=$(find "$out" -maxdepth 1 -name 'xrdp_*.deb' | sort | tail -n 1)
if [ -z "$deb" ]; then
	apt-cache show xrdp >/dev/null 2>&1 || apt-get -qq update || die "apt-get update failed (network?)"
	echo "guest: downloading xrdp"
	(cd "$tmp" && apt-get -qq -o APT::Sandbox::User=root download xrdp) ||
		die "xrdp cannot be downloaded (network? apt-get update?)"
	mv "$tmp"/xrdp_*.deb "$out/"
	deb=$(find "$out" -maxdepth 1 -name 'xrdp_*.deb')
fi
dpkg-deb -x "$deb" "$tmp/package"

root=$tmp/root
own=$(cd "$tmp/package" && find usr/lib -type d -name xrdp | head -n 1)
lib=${own%/xrdp}
[ -n "$own" ] || die "$deb holds no xrdp libraries"
mkdir -p "$root/dev" "$root/proc" "$root/run" "$root/tmp" "$root/var/run/xrdp" "$root/var/log" "$root/lib64" \
	"$root/etc/xrdp" "$root/usr/sbin" "$root/usr/share/xrdp" "$root/$own"
cp "$tmp/package/usr/sbin/xrdp" "$root/usr/sbin/"
list=$(LD_LIBRARY_PATH=$tmp/package/$own ldd "$root/usr/sbin/xrdp")
missing=$(awk '/not found/ {print $1}' <<<"$list" | tr '\n' ' ')
[ -z "$missing" ] || die "this machine lacks libraries of xrdp: $missing(apt-get install libssl3 libjpeg62-turbo)"
while read -r f; do
	case $f in
	*/ld-linux*) cp -L "$f" "$root/lib64/" ;;
	"$tmp"/*) cp -L "$f" "$root/$own/" ;; # the folder of its RUNPATH
	*) cp -L "$f" "$root/$lib/" ;;        # a folder that the loader searches without a cache
	esac
done < <(grep -o '/[^ ]*' <<<"$list" | sort -u)
cp "$tmp"/package/usr/share/xrdp/{sans-10.fv1,cursor0.cur,cursor1.cur,xrdp_logo.bmp} "$root/usr/share/xrdp/"
cp "$tmp"/package/etc/xrdp/{km-00000409.ini,xrdp_keyboard.ini} "$root/etc/xrdp/"
echo root:x:0:0:root:/:/bin/sh >"$root/etc/passwd"
echo root:x:0: >"$root/etc/group"

# The server reads its RSA key even if it offers only TLS.
LD_LIBRARY_PATH=$tmp/package/$own "$tmp/package/usr/bin/xrdp-keygen" xrdp "$root/etc/xrdp/rsakeys.ini" >/dev/null ||
	die "xrdp-keygen failed"
openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=blackout-guest \
	-keyout "$root/etc/xrdp/key.pem" -out "$root/etc/xrdp/cert.pem" 2>"$tmp/openssl" ||
	die "openssl: $(tail -n 1 "$tmp/openssl")"

# No keepalive: a guest without a session must send nothing. The login screen asks for everything.
cat >"$root/etc/xrdp/xrdp.ini" <<'INI'
[Globals]
ini_version=1
fork=true
port=tcp://0.0.0.0:3389
use_vsock=false
tcp_nodelay=true
tcp_keepalive=false
security_layer=tls
crypt_level=high
certificate=/etc/xrdp/cert.pem
key_file=/etc/xrdp/key.pem
ssl_protocols=TLSv1.2, TLSv1.3
autorun=
allow_channels=false
allow_multimon=false
bitmap_cache=true
bitmap_compression=true
bulk_compression=false
max_bpp=32
new_cursors=true
use_fastpath=both
hidelogwindow=true
ls_title=guest
[Logging]
LogFile=/dev/console
LogLevel=WARNING
EnableSyslog=false
EnableConsole=false
[Xorg]
name=Xorg
lib=libxup.so
username=ask
password=ask
ip=127.0.0.1
port=-1
code=20
INI
rm -rf "$out/desktop"
mv "$root" "$out/desktop"

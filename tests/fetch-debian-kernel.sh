#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Prints the path of Debian's own arm64 6.12 kernel, a raw arm64 Image that is
# a PE too, fetching it first where it is not in the cache yet.
#
#   tests/fetch-debian-kernel.sh [--signed] [PACKAGE]
#
# PACKAGE is an arm64 package of bookworm, its backports or security archive
# (default: the newest unsigned linux-image-6.12*-arm64; with --signed the
# newest one that Debian signed). config-* and lib/modules lie beside boot/.
# Exit status 77: not reachable and not in the cache.
set -eu
. "$(dirname "$0")/apt.sh"
cache=${VKX_CACHE:-$HOME/.cache/vkexec}/debian
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
want='^linux-image-6\.12\.[0-9.]*\+deb12-arm64-unsigned$'
kind=unsigned
if [ "${1:-}" = --signed ]; then
	want='^linux-image-6\.12\.[0-9.]*\+deb12-arm64$'
	kind=signed
	shift
fi
package=${1:-}
[ -z "$package" ] || kind=$package

mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
if [ -s "$cache/$kind.path" ] && [ -s "$(cat "$cache/$kind.path")" ]; then
	cat "$cache/$kind.path"
	exit 0
fi

apt=$cache/apt
mkdir -p "$apt"
for suite in "debian bookworm" "debian bookworm-backports" "debian-security bookworm-security"; do
	set -- $suite
	mirror=$(apt_archive "$1")
	[ -z "$mirror" ] || echo "deb [arch=arm64 signed-by=$keyring] $mirror $2 main"
done >"$apt/sources.list"
apt_alone "$apt" arm64 "$apt/sources.list"
skip() {
	echo "fetch-debian-kernel: $1" >&2
	exit 77
}
apt-get -qq update >&2 || skip "no Debian mirror in reach"
[ -n "$package" ] || package=$(apt-cache pkgnames linux-image-6.12 | grep -E "$want" | sort -V | tail -1)
[ -n "$package" ] || skip "the archive has no such kernel"
echo "fetch-debian-kernel: fetching $package" >&2
(cd "$apt/archives" && apt-get -qq download "$package") >&2 || skip "cannot download $package"
deb=$(ls -t "$apt/archives/${package}"_*.deb | head -1)
rm -rf "$cache/$package.new" "$cache/$package"
dpkg -x "$deb" "$cache/$package.new"
mv "$cache/$package.new" "$cache/$package"
rm -f "$deb"
image=$(ls "$cache/$package"/boot/vmlinu[xz]-* | head -1)
magic=$(dd if="$image" bs=1 skip=56 count=4 2>/dev/null | tr -d '\0')
[ "$magic" = ARMd ] || {
	echo "fetch-debian-kernel: $image is no raw arm64 Image" >&2
	exit 1
}
echo "$image" >"$cache/$kind.path"
echo "$image"

#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Prints a folder with what a package of Debian 13 holds, fetching it first where
# it is not in the cache yet: tools and test material that Debian 12 lacks.
#
#   tests/fetch-debian.sh PACKAGE             an architecture-independent package, unpacked
#   tests/fetch-debian.sh --source PACKAGE    the upstream source of a package
#
# Nothing is installed. Exit status 77: not reachable and not in the cache.
set -eu
. "$(dirname "$0")/apt.sh"
suite=trixie
cache=${VKX_CACHE:-$HOME/.cache/vkexec}/debian-$suite
kind=binary
[ "${1:-}" != --source ] || { kind=source; shift; }
package=${1:?which package}
out=$cache/$kind-$package
mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
[ ! -d "$out" ] || { echo "$out"; exit 0; }

skip() {
	echo "fetch-debian: $package: $1" >&2
	exit 77
}
apt=$cache/apt
mirror=$(apt_archive debian)
[ -n "$mirror" ] || skip "apt is not set up for a Debian archive"
apt_alone "$apt" "$(dpkg --print-architecture)" "$apt/sources.list"
for type in deb deb-src; do
	echo "$type [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main"
done >"$apt/sources.list"
if [ ! -e "$apt/updated" ]; then
	apt-get -qq update >&2 || skip "no Debian mirror in reach"
	touch "$apt/updated"
fi
echo "fetch-debian: fetching $package of $suite" >&2
rm -rf "$out.new" "$apt/get"
mkdir -p "$out.new" "$apt/get"
cd "$apt/get"
if [ $kind = source ]; then
	apt-get -qq source --download-only --tar-only "$package" >&2 || skip "cannot be fetched"
	tar xf ./*.orig.tar.* -C "$out.new" --strip-components=1
else
	apt-get -qq download "$package" >&2 || skip "cannot be fetched"
	dpkg -x ./*.deb "$out.new"
fi
rm -rf "$apt/get"
mv "$out.new" "$out"
echo "$out"

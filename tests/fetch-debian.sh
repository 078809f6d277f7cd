#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Prints a folder with what a package of Debian 13 holds, fetching it first where
# it is not in the cache yet: tools and test material that Debian 12 lacks.
#
#   tests/fetch-debian.sh PACKAGE             an architecture-independent package, unpacked
#   tests/fetch-debian.sh --source PACKAGE    the upstream source of a package
#
# apt does the fetching with lists of its own, so that the machine's package
# state is not touched, and checks it: archive key, then hash of the package.
# Nothing is installed. Exit status 77: not reachable and not in the cache.
set -eu
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
mkdir -p "$apt/lists/partial" "$apt/archives/partial"
: >"$apt/status"
# The archive that this machine's own apt is set up for.
mirror=${VKX_DEBIAN_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' | sed -n 's|/debian/*$||p' | head -1)}
[ -n "$mirror" ] || skip "apt is not set up for a Debian archive"
for type in deb deb-src; do
	echo "$type [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror/debian $suite main"
done >"$apt/sources.list"
opts=(-qq -o Dir::State="$apt" -o Dir::State::lists="$apt/lists" -o Dir::State::status="$apt/status"
	-o Dir::Cache="$apt" -o Dir::Cache::archives="$apt/archives"
	-o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
	-o Dir::Etc::preferencesparts=/dev/null -o APT::Sandbox::User=root -o Acquire::Retries=2)
if [ ! -e "$apt/updated" ]; then
	apt-get "${opts[@]}" update >&2 || skip "no Debian mirror in reach"
	touch "$apt/updated"
fi
echo "fetch-debian: fetching $package of $suite" >&2
rm -rf "$out.new" "$apt/get"
mkdir -p "$out.new" "$apt/get"
cd "$apt/get"
if [ $kind = source ]; then
	apt-get "${opts[@]}" source --download-only --tar-only "$package" >&2 || skip "cannot be fetched"
	tar xf ./*.orig.tar.* -C "$out.new" --strip-components=1
else
	apt-get "${opts[@]}" download "$package" >&2 || skip "cannot be fetched"
	dpkg -x ./*.deb "$out.new"
fi
rm -rf "$apt/get"
mv "$out.new" "$out"
echo "$out"

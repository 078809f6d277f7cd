#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Fetches Debian's arm64 packages that the guest runs (busybox, tpm2-tools,
# kexec-tools) and that cross-builds link with, unpacks them into the cache
# and prints the folder.
set -eu
. "$(dirname "$0")/../apt.sh"
packages="busybox-static kexec-tools tpm2-tools libtss2-tcti-device0
	libtss2-dev libmbedtls-dev libfdt-dev libjson-c-dev libssl-dev
	systemd-boot-efi"
cache=${VKX_CACHE:-$HOME/.cache/vkexec}
apt=$cache/apt-arm64
mkdir -p "$cache"
root=$cache/arm64-root-$(echo $packages | sha256sum | cut -c1-8)
exec 9>"$cache/arm64-root.lock"
flock 9
[ ! -d "$root" ] || { echo "$root"; exit 0; }

apt_alone "$apt" arm64
echo "arm64-root: fetching arm64 packages for the guest" >&2
if ! { apt-get update -qq && apt-get install -y -qq --no-install-recommends \
	--download-only $packages; } >"$apt/log" 2>&1; then
	echo "arm64-root: cannot fetch; the end of $apt/log:" >&2
	tail -20 "$apt/log" >&2
	exit 1
fi
rm -rf "$root.tmp"
mkdir "$root.tmp"
for deb in "$apt"/archives/*.deb; do dpkg-deb -x "$deb" "$root.tmp"; done
rm -rf "$root.tmp/usr/share/doc" "$root.tmp/usr/share/locale" "$root.tmp/usr/share/man"
mv "$root.tmp" "$root"
echo "$root"

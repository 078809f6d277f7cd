#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Fetches Debian's arm64 packages that the guest runs (busybox, tpm2-tools,
# kexec-tools) and that cross-builds link with, unpacks them into the cache
# and prints the folder. The host's own package state is not touched: apt gets
# lists and a status file of its own.
set -eu
packages="busybox-static kexec-tools tpm2-tools libtss2-tcti-device0
	libtss2-dev libmbedtls-dev libfdt-dev libjson-c-dev libssl-dev
	systemd-boot-efi"
cache=${VKX_CACHE:-$HOME/.cache/vkexec}
apt=$cache/apt-arm64
mkdir -p "$apt/lists/partial" "$apt/archives/partial"
root=$cache/arm64-root-$(echo $packages | sha256sum | cut -c1-8)
exec 9>"$cache/arm64-root.lock"
flock 9
[ ! -d "$root" ] || { echo "$root"; exit 0; }

cat >"$apt/apt.conf" <<CONF
APT::Architecture "arm64";
APT::Architectures { "arm64"; };
APT::Sandbox::User "root";
Dir::State "$apt";
Dir::State::lists "$apt/lists";
Dir::State::status "/dev/null";
Dir::Cache::archives "$apt/archives";
Acquire::Languages "none";
CONF
export APT_CONFIG=$apt/apt.conf
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

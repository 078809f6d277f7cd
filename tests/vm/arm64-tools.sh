#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Builds the project's tools for the guest, against Debian's arm64 libraries,
# and prints the folder they are in.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
root=$("$top/tests/vm/arm64-root.sh")
lib=usr/lib/aarch64-linux-gnu
export PKG_CONFIG_LIBDIR=$root/$lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$root
out=${O:-build}/arm64
# Several machines may want them at once.
exec 9>"${VKX_CACHE:-$HOME/.cache/vkexec}/arm64-tools.lock"
flock 9
make -s -C "$top" -j"$(nproc)" CROSS=aarch64-linux-gnu- O="$out" \
	CFLAGS="-isystem $root/usr/include -isystem $root/usr/include/aarch64-linux-gnu" \
	LDFLAGS="-L$root/$lib -L$root/lib/aarch64-linux-gnu -Wl,-rpath-link=$root/$lib:$root/lib/aarch64-linux-gnu" \
	all >&2 9>&-
case $out in /*) echo "$out/bin" ;; *) echo "$top/$out/bin" ;; esac

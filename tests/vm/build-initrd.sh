#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Makes a small initrd for the guest: our PID 1, busybox, and /marker, which
# says which initrd this is. The same marker gives the same bytes.
#
#   tests/vm/build-initrd.sh MARKER OUT.cpio.gz [DIR]
#
# What is in DIR is added on top. Libraries and tpm2-tools are not in it: the
# guest has them from a 9p share at /arm64 where its kernel has 9p.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
marker=$1 out=$2 extra=${3:-}
root=$("$here/arm64-root.sh")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/tree
mkdir -p "$tree"/{bin,sbin,dev,proc,sys,tmp,run,vkx,arm64,etc}
aarch64-linux-gnu-gcc -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -static -s \
	-o "$tree/init" "$here"/init/*.c
cp "$root/bin/busybox" "$tree/bin/busybox"
qemu-aarch64 "$root/bin/busybox" --list >"$work/applets"
while read -r a; do
	[ "$a" = busybox ] || ln -s busybox "$tree/bin/$a"
done <"$work/applets"
ln -s arm64/lib "$tree/lib"
ln -s arm64/usr "$tree/usr"
for s in kexec; do ln -s "../arm64/sbin/$s" "$tree/sbin/$s"; done
echo 'root:x:0:0::/:/bin/sh' >"$tree/etc/passwd"
echo "$marker" >"$tree/marker"
[ -z "$extra" ] || cp -a "$extra/." "$tree"
find "$tree" -exec touch -h -d @0 {} +
(cd "$tree" && find . | LC_ALL=C sort |
	cpio --quiet --reproducible -o -H newc -R 0:0 | gzip -n -9) >"$work/out"
mkdir -p "$(dirname "$out")"
mv "$work/out" "$out"
